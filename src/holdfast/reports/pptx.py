"""A report as a deck: key figures, charts that can be edited, what changed, what the figures mean."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from holdfast.definitions.metric import Metric
from holdfast.releases.axes import RATIO
from holdfast.releases.release import Figure
from holdfast.releases.svg import INK, PALETTE
from holdfast.releases.tracks import row_of_periods, tracks_of
from holdfast.reports import wording
from holdfast.reports.edition import Edition
from holdfast.reports.layout import Cell, Layout, Picture, Row, Table, laid_out

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

INCH = 914_400
WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.6
TABLE_HEIGHT = 4.6
"""Inches for a table's rows on one slide; a longer table goes on."""
LINE, LINE_BELOW, ROW_EDGE = 0.21, 0.18, 0.08
"""Inches that a row's first line, each line below it and its edges take."""
CHARACTERS_PER_INCH = 13
"""Of the table's letters, at the most."""
MOST_COLUMNS = 7
FEW_COLUMNS = 6
"""With more a table is set smaller."""
SOFT = "4B5563"
_CREATED_AT = datetime(2000, 1, 1, tzinfo=UTC)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_NOW = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_TITLE_SLIDE, _TITLE_ONLY = 0, 5


def pptx(edition: Edition) -> bytes:
    """The deck; the same edition gives the same bytes."""
    from pptx import Presentation

    layout = laid_out(edition)
    deck = Presentation()
    deck.slide_width, deck.slide_height = _emu(WIDTH), _emu(HEIGHT)
    created = (edition.published_at or _CREATED_AT).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    _describe(deck, layout, created)
    writing = _Deck(deck, edition, layout)
    writing.title()
    tables = [block for block in layout.body if isinstance(block, Table)]
    for table in (each for each in tables if each.head[0] == ""):
        writing.table(table)
    for picture in layout.pictures:
        writing.chart(picture)
    for table in (each for each in tables if each.head[0] != ""):
        writing.table(table)
    for block in layout.changes:
        if isinstance(block, Table):
            writing.table(block, widths=(1.6, 2.0, 1.4, 1.4, 1.4, 4.3) if len(block.head) > 2 else (3, 9))
    for block in layout.definitions:
        if isinstance(block, Table):
            writing.table(block, widths=(2.4, 7.4, 1.3, 1.0))
    held = io.BytesIO()
    deck.save(held)
    return _without_time(held.getvalue(), created)


class _Deck:
    """Adds the slides of one deck."""

    def __init__(self, deck: "Presentation", edition: Edition, layout: Layout) -> None:
        self._deck = deck
        self._edition = edition
        self._layout = layout

    def title(self) -> None:
        """Company, title, period, and how it stands."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[_TITLE_SLIDE])
        layout = self._layout
        heading, below = slide.shapes.title, slide.placeholders[1]
        _place(heading, MARGIN, 2.2, WIDTH - 2 * MARGIN, 1.4)
        _place(below, MARGIN, 3.7, WIDTH - 2 * MARGIN, 1.8)
        _write(heading.text_frame, [layout.title], 40, bold=True)
        lines = [layout.company, f"{layout.period}; {layout.state}", f"As of {layout.as_of}"]
        _write(below.text_frame, lines, 20, colour=SOFT)
        self._receipt(slide)

    def table(self, table: Table, widths: Sequence[float] = ()) -> None:
        """The table on as many slides as it needs."""
        head = table.head[: MOST_COLUMNS + 1]
        room = WIDTH - 2 * MARGIN
        shares = widths or [1.8, *[1.0] * (len(head) - 1)]
        pages = list(_pages(table.rows, [room * share / sum(shares) for share in shares])) or [()]
        for at, rows in enumerate(pages, 1):
            caption = table.caption if len(pages) == 1 else f"{table.caption} ({at} of {len(pages)})"
            slide = self._slide(caption)
            self._grid(slide, table, head, rows, shares)
            if table.note and at == len(pages):
                box = slide.shapes.add_textbox(*map(_emu, (MARGIN, 6.35, WIDTH - 2 * MARGIN, 0.5)))
                _write(box.text_frame, [table.note], 11, colour=SOFT)

    def _grid(
        self, slide: "Slide", table: Table, head: Sequence[str], rows: Sequence[Row], shares: Sequence[float]
    ) -> None:
        room = WIDTH - 2 * MARGIN
        frame = slide.shapes.add_table(
            len(rows) + 1, len(head), *map(_emu, (MARGIN, 1.35, room, 0.4 * (len(rows) + 1)))
        )
        frame.name = wording.legible(table.caption)
        grid = frame.table
        grid.horz_banding = False
        for column, share in enumerate(shares):
            grid.columns[column].width = _emu(room * share / sum(shares))
        for column, said in enumerate(head):
            self._cell(grid.cell(0, column), [said], table, column, bold=True)
        for at, row in enumerate(rows, 1):
            for column, cell in enumerate(row.cells[: len(head)]):
                lines = [cell.said, *cell.below]
                self._cell(grid.cell(at, column), lines, table, column, bold=row.look == "total")

    def _cell(self, cell: Any, lines: list[str], table: Table, column: int, *, bold: bool) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN

        cell.fill.background()
        cell.margin_top = cell.margin_bottom = _emu(0.03)
        cell.margin_left = cell.margin_right = _emu(0.05)
        # A number that breaks after its decimal point is two numbers: many columns take a smaller size.
        _write(cell.text_frame, lines, 12 if len(table.head) <= FEW_COLUMNS else 11, bold=bold, colour=INK[1:])
        for paragraph in cell.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT if column in table.numeric else PP_ALIGN.LEFT
        for paragraph in cell.text_frame.paragraphs[1:]:
            paragraph.runs[0].font.size = 10 * 12_700
            paragraph.runs[0].font.color.rgb = RGBColor.from_string(SOFT)

    def chart(self, picture: Picture) -> None:
        """A native line chart, to be edited in place; a hold is a gap."""
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

        periods = row_of_periods(list(picture.figures), self._edition.calendar)
        tracks, _ = tracks_of(list(picture.figures), periods)
        data = CategoryChartData(number_format=_number_format(picture.metric))
        data.categories = [each.name for each in periods]
        for track in tracks:
            data.add_series(wording.legible(track.label), [_point(track.good(at)) for at in range(len(periods))])
        slide = self._slide(picture.caption)
        place = map(_emu, (MARGIN, 1.3, WIDTH - 2 * MARGIN, 5.3))
        frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data)
        frame.name = wording.legible(picture.caption)
        chart = frame.chart
        chart.has_title = False
        chart.has_legend = len(tracks) > 1
        chart.font.size = 12 * 12_700
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
        values = chart.value_axis
        values.tick_labels.number_format, values.tick_labels.number_format_is_linked = _number_format(picture.metric), False
        drawn = [value for track in tracks for at in range(len(periods)) if (value := track.good(at)) is not None]
        if drawn and min(drawn) >= 0:
            values.minimum_scale = 0  # from 695k to 730k a change of two percent would look like a leap
        values.major_gridlines.format.line.color.rgb = RGBColor.from_string("E5E7EB")
        values.format.line.fill.background()
        for series, track in zip(chart.plots[0].series, tracks, strict=True):
            colour = RGBColor.from_string((track.colour if track.name else PALETTE[0])[1:])
            series.smooth = False
            series.format.line.color.rgb = colour
            series.format.line.width = 28_575
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
            series.marker.format.line.color.rgb = colour
        _describe_shape(frame, _spoken(picture.figures, picture.metric))

    def _slide(self, title: str) -> "Slide":
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[_TITLE_ONLY])
        _place(slide.shapes.title, MARGIN, 0.35, WIDTH - 2 * MARGIN, 0.8)
        _write(slide.shapes.title.text_frame, [title], 26, bold=True)
        self._receipt(slide)
        return slide

    def _receipt(self, slide: "Slide") -> None:
        box = slide.shapes.add_textbox(*map(_emu, (MARGIN, 6.95, WIDTH - 2 * MARGIN, 0.35)))
        said = f"{self._layout.company}; {self._layout.period}; {self._layout.state}. {self._layout.receipt}"
        _write(box.text_frame, [said], 10, colour=SOFT)


def _write(frame: "TextFrame", lines: Sequence[str], points: float, *, bold: bool = False, colour: str = INK[1:]) -> None:
    """One paragraph per line, to the left."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN

    frame.word_wrap = True
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        # One line is one paragraph: a line break within would become another.
        run.text = wording.legible(line)
        run.font.size = int(points * 12_700)
        run.font.bold = bold
        run.font.color.rgb = RGBColor.from_string(colour)


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = map(_emu, (left, top, width, height))


