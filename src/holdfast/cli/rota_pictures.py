"""The plan as a calendar and fairness as bars, drawn as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from html import escape
from zoneinfo import ZoneInfo

from holdfast.definitions.rota import Rotation
from holdfast.oncall.absences import Absence
from holdfast.oncall.burden import MEASURES, Burden, Year, shown
from holdfast.oncall.shifts import Shift
from holdfast.releases.svg import FAINT, GRID, INK, PALETTE, SOFT, Drawing

LEFT, TOP, ROW = 96, 76, 30
CELL = 34
VACANT = "#b91c1c"
TITLES = {
    "primary": "primary days",
    "backup": "backup days",
    "weekend": "weekend days",
    "holiday": "holiday points",
    "critical": "critical points",
}


@dataclass(frozen=True, slots=True)
class _Frame:
    """Which days the calendar shows, and where."""

    drawing: Drawing
    zone: ZoneInfo
    first: date
    last: date
    """The day after the last one shown."""

    def x(self, day: date, part: float = 0.0) -> float:
        return LEFT + ((day - self.first).days + part) * CELL / 7

    def local(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def box(self, duty: Shift) -> tuple[float, float]:
        """Left and width of a duty's box."""
        start, end = self.x(self.local(duty.start)), self.x(self.local(duty.end))
        return start + 1, max(3.0, end - start - 2)


