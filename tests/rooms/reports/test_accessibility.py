"""The HTML report can be read by everybody: by structure without a browser, and by axe in one where it is there."""

import re
from html.parser import HTMLParser

import pytest
from axe import found_by_axe

from holdfast.reports.html import html

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "line", "rect", "circle"}


class Page(HTMLParser):
    """Elements with their attributes and text, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag):
        while self._open and self.elements[self._open.pop()][0] != tag:
            pass

    def handle_data(self, data):
        for at in self._open:
            self.elements[at][2].append(data)

    def all(self, tag):
        return [(attributes, "".join(text).strip()) for name, attributes, text in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(september) -> Page:
    return Page(html(september).decode())


def test_the_page_says_its_language_and_title(page):
    """A screen reader knows how to speak it, and a tab what it is."""
    assert page.all("html")[0][0]["lang"] == "en-GB"
    assert page.all("title")[0][1] == "Company profit, September 2026 – Acme Ltd"


def test_headings_go_down_one_level_at_a_time(page):
    """One first heading, and none skipped below it."""
    levels = [int(name[1]) for name, _, _ in page.elements if re.fullmatch("h[1-6]", name)]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_table_has_a_caption_and_scoped_heads(page):
    """A cell is read out with the column and the row it belongs to."""
    assert len(page.all("table")) == len(page.all("caption")) > 2
    assert {attributes.get("scope") for attributes, _ in page.all("th")} == {"col", "row"}
    assert all(text for _, text in page.all("th"))


def test_every_picture_says_what_it_shows(page):
    """Each chart has a title and a description of its own."""
    named = [attributes["aria-labelledby"] for attributes, _ in page.all("svg")]
    ids = [attributes["id"] for _, attributes, _ in page.elements if attributes.get("id")]

    assert named
    assert len(ids) == len(set(ids))
    assert {part for name in named for part in name.split()} <= set(ids)
    assert "Profit" in page.all("figcaption")[0][1]


def test_text_stands_out_from_its_ground(september):
    """Every colour of the page's text has a contrast of 4.5 to 1 or more on white."""
    style = html(september).decode().partition("</style>")[0]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))

    for name in ("ink", "soft", "accent", "odd"):
        assert 1.05 / (luminance(colours[name]) + 0.05) >= 4.5, name


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("width", [1200, 500])
def test_axe_finds_nothing(september, tmp_path, width):
    """axe-core's rules find no violation, on a screen and as narrow as a phone."""
    found = found_by_axe(html(september), tmp_path, width)

    assert found["violations"] == []
    assert found["passes"] > 20
