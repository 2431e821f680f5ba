"""A read-out as pictures: the difference over the days with its interval, and a row of intervals beside zero."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holdfast.calendars import DAY, Period
from holdfast.experiments.estimates import Lift
from holdfast.experiments.readout import Comparison, ReadOut
from holdfast.partitions import ONE_DAY, Interval
from holdfast.readouts import wording
from holdfast.releases.axes import ValueAxis, period_ticks, value_axis
from holdfast.releases.svg import FAINT, GRID, INK, PALETTE, SOFT, Drawing, shortened, text_width

WIDTH, HEIGHT, ROW = 960, 400, 30
BLUE, RED = PALETTE[0], PALETTE[1]
WIDEST = 3.0
"""Of the first looks, whose intervals are huge, no more is drawn than that many half widths of the last."""
UNIT = "profit per user"


@dataclass(frozen=True, slots=True)
class Bar:
    """A named interval; `is_proven` gives it a colour."""

    name: str
    lift: Lift
    is_proven: bool
    note: str = ""


def plot(found: ReadOut) -> bytes:
    """One picture of the whole read-out as SVG: the path over the days, or at a single look the estimates."""
    if found.refused:
        return _said_instead(found)
    if all(len(each.path) > 1 for each in found.comparisons):
        return path(found)
    bars = [
        Bar(f"{each.variant}, {name}", lift, lift.excludes_zero)
        for each in found.comparisons
        for name, lift in wording.estimates(each)
    ]
    return intervals(f"{found.experiment} through {found.day}", bars, wording.places_of(found))


def path(found: ReadOut) -> bytes:
    """Day by day: the difference so far as a line, the always-valid interval as a band, a panel per treatment."""
    title = f"{found.experiment}: {wording.headline(found)}"
    drawing = Drawing(WIDTH, 50 + HEIGHT * len(found.comparisons), title, _spoken(found))
    drawing.text(24, 34, shortened(title, 88), size=19, fill=INK, bold=True)
    for at, each in enumerate(found.comparisons):
        _panel(drawing, 50 + at * HEIGHT, each, found)
    return drawing.bytes()


def _panel(drawing: Drawing, top: float, each: Comparison, found: ReadOut) -> None:
    left, right, upper, lower = 84.0, WIDTH - 190.0, top + 52, top + HEIGHT - 46
    drawing.text(24, top + 8, f"{each.variant} minus {found.control}, {UNIT}, through the end of each day", size=13)
    days = _every_day(each)
    axis = _axis(each)
    column_by_day = {period.interval.start: at for at, period in enumerate(days)}

    def x(at: int) -> float:
        return left + (right - left) * at / max(len(days) - 1, 1)

    def y(value: float) -> float:
        drawn = lower - (lower - upper) * axis.part(Decimal(repr(value)))
        return min(max(drawn, upper), lower)

    _axes(drawing, axis, (left, right, upper, lower))
    for mark in period_ticks(days, right - left):
        drawing.line(x(mark.at), lower, x(mark.at), lower + 5, FAINT)
        drawing.text(x(mark.at), lower + 20, mark.label, anchor="middle")
        if mark.year:
            drawing.text(x(mark.at), lower + 36, mark.year, anchor="middle")
    columns = [column_by_day[look.day] for look in each.path]
    highs = [(x(at), y(look.always_valid.high)) for at, look in zip(columns, each.path, strict=True)]
    lows = [(x(at), y(look.always_valid.low)) for at, look in zip(columns, each.path, strict=True)]
    drawing.area([*highs, *reversed(lows)], BLUE, 0.16)
    drawing.path(highs, BLUE, 1)
    drawing.path(lows, BLUE, 1)
    middle = [
        (x(at), y(look.always_valid.difference)) for at, look in zip(columns, each.path, strict=True)
    ]
    drawing.path(middle, BLUE, 2.5)
    drawing.line(left, y(0), right, y(0), INK, 1.5)
    _end(drawing, each, wording.places_of(found), (right, y), lower)
    _legend(drawing, left, top + 30)


def _end(
    drawing: Drawing,
    each: Comparison,
    places: wording.Places,
    place: tuple[float, Callable[[float], float]],
    lower: float,
) -> None:
    """What the newest day says, written beside its end; pushed apart where the three lines would touch."""
    right, y = place
    lift = each.path[-1].always_valid
    drawing.dot(right, y(lift.difference), 4, BLUE)
    said = ((lift.high, "at most "), (lift.difference, ""), (lift.low, "at least "))
    last = -100.0
    for value, before in said:
        at = min(max(y(value) + 4, last + 17), lower + 8)
        last = at
        is_middle = value == lift.difference
        drawing.text(
            right + 12,
            at,
            f"{before}{wording.signed(value, places)}",
            size=14 if is_middle else 12.5,
            fill=INK,
            bold=is_middle,
        )
    if abs(y(0) - last) > 16 and all(abs(y(0) - y(value)) > 22 for value, _ in said):
        drawing.text(right + 12, y(0) + 4, "no difference", size=12.5)


def _axis(each: Comparison) -> ValueAxis:
    """Round ticks around zero and every difference; the early, huge intervals are cut."""
    last = each.path[-1].always_valid
    reach = WIDEST * (last.high - last.low) / 2
    values = [0.0]
    for look in each.path:
        lift = look.always_valid
        values += [
            max(lift.low, last.difference - reach),
            min(lift.high, last.difference + reach),
            min(max(lift.difference, last.difference - reach), last.difference + reach),
        ]
    return value_axis([Decimal(repr(value)) for value in values], UNIT)


def _every_day(each: Comparison) -> list[Period]:
    first, last = each.path[0].day, each.path[-1].day
    days = [first + ONE_DAY * at for at in range((last - first).days + 1)]
    return [Period(DAY, str(day), Interval(day, day + ONE_DAY)) for day in days]


def _axes(drawing: Drawing, axis: ValueAxis, frame: tuple[float, float, float, float]) -> None:
    left, right, upper, lower = frame
    for tick, label in zip(axis.ticks, axis.labels(), strict=True):
        at = lower - (lower - upper) * axis.part(tick)
        drawing.line(left, at, right, at, GRID)
        drawing.text(left - 10, at + 4, label, anchor="end")


def _legend(drawing: Drawing, x: float, y: float) -> None:
    for said, sign in (
        ("difference so far", "line"),
        ("where the true difference lies: 95 % for all days together", "band"),
    ):
        if sign == "line":
            drawing.line(x, y - 4, x + 20, y - 4, BLUE, 2.5)
        else:
            drawing.area([(x, y - 11), (x + 20, y - 11), (x + 20, y + 2), (x, y + 2)], BLUE, 0.16)
        drawing.text(x + 27, y, said, size=12.5)
        x += 27 + text_width(said, 12.5) + 22


def segments(found: ReadOut) -> bytes:
    """Every segment that can be read as an interval beside zero, all users on top."""
    several = len(found.comparisons) > 1
    bars = [
        Bar(f"all users, {each.variant}" if several else "all users", each.headline.lift, is_proven=False)
        for each in found.comparisons
    ]
    bars += [
        Bar(
            f"{each.segment}, {each.variant}" if several else each.segment,
            each.estimate.lift,
            each.stands_out,
            "differs" if each.stands_out else "",
        )
        for each in found.segments
        if each.estimate
    ]
    return intervals(f"{found.experiment}: segments through {found.day}", bars, wording.places_of(found))


def intervals(title: str, bars: Sequence[Bar], places: wording.Places) -> bytes:
    """Named intervals below each other on one scale, with zero as a line; proven ones in colour."""
    longest = max((text_width(each.name, 13) for each in bars), default=60)
    left, right = 40 + min(longest, 300), WIDTH - 250.0
    drawing = Drawing(
        WIDTH, 78 + ROW * len(bars), title, "; ".join(f"{b.name}: {wording.interval(b.lift, places)}" for b in bars) + "."
    )
    drawing.text(24, 30, shortened(title, 88), size=17, fill=INK, bold=True)
    ends = [Decimal(repr(end)) for each in bars for end in (each.lift.low, each.lift.high)]
    axis = value_axis(ends, UNIT)
    lower = 48 + ROW * len(bars)

    def x(value: float | Decimal) -> float:
        return left + (right - left) * axis.part(Decimal(repr(value)) if isinstance(value, float) else value)

    for tick, label in zip(axis.ticks, axis.labels(), strict=True):
        drawing.line(x(tick), 46, x(tick), lower, GRID if tick else INK, 1 if tick else 1.5)
        drawing.text(x(tick), lower + 18, label, anchor="middle")
    for at, each in enumerate(bars):
        y = 48 + ROW * (at + 0.5)
        colour = SOFT if not each.is_proven else BLUE if each.lift.difference > 0 else RED
        drawing.text(24, y + 4, shortened(each.name, 42), size=13, fill=INK, bold=not at)
        drawing.line(x(each.lift.low), y, x(each.lift.high), y, colour, 3)
        drawing.dot(x(each.lift.difference), y, 4.5, colour)
        said = f"{wording.signed(each.lift.difference, places)}  ({wording.interval(each.lift, places)})"
        drawing.text(right + 16, y + 4, said + (f"  {each.note}" if each.note else ""), size=12.5, fill=INK)
    return drawing.bytes()


def _said_instead(found: ReadOut) -> bytes:
    """The reason in place of a picture: a chart of a refused lift would be believed."""
    said = wording.refusal(found)
    drawing = Drawing(WIDTH, 60 + 24 * len(said) * 2, f"{found.experiment}: no read-out", " ".join(said))
    y = 36
    for at, line in enumerate(line for sentence in said for line in _wrapped(sentence, 110)):
        drawing.text(24, y, line, size=15, fill=INK, bold=not at)
        y += 24
    return drawing.bytes()


def _wrapped(sentence: str, most: int) -> list[str]:
    lines = [""]
    for word in sentence.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def _spoken(found: ReadOut) -> str:
    """The picture for readers who do not see it."""
    return " ".join(sentence for each in found.comparisons for sentence in wording.verdict(each, found))
