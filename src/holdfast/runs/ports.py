"""What runs need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from holdfast.definitions.source import Source
from holdfast.partitions import Interval
from holdfast.runs.landing import Arrivals
from holdfast.runs.run import (
    ArrivalFile,
    FileDay,
    LandedFile,
    Landing,
    LandingNote,
    ModelDay,
    RowArrival,
    Run,
    RunState,
    SourceDay,
    Superseded,
)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the ledger remembers it."""

    id: str
    pipeline: str
    days: str
    """Days as text, `2026-09-29..2026-10-01`."""
    newest: date
    reasons: tuple[str, ...]
    state: RunState
    backfilled: bool
    started_at: datetime
    ended_at: datetime | None
    message: str


class LandingLog(Protocol):
    """What has been landed of each source. Every read sees only whole landings."""

    def next_seq(self) -> int:
        """A number larger than any landing's so far."""

    def next_file_id(self) -> int:
        """A number larger than any landed file's so far; ids are handed out by the caller from here."""

    def record_landing(self, landing: Landing) -> None:
        """All of the landing in one transaction."""

    def retime(self, times: Sequence[tuple[int, int, int]]) -> None:
        """Notes sizes and modification times, in ns, of files whose rows are as they were: (file id, size, time)."""

    def landed_files(self, source: str) -> list[LandedFile]:
        """Every file that counts (not replaced), oldest arrival first, then path."""

    def file_days(self, source: str, interval: Interval | None = None) -> list[FileDay]:
        """Shares of files that count, within the interval when one is given."""

    def row_arrivals(self, source: str, interval: Interval | None = None) -> list[RowArrival]:
        """When the rows of files that count arrived, within the interval when one is given; by day, file, arrival."""

    def superseded(self, source: str, file_ids: Sequence[int] | None = None) -> list[Superseded]:
        """Rows of these files that no longer count; of all files when None."""

    def notes(self, source: str) -> list[LandingNote]:
        """Rows that break their contract, of files that count."""

    def source_days(self, source: str) -> list[SourceDay]:
        """What counts per day, oldest day first."""

    def days_since(self, day: date) -> list[SourceDay]:
        """What counts of every source per day from that day on, without fingerprints."""

    def first_landed(self, days_by_source: Mapping[str, Collection[date]]) -> dict[tuple[str, date], int]:
        """(source, day) -> the landing that brought the first row that still counts; days without any are left out."""


class RunLog(Protocol):
    """What was attempted, and how it ended."""

    def next_run_number(self) -> int:
        """A number larger than any run's so far, those that released nothing or were cut off included."""

    def start_run(self, run_id: str, run: Run, at: datetime) -> None: ...

    def end_run(self, run_id: str, state: RunState, at: datetime, message: str = "") -> None: ...

    def runs(self, pipeline: str, limit: int = 50) -> list[RunRecord]:
        """Newest first."""

    def abandon_started_runs(self, at: datetime, pipelines: Sequence[str]) -> int:
        """Marks every run still `started` as abandoned; how many there were."""

    def first_tried(self, day: date) -> datetime | None:
        """When a run of any pipeline that was to build the day, or a later one, first began; None before any."""

    def built_up_to(
        self, audience: str, models: Collection[str], days: Collection[date]
    ) -> dict[tuple[str, date], int]:
        """(pipeline, day) -> the newest landing with which a run of that pipeline last built any of these models."""

    def model_days(self, audience: str, models: Sequence[str]) -> dict[str, dict[date, ModelDay]]:
        """The newest built and recorded state of each model's days, published or held."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the builder's place."""

    pid: int
    verb: str
    since: datetime
    serves_requests: bool


class BuilderLock(Protocol):
    """The store's one writer's place; freed by the system when its process ends."""

    def acquire(self, verb: str, at: datetime, *, serves_requests: bool = False) -> AbstractContextManager[None]:
        """Holds the place for the length of the `with` block; BuilderBusy names who has it."""

    def holder(self) -> Holder | None:
        """Who has it now; None when it is free."""


@dataclass(frozen=True, slots=True)
class Request:
    """A verb that changes data, asked of the running builder."""

    id: int
    verb: str
    arguments: dict[str, str]
    actor: str
    asked_at: datetime
    state: str
    """asked, started, done or failed."""
    answer: str = ""


class RequestLog(Protocol):
    """Request rows: how everybody but the builder changes data."""

    def ask(self, verb: str, arguments: dict[str, str], actor: str, at: datetime) -> int: ...

    def next_request(self) -> Request | None:
        """The oldest row still `asked`, marked `started` in the same transaction."""

    def answer(self, request_id: int, state: str, text: str) -> None: ...

    def request(self, request_id: int) -> Request: ...

    def fail_started_requests(self, text: str) -> int:
        """Requests left `started` by a builder that died are failed with this text; how many there were."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one look at an API or a database brought. A source that cannot be fetched is a value, not an exception."""

    rows: int = 0
    files: int = 0
    problem: str = ""
    """Why it broke off, with what to do; empty when everything new was read."""
    missing_from: date = date.min
    """With a problem: the first business day that may lack rows."""


class SourceReader(Protocol):
    """Finds a source's files, and makes files of what its API or database has new."""

    def fetch(self, source: Source, at: datetime, newest: date | None) -> Fetched:
        """Brings what is new into files that `arrivals` shows; nothing for a source of files.

        `newest` is the newest business day that is landed.
        """

    def arrivals(self, source: Source) -> list[ArrivalFile]:
        """Every file the source shows, oldest arrival first, then path."""

    def absolute(self, source: Source, path: str) -> Path:
        """Where a file found by `arrivals` is."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What an arrived file turned out to hold, before anything is landed."""

    arrival: ArrivalFile
    columns: tuple[tuple[str, str], ...]
    """(name, SQL type) in file order; empty when the file cannot be read."""
    problem: str = ""
    """Why it cannot be read."""


class Lander(Protocol):
    """Brings arrived files into the landing folder and counts what they change."""

    def inspect(self, source: Source, files: Sequence[ArrivalFile]) -> list[FoundFile]:
        """Columns of each file; an unreadable one is a value with its problem, not an exception."""

    def newest_day(self, source: Source, files: Sequence[ArrivalFile]) -> date | None:
        """The newest business day in the files; where rows say when they arrived, the day before the newest arrival."""

    def in_slices(
        self, source: Source, shown: Sequence[ArrivalFile], landed: Sequence[LandedFile], until: date
    ) -> Sequence[ArrivalFile]:
        """Files whose rows say when they arrived, as slices that have arrived by `until`; other files as they are."""

    def only_touched(self, source: Source, arrivals: Arrivals) -> list[tuple[LandedFile, ArrivalFile]]:
        """Rewritten files whose bytes are what was landed: copied, checked out or touched."""

    def land(self, source: Source, arrivals: Arrivals, log: LandingLog) -> Landing:
        """Copies the files under their content's name and says what changed; records nothing."""
