"""Whether the users came in the planned shares, and the correction for looking in many places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holdfast.errors import WorldError

REFUSED_BELOW = 0.001


@dataclass(frozen=True, slots=True)
class Split:
    """Users per variant beside what was planned; shares are normalised to sum to one."""

    users: Mapping[str, int]
    planned: Mapping[str, float]
    p_value: float

    @property
    def is_as_planned(self) -> bool:
        """False when chance would make such a split less than once in a thousand experiments."""
        return self.p_value >= REFUSED_BELOW


def split(users: Mapping[str, int], planned_share: Mapping[str, Decimal]) -> Split:
    """Pearson's chi-square test of the counts against the planned shares.

    Somebody in a variant that was planned with a share of zero has a p-value of zero.
    """
    try:
        from scipy.special import chdtrc
    except ImportError as error:
        raise WorldError(
            "read-outs need scipy, which is not installed: pip install 'holdfast[experiments]'."
        ) from error
    everybody, whole = sum(users.values()), sum(planned_share.values())
    planned = {name: float(share / whole) if whole else 0.0 for name, share in planned_share.items()}
    distance = 0.0
    for name, counted in users.items():
        expected = everybody * planned[name]
        if not expected and counted:
            return Split(users, planned, 0.0)
        distance += (counted - expected) ** 2 / expected if expected else 0.0
    free = sum(1 for share in planned.values() if share) - 1
    return Split(users, planned, float(chdtrc(free, distance)) if free > 0 else 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given: below alpha where Holm's step-down procedure rejects."""
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        largest = max(largest, min(1.0, p_values[at] * (len(p_values) - rank)))
        adjusted[at] = largest
    return adjusted
