"""A model: one SELECT that builds one table, and which days of each input it reads."""

from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.calendars import DAY, Calendar
from holdfast.partitions import Days, Interval

SOURCE_PREFIX = "src."
FOREVER = 36_525
"""Days that stand for "from the beginning": a century."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Which days of an input a model reads, relative to the period it writes.

    `first`..`last` are day offsets, both included: `-29..0` is a trailing month, `..0` (first None)
    everything so far, `..-1` of itself everything before.
    """

    input: str
    first: int | None = 0
    last: int = 0
    since: str = ""
    """A grain: from the first day of the period that holds the day, as in `month..0`; `first` is not used."""
    and_earlier: bool = False
    """The project's first day also reads everything before it: what was there when the books were opened."""

    def __str__(self) -> str:
        first = self.since or ("" if self.first is None else str(self.first))
        return f"{first}..{self.last}" + (" and earlier" if self.and_earlier else "")


@dataclass(frozen=True, slots=True)
class Model:
    """One table of the project."""

    name: str
    sentence: str
    sql: str
    """A SELECT over tables by bare name and sources as src.NAME, with parameters $start and $end."""
    key: tuple[str, ...]
    """Columns that tell one row from another: the grain."""
    day: str
    """The DATE column that says to which day, or first day of which period, a row belongs."""
    reads: tuple[Reads, ...]
    columns: tuple[str, ...] = ()
    period: str = DAY
    """The grain of a partition: day, or a calendar grain for roll-ups, which then read whole periods."""
    first_on: date | None = None
    """The first day of the earliest pipeline that needs it; `$first` in its SQL."""
    segments: tuple[str, ...] = ()
    """Columns in which the model is row-wise: a row with region=EU is made of rows with region=EU only."""
    layer: str = "facts"
    pipeline: str = ""
    definition_hash: str = ""
    """Of the normalised syntax tree, and of everything upstream."""
    file: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it reads; sources with their `src.`."""
        return tuple(each.input for each in self.reads)

    def window(self, input_name: str) -> Reads:
        """How it reads that input."""
        return next(each for each in self.reads if each.input == input_name)

    def days_read(self, reads: Reads, written: Interval, calendar: Calendar) -> Interval:
        """Days of the input needed to write `written`, which is first widened to whole periods."""
        whole = calendar.widen(self.period, Days.of([written])).intervals
        span = Interval(whole[0].start, whole[-1].end) if whole else written
        start = span.start + timedelta(days=-FOREVER if reads.first is None else reads.first)
        if reads.since:
            period = calendar.of_day(reads.since, span.start)
            start = period.interval.start if period else span.start
        if reads.and_earlier and self.first_on is not None and span.start <= self.first_on:
            start = span.start - timedelta(days=FOREVER)
        return Interval(start, span.end + timedelta(days=reads.last))

    def days_touched(self, reads: Reads, changed: Days, calendar: Calendar) -> Days:
        """Days this model must rebuild when `changed` days of the input changed, in whole periods."""
        touched = Days.of(self._reach(reads, each, calendar) for each in changed.intervals)
        if reads.and_earlier and self.first_on is not None and any(x.start < self.first_on for x in changed.intervals):
            touched |= Days.of_days([self.first_on])
        return calendar.widen(self.period, touched)

    def _reach(self, reads: Reads, changed: Interval, calendar: Calendar) -> Interval:
        """The days written whose window holds any changed day of the input: the inverse of `days_read`."""
        start = changed.start - timedelta(days=reads.last)
        end = changed.end + timedelta(days=FOREVER if reads.first is None else -reads.first)
        if reads.since:
            period = calendar.of_day(reads.since, changed.last)
            end = max(period.interval.end if period else changed.end, start + timedelta(days=1))
        return Interval(start, end)
