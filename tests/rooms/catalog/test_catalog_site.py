"""The site as a browser gets it: whole, linked, escaped, the same every time."""

import posixpath
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from holdfast.catalog.drawing import Box, drawn, layered, ordered
from holdfast.catalog.html import Html, tag, text
from holdfast.catalog.lineage import origins
from holdfast.catalog.site import Catalog, pages
from holdfast.definitions.pipeline import Project
from holdfast.loading.cache import ParseCache
from holdfast.releases.release import ReleaseRow

VOID = {"meta", "link"}
EVIL = "<script>alert(1)</script>\"'&\x00\x1b"
RELEASE = ReleaseRow(
    7, "aggregate_profit", "investors", date(2026, 9, 30), "", datetime(2026, 10, 1, 3, tzinfo=UTC), False, "m", "r", 4, 0, ""
)


class Page(HTMLParser):
    """A page's links and anchors; a tag that is not closed where it should be is an error."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.said = ""
        self.feed(content.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.hrefs += [given["href"]] if given.get("href") else []
        self.ids += [given["id"]] if given.get("id") else []
        assert not [name for name in given if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture(scope="module")
def catalog(reference: Project, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    columns = origins(reference, ParseCache(tmp_path_factory.mktemp("cache")))
    return Catalog(reference, columns, {"aggregate_profit": RELEASE}, {"aggregate_profit": date(2026, 9, 30)})


@pytest.fixture(scope="module")
def site(catalog: Catalog) -> dict[str, bytes]:
    return pages(catalog)


def test_every_link_leads_to_a_page_and_an_anchor_of_it(site: dict[str, bytes]) -> None:
    """Also those in drawings; none leads out of the site."""
    read = {path: Page(content) for path, content in site.items() if path.endswith(".html")}
    for path, page in read.items():
        for href in page.hrefs:
            target, _, anchor = href.partition("#")
            found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert found in site, (path, href)
            assert not anchor or anchor in read[found].ids, (path, href)
        assert len(page.ids) == len(set(page.ids)), path


def test_every_definition_has_a_page_that_is_reached(reference: Project, site: dict[str, bytes]) -> None:
    """From the index, in one step."""
    index = set(Page(site["index.html"]).hrefs)
    for pipeline in reference.pipelines.values():
        assert f"pipelines/{pipeline.name}.html" in index
        assert {f"metrics/{pipeline.name}.{metric.id}.html" for metric in pipeline.metrics} <= index
    assert {f"models/{name}.html" for name in reference.models} <= index
    assert {f"sources/{name}.html" for name in reference.sources} <= index


def test_a_page_needs_nothing_else(site: dict[str, bytes]) -> None:
    """No script, no picture, no font, no address beyond the site; one style sheet."""
    for path, content in site.items():
        if path.endswith(".html"):
            page = Page(content)
            assert not page.tags & {"script", "img", "iframe", "object", "style"}, path
            outside = content.replace(b"http://www.w3.org/2000/svg", b"")
            assert b"http://" not in outside and b"https://" not in outside, path
            assert {"title", "h1", "main"} <= page.tags
    assert [path for path in site if not path.endswith(".html")] == ["style.css"]


def test_the_same_definitions_give_the_same_bytes(catalog: Catalog, site: dict[str, bytes]) -> None:
    """Nothing depends on the order in which definitions were read."""
    turned = replace(
        catalog.project,
        models=dict(reversed(catalog.project.models.items())),
        sources=dict(reversed(catalog.project.sources.items())),
        pipelines=dict(reversed(catalog.project.pipelines.items())),
        people=tuple(reversed(catalog.project.people)),
    )

    assert pages(replace(catalog, project=turned)) == site


def test_what_a_team_writes_is_shown_and_not_run(catalog: Catalog) -> None:
    """In texts, attributes and drawings; characters that HTML cannot hold become a question mark."""
    profit = catalog.project.pipelines["aggregate_profit"]
    metrics = tuple(replace(each, sentence=EVIL, unit=EVIL) for each in profit.metrics)
    checks = tuple(replace(each, sentence=EVIL) for each in profit.checks)
    evil = replace(profit, purpose=EVIL, metrics=metrics, checks=checks)
    sources = {name: replace(each, sentence=EVIL, contact=EVIL) for name, each in catalog.project.sources.items()}
    models = {name: replace(each, sentence=EVIL, sql=EVIL) for name, each in catalog.project.models.items()}
    project = replace(catalog.project, name=EVIL, sources=sources, models=models, pipelines={profit.name: evil})

    made = pages(replace(catalog, project=project))

    for path, content in made.items():
        if path.endswith(".html"):
            page = Page(content)
            assert "script" not in page.tags
            assert "<script>alert(1)</script>\"'&??" in page.said, path
    box = Box(EVIL, "source", f'x.html"{EVIL}')
    Page(drawn(EVIL, [box, Box("b", "model")], [(EVIL, "b")]).encode())


def test_a_pipeline_says_who_owns_it_by_when_and_what_was_released(site: dict[str, bytes]) -> None:
    """Owners by their full names, deadlines with their zone, the newest release."""
    said = Page(site["pipelines/aggregate_profit.html"]).said

    assert "James, Jill" in said.replace("\n", "")
    assert "08:00 UTC of the next day" in said
    assert "Release 7, published 2026-10-01 03:00 UTC, as of 2026-09-30." in said
    assert "Nothing is released yet." in Page(site["pipelines/aggregate_growth.html"]).said


def test_no_secret_and_no_address_of_a_person_is_shown(catalog: Catalog) -> None:
    """People appear with name and role alone."""
    people = tuple(replace(each, email="person@example.com", chat="@handle") for each in catalog.project.people)
    made = pages(replace(catalog, project=replace(catalog.project, people=people)))

    assert not [path for path, content in made.items() if b"person@example.com" in content or b"@handle" in content]


def test_what_is_made_stands_right_of_what_it_is_made_of() -> None:
    """A diamond with a long way round: the end is right of both ways."""
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("a", "e")]

    assert layered("abcdef", edges) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 1}
    chains = [["a", "b"], ["b", "c"], ["c", "d"], ["a", "a\x001", "a\x002", "d"], ["a", "e"]]
    rows = ordered(layered("abcde", edges), chains)
    assert [sorted(row) for row in rows] == [["a"], ["a\x001", "b", "e"], ["a\x002", "c"], ["d"]]


def test_two_lines_that_need_not_cross_do_not() -> None:
    """Whatever the names' order."""
    rows = ordered({"a": 0, "b": 0, "y": 1, "x": 1}, [["a", "y"], ["b", "x"]])

    assert [rows[0].index("a") < rows[0].index("b")] == [rows[1].index("y") < rows[1].index("x")]


def test_without_lines_nothing_is_drawn() -> None:
    """Edges to what has no box count for nothing, nor does a model that reads itself."""
    assert drawn("nothing", [Box("a", "model")], [("a", "a"), ("a", "unknown")]) == ""


def test_text_is_escaped_once() -> None:
    """HTML stays HTML; everything else is text."""
    assert text("<b>") == "&lt;b&gt;"
    assert text(Html("<b>")) == "<b>"
    assert tag("p", "a < b", tag("b", "c"), title='"') == '<p title="&quot;">a &lt; b<b>c</b></p>'


def test_the_cache_is_the_projects(tmp_path: Path, reference: Project) -> None:
    """Nothing is written beside it."""
    origins(reference, ParseCache(tmp_path / "cache"))

    assert [each.name for each in tmp_path.iterdir()] == ["cache"]
