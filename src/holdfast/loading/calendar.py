"""The named periods of `calendar.csv`: grain, name, start, end, the end being the first day after."""

import csv
import io
from datetime import date

from holdfast.calendars import DAY, Calendar, Period
from holdfast.loading.fields import NAME, as_day
from holdfast.loading.problems import Problems
from holdfast.partitions import Interval

HEADER = ("grain", "name", "start", "end")


def read_calendar(text: str, file: str, problems: Problems) -> Calendar:
    """The calendar of the file; rows that cannot be read are reported and left out."""
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(cell.strip() for cell in rows[0]) != HEADER:
        problems.error(file, 1, f"the first line is not `{','.join(HEADER)}`; begin the file with it")
        return Calendar()
    lines: dict[Period, int] = {}
    names: dict[str, int] = {}
    for line, row in enumerate(rows[1:], 2):
        period = _period(row, file, line, problems) if row else None
        if period is None:
            continue
        if period.name in names:
            problems.error(file, line, f"'{period.name}' is already the period of line {names[period.name]}; rename one")
            continue
        names[period.name] = line
        lines[period] = line
    _report_overlaps(lines, file, problems)
    return Calendar(tuple(lines))


def _period(row: list[str], file: str, line: int, problems: Problems) -> Period | None:
    if len(row) != len(HEADER):
        problems.error(file, line, f"{len(row)} cells found, expected {len(HEADER)}: {', '.join(HEADER)}")
        return None
    grain, name, *days = (cell.strip() for cell in row)
    dates = [as_day(each) for each in days]
    start, end = dates
    if start is None or end is None:
        wrong = days[dates.index(None)]
        problems.error(file, line, f"'{wrong}' is not a date; write it like 2026-09-17")
        return None
    if start >= end:
        problems.error(
            file, line, f"{name} starts {start} and ends {end}; the end is the first day after, so it comes later"
        )
        return None
    if grain == DAY or not NAME.fullmatch(grain):
        problems.error(file, line, f"'{grain}' is no grain for a named period; write a name such as month or fiscal_year")
        return None
    if not name or _is_a_day(name):
        problems.error(file, line, f"'{name}' is no name for a period; write one such as 2026-09 or FY2026")
        return None
    return Period(grain, name, Interval(start, end))


def _is_a_day(name: str) -> bool:
    return as_day(name) is not None


def _report_overlaps(lines: dict[Period, int], file: str, problems: Problems) -> None:
    newest: dict[str, Period] = {}
    for period in sorted(lines, key=lambda each: (each.grain, each.interval)):
        before = newest.get(period.grain)
        if before and before.interval.end > period.interval.start:
            problems.error(
                file,
                lines[period],
                f"{period.name} ({period.interval}) overlaps {before.name} ({before.interval}, line {lines[before]}); "
                "a day has one period per grain: correct one of the two",
            )
        if before is None or period.interval.end > before.interval.end:
            newest[period.grain] = period


def write_calendar(periods: tuple[Period, ...]) -> str:
    """The text of a calendar file with these periods, in their order."""
    rows = [",".join(HEADER)]
    rows += [f"{p.grain},{p.name},{_iso(p.interval.start)},{_iso(p.interval.end)}" for p in periods]
    return "\n".join(rows) + "\n"


def _iso(day: date) -> str:
    return day.isoformat()
