"""The measures as one picture: deadlines met, how long incidents lasted, who was paged and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from holdfast.calendars import starts_at
from holdfast.logbook.measures import Attainment, Lasted, Measures, Met
from holdfast.logbook.scorecard import percent
from holdfast.logbook.story import in_words
from holdfast.releases.svg import FAINT, GRID, INK, SOFT, Drawing, shortened, text_width

WIDTH, MARGIN, GAP = 1080, 32, 40
COLUMN = (WIDTH - 2 * MARGIN - GAP) // 2
ROW, BAR = 34, 16
NAME = 160
GOOD, LATE, MISSING = "#009e73", "#e69f00", "#d55e00"
DAY_PAGE, NIGHT_PAGE = "#56b4e9", "#1f3a5f"
RESOLVED, STILL_OPEN = "#0072b2", "#d55e00"
STEPS_H = (0.25, 0.5, 1, 2, 4, 6, 12, 24, 48, 96, 168, 336)
"""Hours between two lines of a time axis."""
MOST_PEOPLE, MOST_KINDS = 9, 9


@dataclass(frozen=True, slots=True)
class _Box:
    """A panel's place."""

    x: float
    y: float
    width: float


def picture(found: Measures, title: str) -> bytes:
    """SVG, the same bytes for the same measures; readable without the table beside it."""
    top, second = 210, 210 + _deadlines_height(found) + 40
    third = second + max(_people_height(found), _kinds_height(found)) + 40
    height = third + (262 if found.lasted else 60)
    drawing = Drawing(WIDTH, height, f"{title}: on-call, {_span(found)}", _description(found))
    drawing.text(MARGIN, 42, shortened(f"{title}: on-call and deadlines", 70), size=21, fill=INK, bold=True)
    drawing.text(MARGIN, 66, f"Incidents opened, messages sent and deadlines passed, {_span(found)}", size=13)
    _tiles(drawing, found)
    _deadlines(drawing, _Box(MARGIN, top, WIDTH - 2 * MARGIN), found.deadlines)
    _people(drawing, _Box(MARGIN, second, COLUMN), found)
    _kinds(drawing, _Box(MARGIN + COLUMN + GAP, second, COLUMN), found)
    _lasted(drawing, _Box(MARGIN, third, WIDTH - 2 * MARGIN), found)
    return drawing.bytes()


def _span(found: Measures) -> str:
    return f"{found.first_on} to {found.last_on}"


def _description(found: Measures) -> str:
    met, due = _met(found)
    pages = sum(each.pages for each in found.people)
    nights = sum(each.at_night for each in found.people)
    return f"{met} of {due} deadlines met; {found.opened} incidents; {pages} pages, {nights} of them at night"


def _met(found: Measures) -> tuple[int, int]:
    return sum(each.count(Met.IN_TIME) for each in found.deadlines), sum(len(each.periods) for each in found.deadlines)


def _tiles(drawing: Drawing, found: Measures) -> None:
    met, due = _met(found)
    ack, done = found.to_acknowledge, found.to_resolve
    pages, nights = sum(each.pages for each in found.people), sum(each.at_night for each in found.people)
    tiles = (
        ("deadlines met", percent(met / due) if due else "none due", f"{met} of {due}" if due else ""),
        ("time to acknowledge", in_words(ack.median) if ack.median is not None else "none", f"median of {ack.n}" if ack.n else ""),
        ("time to resolve", in_words(done.median) if done.median is not None else "none", f"median of {done.n}" if done.n else ""),
        ("pages at night", str(nights), f"of {pages} pages"),
    )
    wide = (WIDTH - 2 * MARGIN - 3 * 16) / 4
    for at, (name, value, beside) in enumerate(tiles):
        x = MARGIN + at * (wide + 16)
        drawing.box(x, 88, wide, 88, "#f3f4f6", radius=4)
        drawing.text(x + 16, 112, name, size=12.5)
        drawing.text(x + 16, 144, value, size=24, fill=INK, bold=True)
        drawing.text(x + 16, 165, beside, size=12)


def _heading(drawing: Drawing, box: _Box, title: str, beside: str = "") -> None:
    drawing.text(box.x, box.y, title, size=14.5, fill=INK, bold=True)
    drawing.text(box.x + text_width(title, 14.5) * 1.12 + 12, box.y, beside, size=12)


def _deadlines_height(found: Measures) -> int:
    return 44 + max(1, len(found.deadlines)) * ROW


def _deadlines(drawing: Drawing, box: _Box, deadlines: Sequence[Attainment]) -> None:
    """A bar per pipeline, whole width is all that was due: in time, late, missing."""
    _heading(drawing, box, "Deadlines", "periods that readers had in time, of all that were due")
    if not deadlines:
        drawing.text(box.x, box.y + 34, "nothing was due", size=12)
        return
    _legend(drawing, box.x + box.width, box.y, ((Met.IN_TIME.value, GOOD), (Met.LATE.value, LATE), (Met.MISSING.value, MISSING)))
    left, right = box.x + 210, box.x + box.width - 150
    for at, each in enumerate(deadlines):
        y = box.y + 22 + at * ROW
        drawing.text(box.x, y + 13, shortened(each.pipeline, 30), size=12.5, fill=INK)
        x = left
        for met, colour in ((Met.IN_TIME, GOOD), (Met.LATE, LATE), (Met.MISSING, MISSING)):
            part = (right - left) * each.count(met) / len(each.periods)
            if part:
                # A single late day of a year must not vanish.
                drawing.box(x, y, max(part, 3), BAR, colour)
            x += part
        said = f"{each.count(Met.IN_TIME)} of {len(each.periods)}"
        drawing.text(right + 12, y + 13, percent(each.share), size=12.5, fill=INK, bold=True)
        drawing.text(right + 74, y + 13, said, size=12)