def plan_calendar(
    rotation: Rotation, duties: Sequence[Shift], people: Sequence[str], year: Year, absences: Sequence[Absence]
) -> Drawing:
    """A row per person, a column per week: full colour as primary, pale as backup, a bar while away.

    Dots are their own public holidays; the row below marks closes, and vacant time in red.
    """
    zone = rotation.hand_off.zone
    first = duties[0].start.astimezone(zone).date()
    last = duties[-1].end.astimezone(zone).date()
    weeks = max(1, -(-(last - first).days // 7))
    width, height = max(620, LEFT + weeks * CELL + 24), TOP + (len(people) + 1) * ROW + 46
    drawing = Drawing(width, height, "On-call plan", f"Who is primary and backup from {first} to {last}")
    drawing.text(16, 28, f"On call, {first} to {last}", size=16, fill=INK, bold=True)
    frame = _Frame(drawing, zone, first, last)
    _weeks(drawing, first, weeks, len(people) + 1)
    for at, name in enumerate(people):
        _person(frame, TOP + at * ROW, name, PALETTE[at % len(PALETTE)], duties)
        for off in absences:
            if off.person == name:
                _away(frame, off, TOP + at * ROW)
        for day in sorted(year.holidays.get(name, ())):
            if first <= day < last:
                drawing.dot(frame.x(day, 0.5), TOP + at * ROW + 3, 2, INK)
    _closes(frame, duties, year, TOP + len(people) * ROW)
    _legend(drawing, height - 18)
    return drawing


def fairness_bars(found: Mapping[str, Burden], people: Sequence[str]) -> Drawing:
    """One panel per measure, one bar per person, with the range beside the title."""
    panel = 36 + len(people) * 20
    width, height = 96 + 420 + 60, 52 + len(MEASURES) * panel
    drawing = Drawing(width, height, "Fairness of the plan", "What each person carries, measure by measure")
    drawing.text(16, 28, "What each person carries", size=16, fill=INK, bold=True)
    for nth, measure in enumerate(MEASURES):
        y = 52 + nth * panel
        values = {name: getattr(found[name], measure) for name in people}
        most = max([*values.values(), Fraction(1)])
        apart = max(values.values()) - min(values.values())
        drawing.text(16, y + 12, f"{TITLES[measure]}, range {shown(apart)}", size=12, fill=INK, bold=True)
        for at, name in enumerate(people):
            top = y + 20 + at * 20
            drawing.text(16, top + 12, name, size=11)
            drawing.box(96, top + 2, float(420 * values[name] / most), 13, PALETTE[at % len(PALETTE)], radius=2)
            drawing.text(102 + float(420 * values[name] / most), top + 12, shown(values[name]), size=11)
    return drawing


def written_page(project: str, drawings: Sequence[Drawing]) -> str:
    """The drawings in one page that needs nothing else."""
    inside = "\n".join(f"<figure>{each.bytes().decode()}</figure>" for each in drawings)
    # Two drawings in one page must not share the ids of their titles.
    for at in range(len(drawings)):
        inside = inside.replace('id="title"', f'id="title{at}"', 1).replace('id="desc"', f'id="desc{at}"', 1)
        inside = inside.replace('aria-labelledby="title desc"', f'aria-labelledby="title{at} desc{at}"', 1)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>On call: {escape(project)}</title>'
        "<style>body{font-family:sans-serif;margin:2rem}figure{margin:0 0 2rem;overflow-x:auto}</style></head>\n"
        f"<body>\n{inside}\n</body></html>\n"
    )


def _weeks(drawing: Drawing, first: date, weeks: int, rows: int) -> None:
    month = ""
    for week in range(weeks + 1):
        day = first + timedelta(weeks=week)
        left = LEFT + week * CELL
        drawing.line(left, TOP - 4, left, TOP + rows * ROW, GRID)
        if week == weeks:
            break
        drawing.text(left + CELL / 2, TOP - 10, str(day.day), size=10, anchor="middle")
        if f"{day:%b %Y}" != month:
            month = f"{day:%b %Y}"
            # A first month of one shift has no room for its name: the next one's would lie over it.
            if week or f"{day + timedelta(weeks=1):%b %Y}" == month:
                drawing.text(left + 4, TOP - 26, month, size=10, fill=INK)


def _corners(left: float, top: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def _person(frame: _Frame, y: float, name: str, colour: str, duties: Sequence[Shift]) -> None:
    frame.drawing.text(16, y + ROW / 2 + 4, name, size=12, fill=INK)
    for duty in duties:
        left, wide = frame.box(duty)
        if duty.primary == name:
            frame.drawing.box(left, y + 4, wide, ROW - 8, colour, radius=3)
        elif duty.backup == name:
            frame.drawing.area(_corners(left, y + 4, wide, ROW - 8), colour, 0.22)


def _away(frame: _Frame, off: Absence, y: float) -> None:
    start = max(frame.first, frame.local(off.start))
    end = min(frame.last, frame.local(off.end - timedelta(seconds=1)) + timedelta(days=1))
    if start < end:
        frame.drawing.line(frame.x(start), y + ROW - 3, frame.x(end), y + ROW - 3, SOFT, 3)


def _closes(frame: _Frame, duties: Sequence[Shift], year: Year, y: float) -> None:
    frame.drawing.text(16, y + ROW / 2 + 4, "closes", size=12, fill=SOFT)
    for close in year.closes:
        day = frame.local(close.at)
        if frame.first <= day < frame.last:
            frame.drawing.dot(frame.x(day, 0.5), y + ROW / 2, 3 + close.points, FAINT, hollow=close.points == 1)
    for duty in duties:
        if duty.primary is None:
            left, wide = frame.box(duty)
            frame.drawing.box(left, y + 4, wide, ROW - 8, VACANT, radius=3)


def _legend(drawing: Drawing, y: float) -> None:
    drawing.box(16, y - 9, 14, 10, PALETTE[0], radius=2)
    drawing.text(34, y, "primary", size=11)
    drawing.area(_corners(92, y - 9, 14, 10), PALETTE[0], 0.22)
    drawing.text(110, y, "backup", size=11)
    drawing.line(166, y - 4, 180, y - 4, SOFT, 3)
    drawing.text(184, y, "away", size=11)
    drawing.dot(226, y - 4, 2, INK)
    drawing.text(232, y, "own public holiday", size=11)
    drawing.dot(350, y - 4, 4, FAINT, hollow=True)
    drawing.text(358, y, "month close", size=11)
    drawing.dot(440, y - 4, 6, FAINT)
    drawing.text(450, y, "quarter close", size=11)
    drawing.box(530, y - 9, 14, 10, VACANT, radius=2)
    drawing.text(548, y, "vacant", size=11)
