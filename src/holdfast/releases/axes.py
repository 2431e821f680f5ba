"""Axes: round ticks, their labels, and which dates of a long row are worth a label."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from holdfast.calendars import DAY, Period
from holdfast.releases.svg import text_width

RATIO = "ratio"
MINUS = "\u2212"
_SCALES = ((Decimal(10**9), "bn"), (Decimal(10**6), "m"), (Decimal(10**3), "k"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """A vertical axis from the lowest to the highest tick."""

    ticks: tuple[Decimal, ...]
    unit: str

    def part(self, value: Decimal) -> float:
        """Where the value lies: 0 at the lowest tick, 1 at the highest."""
        low, high = self.ticks[0], self.ticks[-1]
        return float((value - low) / (high - low))

    def labels(self) -> list[str]:
        """One per tick, all in the same scale and with the same decimals."""
        divisor, suffix = _scale(max(abs(tick) for tick in self.ticks), self.unit)
        step = (self.ticks[1] - self.ticks[0]) / divisor
        decimals = max(0, -int(step.normalize().as_tuple().exponent))
        return ["0" if not tick else _signed(tick / divisor, decimals, suffix) for tick in self.ticks]


def value_axis(values: Sequence[Decimal], unit: str, about: int = 5) -> ValueAxis:
    """An axis with about that many round steps that holds every value.

    Zero is always on it, but for ratios that stay within a narrow band: a cut axis makes a small fall in
    money look like a collapse.
    """
    with localcontext() as exact:
        exact.prec = 60
        low, high = (min(values), max(values)) if values else (Decimal(0), Decimal(1))
        narrow = unit == RATIO and (high - low) * 2 < min(abs(low), abs(high)) and low * high > 0
        if not narrow:
            low, high = min(low, Decimal(0)), max(high, Decimal(0))
        if low == high:
            low, high = (low - 1, low + 1) if low else (Decimal(0), Decimal(1))
        step = _round_step((high - low) / about)
        first = (low / step).to_integral_value(ROUND_FLOOR)
        last = (high / step).to_integral_value(ROUND_CEILING)
        return ValueAxis(tuple(step * (first + at) for at in range(int(last - first) + 1)), unit)


def short(value: Decimal, unit: str) -> str:
    """The value in about three digits: `1.24m`, `38.2%`, `917`."""
    divisor, suffix = _scale(abs(value), unit)
    with localcontext() as exact:
        exact.prec = 60
        scaled = value / divisor
    whole = len(str(int(abs(scaled))))
    exponent = value.as_tuple().exponent
    counted = isinstance(exponent, int) and exponent >= 0 and scaled == scaled.to_integral_value()
    decimals = 0 if counted else max(0, 3 - whole)
    return _signed(scaled, decimals, suffix)


def _round_step(raw: Decimal) -> Decimal:
    magnitude = Decimal(1).scaleb(raw.adjusted())
    return next(magnitude * factor for factor in (1, 2, Decimal("2.5"), 5, 10) if magnitude * factor >= raw)


def _scale(largest: Decimal, unit: str) -> tuple[Decimal, str]:
    if unit == RATIO:
        return Decimal("0.01"), "%"
    return next(((each, suffix) for each, suffix in _SCALES if largest >= each), (Decimal(1), ""))


def _signed(value: Decimal, decimals: int, suffix: str) -> str:
    said = f"{abs(value):,.{decimals}f}{suffix}"
    return MINUS + said if value < 0 and said.strip("0.,%kmbn") else said


@dataclass(frozen=True, slots=True)
class PeriodTick:
    """A labelled place on the horizontal axis; `year` stands below where it changes."""

    at: int
    label: str
    year: str


def period_ticks(periods: Sequence[Period], width: float, size: float = 12) -> list[PeriodTick]:
    """Ticks for a row of consecutive periods that is `width` pixels wide; their labels do not touch."""
    if not periods:
        return []
    apart = width / max(len(periods) - 1, 1)
    for places in _choices(periods):
        labels = [_label(periods[at], by_month=places.by_month) for at in places.at]
        room = (
            min((after - at) * apart for at, after in zip(places.at, places.at[1:], strict=False))
            if (len(places.at) > 1)
            else width
        )
        if labels and max(text_width(each, size) for each in labels) + 1.3 * size <= room:
            return _with_years(places.at, labels, periods)
    return _with_years([0], [_label(periods[0], by_month=False)], periods)


@dataclass(frozen=True, slots=True)
class _Places:
    at: list[int]
    by_month: bool


def _choices(periods: Sequence[Period]) -> list[_Places]:
    """Ways to label the row, finest first."""
    starts = [period.interval.start for period in periods]
    everywhere = range(len(periods))
    if periods[0].grain != DAY:
        return [
            _Places(list(everywhere)[::every], by_month=False)
            for every in (1, 2, 3, 4, 6, 8, 13, 26, 52, 104)
        ]
    mondays = [at for at in everywhere if starts[at].weekday() == 0]
    firsts = [at for at in everywhere if starts[at].day == 1]
    return [
        _Places(list(everywhere), by_month=False),
        _Places(list(everywhere)[::2], by_month=False),
        *(_Places(mondays[::every], by_month=False) for every in (1, 2) if len(mondays[::every]) > 1),
        *(
            _Places([at for at in firsts if (starts[at].month - 1) % every == 0], by_month=True)
            for every in (1, 2, 3, 6, 12)
        ),
        *(_Places(list(everywhere)[::every], by_month=False) for every in (30, 90, 365)),
    ]


def _label(period: Period, *, by_month: bool) -> str:
    start = period.interval.start
    if period.grain == DAY:
        return _MONTHS[start.month - 1] if by_month else f"{start.day} {_MONTHS[start.month - 1]}"
    if period.grain == "month" and period.name == f"{start:%Y-%m}":
        return _MONTHS[start.month - 1]
    year, _, rest = period.name.partition("-")
    return rest if period.grain in ("week", "quarter") and year.isdigit() and rest else period.name


def _with_years(places: Sequence[int], labels: Sequence[str], periods: Sequence[Period]) -> list[PeriodTick]:
    ticks: list[PeriodTick] = []
    last = ""
    for at, label in zip(places, labels, strict=True):
        period = periods[at]
        named = period.name[:4] if period.grain == "week" else f"{period.interval.start:%Y}"
        year = "" if label == period.name else named
        ticks.append(PeriodTick(at, label, year if year != last else ""))
        last = year
    return ticks
