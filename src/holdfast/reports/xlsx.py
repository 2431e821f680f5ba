"""A report as a workbook: numbers as numbers, notes on the cells that need one, text that is never a formula."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from holdfast.definitions.metric import Metric
from holdfast.releases.axes import RATIO
from holdfast.releases.comparison import Compared
from holdfast.releases.release import FigureState
from holdfast.releases.spelling import TOTAL
from holdfast.reports import wording
from holdfast.reports.changes import Change, carried, changes, days_sum, restated_from
from holdfast.reports.edition import Chapter, Edition
from holdfast.reports.layout import Layout, Tiles, definition, laid_out
from holdfast.reports.text import Bullets, Heading, Paragraph

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_TEXT = 32_767
"""Characters a cell can hold."""
CREATED_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - the format has no zone
"""Of a report of which nothing was ever published."""
_FIGURES = (
    ("Pipeline", 20),
    ("Metric", 24),
    ("Segment", 26),
    ("Value", 18),
    ("Unit", 10),
    ("Previous", 18),
    ("Change", 11),
    ("Year before", 18),
    ("Change", 11),
    ("State", 13),
    ("Version", 9),
    ("As of", 12),
    ("Sum of the days", 18),
    ("Adjustments", 16),
    ("Restated from", 18),
    ("Restated on", 12),
    ("Reason", 60),
)
_CHANGES = (
    ("Kind", 16),
    ("Pipeline", 20),
    ("Metric", 24),
    ("Segment", 26),
    ("Was", 18),
    ("Is", 18),
    ("On", 12),
    ("Other period", 14),
    ("Reason", 80),
)
_DEFINITIONS = (("Pipeline", 20), ("Metric", 24), ("Id", 24), ("Definition", 80), ("Unit", 10), ("Version", 9), ("Owner", 18))
_NOTES = (
    "Numbers in this workbook are what a spreadsheet can hold, about 15 digits; the CSV, Parquet and JSON files are exact.",
    "A held figure shows its last good value with the day up to which it counts; one never published has none.",
    "A period that carries adjustments shows the sum of its own days, the adjustments, and the booked total.",
    "Changes are given where both periods are counted to their last day.",
)


def xlsx(edition: Edition) -> bytes:
    """The workbook; the same edition gives the same bytes."""
    from xlsxwriter import Workbook

    held = io.BytesIO()
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(held, {"in_memory": True, **as_text})
    layout = laid_out(edition)
    created = edition.published_at.astimezone(UTC).replace(tzinfo=None) if edition.published_at else CREATED_AT
    book.set_properties(
        {
            "title": wording.legible(layout.title)[:255],
            "company": wording.legible(edition.company)[:255],
            "author": wording.legible(edition.company)[:255],
            "created": created,
        }
    )
    writing = _Writing(book, edition)
    writing.report(layout)
    writing.figures("Figures", totals=True)
    writing.figures("Segments", totals=False)
    writing.changes()
    writing.definitions()
    writing.notes(layout)
    book.close()
    return held.getvalue()


class _Writing:
    """The sheets of one workbook."""

    def __init__(self, book: "Workbook", edition: Edition) -> None:
        self._book = book
        self._edition = edition
        self._formats: dict[str, Format] = {}

    def report(self, layout: Layout) -> None:
        """Title, state, the team's text and the key figures."""
        sheet = self._sheet("Report", (("", 26), ("", 22), ("", 70)), head=False)
        lines = [(layout.company, "soft"), (layout.title, "title"), (f"{layout.period}, {layout.state}, as of {layout.as_of}", "soft")]
        at = 0
        for said, look in lines:
            self._text(sheet, at, 0, said, look)
            at += 1
        for block in (*layout.lead, *layout.body):
            if isinstance(block, Heading | Paragraph):
                at += 1
                said = "".join(each.text for each in block.spans)
                look = "strong" if isinstance(block, Heading) else "wrapped"
                sheet.merge_range(at, 0, at, 2, "", self._format(look))
                self._text(sheet, at, 0, said, look)
                sheet.set_row(at, 16 * (1 + len(said) // 110))
            elif isinstance(block, Bullets):
                for item in block.items:
                    at += 1
                    self._text(sheet, at, 0, "\u2022 " + "".join(each.text for each in item), "")
            elif isinstance(block, Tiles):
                at += 1
                for tile in block.tiles:
                    at += 1
                    self._text(sheet, at, 0, tile.label, "strong")
                    self._text(sheet, at, 1, tile.value, "right")
                    self._text(sheet, at, 2, "; ".join(tile.beside), "soft")
        self._text(sheet, at + 2, 0, layout.receipt, "soft")

    def figures(self, name: str, *, totals: bool) -> None:
        """A row per figure with what stands beside it; unusual values have a note on the cell."""
        sheet = self._sheet(name, _FIGURES)
        at = 0
        for chapter in self._edition.chapters:
            restated = restated_from(changes(chapter, self._edition.period))
            for each in chapter.compared:
                if bool(each.figure.segment) == totals:
                    continue
                at += 1
                key = (chapter.pipeline, each.figure.metric, each.figure.segment)
                self._figure(sheet, at, chapter, each, restated.get(key))
        sheet.autofilter(0, 0, max(at, 1), len(_FIGURES) - 1)

    def _figure(self, sheet: "Worksheet", at: int, chapter: Chapter, each: Compared, restated: Change | None) -> None:
        figure, metric = each.figure, chapter.metric(each.figure.metric)
        assert metric is not None
        added = carried(chapter, metric.id, figure.segment)
        cells: list[object] = [
            chapter.pipeline,
            wording.label(metric),
            figure.segment or TOTAL,
            figure.value if figure.value is not None else wording.short_said(figure, metric),
            figure.unit,
            each.previous.value if each.previous else None,
            each.change_pct / 100 if each.change_pct is not None else None,
            each.previous_year.value if each.previous_year else None,
            each.change_year_pct / 100 if each.change_year_pct is not None else None,
            figure.state.value,
            figure.version,
            figure.as_of,
            days_sum(chapter, metric.id, figure.segment, figure.value) if added else None,
            sum((one.delta for one in added), Decimal(0)) if added else None,
            restated.old if restated else None,
            restated.on if restated else None,
            restated.reason if restated else each.note,
        ]
        looks = {column: _number_look(metric) for column in (3, 5, 7, 12, 13, 14)} | {6: "percent", 8: "percent"}
        for column, value in enumerate(cells):
            self._cell(sheet, at, column, value, looks.get(column, ""))
        said = [f"Restated on {restated.on}: {restated.reason}"] if restated else []
        if figure.state in (FigureState.HELD, FigureState.WITHDRAWN):
            said.append(each.note)
        said += [f"{wording.cell(one.delta, metric)} booked for {one.origin}: {one.reason}" for one in added]
        if said:
            sheet.write_comment(at, 3, "\n".join(wording.legible(one) for one in said)[:MOST_TEXT], {"author": "Holdfast", "x_scale": 2})

    def changes(self) -> None:
        """A row per change."""
        sheet = self._sheet("Changes", _CHANGES)
        at = 0
        for chapter in self._edition.chapters:
            for each in changes(chapter, self._edition.period):
                at += 1
                metric = chapter.metric(each.metric)
                look = _number_look(metric) if metric else ""
                label = wording.label(metric) if metric else ""
                cells = [each.kind.value, each.pipeline, label, each.segment, each.old, each.new, each.on, each.period, each.reason]
                for column, value in enumerate(cells):
                    self._cell(sheet, at, column, value, look if column in (4, 5) else "")
        sheet.autofilter(0, 0, max(at, 1), len(_CHANGES) - 1)

    def definitions(self) -> None:
        """A row per metric."""
        sheet = self._sheet("Definitions", _DEFINITIONS)
        at = 0
        for chapter in self._edition.chapters:
            for each in chapter.metrics:
                at += 1
                cells = [chapter.pipeline, wording.label(each), each.id, definition(each), each.unit, each.version, each.owner]
                for column, value in enumerate(cells):
                    self._cell(sheet, at, column, value, "")

    def notes(self, layout: Layout) -> None:
        """How to read the workbook, and where it comes from."""
        sheet = self._sheet("Notes", (("", 120),), head=False)
        for at, said in enumerate((*_NOTES, layout.receipt)):
            self._text(sheet, at, 0, said, "wrapped")

    def _sheet(self, name: str, columns: Sequence[tuple[str, int]], *, head: bool = True) -> "Worksheet":
        sheet = self._book.add_worksheet(name)
        for column, (said, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            if head:
                self._text(sheet, 0, column, said, "head")
        if head:
            sheet.freeze_panes(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _cell(self, sheet: "Worksheet", row: int, column: int, value: object, look: str) -> None:
        if isinstance(value, Decimal | int):
            sheet.write_number(row, column, float(value), self._format(look))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self._format("day"))  # noqa: DTZ001
        elif value is not None:
            self._text(sheet, row, column, str(value), "right" if look else "")

    def _text(self, sheet: "Worksheet", row: int, column: int, said: str, look: str) -> None:
        sheet.write_string(row, column, wording.legible(said)[:MOST_TEXT], self._format(look))

    def _format(self, look: str) -> "Format":
        if look not in self._formats:
            self._formats[look] = self._book.add_format({"font_name": "Calibri", "font_size": 11, **_LOOKS[look]})
        return self._formats[look]


_LOOKS: dict[str, dict[str, Any]] = {
    "": {"valign": "top"},
    "title": {"bold": True, "font_size": 16},
    "strong": {"bold": True},
    "soft": {"font_color": "#4B5563"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "right": {"align": "right", "valign": "top"},
    "money": {"num_format": "#,##0.00;[Red]-#,##0.00", "valign": "top"},
    "percent": {"num_format": "0.0%;[Red]-0.0%", "valign": "top"},
    "whole": {"num_format": "#,##0;[Red]-#,##0", "valign": "top"},
    "number": {"num_format": "#,##0.00;[Red]-#,##0.00", "valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"},
}


def _number_look(metric: Metric) -> str:
    if wording.is_money(metric.unit):
        return "money"
    if metric.unit == RATIO:
        return "percent" if metric.is_percent else "number"
    return "number" if metric.scale else "whole"
