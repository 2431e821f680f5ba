"""Every estimator against another library's on the same users, and the sequence against the integral it is made of."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from holdfast.experiments.estimates import Contrast, contrast, detectable, estimate
from holdfast.experiments.sequence import Sequence, clock
from holdfast.experiments.split import holm, split
from holdfast.experiments.statistics import COLUMNS, Sums, row_of
from holdfast.testing.experiment_rows import drawn, rows, sums, values

SEEDS = (1, 2, 3)


@pytest.fixture(params=SEEDS)
def users(request) -> pd.DataFrame:
    """A thousand and a bit heavy-tailed users, unequal arms."""
    found = drawn(np.random.default_rng(request.param), 1100, 20, lift=0.2, treated_share=0.4)
    y = found.profit.sum(axis=1)
    cap = np.quantile(np.abs(y), 0.99)
    return pd.DataFrame({"variant": found.arm, "y": y, "x": found.before, "w": np.clip(y, -cap, cap)})


def arms(users: pd.DataFrame) -> tuple[Sums, Sums]:
    control, treatment = (users[users.variant == arm] for arm in (0, 1))
    return tuple(sums(each.y.to_numpy(), each.x.to_numpy(), each.w.to_numpy()) for each in (control, treatment))


@pytest.mark.parametrize(("column", "capped"), [("y", False), ("w", True)])
def test_the_plain_interval_is_welchs(users, column, capped):
    """Difference, interval and p-value are those of scipy's and statsmodels' test on the users themselves."""
    control, treatment = (users[users.variant == arm][column] for arm in (0, 1))
    found = estimate(*(each.moments(capped=capped) for each in arms(users)), adjusted=False)
    low, high = CompareMeans(DescrStatsW(treatment), DescrStatsW(control)).tconfint_diff(usevar="unequal")

    assert found.lift.p_value == pytest.approx(stats.ttest_ind(treatment, control, equal_var=False).pvalue, rel=1e-9)
    assert (found.lift.low, found.lift.high) == pytest.approx((low, high), rel=1e-9)
    assert found.lift.difference == pytest.approx(treatment.mean() - control.mean(), rel=1e-9)


@pytest.mark.parametrize("adjusted", [False, True])
def test_sums_give_what_tea_tasting_gives_on_the_users(users, adjusted):
    """The relative lift and CUPED from sums equal the library's own reading of a row per user."""
    metric = tt.Mean("y", "x") if adjusted else tt.Mean("y")
    expected = tt.Experiment(profit=metric).analyze(users)["profit"]
    found = estimate(*(each.moments() for each in arms(users)), adjusted=adjusted).lift

    assert found.difference == pytest.approx(expected.effect_size, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((expected.effect_size_ci_lower, expected.effect_size_ci_upper))
    assert found.relative == pytest.approx(
        (expected.rel_effect_size, expected.rel_effect_size_ci_lower, expected.rel_effect_size_ci_upper)
    )


def test_cuped_is_what_regression_on_the_covariate_leaves(users):
    """The adjusted difference is the plain one of residuals from one line through all users, and is narrower."""
    slope, _ = np.polyfit(users.x, users.y, 1)
    residual = users.y - slope * (users.x - users.x.mean())
    control, treatment = (residual[users.variant == arm] for arm in (0, 1))
    found, plain = (estimate(*(each.moments() for each in arms(users)), adjusted=each).lift for each in (True, False))

    assert found.difference == pytest.approx(treatment.mean() - control.mean(), rel=1e-9)
    assert found.p_value == pytest.approx(stats.ttest_ind(treatment, control, equal_var=False).pvalue, rel=1e-9)
    assert found.high - found.low < plain.high - plain.low


@pytest.mark.parametrize("adjusted", [False, True])
def test_the_contrast_of_every_day_is_the_estimators(users, adjusted):
    """What the sequence is made of is the same difference as the headline's, so the two never contradict."""
    moments = [each.moments() for each in arms(users)]
    found, expected = contrast(*moments, adjusted=adjusted), estimate(*moments, adjusted=adjusted)

    assert found.difference == pytest.approx(expected.lift.difference, rel=1e-12)
    assert found.control_mean == pytest.approx(expected.control_mean, rel=1e-12)


def test_a_percentage_of_almost_nothing_is_not_given():
    """Where the control earns about zero, lift has no meaningful percentage and none is shown."""
    rng = np.random.default_rng(5)
    control, treatment = rng.normal(0.02, 1, 400), rng.normal(0.5, 1, 400)
    zeros = np.zeros(400)
    found = estimate(*(sums(y, zeros, y).moments() for y in (control, treatment)), adjusted=False)

    assert found.lift.relative is None
    assert found.lift.excludes_zero


def test_the_detectable_difference_has_a_power_of_four_in_five(users):
    """statsmodels gives the power of a test for that difference as 0.8."""
    control, treatment = arms(users)
    least = detectable(control.moments(), treatment.moments(), adjusted=False)
    power = TTestIndPower().power(
        least / users.y.std(ddof=1), nobs1=control.n, alpha=0.05, ratio=treatment.n / control.n
    )

    assert power == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("counts", [(5000, 5000), (5100, 4900), (5500, 4500), (1, 0), (333, 333, 350)])
def test_the_split_is_tested_by_chi_square(counts):
    """The p-value is scipy's against the planned shares."""
    users = {str(at): n for at, n in enumerate(counts)}
    shares = {name: Decimal(1) / len(counts) for name in users}

    assert split(users, shares).p_value == pytest.approx(stats.chisquare(counts).pvalue, abs=1e-12)


def test_somebody_where_nobody_was_planned_is_never_as_planned():
    """A user in a variant with a planned share of zero cannot be chance."""
    assert split({"a": 5, "b": 1}, {"a": Decimal(1), "b": Decimal(0)}).p_value == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_holm_is_statsmodels(seed):
    """Adjusted p-values are the other library's, ties, ones and single values included."""
    p = np.random.default_rng(seed).beta(0.3, 1.0, 20).round(3).tolist()

    assert holm([*p, 1.0, p[0]]) == pytest.approx(multipletests([*p, 1.0, p[0]], method="holm")[1])
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@pytest.mark.parametrize("z", [0.0, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("ran", [1.0, 10.0, 500.0])
def test_the_always_valid_p_value_is_one_over_the_mixture(z, ran):
    """Likelihood ratios against no difference, averaged over two normal priors, integrate to what the formula says."""
    first, now = Contrast(500, 500, 0, 0, 1.0, 1.0), Contrast(500, 500, 0, z * math.sqrt(2 * ran), ran, ran)
    sequence, run, total = Sequence.begun(first), clock(now), 250.0 * now.difference

    def mixture(parameter: float) -> float:
        spread, peak = 1 / math.sqrt(parameter), total / (run + parameter)
        found, _ = integrate.quad(
            lambda effect: math.exp(effect * total - effect**2 * run / 2) * stats.norm.pdf(effect, scale=spread),
            -12 * spread,
            12 * spread,
            points=[peak - 1 / math.sqrt(run), peak, peak + 1 / math.sqrt(run)],
            limit=400,
        )
        return found

    expected = np.mean([mixture(each) for each in sequence.parameters])
    assert len(sequence.parameters) == 2
    assert sequence.p_value(now) == pytest.approx(min(1.0, 1 / expected), rel=1e-5)


@pytest.mark.parametrize(("ran", "most"), [(1, 4.3), (5, 3.5), (10, 3.4), (100, 3.5), (1000, 3.4), (10_000, 3.5)])
def test_the_interval_is_narrow_over_the_whole_range_of_the_clock(ran, most):
    """From the first look to ten thousand times its clock the half width stays near three and a half standard errors."""
    sequence = Sequence((1 * 10 / 8.21, 1 * 1000 / 8.21))
    assert 3.0 < sequence.multiplier(ran) <= most


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.2])
def test_the_interval_ends_where_the_p_value_is_alpha(alpha):
    """A difference exactly at the interval's half width from zero has the p-value alpha."""
    first = Contrast(500, 500, 0, 0, 1.0, 1.0)
    sequence = Sequence.begun(first)
    later = Contrast(900, 900, 0, 0, 1.0, 1.0)
    half = sequence.look(later, alpha).high

    assert sequence.p_value(Contrast(900, 900, 0, half, 1.0, 1.0)) == pytest.approx(alpha)


def test_sums_of_disjoint_users_add_up(users):
    """Segments added are everybody, to the last digit of the stored sums."""
    found = drawn(np.random.default_rng(9), 600, 5)
    member = np.arange(600) % 3
    day = [each for each in rows(found, "e", segments=("a", "b", "c"), member=member, days=[4])]
    for variant in ("control", "treatment"):
        total, a, b, c = (row.sums for row in day if row.variant == variant)
        added = a + b + c
        assert added.n == total.n
        assert added.yy == pytest.approx(total.yy, abs=Decimal("0.00001"))
        assert added.wxy == pytest.approx(total.wxy, abs=Decimal("0.00001"))


def test_variances_of_huge_sums_do_not_cancel():
    """Users who each earned about ten million have a variance of one, though their sum of squares has 20 digits."""
    y = [Decimal(10_000_000 + each) for each in (-1, 0, 1)] * 500
    total, squares = sum(y), sum(each * each for each in y)
    found = Sums(1500, total, squares, *[Decimal(0)] * 3, total, squares, Decimal(0)).moments()

    assert found.variance == pytest.approx(1500 * 2 / 3 / 1499, rel=1e-12)
    assert found.mean == 10_000_000


def test_a_row_comes_back_from_its_columns():
    """The order of the columns is the order in which a row's values are read."""
    row = next(iter(rows(drawn(np.random.default_rng(1), 50, 3), "e", days=[2], crossovers=4)))

    assert row_of(values(row)) == row
    assert len(values(row)) == len(COLUMNS)
