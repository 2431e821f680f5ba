"""An interval that holds at every look together: a confidence sequence for a difference that is read daily.

Robbins' normal mixture, two-sided (Howard, Ramdas, McAuliffe, Sekhon 2021), the mean of two of them, with the
estimated variance plugged in (asymptotic confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024).
Its clock is the variance of the *sum* of the users' outcomes, not one over the variance of their mean: users are
added and each one's outcome goes on growing, and with that clock the looks are never less alike than those of
Brownian motion, so by Slepian's inequality the boundary is crossed no more often than there.
"""

import math
from dataclasses import dataclass

from holdfast.experiments.estimates import Contrast, Lift

ALPHA = 0.05
FEWEST_USERS = 100
"""Per arm. Before that no look is taken: the normal approximation is not there yet."""
TIGHTEST_AT = (10.0, 1000.0)
"""How far the clock has run, in parts of its first reading, where each of the two mixtures is narrowest.

Over 99 comparisons of a retailer, with fixed outcomes, the clock ran 2 to 40 times its first reading; over two months
of profit that goes on growing 4,000 to 8,000 times. One mixture, tuned between them to 30 times, is 5.4 standard
errors wide at the first look and 3.7 at the end. The mean of two is 4.2, then 3.2 to 3.4 from 5 to 10,000 times.
"""
_NARROWEST = 8.21
"""A mixture's boundary at alpha = 0.05 is narrowest when the clock stands at this multiple of its parameter."""
_HALVINGS = 60


def clock(found: Contrast) -> float:
    """Variance of the weighted sum of outcomes whose mean the difference is; grows from look to look."""
    weight = found.control_n * found.treatment_n / (found.control_n + found.treatment_n)
    return weight**2 * found.variance


@dataclass(frozen=True, slots=True)
class Sequence:
    """The mixtures' parameters, fixed at the first look and the same ever after."""

    parameters: tuple[float, ...]

    @classmethod
    def begun(cls, first: Contrast) -> "Sequence":
        """The sequence whose first look this is; later looks must not move it, or it would not be valid."""
        return cls(tuple(clock(first) * at / _NARROWEST for at in TIGHTEST_AT))

    def look(self, found: Contrast, alpha: float = ALPHA) -> Lift:
        """The difference with its always-valid interval and p-value."""
        multiplier = self.multiplier(clock(found), alpha)
        half = multiplier * math.sqrt(found.variance)
        return Lift(
            found.difference,
            found.difference - half,
            found.difference + half,
            self.p_value(found),
            found.relative(multiplier),
        )

    def p_value(self, found: Contrast) -> float:
        """The largest alpha at which this look's interval still holds zero; at most 1."""
        evidence = self._log_evidence(clock(found), found.difference**2 / found.variance)
        return math.exp(-max(evidence, 0.0))

    def multiplier(self, run: float, alpha: float = ALPHA) -> float:
        """Standard errors on either side of the difference at that clock, so that all looks miss with `alpha`."""
        wanted = -math.log(alpha)
        # One mixture alone, which counts for its share only, is never narrower than all together.
        share = math.log(len(self.parameters))
        low, high = 0.0, min((1 + r / run) * (math.log1p(run / r) + 2 * (wanted + share)) for r in self.parameters)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._log_evidence(run, middle) >= wanted else (middle, high)
        return math.sqrt(high)

    def _log_evidence(self, run: float, squared: float) -> float:
        """Logarithm of the mean of the mixtures' likelihood ratios at so many squared standard errors from zero."""
        logs = [(squared * run / (run + r) - math.log1p(run / r)) / 2 for r in self.parameters]
        largest = max(logs)
        return largest + math.log(sum(math.exp(each - largest) for each in logs) / len(logs))
