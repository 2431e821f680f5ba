"""Differences between two arms: Welch's interval, the relative lift, CUPED, the minimum detectable effect.

The estimators are tea-tasting's, fed with sums. The contrast, which the sequence needs for every day, is the
same arithmetic without quantiles.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.errors import WorldError
from holdfast.experiments.statistics import Moments

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates
    from tea_tasting.metrics import Mean

CONFIDENCE = 0.95
POWER = 0.8
CLEAR_OF_ZERO = 3.0
"""A mean nearer to zero than that many standard errors has no meaningful percentage."""


@dataclass(frozen=True, slots=True)
class Lift:
    """A difference of means, treatment minus control, and the interval around it."""

    difference: float
    low: float
    high: float
    p_value: float
    relative: "tuple[float, float, float] | None"
    """Lift, low and high as parts of the control's mean: 0.081; none where that mean is too near to zero."""

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Two arms' means and the lift between them at one look, with a 95 % interval."""

    control_mean: float
    treatment_mean: float
    lift: Lift


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two arms' means, adjusted or not, with the variance of each mean."""

    control_n: int
    treatment_n: int
    control_mean: float
    treatment_mean: float
    control_variance: float
    treatment_variance: float

    @property
    def difference(self) -> float:
        return self.treatment_mean - self.control_mean

    @property
    def variance(self) -> float:
        """Of the difference."""
        return self.control_variance + self.treatment_variance

    @property
    def log_variance(self) -> float | None:
        """Of the logarithm of the ratio of means; none when a mean is not clear of zero."""
        arms = (
            (self.control_mean, self.control_variance),
            (self.treatment_mean, self.treatment_variance),
        )
        if any(mean <= CLEAR_OF_ZERO * math.sqrt(variance) for mean, variance in arms):
            return None
        return sum(variance / mean**2 for mean, variance in arms)

    def relative(self, multiplier: float) -> tuple[float, float, float] | None:
        """Relative lift, and its bounds that many standard errors away on the scale of logarithms."""
        if self.log_variance is None:
            return None
        ratio, factor = self.treatment_mean / self.control_mean, multiplier * math.sqrt(self.log_variance)
        if factor > 700:
            return None
        return ratio - 1, ratio * math.exp(-factor) - 1, ratio * math.exp(factor) - 1


def contrast(control: Moments, treatment: Moments, *, adjusted: bool) -> Contrast:
    """The two arms compared; adjusted by the covariate (CUPED) with one coefficient over both arms."""
    coefficient, centre = _regression(control, treatment) if adjusted else (0.0, 0.0)

    def mean(arm: Moments) -> float:
        return arm.mean - coefficient * (arm.covariate_mean - centre)

    def variance(arm: Moments) -> float:
        spread = (
            arm.variance + coefficient**2 * arm.covariate_variance - 2 * coefficient * arm.covariance
        )
        return max(spread, 0.0) / arm.n

    return Contrast(
        control.n, treatment.n, mean(control), mean(treatment), variance(control), variance(treatment)
    )


def _regression(control: Moments, treatment: Moments) -> tuple[float, float]:
    """Slope of outcome on covariate over all users of both arms, and the covariate's mean."""
    n = control.n + treatment.n
    apart = control.n * treatment.n / n
    x_apart = treatment.covariate_mean - control.covariate_mean
    inside = [(arm.n - 1, arm.covariate_variance, arm.covariance) for arm in (control, treatment)]
    of_x = sum(free * variance for free, variance, _ in inside) + apart * x_apart**2
    of_xy = sum(free * covariance for free, _, covariance in inside)
    of_xy += apart * x_apart * (treatment.mean - control.mean)
    centre = (control.n * control.covariate_mean + treatment.n * treatment.covariate_mean) / n
    return (of_xy / of_x if of_x else 0.0), centre


def estimate(control: Moments, treatment: Moments, *, adjusted: bool) -> Estimate:
    """Means, difference and Welch's 95 % interval; relative by the delta method on logarithms.

    Both arms need two users and one of them a variance. Raises WorldError without the extra `experiments`.
    """
    found = _mean(adjusted=adjusted).analyze_aggregates(_aggregates(control), _aggregates(treatment))
    meaningful = contrast(control, treatment, adjusted=adjusted).log_variance is not None
    relative = (found.rel_effect_size, found.rel_effect_size_ci_lower, found.rel_effect_size_ci_upper)
    lift = Lift(
        float(found.effect_size),
        float(found.effect_size_ci_lower),
        float(found.effect_size_ci_upper),
        float(found.pvalue),
        (float(relative[0]), float(relative[1]), float(relative[2])) if meaningful else None,
    )
    return Estimate(float(found.control), float(found.treatment), lift)


def detectable(control: Moments, treatment: Moments, *, adjusted: bool) -> float:
    """The difference that a single look at so many users finds four times in five."""
    power = _mean(adjusted=adjusted, ratio=treatment.n / control.n)
    both = _aggregates(control) + _aggregates(treatment)
    [found] = power.solve_power_from_aggregates(both, "effect_size")
    return float(found.effect_size)


def _mean(*, adjusted: bool, ratio: float = 1.0) -> "Mean":
    _tea_tasting()
    from tea_tasting.metrics import Mean

    # Everything is said here: a default could be changed for the whole process.
    return Mean(
        "y",
        "x" if adjusted else None,
        alternative="two-sided",
        confidence_level=CONFIDENCE,
        equal_var=False,
        use_t=True,
        alpha=1 - CONFIDENCE,
        ratio=ratio,
        power=POWER,
    )


def _aggregates(arm: Moments) -> "Aggregates":
    from tea_tasting.aggr import Aggregates

    return Aggregates(
        count_=arm.n,
        mean_={"y": arm.mean, "x": arm.covariate_mean},
        var_={"y": arm.variance, "x": arm.covariate_variance},
        cov_={("x", "y"): arm.covariance},
    )


def _tea_tasting() -> Any:
    try:
        import tea_tasting.metrics
    except ImportError as error:
        raise WorldError(
            "read-outs need tea-tasting, which is not installed: pip install 'holdfast[experiments]'."
        ) from error
    return tea_tasting.metrics
