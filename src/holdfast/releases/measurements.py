"""Pictures of measurements, such as a benchmark's: bars side by side, or lines over a size; limits marked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holdfast.releases.axes import short, value_axis
from holdfast.releases.svg import FAINT, GRID, INK, PALETTE, Drawing, shortened, text_width

WIDTH = 1080
BAR, BETWEEN_BARS, BETWEEN_GROUPS = 24, 5, 26
LIMIT_COLOUR = "#b42318"


@dataclass(frozen=True, slots=True)
class Bar:
    """One measurement; bars of the same label have the same colour in every group."""

    label: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """One line: measurements over a size, in order of the size."""

    label: str
    points: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that are compared with each other."""

    name: str
    bars: tuple[Bar, ...]
    limit: Decimal | None = None
    """A target, drawn as a mark across the group: the bars should not pass it."""


def bars(title: str, groups: Sequence[Group], unit: str, *, subtitle: str = "") -> bytes:
    """Horizontal bars from a zero line, to either side of it, as a self-contained SVG.

    As high as its bars need; the same input gives the same bytes. All values are in `unit`.
    """
    labels = list(dict.fromkeys(bar.label for group in groups for bar in group.bars))
    colour = {label: PALETTE[at % len(PALETTE)] for at, label in enumerate(labels)}
    values = [bar.value for group in groups for bar in group.bars]
    limits = [group.limit for group in groups if group.limit is not None]
    axis = value_axis([*values, *limits, Decimal(0)], unit, about=6)
    names = max((text_width(shortened(group.name, 34), 13) for group in groups), default=0)
    # A number left of a negative bar needs room between it and the group's name.
    top, left, right = 116, 56 + names + (58 if min(values, default=0) < 0 else 0), WIDTH - 96
    height = top + sum(_height(group) + BETWEEN_GROUPS for group in groups) + 48
    drawing = Drawing(WIDTH, height, title, _description(groups, unit))
    drawing.text(32, 42, shortened(title, 80), size=21, fill=INK, bold=True)
    drawing.text(32, 66, subtitle or unit, size=13)
    bottom = height - 60

    def x(value: Decimal) -> float:
        return left + (right - left) * axis.part(value)

    for tick, label in zip(axis.ticks, axis.labels(), strict=True):
        drawing.line(x(tick), top - 8, x(tick), bottom, GRID)
        drawing.text(x(tick), bottom + 20, label, anchor="middle")
    drawing.text(right, bottom + 38, unit if unit != "ratio" else "", anchor="end")
    y: float = top + 6
    for group in groups:
        drawing.text(
            38 + names,
            y + _height(group) / 2 + 4.5,
            shortened(group.name, 34),
            size=13,
            fill=INK,
            anchor="end",
        )
        for at, bar in enumerate(group.bars):
            _draw_bar(drawing, x, bar, y + at * (BAR + BETWEEN_BARS), colour[bar.label], unit, group.limit)
        if group.limit is not None:
            drawing.line(x(group.limit), y - 7, x(group.limit), y + _height(group) + 7, LIMIT_COLOUR, 2)
        y += _height(group) + BETWEEN_GROUPS
    drawing.line(x(Decimal(0)), top - 8, x(Decimal(0)), bottom, FAINT, 1.4)
    _legend(drawing, labels, colour, has_limits=bool(limits))
    return drawing.bytes()


def lines(title: str, series: Sequence[Series], unit: str, *, over: str, subtitle: str = "") -> bytes:
    """Lines over a size, `over` naming it with its unit, as a self-contained SVG; both axes show zero."""
    drawing = Drawing(WIDTH, 520, title, _series_description(series, unit, over))
    drawing.text(32, 42, shortened(title, 80), size=21, fill=INK, bold=True)
    drawing.text(32, 66, subtitle or unit, size=13)
    across = value_axis([at for each in series for at, _ in each.points] or [Decimal(1)], "", about=8)
    up = value_axis([value for each in series for _, value in each.points] or [Decimal(1)], unit)
    left, right, top, bottom = 84.0, WIDTH - 70.0, 124.0, 452.0

    def place(at: Decimal, value: Decimal) -> tuple[float, float]:
        return left + (right - left) * across.part(at), bottom - (bottom - top) * up.part(value)

    for tick, label in zip(up.ticks, up.labels(), strict=True):
        y = place(across.ticks[0], tick)[1]
        drawing.line(left, y, right, y, GRID if tick else FAINT)
        drawing.text(left - 10, y + 4, label, anchor="end")
    for tick, label in zip(across.ticks, across.labels(), strict=True):
        x = place(tick, up.ticks[0])[0]
        drawing.line(x, bottom, x, bottom + 5, FAINT)
        drawing.text(x, bottom + 20, label, anchor="middle")
    drawing.text(right, bottom + 44, over, anchor="end")
    colour = {each.label: PALETTE[at % len(PALETTE)] for at, each in enumerate(series)}
    for each in series:
        points = [place(at, value) for at, value in each.points]
        if len(points) > 1:
            drawing.path(points, colour[each.label], 2.2)
        for point in points:
            drawing.dot(*point, 2.6, colour[each.label])
    _legend(drawing, list(colour), colour, has_limits=False)
    return drawing.bytes()


def _draw_bar(
    drawing: Drawing,
    x: Callable[[Decimal], float],
    bar: Bar,
    y: float,
    colour: str,
    unit: str,
    limit: Decimal | None,
) -> None:
    zero, end = x(Decimal(0)), x(bar.value)
    drawing.box(min(zero, end), y, max(abs(end - zero), 1), BAR, colour, 2)
    # Beside the bar's own end, on white: inside a short bar the number would not fit.
    anchor, beside = ("start", 7) if bar.value >= 0 else ("end", -7)
    said = short(bar.value, unit)
    mark = x(limit) if limit is not None else end
    if bar.value >= 0 and -4 < mark - end < text_width(said, 12.5) + 14:
        end = max(mark, end)  # The limit's mark would cross the number: it goes beyond the mark.
    drawing.text(end + beside, y + BAR / 2 + 4.3, said, size=12.5, fill=INK, anchor=anchor)


def _legend(drawing: Drawing, labels: Sequence[str], colour: Mapping[str, str], *, has_limits: bool) -> None:
    x = 32.0
    for label in labels:
        drawing.box(x, 84, 11, 11, colour[label], 2)
        drawing.text(x + 18, 94, label, size=12.5)
        x += 18 + text_width(label, 12.5) + 24
    if has_limits:
        drawing.line(x + 5, 81, x + 5, 98, LIMIT_COLOUR, 2)
        drawing.text(x + 18, 94, "at most", size=12.5)


def _height(group: Group) -> int:
    return len(group.bars) * (BAR + BETWEEN_BARS) - BETWEEN_BARS


def _description(groups: Sequence[Group], unit: str) -> str:
    said = []
    for group in groups:
        measured = ", ".join(f"{bar.label} {short(bar.value, unit)}" for bar in group.bars)
        limit = "" if group.limit is None else f", at most {short(group.limit, unit)}"
        said.append(f"{group.name}: {measured}{limit}")
    return f"In {unit}. " + ". ".join(said) + "."


def _series_description(series: Sequence[Series], unit: str, over: str) -> str:
    ends = [
        f"{each.label}: {short(each.points[-1][1], unit)} at {short(each.points[-1][0], '')}"
        for each in series
        if each.points
    ]
    return f"{unit} over {over}. " + ". ".join(ends) + "."
