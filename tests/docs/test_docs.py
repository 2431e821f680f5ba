"""Every command, block and link of the documentation works."""

import argparse
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
RUN = [ROOT / "README.md", DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
QUICK = {"README.md", "tutorial.md", "develop.md"}
REFUSED = "# refused: exits 1\n"
UNMADE = {"benchmark.md"}
"""Pages that come from elsewhere; a link to them is right before they are there."""
SETUP = ("export ",)
"""Lines that prepare a reader's shell; the tests have their own."""
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fence of a page."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The page's fences, in order."""
    text = page.read_text()
    return [Block(m[1], m[2], text[: m.start()].count("\n") + 1) for m in FENCE.finditer(text)]


def named(pages: list[Path]) -> list[object]:
    return [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in pages]


def to_run() -> list[object]:
    """Pages with something to run; the first ones a reader meets always run, the rest are slow."""
    pages = [page for page in RUN if any(block.language in ("bash", "python") for block in blocks(page))]
    marks = {True: (), False: (pytest.mark.slow,)}
    return [pytest.param(p, id=p.relative_to(ROOT).as_posix(), marks=marks[p.name in QUICK]) for p in pages]


@pytest.fixture
def shell(tmp_path, small_demo) -> dict[str, str]:
    """The environment of a reader's shell, with `holdfast` on its path, beside a demo."""
    shutil.copytree(small_demo, tmp_path / "holdfast-demo")
    commands = tmp_path / ".bin"
    commands.mkdir()
    holdfast = commands / "holdfast"
    holdfast.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; from holdfast.cli import main; sys.exit(main())" "$@"\n')
    holdfast.chmod(holdfast.stat().st_mode | stat.S_IXUSR)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "default"}


@pytest.mark.parametrize("page", to_run())
def test_every_block_runs(page, tmp_path, shell):
    """A reader who types a page's commands from top to bottom gets through it."""
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        if block.language == "python":
            call, expected = [sys.executable, "-c", block.text], 0
        elif block.language == "bash" and block.text.startswith(("holdfast", REFUSED)):
            call, expected = ["bash", "-euo", "pipefail", "-c", block.text], 1 if block.text.startswith(REFUSED) else 0
        else:
            continue
        done = subprocess.run(call, cwd=tmp_path, env=shell, capture_output=True, text=True, check=False)
        assert done.returncode == expected, f"{where}:\n{block.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert "Traceback" not in done.stderr, f"{where}:\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", named(RUN))
def test_shell_blocks_are_of_a_kind_that_is_tested(page):
    """A bash fence is a holdfast command, a make target that exists, or sets the reader's shell up."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for block in blocks(page):
        if block.language != "bash" or block.text.startswith(("holdfast", REFUSED, *SETUP)):
            continue
        words = block.text.split()
        assert words[0] == "make", f"{page}:{block.line}: mark it console, or let it be run"
        assert set(words[1:]) <= targets, f"{page}:{block.line}: the Makefile has no {words[1:]}"


@pytest.mark.parametrize("page", named([p for p in PAGES if LINK.search(p.read_text())]))
def test_every_link_leads_somewhere(page):
    """A relative link names a file that is there, and a heading of it."""
    for target in LINK.findall(page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if found.name in UNMADE:
            continue
        assert found.exists(), f"{page.relative_to(ROOT)}: {target} leads nowhere"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
            assert anchor in anchors, f"{page.relative_to(ROOT)}: {target} has no such heading"


def test_every_page_is_reached_from_the_index():
    """A page that nobody links to is read by nobody."""
    index = (DOCS / "index.md").read_text()
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(index) if "://" not in target}
    assert {page for page in DOCS.rglob("*.md") if page.name != "index.md"} <= linked


def test_generated_pages_are_what_the_code_says():
    """The reference does not drift from the code."""
    done = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_verb_is_documented():
    """The reference has a section for each verb, and a page for people names each of them."""
    reference = (DOCS / "reference/cli.md").read_text()
    prose = "\n".join(page.read_text() for page in [*RUN, *(DOCS / "explanation").glob("*.md")])
    for verb in verbs():
        assert f"## holdfast {verb}\n" in reference
        assert re.search(rf"holdfast {verb}\b|`{verb}`", prose), f"no page for people speaks of holdfast {verb}"


@pytest.mark.parametrize("page", named(RUN))
def test_commands_that_are_shown_exist(page):
    """A verb in a console fence, which is not run, is one that the command line has."""
    known = {verb.split()[0] for verb in verbs()}
    for block in blocks(page):
        for verb in re.findall(r"^\$ (?:\w+=\S+ )*holdfast (\w+)", block.text, re.MULTILINE):
            assert verb in known


def verbs() -> Iterator[str]:
    from holdfast.cli.verbs import parser

    yield from _verbs(parser(), "")


def _verbs(parser: argparse.ArgumentParser, before: str) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                if verb.get_default("call"):
                    yield f"{before}{name}"
                yield from _verbs(verb, f"{before}{name} ")
