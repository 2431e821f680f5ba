"""A report as a tagged PDF for A4, set by Typst with the fonts that it brings along.

What is shown goes to the template as data, never as markup. The file's creation date is the release's, so the
same edition gives the same bytes on every machine.
"""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from holdfast.errors import Bug
from holdfast.reports import wording
from holdfast.reports.edition import Edition
from holdfast.reports.layout import Block, Cell, Picture, Table, Tile, Tiles, laid_out
from holdfast.reports.text import Bullets, Heading, Paragraph, Span

if TYPE_CHECKING:
    import typst

FONT = "Libertinus Serif"
STANDARD: Literal["ua-1"] = "ua-1"
UNSHOWN = "could not be displayed with font"
CHART, WIDE_CHART = (430, 250), (640, 260)
"""Size of one of two charts in a row, and of one alone, so that their letters come out alike."""
_UNPUBLISHED_AT = datetime(2000, 1, 1, tzinfo=UTC)
"""Creation date of a report of which nothing was ever published."""


def pdf(edition: Edition) -> bytes:
    """The report as PDF/UA-1."""
    return _made(edition, "pdf")[0]


def pictures(edition: Edition, ppi: float = 96) -> list[bytes]:
    """Each page of the PDF as a PNG, to look at."""
    return _made(edition, "png", ppi)


def _made(edition: Edition, kind: Literal["pdf", "png"], ppi: float = 96) -> list[bytes]:
    import typst

    inputs = {"data": json.dumps(content(edition), ensure_ascii=False)}
    created = int((edition.published_at or _UNPUBLISHED_AT).timestamp())

    def compiled(standard: Literal["ua-1"] | None) -> "bytes | list[bytes] | None":
        return _compiler().compile(
            input=_template(), format=kind, ppi=ppi, sys_inputs=inputs, timestamp=created, pdf_standards=standard
        )

    try:
        try:
            made = compiled(STANDARD)
        except typst.TypstError as error:
            if UNSHOWN not in str(error):
                raise
            # A character that none of the fonts has, such as a Chinese name: tagged still, but not to the standard.
            made = compiled(None)
    except typst.TypstError as error:
        raise Bug(f"the PDF of {edition.name} {edition.period.name} could not be set: {error}") from error
    if made is None:
        raise Bug(f"the PDF of {edition.name} {edition.period.name} came out empty")
    return made if isinstance(made, list) else [made]


def content(edition: Edition) -> dict[str, Any]:
    """What the template shows, as JSON."""
    layout = laid_out(edition)

    def shown(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
        return [_block(each, edition) for each in blocks]

    said = {
        "title": layout.title,
        "company": layout.company,
        "period": layout.period,
        "state": layout.state,
        "as_of": layout.as_of,
        "receipt": layout.receipt,
        "lead": shown(layout.lead),
        "body": _side_by_side(shown(layout.body)),
        "changes": shown(layout.changes),
        "definitions": shown(layout.definitions),
    }
    legible: dict[str, Any] = _legible(said)
    return legible


def _legible(value: Any) -> Any:
    if isinstance(value, str):
        # A drawing has its line breaks, and only legible text in it already.
        return value if value.startswith("<svg ") else wording.legible(value)
    if isinstance(value, list):
        return [_legible(each) for each in value]
    return {key: _legible(each) for key, each in value.items()} if isinstance(value, dict) else value


def _block(block: Block, edition: Edition) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "spans": _spans(block.spans)}
        case Paragraph():
            return {"kind": "paragraph", "spans": _spans(block.spans)}
        case Bullets():
            return {
                "kind": "bullets",
                "numbered": block.is_numbered,
                "items": [_spans(item) for item in block.items],
            }
        case Tiles():
            return {"kind": "tiles", "tiles": [_tile(each) for each in block.tiles]}
        case Picture():
            sizes = {"svg": CHART, "wide": WIDE_CHART}
            drawn = {key: block.svg(edition.calendar, FONT, size).decode() for key, size in sizes.items()}
            return {"kind": "picture", "caption": block.caption, **drawn}
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": table.caption,
        "head": list(table.head),
        "numeric": sorted(table.numeric),
        "rows": [{"look": row.look, "cells": [_cell(each) for each in row.cells]} for row in table.rows],
        "note": table.note,
    }


def _side_by_side(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Charts that follow each other share a row."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if block["kind"] != "picture":
            found.append(block)
        elif found and found[-1]["kind"] == "pictures":
            found[-1]["pictures"].append(block)
        else:
            found.append({"kind": "pictures", "pictures": [block]})
    return found


def _spans(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [
        {"text": each.text, "strong": each.is_strong, "emphasis": each.is_emphasis, "code": each.is_code, "href": each.href}
        for each in spans
    ]


def _tile(tile: Tile) -> dict[str, Any]:
    return {"label": tile.label, "value": tile.value, "beside": list(tile.beside), "odd": tile.is_odd}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"said": cell.said, "below": list(cell.below)}


@cache
def _compiler() -> "typst.Compiler":
    """One for the process: it keeps the fonts."""
    import typst

    return typst.Compiler(ignore_system_fonts=True)


@cache
def _template() -> bytes:
    return files("holdfast.reports").joinpath("templates/report.typ").read_bytes()
