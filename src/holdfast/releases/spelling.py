"""How values, instants and segments are spelled in every output: exact, plain, the same everywhere."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal

from holdfast.errors import Bug
from holdfast.releases.release import Figure

TOTAL = "total"
_EXACT = Context(prec=60)
"""Room for two 38-digit amounts; the default of 28 digits would round them."""


def plain(value: Decimal) -> str:
    """The value with all its decimals, never an exponent, never a minus before zero: `-12.5000`.

    Raises Bug for NaN and infinities: no figure may be one.
    """
    if not value.is_finite():
        raise Bug(f"a figure has the value {value}; expected a finite decimal or none")
    return format(value.copy_abs() if value.is_zero() else value, "f")


def at_scale(value: Decimal | None, scale: int) -> Decimal | None:
    """The value with that many decimals where the others say nothing: 86 orders, not 86.000000."""
    if value is None:
        return None
    short = value.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    return short if short == value else value


def plain_or_none(value: Decimal | None) -> str | None:
    """As `plain`; none stays none."""
    return None if value is None else plain(value)


def grouped(value: Decimal) -> str:
    """The value for people: thousands separated by commas, all decimals kept."""
    return format(value.copy_abs() if value.is_zero() else value, ",f")


def percent(change: Decimal | None) -> str:
    """`+3.2%`, with a sign; an empty text when there is nothing to compare."""
    return "" if change is None else format(change.quantize(Decimal("0.1")), "+,f") + "%"


def instant(at: datetime) -> str:
    """`2026-10-01T03:00:00Z`: ISO 8601 in UTC; microseconds only when there are some."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def published(figure: Figure) -> str | None:
    """When readers got the figure; none while they never did."""
    return instant(figure.published_at) if figure.version else None


def pct_change(now: Decimal | None, earlier: Decimal | None) -> Decimal | None:
    """Change from earlier in percent, of the absolute earlier value; none without one or when it was zero.

    The sign follows now minus earlier, so a smaller loss is positive.
    """
    if now is None or earlier is None or earlier.is_zero():
        return None
    change = _EXACT.multiply(_EXACT.subtract(now, earlier), Decimal(100))
    return _EXACT.divide(change, earlier.copy_abs())


def segment_label(segment: str) -> str:
    """`region=EU` as it is, `total` for the whole."""
    return segment or TOTAL


def member_labels(segments: Iterable[str]) -> dict[str, str]:
    """Segment -> `EU` where all are cut by the same dimensions, else `region=EU`; `total` for the whole.

    Every dimension has a member `unallocated`: without its dimension it could be any of them.
    """
    found = list(segments)
    if len({_dimensions(each) for each in found if each}) > 1:
        return {each: segment_label(each) for each in found}
    return {
        each: ", ".join(part.partition("=")[2] for part in each.split(",")) if each else TOTAL
        for each in found
    }


def shared_dimensions(segments: Iterable[str]) -> str:
    """`region` when all segments but the total are cut by it; empty when there are none or others."""
    found = {_dimensions(each) for each in segments if each}
    return ", ".join(next(iter(found))) if len(found) == 1 else ""


def _dimensions(segment: str) -> tuple[str, ...]:
    return tuple(part.partition("=")[0] for part in segment.split(","))


def ordered(figures: Iterable[Figure], metrics: Sequence[str] = ()) -> list[Figure]:
    """By pipeline, grain, period, metric, segment and version, whatever order they came in.

    Metrics named in `metrics` come first, in that order; the total comes before its segments.
    """
    rank = {metric: at for at, metric in enumerate(metrics)}

    def key(each: Figure) -> tuple[str, str, str, int, str, str, int, int]:
        place = rank.get(each.metric, len(rank)), each.metric
        return (each.pipeline, each.grain, each.period, *place, each.segment, each.version, each.release)

    return sorted(figures, key=key)
