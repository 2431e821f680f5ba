"""A metric over time as a picture: one line per segment, holds as gaps, what is not final said so.

A single metric is drawn large with its segments; several metrics get a small panel each, totals only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holdfast.calendars import Calendar, Period
from holdfast.releases.axes import ValueAxis, period_ticks, short, value_axis
from holdfast.releases.comparison import days_counted, is_whole
from holdfast.releases.release import Figure, FigureState
from holdfast.releases.spelling import ordered, shared_dimensions
from holdfast.releases.svg import FAINT, FONT, GRID, INK, SOFT, Drawing, shortened, text_width
from holdfast.releases.tracks import (
    MOST_LINES,
    OTHER,
    Track,
    end_label,
    is_held,
    one_grain,
    row_of_periods,
    stands_alone,
    tracks_of,
)

WIDTH, HEIGHT = 1080, 560
PANEL_WIDTH, PANEL_HEIGHT = 540, 300
DOTS_UP_TO = 45
"""With more periods than that a dot on each would hide the line."""
DOTTED_LINES = 5
BAND, DASH = "#f1f2f4", "5 4"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a panel's plot area lies, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a line's drawing depends on beside its own figures."""

    some_final: bool
    """Preliminary stretches are dashed only where there are final ones to tell them from."""
    dotted: bool


def plot(
    figures: Iterable[Figure], calendar: Calendar, *, title: str = "", metrics: Sequence[str] = ()
) -> bytes:
    """The current figures of one pipeline as a self-contained SVG; the same figures give the same bytes.

    Of several grains the one with the most periods is drawn. `metrics` orders the panels. Of more than eight
    segments the largest are coloured and named, the others grey; they are never summed.
    """
    shown = one_grain(ordered(figures, metrics))
    periods = row_of_periods(shown, calendar)
    by_metric: dict[str, list[Figure]] = {}
    for each in shown:
        by_metric.setdefault(each.metric, []).append(each)
    if len(by_metric) == 1 or not shown:
        return _single(next(iter(by_metric), ""), shown, periods, title)
    return _panels(by_metric, shown, periods, title)


def inset(
    figures: Iterable[Figure],
    calendar: Calendar,
    *,
    title: str,
    name: str,
    size: tuple[int, int] = (620, 300),
    font: str = FONT,
) -> bytes:
    """One metric as a picture within a page that has its own headings: lines, axes and legend only.

    `name` goes before the drawing's ids; `title` is for readers who do not see it.
    """
    shown = one_grain(ordered(figures))
    periods = row_of_periods(shown, calendar)
    width, height = size
    drawing = Drawing(width, height, title, _description(shown, periods), name, font)
    tracks, left_out = tracks_of(shown, periods)
    longest = _longest_label(tracks, periods)
    legend = _legend(drawing, 8, 16, tracks, periods, left_out)
    frame = Frame(58, 34 if legend else 14, width - max(28, longest * 1.12 + 36), height - 42)
    _draw(drawing, frame, tracks, periods)
    return drawing.bytes()


def _single(metric: str, figures: list[Figure], periods: list[Period], title: str) -> bytes:
    heading = title or (f"{figures[0].pipeline}: {metric}" if figures else "No figures")
    drawing = Drawing(WIDTH, HEIGHT, heading, _description(figures, periods))
    tracks, left_out = tracks_of(figures, periods)
    drawing.text(32, 42, shortened(heading, 80), size=21, fill=INK, bold=True)
    drawing.text(32, 66, _subtitle(figures, periods), size=13)
    longest = _longest_label(tracks, periods)
    frame = Frame(84, 118, WIDTH - max(84, longest + 42), HEIGHT - 62)
    _draw(drawing, frame, tracks, periods)
    _legend(drawing, 32, 93, tracks, periods, left_out)
    return drawing.bytes()


