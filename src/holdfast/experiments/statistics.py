"""Sums over users as one value that adds up, and the means and variances they come to."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Context, Decimal

_EXACT = Context(prec=90)
"""Room for the square of a 38-digit sum; a variance is a small difference of such squares."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance and covariance of one arm's users; n - 1 below the variances."""

    n: int
    mean: float
    variance: float
    covariate_mean: float
    covariate_variance: float
    covariance: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over users, exact: y the outcome, x the covariate from before assignment, w the capped outcome.

    Those of disjoint groups of users add up; those of several days do not.
    """

    n: int
    y: Decimal
    yy: Decimal
    x: Decimal
    xx: Decimal
    xy: Decimal
    wy: Decimal
    wyy: Decimal
    wxy: Decimal

    def __add__(self, other: "Sums") -> "Sums":
        """The sums of both groups of users together."""
        _, *sums = (f.name for f in fields(self))
        added = [_EXACT.add(getattr(self, name), getattr(other, name)) for name in sums]
        return Sums(self.n + other.n, *added)

    def moments(self, *, capped: bool = False) -> Moments:
        """Of the outcome, or of the capped one. Needs two users."""
        y, yy, xy = (self.wy, self.wyy, self.wxy) if capped else (self.y, self.yy, self.xy)
        return Moments(
            self.n,
            float(_EXACT.divide(y, Decimal(self.n))),
            max(self._spread(y, y, yy), 0.0),
            float(_EXACT.divide(self.x, Decimal(self.n))),
            max(self._spread(self.x, self.x, self.xx), 0.0),
            self._spread(self.x, y, xy),
        )

    def _spread(self, a: Decimal, b: Decimal, ab: Decimal) -> float:
        """Covariance of a and b from their sums; in Decimal up to the last step, where floats would cancel."""
        between = _EXACT.divide(_EXACT.multiply(a, b), Decimal(self.n))
        return float(_EXACT.divide(_EXACT.subtract(ab, between), Decimal(self.n - 1)))


@dataclass(frozen=True, slots=True)
class Row:
    """One published row: an arm's sums over its users, from each one's assignment through the end of the day."""

    day: date
    experiment: str
    variant: str
    segment: str
    """Empty for all users."""
    planned_share: Decimal
    started_on: date
    ended_on: date | None
    sums: Sums
    cap: Decimal
    crossovers: int
    """Users seen in more than one variant: in no sum, counted on every row of the experiment and day."""


COLUMNS = (
    ("day", "DATE"),
    ("experiment", "VARCHAR"),
    ("variant", "VARCHAR"),
    ("segment", "VARCHAR"),
    ("planned_share", "DECIMAL(9,6)"),
    ("started_on", "DATE"),
    ("ended_on", "DATE"),
    ("n", "BIGINT"),
    *((name, "DECIMAL(38,8)") for name in ("y", "yy", "x", "xx", "xy", "wy", "wyy", "wxy", "cap")),
    ("crossovers", "BIGINT"),
)
"""Name and type of the columns that a table of statistics has, in the order `row_of` takes them."""

MAY_BE_NULL = frozenset({"ended_on"})


def row_of(values: tuple[object, ...]) -> Row:
    """The row whose values stand in the order of COLUMNS and have their types."""
    named = dict(zip((name for name, _ in COLUMNS), values, strict=True))
    sums = Sums(**{f.name: named.pop(f.name) for f in fields(Sums)})  # type: ignore[arg-type]
    return Row(sums=sums, **named)  # type: ignore[arg-type]
