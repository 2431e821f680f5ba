"""The intervals keep their promise over thousands of experiments in which the truth is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from holdfast.experiments.estimates import Contrast, contrast, estimate
from holdfast.experiments.sequence import FEWEST_USERS, Sequence
from holdfast.experiments.statistics import Moments
from holdfast.testing.experiment_rows import Drawn, drawn

ALPHA = 0.05


def band(draws: int, rate: float = ALPHA) -> tuple[float, float]:
    """Shares between which 999 of 1,000 honest procedures come out."""
    low, high = stats.binom.interval(0.999, draws, rate)
    return low / draws, high / draws


@dataclass(frozen=True)
class Day:
    """One look at an experiment: moments of both arms."""

    control: Moments
    treatment: Moments


def looks(found: Drawn) -> list[Day]:
    """Every day's moments with enough users in both arms, from the users themselves."""
    days = zip(*(moments(found, arm) for arm in (0, 1)), strict=True)
    return [Day(*both) for both in days if min(each.n for each in both) >= FEWEST_USERS]


def moments(found: Drawn, arm: int) -> list[Moments]:
    """Of the arm's users through the end of each day; whoever is not assigned yet has earned nothing and counts nowhere."""
    who = found.arm == arm
    y, x = np.cumsum(found.profit[who], axis=1), found.before[who]
    here = (found.assigned[who][:, None] <= np.arange(y.shape[1])[None, :]).astype(float)
    n = here.sum(axis=0)
    y_mean, x_mean = y.sum(axis=0) / n, x @ here / n
    parts = (
        (np.einsum("ij,ij->j", y, y), y_mean**2),
        ((x * x) @ here, x_mean**2),
        (x @ y, x_mean * y_mean),
    )
    yy, xx, xy = ((raw - n * square) / (n - 1) for raw, square in parts)
    return [Moments(int(row[0]), *row[1:]) for row in zip(*(each.tolist() for each in (n, y_mean, yy, x_mean, xx, xy)), strict=True)]


def measured(seed: int, draws: int, users: int, days: int, lift: float = 0.0) -> SimpleNamespace:
    """How often, over so many experiments, an interval misses the truth: at the last look, and at any.

    The truth of a lift is the difference that the treated would have had without it, scaled: with `lift` each
    treated user's profit is (1 + lift) times what it would have been, whose mean the untreated users of a large
    draw tell.
    """
    rng = np.random.default_rng(seed)
    missed = {name: 0 for name in ("plain", "cuped", "peeking", "always", "always_cuped")}
    truth = untreated_means(seed, users, days) * lift
    for _ in range(draws):
        seen = looks(drawn(rng, users, days, lift=lift))
        last = seen[-1]
        for name, adjusted in (("plain", False), ("cuped", True)):
            one = estimate(last.control, last.treatment, adjusted=adjusted).lift
            missed[name] += not one.low <= truth[-1] <= one.high
        for name, adjusted in (("always", False), ("always_cuped", True)):
            found = [contrast(day.control, day.treatment, adjusted=adjusted) for day in seen]
            sequence, right = Sequence.begun(found[0]), truth[-len(found) :]
            intervals = [sequence.look(each) for each in found]
            missed[name] += any(not i.low <= t <= i.high for i, t in zip(intervals, right, strict=True))
            if not adjusted:
                far = [abs(each.difference - t) > 1.96 * each.variance**0.5 for each, t in zip(found, right, strict=True)]
                missed["peeking"] += any(far)
    return SimpleNamespace(**{name: count / draws for name, count in missed.items()})


def untreated_means(seed: int, users: int, days: int) -> np.ndarray:
    """Mean profit per assigned user through each day, over a million of them."""
    rng, totals, counted = np.random.default_rng(seed + 1000), np.zeros(days), np.zeros(days)
    for _ in range(20):
        found = drawn(rng, 50_000, days)
        here = found.assigned[:, None] <= np.arange(days)[None, :]
        totals += (np.cumsum(found.profit, axis=1) * here).sum(axis=0)
        counted += here.sum(axis=0)
    return totals / counted


@pytest.fixture(scope="module")
def nothing_differs() -> SimpleNamespace:
    """2,000 experiments of 1,000 users over 14 days in which both arms are the same."""
    return measured(seed=11, draws=2000, users=1000, days=14)


@pytest.mark.slow
def test_one_look_finds_a_difference_in_one_of_twenty(nothing_differs):
    """With heavy tails and people of very different habits the false positives are 5 % within chance."""
    low, high = band(2000)
    assert low <= nothing_differs.plain <= high
    assert low <= nothing_differs.cuped <= high


@pytest.mark.slow
def test_daily_looks_together_find_one_at_most_as_often(nothing_differs):
    """Whoever stops at the first day that excludes zero is wrong in at most one experiment of twenty."""
    assert nothing_differs.always <= ALPHA
    assert nothing_differs.always_cuped <= ALPHA


@pytest.mark.slow
def test_stopping_at_the_first_ordinary_interval_is_wrong_far_more_often(nothing_differs):
    """The reason for the sequence: peeking at the ordinary interval makes three times its errors."""
    assert nothing_differs.peeking > 3 * ALPHA


@pytest.fixture(scope="module")
def treatment_works() -> SimpleNamespace:
    """400 experiments of 2,000 users over 10 days in which the treated spend 15 % more."""
    return measured(seed=12, draws=400, users=2000, days=10, lift=0.15)


def test_intervals_hold_the_true_lift(treatment_works):
    """The interval of one look misses the truth in 5 % within chance, the daily ones together in no more."""
    low, high = band(400)
    assert low <= treatment_works.plain <= high
    assert low <= treatment_works.cuped <= high
    assert treatment_works.always <= ALPHA
    assert treatment_works.always_cuped <= ALPHA


def ever_found(draws: int, days: int, y: Iterable[np.ndarray], per_day: int) -> float:
    """Share of experiments in which some day's always-valid p-value is below 5 %.

    `y` has one array per experiment, arms by users by days, profit so far; each day `per_day` more users of each arm are in.
    """
    found = 0
    for each in y:
        sequence = None
        for day in range(days):
            n = per_day * (day + 1)
            means, spreads = each[:, :n, day].mean(axis=1), each[:, :n, day].var(axis=1, ddof=1) / n
            now = Contrast(n, n, *means.tolist(), *spreads.tolist())
            sequence = sequence or Sequence.begun(now)
            if sequence.p_value(now) < ALPHA:
                found += 1
                break
    return found / draws


@pytest.mark.parametrize("refunded", [0.0, 0.5])
def test_other_ways_in_which_profit_comes_keep_the_promise(refunded):
    """Outcomes that never grow, the sequence's own textbook case; and half of all orders refunded five days later."""
    rng, draws, days, per_day = np.random.default_rng(31), 1000, 30, 100
    users = days * per_day
    arrived = np.repeat(np.arange(days), per_day)

    def one() -> np.ndarray:
        amount = rng.lognormal(1.0, 1.0, (2, users, 1))
        gone = (rng.random((2, users, 1)) < refunded) & (np.arange(days) >= arrived[:, None] + 5)
        return np.where(gone, 0.0, amount)

    assert ever_found(draws, days, (one() for _ in range(draws)), per_day) <= ALPHA


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22])
def test_two_months_of_daily_looks(seed):
    """The same over 60 days, where the sequence's clock runs thousandfold."""
    found = measured(seed=seed, draws=1500, users=1500, days=60)
    low, high = band(1500)
    assert low <= found.plain <= high
    assert low <= found.cuped <= high
    assert max(found.always, found.always_cuped) <= ALPHA