def _panels(
    by_metric: dict[str, list[Figure]], shown: list[Figure], periods: list[Period], title: str
) -> bytes:
    heading = title or shown[0].pipeline
    rows = (len(by_metric) + 1) // 2
    drawing = Drawing(WIDTH, 104 + rows * PANEL_HEIGHT, heading, _description(shown, periods))
    drawing.text(32, 42, shortened(heading, 80), size=21, fill=INK, bold=True)
    drawing.text(32, 66, _subtitle(shown, periods, units=False), size=13)
    drawn = {metric: tracks_of(_totals(some), periods)[0] for metric, some in by_metric.items()}
    longest = max(_longest_label(each, periods) for each in drawn.values())
    for at, (metric, tracks) in enumerate(drawn.items()):
        x, y = (at % 2) * PANEL_WIDTH, 96 + (at // 2) * PANEL_HEIGHT
        drawing.text(x + 32, y + 24, metric, size=14.5, fill=INK, bold=True)
        drawing.text(x + 32 + text_width(metric, 14.5) * 1.12 + 10, y + 24, _unit(by_metric[metric]), size=12)
        frame = Frame(x + 84, y + 48, x + PANEL_WIDTH - max(60, longest + 36), y + PANEL_HEIGHT - 52)
        _draw(drawing, frame, tracks, periods)
    _legend(drawing, 32, 90, [track for each in drawn.values() for track in each], periods, 0)
    return drawing.bytes()


def _draw(drawing: Drawing, frame: Frame, tracks: list[Track], periods: list[Period]) -> None:
    values = [
        figure.value for each in tracks for figure in each.figures if figure and figure.value is not None
    ]
    axis = value_axis(values, next((f.unit for each in tracks for f in each.figures if f), ""))
    _bands(drawing, frame, tracks, periods)
    _draw_axes(drawing, frame, axis, periods)
    if not values:
        drawing.text(
            (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, "no figures", anchor="middle"
        )
        return
    look = Look(
        some_final=any(f and f.state is FigureState.FINAL for each in tracks for f in each.figures),
        dotted=len(periods) <= DOTS_UP_TO and len(tracks) <= DOTTED_LINES,
    )
    for track in reversed(tracks):
        _draw_track(drawing, frame, axis, track, periods, look)
    _end_labels(drawing, frame, axis, tracks, periods)


def _draw_axes(drawing: Drawing, frame: Frame, axis: ValueAxis, periods: list[Period]) -> None:
    for tick, label in zip(axis.ticks, axis.labels(), strict=True):
        y = _y(frame, axis, tick)
        drawing.line(frame.left, y, frame.right, y, GRID if tick else FAINT, 1 if tick else 1.2)
        drawing.text(frame.left - 10, y + 4, label, anchor="end")
    if axis.ticks[0]:
        drawing.line(frame.left, frame.bottom, frame.right, frame.bottom, GRID)
    for mark in period_ticks(periods, frame.right - frame.left):
        x = _x(frame, mark.at, len(periods))
        drawing.line(x, frame.bottom, x, frame.bottom + 5, FAINT)
        drawing.text(x, frame.bottom + 20, mark.label, anchor="middle")
        if mark.year:
            drawing.text(x, frame.bottom + 36, mark.year, anchor="middle", fill=FAINT)


def _bands(drawing: Drawing, frame: Frame, tracks: list[Track], periods: list[Period]) -> None:
    """Light grey behind every period in which a drawn line is held."""
    count = len(periods)
    half = (frame.right - frame.left) / max(count - 1, 1) / 2
    held = [any(each.figures[at] and is_held(each.figures[at]) for each in tracks) for at in range(count)]
    for at in range(count):
        if held[at]:
            x = max(_x(frame, at, count) - half, frame.left)
            end = min(_x(frame, at, count) + half, frame.right)
            drawing.box(x, frame.top - 12, max(end - x, 2), frame.bottom - frame.top + 12, BAND)


def _draw_track(
    drawing: Drawing, frame: Frame, axis: ValueAxis, track: Track, periods: list[Period], look: Look
) -> None:
    count = len(periods)

    def place(at: int, value: Decimal) -> tuple[float, float]:
        return _x(frame, at, count), _y(frame, axis, value)

    # A stretch ends at a gap, and where the way of drawing changes; neighbours share the point between them.
    stretch: list[tuple[float, float]] = []
    dashed = False
    for at in range(count):
        value, figure = track.good(at), track.figures[at]
        # A running month joined to whole ones would look like a collapse: it stands alone, as a ring.
        if value is None or figure is None or not is_whole(figure, periods[at]):
            _stroke(drawing, track, stretch, dashed)
            stretch = []
            continue
        light = look.some_final and figure.state is FigureState.PRELIMINARY
        if stretch and light != dashed:
            _stroke(drawing, track, stretch, dashed)
            stretch = stretch[-1:]
        dashed = light
        stretch.append(place(at, value))
    _stroke(drawing, track, stretch, dashed)
    for at, figure in enumerate(track.figures):
        if figure is None or figure.value is None or figure.state is FigureState.WITHDRAWN:
            continue
        if figure.state is FigureState.HELD or not is_whole(figure, periods[at]):
            drawing.dot(*place(at, figure.value), 3.5, track.colour, hollow=True)
        elif track.colour != OTHER and (look.dotted or stands_alone(track, at)):
            drawing.dot(*place(at, figure.value), 2.2, track.colour)


def _stroke(drawing: Drawing, track: Track, points: list[tuple[float, float]], dashed: bool) -> None:
    if len(points) > 1:
        drawing.path(points, track.colour, track.width, DASH if dashed else "")


def _end_labels(
    drawing: Drawing, frame: Frame, axis: ValueAxis, tracks: list[Track], periods: list[Period]
) -> None:
    """Each coloured line's name and last value at its right end, pushed apart where they would overlap."""
    named = [(each, each.end) for each in tracks if each.colour != OTHER]
    ends = sorted(
        ((_y(frame, axis, end[1]), end[0], each) for each, end in named if end),
        key=lambda found: (found[0], found[2].name),
    )
    count = len(tracks[0].figures)
    for y, (natural, at, track) in zip(_pushed_apart([end[0] for end in ends], 17, frame), ends, strict=True):
        x = _x(frame, at, count)
        if abs(y - natural) > 2 or frame.right - x > 2:
            drawing.path(
                [(x + 5, natural), (max(frame.right, x + 5), natural), (frame.right + 12, y)],
                FAINT,
                0.7,
                "1 2",
            )
        drawing.box(frame.right + 13, y - 4, 8, 8, track.colour, 2)
        drawing.text(
            frame.right + 26, y + 4.3, end_label(track, periods, alone=len(tracks) == 1), size=12.5, fill=INK
        )


def _pushed_apart(wanted: list[float], apart: float, frame: Frame) -> list[float]:
    """Places near the wanted ones, in their order, at least `apart` from each other."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + apart) if placed else y)
    floor = frame.bottom + 6
    for at in reversed(range(len(placed))):
        placed[at] = min(placed[at], floor)
        floor = placed[at] - apart
    return placed


def _legend(
    drawing: Drawing, x: float, y: float, tracks: list[Track], periods: list[Period], left_out: int
) -> bool:
    """What the signs in the picture mean, only those that occur; whether there are any."""
    begins_at = x
    figures = [(f, periods[at]) for each in tracks for at, f in enumerate(each.figures) if f]
    states = {figure.state for figure, _ in figures}

    def said(text: str) -> None:
        nonlocal x
        drawing.text(x + 24, y, text, size=12)
        x += 24 + text_width(text, 12) + 22

    if FigureState.HELD in states:
        drawing.box(x, y - 11, 18, 14, BAND)
        drawing.dot(x + 9, y - 4, 3.5, SOFT, hollow=True)
        said("held; the ring is the last good value")
    if any(
        not is_whole(figure, period) for figure, period in figures if figure.state is not FigureState.HELD
    ):
        drawing.dot(x + 9, y - 4, 3.5, SOFT, hollow=True)
        said("period still running, days so far")
    if FigureState.FINAL in states and FigureState.PRELIMINARY in states:
        drawing.line(x, y - 4, x + 18, y - 4, SOFT, 2, DASH)
        said("preliminary")
    if left_out:
        drawing.line(x, y - 4, x + 18, y - 4, OTHER, 2)
        said(f"{left_out} other segments, each by itself")
    return x > begins_at


def _subtitle(figures: list[Figure], periods: list[Period], *, units: bool = True) -> str:
    if not figures or not periods:
        return ""
    span = periods[0].name if len(periods) == 1 else f"{periods[0].name} to {periods[-1].name}"
    dimension = shared_dimensions(each.segment for each in figures) if units else ""
    by = f", by {dimension}" if dimension else ""
    said = [f"{_unit(figures)} per {figures[0].grain}{by}" if units else f"per {figures[0].grain}", span]
    newest = max((each.as_of for each in figures if each.as_of), default=None)
    said += [f"as of {newest}"] if newest else []
    if {each.state for each in figures} - {FigureState.HELD} == {FigureState.PRELIMINARY}:
        said.append("all figures preliminary")
    last = periods[-1]
    running = [
        each for each in figures if each.period == last.name and each.as_of and not is_whole(each, last)
    ]
    if running and last.interval.length > 1:
        said.append(
            f"{last.name}: {min(days_counted(each, last) for each in running)} of {last.interval.length} days"
        )
    return "  ·  ".join(said)


def _description(figures: list[Figure], periods: list[Period]) -> str:
    """For readers who do not see the picture: each metric's total, first and newest value, and the holds."""
    said = [_subtitle(figures, periods)]
    for track_of in dict.fromkeys(each.metric for each in figures):
        tracks, _ = tracks_of([each for each in figures if each.metric == track_of], periods)
        for track in tracks[:MOST_LINES]:
            if track.end:
                at, value = track.end
                unit = next(f.unit for f in track.figures if f)
                name = track.label
                said.append(f"{track_of}, {name}: {short(value, unit)} {unit} in {periods[at].name}")
    held = sorted({each.period for each in figures if is_held(each)})
    said += [f"Held: {', '.join(held)}"] if held else []
    return ". ".join(part for part in said if part) + "."


def _totals(figures: list[Figure]) -> list[Figure]:
    return [each for each in figures if not each.segment] or figures


def _unit(figures: list[Figure]) -> str:
    unit = figures[0].unit
    return "percent" if unit == "ratio" else unit


def _x(frame: Frame, at: int, count: int) -> float:
    if count <= 1:
        return (frame.left + frame.right) / 2
    return frame.left + (frame.right - frame.left) * at / (count - 1)


def _y(frame: Frame, axis: ValueAxis, value: Decimal) -> float:
    return frame.bottom - (frame.bottom - frame.top) * axis.part(value)


def _longest_label(tracks: list[Track], periods: list[Period]) -> float:
    """Width of the widest label at a line's end, in pixels."""
    labels = [end_label(each, periods, alone=len(tracks) == 1) for each in tracks if each.colour != OTHER]
    return max((text_width(each, 12.5) for each in labels), default=0)