def _people_height(found: Measures) -> int:
    return 44 + max(1, min(len(_woken(found)), MOST_PEOPLE)) * ROW


def _woken(found: Measures) -> list[tuple[str, int, int]]:
    return [(each.person, each.pages, each.at_night) for each in found.people if each.pages]


def _people(drawing: Drawing, box: _Box, found: Measures) -> None:
    _heading(drawing, box, "Pages", "by person")
    rows = _woken(found)
    if not rows:
        drawing.text(box.x, box.y + 34, "nobody was paged", size=12)
        return
    _legend(drawing, box.x + box.width, box.y, (("by day", DAY_PAGE), ("at night", NIGHT_PAGE)))
    most = max(pages for _, pages, _ in rows)
    room = box.width - NAME - 44
    for at, (person, pages, night) in enumerate(rows[:MOST_PEOPLE]):
        y = box.y + 22 + at * ROW
        drawing.text(box.x, y + 13, shortened(person, 22), size=12.5, fill=INK)
        by_day = room * (pages - night) / most
        drawing.box(box.x + NAME, y, by_day, BAR, DAY_PAGE)
        drawing.box(box.x + NAME + by_day, y, room * night / most, BAR, NIGHT_PAGE)
        drawing.text(box.x + NAME + room * pages / most + 8, y + 13, str(pages), size=12.5, fill=INK)


def _kinds_height(found: Measures) -> int:
    return 44 + max(1, min(len(found.kinds), MOST_KINDS)) * ROW


def _kinds(drawing: Drawing, box: _Box, found: Measures) -> None:
    _heading(drawing, box, "Incidents", "by kind of cause, and the median time to resolve")
    if not found.kinds:
        drawing.text(box.x, box.y + 34, "none", size=12)
        return
    most = max(each.opened for each in found.kinds)
    room = box.width - 96 - 120
    for at, each in enumerate(found.kinds[:MOST_KINDS]):
        y = box.y + 22 + at * ROW
        drawing.text(box.x, y + 13, each.kind.replace("_", " "), size=12.5, fill=INK)
        drawing.box(box.x + 96, y, room * each.opened / most, BAR, RESOLVED)
        end = box.x + 96 + room * each.opened / most + 8
        drawing.text(end, y + 13, str(each.opened), size=12.5, fill=INK)
        if each.resolved.median is not None:
            drawing.text(end + 26, y + 13, in_words(each.resolved.median), size=12)


def _lasted(drawing: Drawing, box: _Box, found: Measures) -> None:
    """A dot per incident: when it opened, and how long it lasted."""
    _heading(drawing, box, "How long each incident lasted", "by the day it opened")
    if not found.lasted:
        drawing.text(box.x, box.y + 34, "no incident opened", size=12)
        return
    _legend(drawing, box.x + box.width, box.y, (("resolved", RESOLVED), ("still open", STILL_OPEN)))
    top, bottom, left = box.y + 26, box.y + 206, box.x + 64
    step_h, most_h = _hours(max(each.lasted for each in found.lasted))
    count = round(most_h / step_h)
    for tick in range(count + 1):
        y = bottom - (bottom - top) * tick / count
        drawing.line(left, y, box.x + box.width, y, GRID if tick else FAINT)
        drawing.text(left - 10, y + 4, in_words(timedelta(hours=step_h * tick)) if tick else "0", size=11, anchor="end")
    for day in _marks(found.first_on, found.last_on):
        x = _x(found, starts_at(day, found.zone), left, box.x + box.width)
        drawing.line(x, bottom, x, bottom + 5, FAINT)
        # Where it would run out of the picture it is left out; its mark is not.
        if x < box.x + box.width - 16:
            drawing.text(x, bottom + 20, f"{day:%b} {day.day}", size=11, anchor="middle")
    for each in found.lasted:
        drawing.dot(*_place(found, each, (left, top, box.x + box.width, bottom), most_h), 4, RESOLVED if each.is_over else STILL_OPEN, hollow=not each.is_over)


def _hours(longest: timedelta) -> tuple[float, float]:
    """Hours between two lines, and at the top: four lines or fewer, the top at or above the longest."""
    hours = longest.total_seconds() / 3600
    step = next((each for each in STEPS_H if each * 4 >= hours), float(-(-hours // (4 * 168)) * 168))
    return step, step * max(1, -(-hours // step))


def _marks(first: date, last: date) -> list[date]:
    """Eight days or fewer of the span, evenly apart."""
    days = (last - first).days + 1
    step = next(each for each in (1, 2, 7, 14, 28, 56, 91, 182, 364, 10_000) if days / each <= 8)
    return [first + timedelta(days=step * nth) for nth in range(-(-days // step))]


def _x(found: Measures, at: datetime, left: float, right: float) -> float:
    return left + (right - left) * ((at - found.start) / (found.end - found.start))


def _place(found: Measures, each: Lasted, frame: tuple[float, float, float, float], most_h: float) -> tuple[float, float]:
    left, top, right, bottom = frame
    part = each.lasted.total_seconds() / 3600 / most_h
    return _x(found, each.opened_at.astimezone(UTC), left, right), bottom - (bottom - top) * part


def _legend(drawing: Drawing, right: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
    """Set right, in the order given."""
    x = right - sum(text_width(name, 12) + 36 for name, _ in entries) + 16
    for name, colour in entries:
        drawing.box(x, y - 10, 12, 12, colour, radius=2)
        drawing.text(x + 18, y, name, size=12, fill=SOFT)
        x += text_width(name, 12) + 36
