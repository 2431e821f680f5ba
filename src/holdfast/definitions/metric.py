"""A metric: what it means, how it is counted per grain, and how far it may move by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from holdfast.calendars import DAY


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a preliminary figure may be revised without a person, or what is material of a final one.

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
    """Metrics divided once, in Decimal, half-even, null when the denominator is zero."""

    numerators: tuple[str, ...]
    """Added up before they are divided."""
    denominator: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Every metric it is made of."""
        return (*self.numerators, self.denominator)

    def __str__(self) -> str:
        above = " + ".join(self.numerators)
        return f"({above}) / {self.denominator}" if len(self.numerators) > 1 else f"{above} / {self.denominator}"


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a measured metric is read: a column of a measure model, or one column divided by another.

    A measure model has one row per day, `dimension` and `member`; the total stands under dimension ''.
    """

    model: str
    column: str
    over: str | None = None
    """The denominator's column; the division is done once, half-even, and is null over zero."""

    def __str__(self) -> str:
        return f"{self.model}.{self.column}" + (f" / {self.model}.{self.over}" if self.over else "")


@dataclass(frozen=True, slots=True)
class Series:
    """Values of a measured metric by day: a day's own, or what a longer period comes to up to that day."""

    metric: "Metric"
    grain: str
    measure: Measure

    @property
    def name(self) -> str:
        """The metric's id, for a longer grain with the grain: `mau@month`."""
        return self.metric.id if self.grain == DAY else f"{self.metric.id}@{self.grain}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a pipeline, per grain and segment.

    A measured metric says where its day's value is read; a longer grain is the sum of its days. One that is
    not additive says it for every grain: the figure of a month as of a day is read from that day's row,
    which counts the month up to the day. A ratio has `ratio`.
    """

    id: str
    sentence: str
    unit: str
    grains: tuple[str, ...]
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """Grain -> where it is read; an additive metric has its day's alone."""
    ratio: Ratio | None = None
    scale: int = 4
    version: int = 1
    additive: bool = True
    """Over days: a longer grain is the sum of its days."""
    segments_add_up: bool = True
    """Members of one dimension sum to the total (false for distinct counts)."""
    after_days: int = 0
    """A day's figure is read from the row so many days later: what is known of a cohort by then."""
    empty_is_null: bool = False
    """What a member without a row has: no value, instead of zero."""
    owner: str = ""
    approver: str = ""
    limit: Limit = Limit()
    label: str = ""
    """What readers of a report see in place of the id; the id's own words when it is empty."""
    is_percent: bool = True
    """Whether readers see a ratio as a percentage; a quick ratio of 2.1 is a number."""
    materiality: Limit = Limit(Decimal(1))
    """What late rows may come to, all together, before a signed figure is restated."""
    file: str = ""
    line: int = 0

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models it is read from; none for a ratio of metrics."""
        return tuple(dict.fromkeys(measure.model for measure in self.measures.values()))

    @property
    def series(self) -> tuple[Series, ...]:
        """Its values by day, one series per grain it is read for."""
        return tuple(Series(self, grain, measure) for grain, measure in self.measures.items())
