"""Read-outs as people and programs get them: the verdict first, nothing of a refused lift, the same bytes twice."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from holdfast.experiments.published import Banner
from holdfast.experiments.readout import ReadOut, read_out
from holdfast.readouts import document, page, picture, text, wording
from holdfast.testing.experiment_rows import drawn, rows

REGIONS = ("EU", "UK")
BROKEN = Banner("tags", is_unknown=False, detail="41 users in 'treatmnt'")
AXE = Path(__file__).parents[2] / "vendor" / "axe-core" / "axe.min.js"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "line", "rect", "circle", "path"}


def read(experiment: str = "checkout_button", days: int | None = None, **drawing) -> ReadOut:
    users = drawing.pop("users", 12_000)
    found = drawn(np.random.default_rng(1), users, 12, **drawing)
    kept = None if days is None else range(12 - days, 12)
    member = np.arange(users) % 2
    return read_out(list(rows(found, experiment, segments=REGIONS, member=member, crossovers=37, days=kept)))


@pytest.fixture(scope="module")
def better() -> ReadOut:
    return read(lift=0.5)


@pytest.fixture(scope="module")
def nothing() -> ReadOut:
    return read(lift=0.0)


@pytest.fixture(scope="module")
def refused() -> ReadOut:
    return read(lift=0.5, treated_share=0.55)


class Shape(HTMLParser):
    """Whether tags close in order, which ids and headings there are, what is fetched from elsewhere."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.open, self.ids, self.headings, self.fetched, self.words = [], [], [], [], ""
        self.feed(said)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.fetched += [given[name] for name in ("src", "href") if name in given]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_the_first_sentence_is_the_verdict(better, nothing, refused):
    """A reader who stops after the first line knows what was found."""
    assert text.lines(better, [])[0].startswith("checkout_button through 2026-03-13: treatment earns more than control, +")
    assert "no difference shown between treatment and control" in text.lines(nothing, [])[0]
    assert text.lines(refused, [])[0].startswith("No read-out of checkout_button: users did not come in the planned shares")


def test_banners_stand_above_the_verdict(better):
    """Nobody reads the number before the warning."""
    first, second, blank, verdict, *_ = text.lines(better, [BROKEN])

    assert first == "! Check 'tags' failed on this day: 41 users in 'treatmnt'."
    assert "nobody should decide" in second
    assert (blank, verdict[:15]) == ("", "checkout_button")


@pytest.mark.parametrize("form", ["text", "json", "page", "picture"])
def test_a_refused_readout_tells_no_lift(refused, form):
    """In no form does a refused read-out show a difference, its percentage or a path."""
    said = {
        "text": lambda: "\n".join(text.lines(refused, [])),
        "json": lambda: document.as_json(refused, []),
        "page": lambda: page.page(refused, []).decode(),
        "picture": lambda: picture.plot(refused).decode(),
    }[form]()

    assert "CUPED" not in said.split("How to read this")[0]
    assert not re.search(r"[+\u2212]\d", said)
    assert "planned" in said


def test_left_out_users_are_counted(better):
    """Crossovers are named with their share of everybody."""
    assert "37 users (0.31 %) were seen in more than one variant and are left out." in text.lines(better, [])


def test_peeking_is_named_when_it_would_mislead():
    """An ordinary interval without zero, and an always-valid one with it, is said to be not enough."""
    found = next(
        each
        for lift in np.arange(0.1, 0.4, 0.02)
        for each in [read(lift=float(lift), users=6000)]
        if each.comparisons[0].headline.lift.excludes_zero and not each.comparisons[0].always_valid.excludes_zero
    )
    said = " ".join(wording.verdict(found.comparisons[0], found))

    assert "no difference shown" in said
    assert "One look alone would call this a difference; after 12 daily looks that is not enough." in said


def test_at_a_single_look_no_daily_interval_is_shown():
    """With one published day the row of every day's look would only confuse."""
    found = read(days=1, lift=0.5)
    assert not any("every day" in line for line in text.lines(found, []))
    assert "That holds for this one look; there was no other." in text.lines(found, [])


