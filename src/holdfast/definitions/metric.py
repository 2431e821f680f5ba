"""A metric: what it means, how it is counted per grain, and how far it may move by itself."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a preliminary figure may be revised without a person.

    A change is within the limit when it is at most `percent` of the absolute earlier value, or at most
    `at_least` in the metric's unit. The second keeps a refund of 20 GBP in a segment of 100 GBP from
    waking anybody.
    """

    percent: Decimal = Decimal(5)
    at_least: Decimal = Decimal(0)

    def allows(self, old: Decimal | None, new: Decimal | None) -> bool:
        """Whether going from old to new needs nobody. A value that appears or vanishes does."""
        if old is None or new is None:
            return old == new
        change = abs(new - old)
        return change <= self.at_least or change * 100 <= self.percent * abs(old)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two metrics divided once, in Decimal, half-even, null when the denominator is zero."""

    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a pipeline, per grain and segment.

    A measured metric names `model` and `column`: a day's value is that column of the model's row with the
    segment's `dimension` and `member`; a longer grain is the sum of its days. A ratio has `ratio`.
    """

    id: str
    sentence: str
    unit: str
    grains: tuple[str, ...]
    model: str | None = None
    column: str | None = None
    ratio: Ratio | None = None
    scale: int = 4
    version: int = 1
    additive: bool = True
    """Over days: a longer grain is the sum of its days."""
    segments_add_up: bool = True
    """Members of one dimension sum to the total (false for distinct counts)."""
    owner: str = ""
    approver: str = ""
    limit: Limit = Limit()
    file: str = ""
    line: int = 0
