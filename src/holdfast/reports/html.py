"""A report as one HTML file that needs nothing else: charts inside, for screens, phones and paper."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from holdfast.calendars import Calendar
from holdfast.releases.svg import FONT
from holdfast.reports import wording
from holdfast.reports.edition import Edition
from holdfast.reports.layout import Block, Layout, Picture, Table, Tiles, laid_out
from holdfast.reports.text import Bullets, Heading, Paragraph

if TYPE_CHECKING:
    from jinja2 import Template

CHART, WIDE_CHART = (560, 290), (960, 300)
"""Size of one of two charts in a row, and of one alone, so that their letters come out alike."""
KINDS = {Heading: "heading", Paragraph: "paragraph", Bullets: "bullets", Tiles: "tiles", Table: "table", Picture: "picture"}


def html(edition: Edition) -> bytes:
    """The page in UTF-8; the same edition gives the same bytes. Every text in it is escaped."""
    layout = laid_out(edition)
    said = _template().render(
        page=layout,
        kind=lambda block: KINDS[type(block)],
        svg=lambda picture, wide: _inline(picture, edition.calendar, WIDE_CHART if wide else CHART),
        groups=_side_by_side(layout.body),
        table_id=_table_ids(layout),
    )
    return (said.rstrip() + "\n").encode()


def _inline(picture: Picture, calendar: Calendar, size: tuple[int, int]) -> str:
    """The drawing without fixed size, so that it fits the column."""
    from markupsafe import Markup

    drawn = picture.svg(calendar, FONT, size).decode()
    # Drawing.bytes escapes every text it is given.
    return Markup(drawn)  # noqa: S704


def _side_by_side(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks in order; charts that follow each other share a row."""
    groups: list[list[Block]] = []
    for block in blocks:
        if isinstance(block, Picture) and groups and isinstance(groups[-1][-1], Picture):
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups


def _table_ids(layout: Layout) -> Callable[[Table], str]:
    tables = [block for block in (*layout.body, *layout.changes, *layout.definitions) if isinstance(block, Table)]
    return lambda table: f"table{next(at for at, each in enumerate(tables, 1) if each is table)}"


def _legible(value: object) -> object:
    """Text of the data; markup, which is a string too, is the template's own."""
    return wording.legible(value) if type(value) is str else value


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("holdfast.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