def test_json_says_what_the_readout_holds(better):
    """Numbers for programs are the read-out's own, to six significant digits."""
    said = json.loads(document.as_json(better, [BROKEN]))
    [told], [held] = said["comparisons"], better.comparisons

    assert told["always_valid"]["low"] == pytest.approx(held.always_valid.low, rel=1e-5)
    assert told["cuped"]["difference"] == float(f"{held.headline.lift.difference:.6g}")
    assert told["looks"] == len(told["path"]) == 12
    assert said["banners"] == [{"check": "tags", "outcome": "fail", "detail": "41 users in 'treatmnt'"}]
    assert [each["segment"] for each in said["segments"]] == ["EU", "UK"]


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_json_holds_no_infinity(value):
    """What is no number is null, since JSON has neither."""
    assert document.rounded(value) is None
    assert document.rounded(-0.0) == 0.0
    assert str(document.rounded(-1e-300 * 1e-300)) == "0.0"


@pytest.mark.parametrize("which", ["better", "nothing", "refused"])
def test_the_page_is_whole_and_needs_nothing_else(which, request):
    """Tags close, ids are unique, headings skip no level, nothing is fetched, each picture has a title."""
    found = request.getfixturevalue(which)
    said = page.page(found, [BROKEN]).decode()
    shape = Shape(said)

    assert shape.open == []
    assert len(shape.ids) == len(set(shape.ids))
    assert shape.headings[0] == 1
    assert set(shape.headings[1:]) == {2}
    assert shape.fetched == []
    for labelled in re.findall(r'aria-labelledby="([^"]*)"', said):
        assert set(labelled.split()) <= set(shape.ids)


def test_hostile_names_stay_text():
    """Markup and terminal codes in a name come out as text."""
    name = "<script>alert(1)</script>\x1b[2J"
    found = read(name, lift=0.2, users=2000)

    assert "<script>" not in page.page(found, [replace(BROKEN, detail=name)]).decode()
    assert "<script>" not in picture.plot(found).decode()
    assert not any("\x1b" in line for line in text.lines(found, [replace(BROKEN, detail=name)]))


@pytest.mark.parametrize("which", ["better", "nothing", "refused"])
def test_pictures_are_well_formed_and_stay_inside(which, request):
    """The SVG parses, and no point of it lies outside its frame, however wide the first looks are."""
    found = request.getfixturevalue(which)
    root = ElementTree.fromstring(picture.plot(found))
    width, height = float(root.get("width")), float(root.get("height"))
    for each in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(each.get(name, 0)) <= most
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", each.get("d", "")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height


def test_the_same_rows_give_the_same_bytes():
    """Two readings of the same statistics, rows in another order, are equal in every form."""
    found = list(rows(drawn(np.random.default_rng(2), 2000, 6), "e", segments=REGIONS, member=np.arange(2000) % 2))
    forms = [
        ("\n".join(text.lines(each, [])), document.as_json(each, []), page.page(each, []), picture.plot(each))
        for each in (read_out(found), read_out(found[::-1]))
    ]
    assert forms[0] == forms[1]


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [(1794.3424, 0, "+1,794"), (-0.4321, 2, "\u22120.43"), (0.0004, 2, "0.00"), (-0.0004, 2, "0.00"), (12.0, 1, "+12.0")],
)
def test_amounts_are_spelled_plainly(value, places, said):
    """A sign where there is something to sign, thousands apart, the same decimals everywhere."""
    assert wording.signed(value, wording.Places(places, 1)) == said


def test_the_overview_counts_the_refused(better, nothing, refused):
    """A line per experiment, and how many came in other shares than planned."""
    said = text.overview([(better, []), (nothing, [BROKEN]), (refused, [])])

    assert len(said) == 6
    assert "tags" in said[2]
    assert said[-1] == "1 of 3 are refused because users did not come in the planned shares."


@pytest.mark.parametrize("which", ["better", "refused"])
@pytest.mark.parametrize("width", [1200, 500])
def test_axe_finds_nothing_on_the_page(which, width, request, tmp_path):
    """axe-core's rules find no violation, on a screen and as narrow as a phone."""
    if BROWSER is None:
        pytest.skip("no chromium on this machine; install it to run axe")
    said = page.page(request.getfixturevalue(which), [BROKEN]).decode()
    said = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", said)
    whole = tmp_path / "page.html"
    whole.write_text(said.replace("</body>", f"<script>{AXE.read_text()}</script><script>{RUN_AXE}</script></body>"))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},2000", "--virtual-time-budget=20000"]
    done = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", whole.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    assert json.loads(unescape(told[1])) == []


RUN_AXE = """
axe.run(document, {resultTypes: ["violations"]}).then(found => {
  const told = document.createElement("pre");
  told.id = "axe";
  told.textContent = JSON.stringify(found.violations.map(each => [each.id, each.nodes.map(node => node.html)]));
  document.body.appendChild(told);
});
"""
