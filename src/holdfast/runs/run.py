"""A run: which days of a pipeline are built now, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from holdfast.partitions import Days


class RunState(StrEnum):
    """How a run stands."""

    STARTED = "started"
    PUBLISHED = "published"
    HELD = "held"
    """It released what it could; something is held."""
    FAILED = "failed"
    ABANDONED = "abandoned"
    """Its process ended before it did; its candidates were swept."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why days must be built: `new`, `late rows`, `changed definition`, `backfill`, `approval`."""

    kind: str
    days: Days
    text: str


@dataclass(frozen=True, slots=True)
class LateRows:
    """What changed of one source and business day after the day was built.

    Without `arrived_on` no row came: one of the day was corrected to another day.
    """

    source: str
    day: date
    rows: int = 0
    arrived_on: date | None = None
    in_time: bool = True
    """Within the source's `late_rows_within`."""

    def with_more(self, other: "LateRows") -> "LateRows":
        """Both together, as of the later arrival; in time when both are."""
        newest = max((on for on in (self.arrived_on, other.arrived_on) if on), default=None)
        return LateRows(self.source, self.day, self.rows + other.rows, newest, self.in_time and other.in_time)

    def __str__(self) -> str:
        if self.arrived_on is None:
            return f"{self.source} of {self.day}: corrected away"
        much = f"{self.rows} row{'s' if self.rows != 1 else ''}"
        return f"{self.source} of {self.day}: {much} arrived {self.arrived_on}" + ("" if self.in_time else ", too late")


def summed_up(late: Iterable[LateRows]) -> str:
    """`late rows: orders of 2026-09-26..2026-09-29 (48 rows), ..., arrived 2026-10-01`; "" for none."""
    found = set(late)
    said = []
    for source in sorted({each.source for each in found}):
        mine = [each for each in found if each.source == source]
        first, last = min(each.day for each in mine), max(each.day for each in mine)
        rows = sum(each.rows for each in mine)
        span = f"{first}" if first == last else f"{first}..{last}"
        said.append(f"{source} of {span} ({rows} row{'s' if rows != 1 else ''})")
    arrived = max((each.arrived_on for each in found if each.arrived_on), default=None)
    return f"late rows: {', '.join(said)}" + (f", arrived {arrived}" if arrived else "") if said else ""


@dataclass(frozen=True, slots=True)
class Run:
    """One pass of one pipeline: its new days, and earlier days that went stale."""

    pipeline: str
    days: Days
    """Every day to build, new and stale."""
    stale: dict[str, Days]
    """Model -> days that must be rebuilt for a direct reason; the build spreads them downstream."""
    reasons: tuple[Reason, ...]
    backfilled: bool = False
    """Built in a range: released day by day as rows, published once."""
    unexplained: Days = field(default_factory=Days)
    """Days that may change for another reason than rows that arrived in time: their revisions wait."""
    why: dict[date, tuple[LateRows, ...]] = field(default_factory=dict)
    """Business day -> the late rows that may move it."""

    @property
    def newest(self) -> date:
        """The newest day it builds."""
        return self.days.intervals[-1].last


@dataclass(frozen=True, slots=True)
class ArrivalFile:
    """A file a source shows: where, when it arrived, and how to know it unchanged without reading it."""

    source: str
    path: str
    arrived_on: date
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file that was landed: kept under its content's name, never changed again."""

    id: int
    source: str
    path: str
    """Where it came from, relative to the source's root."""
    arrived_on: date
    size: int
    modified_ns: int
    landed_as: str
    """Path below `.holdfast/landing`."""
    rows: int
    seq: int
    """Number of the landing that brought it; later landings have larger numbers."""
    replaced_by: int | None = None
    """Id of the file that took its place, when the same path arrived with other content."""
    key_low: int | None = None
    """Smallest value of the first key column, when that is a whole number or a date (as days since 1970).

    Files whose keys cannot meet are not compared.
    """
    key_high: int | None = None
    contract: str = ""
    """Hash of the contract it was landed by; under another one, other rows of the same file may count."""


@dataclass(frozen=True, slots=True)
class FileDay:
    """Rows of one landed file on one business day: count and fingerprint share, additive."""

    file_id: int
    day: date
    rows: int
    fingerprint: int
    """128-bit sum of 64-bit row hashes; an integer of any size to Python."""


@dataclass(frozen=True, slots=True)
class RowArrival:
    """Rows of one landed file on one business day that arrived on one day."""

    file_id: int
    day: date
    arrived_on: date
    rows: int


@dataclass(frozen=True, slots=True)
class Superseded:
    """A landed row that no longer counts: a replay, or an older version of a corrected row."""

    file_id: int
    row: int
    """Row number in the file, from 0."""
    day: date
    fingerprint: int
    by_file_id: int
    by_arrived_on: date
    replay: bool


@dataclass(frozen=True, slots=True)
class SourceDay:
    """What counts of a source on one business day, and which landing last changed it."""

    source: str
    day: date
    seq: int
    rows: int
    fingerprint: int


@dataclass(frozen=True, slots=True)
class ModelDay:
    """A built day of a model: up to which landing, from which definition, by which run."""

    model: str
    day: date
    seq: int
    definition_hash: str
    run_id: str
    changed_seq: int = 0
    """The landing up to which its rows last changed; 0 in what a run records: as before."""


@dataclass(frozen=True, slots=True)
class LandingNote:
    """Rows of a landed file that break their contract: a null in a required column, a NaN, a second
    content under an appended key, no business day.
    """

    source: str
    file_id: int
    day: date
    column: str
    problem: str
    """`null`, `not a number`, `other content under a known key`, `no business day`."""
    rows: int


@dataclass(frozen=True, slots=True)
class Landing:
    """One landing of one source, recorded whole or not at all."""

    source: str
    seq: int
    files: tuple[LandedFile, ...]
    file_days: tuple[FileDay, ...]
    superseded: tuple[Superseded, ...]
    source_days: tuple[SourceDay, ...]
    """Only the days whose content changed."""
    revived_keys_of: tuple[int, ...] = ()
    """Files that were replaced: superseded rows in them or by them are forgotten first."""
    notes: tuple[LandingNote, ...] = ()
    row_arrivals: tuple[RowArrival, ...] = ()
    """Of files whose rows say when they arrived; rows of other files arrived with their file."""
