"""Generated experiments: heavy-tailed people of very different habits, and the published rows they come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from holdfast.experiments.statistics import COLUMNS, Row, Sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CONTROL, TREATMENT = "control", "treatment"
STARTED_ON = date(2026, 3, 2)
_SCALE = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One entry per user: arm (1 is treated), day of assignment from 0, profit before it, profit per day since.

    `profit` is users by days in pounds and pence, zero before the assignment.
    """

    arm: Ints
    assigned: Ints
    before: Floats
    profit: Floats


def drawn(
    rng: np.random.Generator, users: int, days: int, *, lift: float = 0.0, treated_share: float = 0.5
) -> Drawn:
    """Users who arrive over the first two thirds of the days; the treated spend `lift` parts more.

    A quarter of them make nearly all orders, the largest order is hundreds of times the median, two orders in a
    hundred come back and cost money.
    """
    arm = (rng.random(users) < treated_share).astype(np.int64)
    assigned = rng.integers(0, max(1, days * 2 // 3), users)
    rate = rng.gamma(0.5, 0.2, users)
    taste = rng.lognormal(0.0, 0.5, users)
    before = rng.poisson(rate * 28) * taste * rng.lognormal(2.5, 0.8, users)
    ordered = rng.poisson(np.broadcast_to(rate[:, None], (users, days)))
    profit = np.zeros((users, days))
    who, when = np.nonzero(ordered)
    amounts = ordered[who, when] * taste[who] * rng.lognormal(2.5, 1.2, len(who))
    amounts *= np.where(rng.random(len(who)) < 0.02, -0.5, 1.0) * (1 + lift * arm[who])
    profit[who, when] = amounts
    profit[np.arange(days)[None, :] < assigned[:, None]] = 0
    return Drawn(arm, assigned, np.round(before, 2), np.round(profit, 2))


def rows(
    found: Drawn,
    experiment: str,
    *,
    segments: Sequence[str] = (),
    member: Ints | None = None,
    planned_share: float = 0.5,
    ended: bool = False,
    crossovers: int = 0,
    days: Sequence[int] | None = None,
) -> Iterator[Row]:
    """The rows of every day, or of those named: both arms, everybody and each segment."""
    last = found.profit.shape[1] - 1
    so_far = np.cumsum(found.profit, axis=1)
    for day in range(last + 1) if days is None else days:
        here = found.assigned <= day
        y = so_far[:, day]
        cap = float(np.round(np.quantile(np.abs(y[here]), 0.99), 2)) if here.any() else 0.0
        w = np.clip(y, -cap, cap)
        for at, segment in enumerate(("", *segments)):
            inside = here if not segment or member is None else here & (member == at - 1)
            for arm, variant in enumerate((CONTROL, TREATMENT)):
                who = inside & (found.arm == arm)
                yield Row(
                    STARTED_ON + timedelta(days=day),
                    experiment,
                    variant,
                    segment,
                    Decimal(str(planned_share if arm else 1 - planned_share)),
                    STARTED_ON,
                    STARTED_ON + timedelta(days=last) if ended else None,
                    sums(y[who], found.before[who], w[who]),
                    Decimal(str(cap)),
                    crossovers,
                )


def sums(y: Floats, x: Floats, w: Floats) -> Sums:
    """Of one arm's users."""
    products = (y.sum(), y @ y, x.sum(), x @ x, x @ y, w.sum(), w @ w, x @ w)
    return Sums(len(y), *(Decimal(repr(float(each))).quantize(_SCALE) for each in products))


def values(row: Row) -> tuple[object, ...]:
    """The row's values in the order of the published table's columns."""
    return tuple(getattr(row if hasattr(row, name) else row.sums, name) for name, _ in COLUMNS)
