"""Business days, half-open intervals of them, and sets of days that grow and shrink."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Business days from `start` up to, not including, `end`; never empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"an interval needs start < end, got {self.start}..{self.end}")

    @classmethod
    def of_day(cls, day: date) -> "Interval":
        return cls(day, day + ONE_DAY)

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - ONE_DAY

    @property
    def length(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    def days(self) -> Iterator[date]:
        """Each day inside, oldest first."""
        return (self.start + timedelta(days=i) for i in range(self.length))

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end

    def meet(self, other: "Interval") -> "Interval | None":
        """The days in both; None when there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None

    def __str__(self) -> str:
        return str(self.start) if self.length == 1 else f"{self.start}..{self.last}"


@dataclass(frozen=True, slots=True)
class Days:
    """A set of business days, kept as sorted intervals that neither overlap nor touch."""

    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> "Days":
        """The union of the intervals."""
        merged: list[Interval] = []
        for each in sorted(intervals):
            if merged and each.start <= merged[-1].end:
                merged[-1] = Interval(merged[-1].start, max(merged[-1].end, each.end))
            else:
                merged.append(each)
        return cls(tuple(merged))

    @classmethod
    def of_days(cls, days: Iterable[date]) -> "Days":
        """The set of these single days."""
        return cls.of(Interval.of_day(day) for day in days)

    def __or__(self, other: "Days") -> "Days":
        return Days.of((*self.intervals, *other.intervals))

    def __and__(self, other: "Days") -> "Days":
        met = (mine.meet(theirs) for mine in self.intervals for theirs in other.intervals)
        return Days.of(each for each in met if each)

    def __sub__(self, other: "Days") -> "Days":
        left = list(self.intervals)
        for cut in other.intervals:
            left = [piece for mine in left for piece in _without(mine, cut)]
        return Days.of(left)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __contains__(self, day: object) -> bool:
        return any(day in each for each in self.intervals)

    def __iter__(self) -> Iterator[date]:
        return (day for each in self.intervals for day in each.days())

    def __len__(self) -> int:
        return sum(each.length for each in self.intervals)

    def __str__(self) -> str:
        return ", ".join(str(each) for each in self.intervals) or "no days"


def _without(mine: Interval, cut: Interval) -> list[Interval]:
    if not mine.meet(cut):
        return [mine]
    pieces = []
    if mine.start < cut.start:
        pieces.append(Interval(mine.start, cut.start))
    if cut.end < mine.end:
        pieces.append(Interval(cut.end, mine.end))
    return pieces
