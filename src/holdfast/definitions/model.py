"""A model: one SELECT that builds one table, and which days of each input it reads."""

from dataclasses import dataclass
from datetime import timedelta

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

    def days_read(self, written: Interval) -> Interval:
        """The days of the input that building `written` reads."""
        start = written.start + timedelta(days=-FOREVER if self.first is None else self.first)
        return Interval(start, written.end + timedelta(days=self.last))

    def days_touched(self, changed: Interval) -> Interval:
        """The days written whose window holds any changed day of the input: the inverse of `days_read`."""
        forward = FOREVER if self.first is None else -self.first
        return Interval(changed.start - timedelta(days=self.last), changed.end + timedelta(days=forward))

    def __str__(self) -> str:
        return f"{'' if self.first is None else self.first}..{self.last}"


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
        return reads.days_read(Interval(whole[0].start, whole[-1].end) if whole else written)

    def days_touched(self, reads: Reads, changed: Days, calendar: Calendar) -> Days:
        """Days this model must rebuild when `changed` days of the input changed, in whole periods."""
        touched = Days.of(reads.days_touched(each) for each in changed.intervals)
        return calendar.widen(self.period, touched)
