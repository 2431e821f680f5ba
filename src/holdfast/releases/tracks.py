"""Figures arranged for drawing: one track per segment over a row of consecutive periods."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from holdfast.calendars import DAY, Calendar, Period
from holdfast.releases.axes import short
from holdfast.releases.comparison import Neighbours, is_whole
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.spelling import member_labels
from holdfast.releases.svg import INK, PALETTE, shortened

MOST_LINES = 8
OTHER = "#c9ced6"
_NOT_DRAWN = (FigureState.HELD, FigureState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Track:
    """One segment's line: its figure per period, or none."""

    name: str
    """The segment; empty for the total."""
    label: str
    colour: str
    width: float
    figures: tuple[Figure | None, ...]

    def good(self, at: int) -> Decimal | None:
        """The value to draw a line through; none in a hold, where a line would claim more than is known."""
        figure = self.figures[at]
        return None if figure is None or figure.state in _NOT_DRAWN else figure.value

    @property
    def end(self) -> tuple[int, Decimal] | None:
        """The last place and value it reaches."""
        places = (at for at in reversed(range(len(self.figures))) if self.good(at) is not None)
        at = next(places, None)
        value = None if at is None else self.good(at)
        return None if at is None or value is None else (at, value)


def tracks_of(figures: list[Figure], periods: list[Period]) -> tuple[list[Track], int]:
    """One line per segment, the total first, then by size of the newest value; and how many are grey."""
    place = {period.name: at for at, period in enumerate(periods)}
    rows: dict[str, list[Figure | None]] = {}
    for figure in figures:
        if figure.period in place:
            rows.setdefault(figure.segment, [None] * len(periods))[place[figure.period]] = figure
    labels = member_labels(rows)
    tracks = [
        Track(segment, labels[segment], INK if not segment else OTHER, 1.1, tuple(row))
        for segment, row in rows.items()
    ]
    tracks.sort(key=lambda each: (each.name != "", -abs(each.end[1]) if each.end else Decimal(0), each.name))
    # By name, not by size: a segment keeps its colour when it overtakes another.
    named = sorted(each.name for each in tracks[:MOST_LINES] if each.name)
    colours = dict(zip(named, PALETTE, strict=False))
    drawn = [
        Track(
            each.name,
            each.label,
            colours.get(each.name, each.colour),
            1.9 if each.name else 2.4,
            each.figures,
        )
        if at < MOST_LINES
        else each
        for at, each in enumerate(tracks)
    ]
    return drawn, sum(each.colour == OTHER for each in drawn)


def one_grain(figures: list[Figure]) -> list[Figure]:
    periods: dict[str, set[str]] = {}
    for each in figures:
        periods.setdefault(each.grain, set()).add(each.period)
    grain = max(periods, key=lambda each: (len(periods[each]), each), default="")
    return [each for each in figures if each.grain == grain]


def row_of_periods(figures: list[Figure], calendar: Calendar) -> list[Period]:
    """Every period from the first figure's to the last one's: a missing one is a gap, not a shorter axis."""
    neighbours = Neighbours.of(calendar)
    found = {period for each in figures if (period := neighbours.period(each.grain, each.period))}
    if not found:
        return []
    first, last = min(found, key=_start), max(found, key=_start)
    if first.grain == DAY:
        steps = (
            neighbours.step(first, by) for by in range((last.interval.start - first.interval.start).days + 1)
        )
        return [each for each in steps if each]
    return [each for each in neighbours.rows[first.grain] if _start(first) <= _start(each) <= _start(last)]


def _start(period: Period) -> date:
    return period.interval.start


def end_label(track: Track, periods: list[Period], *, alone: bool) -> str:
    """`EU  352k`; only the value when there is one line; `so far` when its period is still running."""
    name = shortened(track.label, 24)
    if not track.end:
        return name
    at, value = track.end
    figure = track.figures[at]
    running = " so far" if figure and not is_whole(figure, periods[at]) else ""
    said = short(value, figure.unit if figure else "") + running
    return said if alone else f"{name}  {said}"


def stands_alone(track: Track, at: int) -> bool:
    near = [each for each in (at - 1, at + 1) if 0 <= each < len(track.figures)]
    return track.good(at) is not None and all(track.good(each) is None for each in near)


def is_held(figure: Figure | None) -> bool:
    return figure is not None and figure.state is FigureState.HELD
