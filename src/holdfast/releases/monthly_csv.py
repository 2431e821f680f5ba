"""One CSV file per period for people who work in spreadsheets: RFC 4180, UTF-8, CRLF, exact decimals.

Spreadsheets run a cell that begins with = + - @ as a formula. A text cell that begins with one of these, with
a tab or line break, or with an apostrophe gets one apostrophe in front; a program that reads the file takes
one leading apostrophe off each text cell and has the exact text again. Number cells are never touched.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from holdfast.calendars import Calendar
from holdfast.errors import DefinitionError
from holdfast.releases.closing import Key, Mark
from holdfast.releases.comparison import Compared, beside
from holdfast.releases.release import Figure
from holdfast.releases.spelling import ordered, plain_or_none, published

COLUMNS = (
    "pipeline",
    "grain",
    "period",
    "metric",
    "segment",
    "value",
    "unit",
    "state",
    "version",
    "as_of",
    "published_at",
    "previous_period_value",
    "same_period_last_year_value",
    "note",
    "adjustment",
    "restated_from",
    "restatement_reason",
)
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_UNMARKED = Mark()
_NO_MARKS: Mapping[Key, Mark] = {}
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def csv_name(pipeline: str, period: str) -> str:
    """`aggregate_profit-2026-09.csv`. Raises DefinitionError when the period's name cannot be a file's."""
    if not _FILE_NAME.fullmatch(period):
        raise DefinitionError(
            f"calendar.csv: the period named {period!r} cannot name a file; "
            "use letters, digits, dots, dashes and underscores, and begin with a letter or digit"
        )
    return f"{pipeline}-{period}.csv"


def monthly_csv(
    figures: Iterable[Figure],
    calendar: Calendar,
    among: Iterable[Figure] | None = None,
    metrics: Sequence[str] = (),
    marks: Mapping[Key, Mark] = _NO_MARKS,
) -> bytes:
    """The figures as a CSV file, sorted, the total before its segments; `marks` say what of them is corrected.

    `among` holds the earlier periods' figures that go beside; `metrics` says which metrics come first.
    A held figure shows its last good value with its as_of; one never published has empty cells for both.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(each, marks) for each in beside(ordered(figures, metrics), calendar, among))
    return text.getvalue().encode()


def spreadsheet_safe(text: str) -> str:
    """The text, with an apostrophe in front when a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(RISKY) else text


def _row(compared: Compared, marks: Mapping[Key, Mark]) -> list[str | int | None]:
    figure = compared.figure
    mark = marks.get((figure.grain, figure.period, figure.metric, figure.segment), _UNMARKED)
    return [
        spreadsheet_safe(figure.pipeline),
        spreadsheet_safe(figure.grain),
        spreadsheet_safe(figure.period),
        spreadsheet_safe(figure.metric),
        spreadsheet_safe(figure.segment),
        plain_or_none(figure.value),
        spreadsheet_safe(figure.unit),
        figure.state.value,
        figure.version,
        figure.as_of.isoformat() if figure.as_of else None,
        published(figure),
        _value(compared.previous),
        _value(compared.previous_year),
        spreadsheet_safe(compared.note),
        plain_or_none(mark.adjustment),
        plain_or_none(mark.restated_from),
        spreadsheet_safe(mark.restatement_reason) or None,
    ]


def _value(figure: Figure | None) -> str | None:
    return plain_or_none(figure.value) if figure else None
