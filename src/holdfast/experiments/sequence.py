"""An interval that holds at every look together: a confidence sequence for a difference that is read daily.

Robbins' normal mixture, two-sided (Howard, Ramdas, McAuliffe, Sekhon 2021), with the estimated variance plugged in
(asymptotic confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024). Its clock is the variance of the
*sum* of the users' outcomes, not one over the variance of their mean: users are added and each one's outcome goes
on growing, and with that clock the looks are never less alike than those of Brownian motion, so by Slepian's
inequality the boundary is crossed no more often than there.
"""

import math
from dataclasses import dataclass

from holdfast.experiments.estimates import Contrast, Lift

ALPHA = 0.05
FEWEST_USERS = 100
"""Per arm. Before that no look is taken: the normal approximation is not there yet."""
TIGHTEST_AT = 30.0
"""How far the clock has run, in parts of its first reading, where the interval is narrowest for its data.

Between the first look and the end of a two-month experiment the clock runs about a thousandfold. At 30 times the
boundary is 3.0 standard errors, at 1,000 times 3.4; at the first look 5.4, where nobody should decide anyway.
"""
_NARROWEST = 8.21
"""The mixture's boundary at alpha = 0.05 is narrowest when the clock stands at this multiple of its parameter."""


def clock(found: Contrast) -> float:
    """Variance of the weighted sum of outcomes whose mean the difference is; grows from look to look."""
    weight = found.control_n * found.treatment_n / (found.control_n + found.treatment_n)
    return weight**2 * found.variance


@dataclass(frozen=True, slots=True)
class Sequence:
    """The mixture's parameter, fixed at the first look and the same ever after."""

    parameter: float

    @classmethod
    def begun(cls, first: Contrast) -> "Sequence":
        """The sequence whose first look this is; later looks must not move it, or it would not be valid."""
        return cls(clock(first) * TIGHTEST_AT / _NARROWEST)

    def multiplier(self, found: Contrast, alpha: float = ALPHA) -> float:
        """Standard errors on either side of the difference, so that all looks together miss with `alpha`."""
        run = clock(found)
        return math.sqrt((1 + self.parameter / run) * math.log((1 + run / self.parameter) / alpha**2))

    def look(self, found: Contrast, alpha: float = ALPHA) -> Lift:
        """The difference with its always-valid interval and p-value."""
        multiplier = self.multiplier(found, alpha)
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
        run = clock(found)
        shrunk = found.difference**2 / found.variance * run / (run + self.parameter)
        return min(1.0, math.exp((math.log1p(run / self.parameter) - shrunk) / 2))