def _describe_shape(frame: Any, said: str) -> None:
    """What the chart shows, for those who do not see it."""
    frame._element.nvGraphicFramePr.cNvPr.set("descr", wording.legible(said))  # noqa: SLF001 - there is no public way to say it


def _spoken(figures: Sequence[Figure], metric: Metric) -> str:
    newest = max((each.period for each in figures if each.value is not None), default="")
    said = [
        f"{each.segment.partition('=')[2] or wording.label(metric)}: {wording.number(each.value, metric)}"
        for each in figures
        if each.period == newest and each.value is not None
    ]
    return f"{newest}. {', '.join(said)}."


def _point(value: Any) -> float | None:
    return None if value is None else float(value)


def _number_format(metric: Metric) -> str:
    if metric.unit == RATIO:
        return "0.0%" if metric.is_percent else "0.00"
    return "#,##0"


def _pages(rows: Sequence[Row], widths: Sequence[float]) -> Iterator[Sequence[Row]]:
    """The rows in stretches that fit a slide; `widths` of the columns in inches."""
    page: list[Row] = []
    used = 0.0
    for row in rows:
        height = max(_height(cell, width) for cell, width in zip(row.cells, widths, strict=False))
        if page and used + height > TABLE_HEIGHT:
            yield page
            page, used = [], 0.0
        page.append(row)
        used += height
    if page:
        yield page


def _height(cell: Cell, width: float) -> float:
    letters = max(int(width * CHARACTERS_PER_INCH), 1)
    lines, below = -(-len(cell.said) // letters), sum(-(-len(each) // letters) for each in cell.below)
    return ROW_EDGE + LINE * max(lines, 1) + LINE_BELOW * below


def _describe(deck: "Presentation", layout: Layout, created: datetime) -> None:
    said = deck.core_properties
    title, company = (wording.legible(each)[:255] for each in (layout.title, layout.company))
    said.title, said.author, said.last_modified_by = title, company, company
    said.subject, said.keywords, said.comments = layout.period[:255], "", layout.receipt[:255]
    said.created = said.modified = created
    said.revision = 1


def _without_time(package: bytes, created: datetime) -> bytes:
    """The same parts without the clock: fixed dates in the archive, and in the workbooks behind the charts."""
    at = created.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(written, "w") as new:
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = _without_time(content, created)
            if name == "docProps/core.xml":
                content = _NOW.sub(rb"\g<1>" + at + rb"\g<3>", content)
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, content, compresslevel=6)
    return written.getvalue()


def _emu(inches: float) -> Any:
    """Length in the deck's own unit."""
    from pptx.util import Emu

    return Emu(round(inches * INCH))
