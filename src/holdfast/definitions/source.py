"""A source: the contract its rows keep, how they change and arrive, and where to read them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from holdfast.partitions import Interval


class Changes(StrEnum):
    """What a second row with a known key means."""

    APPEND = "append"
    """Same content: a replay, counted and ignored. Other content: the contract is broken."""
    NEWEST_WINS = "newest_wins"
    """A correction; the row with the newest `loaded_at` counts."""
    SNAPSHOT = "snapshot"
    """Each arrival is the whole table; the newest one counts."""


class OverTime(StrEnum):
    """How a table without business days changes; a table with days is DAYS."""

    DAYS = "days"
    GROWS = "grows"
    VERSIONED = "versioned"
    OVERWRITTEN = "overwritten"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract. `kind` is a SQL type such as BIGINT, DECIMAL(18,2), TIMESTAMPTZ."""

    name: str
    kind: str
    required: bool = False
    personal: bool = False
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days on which no rows are expected."""

    yearly: tuple[tuple[int, int], ...] = ()
    """(month, day) closed every year."""
    weekdays: tuple[int, ...] = ()
    """0 is Monday."""
    days: frozenset[date] = frozenset()

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (
            (day.month, day.day) in self.yearly or day.weekday() in self.weekdays or day in self.days
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A row filter that a named person committed to the contract, with the reason."""

    sentence: str
    keep: str
    """SQL condition on the contract's columns; rows for which it is not true are left out and counted."""
    approver: str
    reason: str


FETCHED = ".holdfast/fetched"
"""Below the project folder: files made of what APIs and databases answered, a folder per source."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, never the secret: `env:NAME`, or `file:PATH` below the project folder."""

    reference: str
    # In no digest of what is asked of a source: a renewed secret asks for nothing anew.
    expires_on: date | None = field(default=None, compare=False, repr=False)
    """The last day on which it works; None when nobody wrote it down."""

    def __str__(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class Paging:
    """How an API hands out its rows: names of fields in the answer's body, and of query parameters."""

    rows: str
    """Field that holds the list of rows; `a.b` is b inside a."""
    next: str
    """Field with the cursor of the next page; null on the last one."""
    total: str = ""
    """Field that says how many rows all pages have together; empty when the API does not say."""
    cursor: str = "cursor"
    size: str = "limit"
    page_rows: int = 500
    least_rows: int = 25
    """Pages are asked smaller, when the API cannot answer, down to so many rows."""


@dataclass(frozen=True, slots=True)
class Api:
    """A paged JSON API."""

    url: str
    paging: Paging
    since: str = ""
    """Query parameter that limits rows to business days from a date on; empty: every row, each time."""
    header: str = "Authorization"
    prefix: str = "Bearer"
    """Stands before the key in the header, with a space between; may be empty."""
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """One table, or one SELECT, of a database."""

    system: str
    """postgres or sqlite."""
    table: str = ""
    query: str = ""
    """A SELECT of the system's own dialect; given instead of `table`."""
    watermark: str = ""
    """Column that grows with every change; only rows beyond the largest one read are read. Empty: all rows."""
    overlap: timedelta = timedelta(0)
    """How far before the largest watermark rows are read again, for transactions that ended late."""
    path: str = ""
    """SQLite: the database file, below the project folder or below `env:NAME`."""
    host: str = ""
    port: int = 5432
    database: str = ""
    schema: str = "public"
    user: str = ""
    password: Secret | None = None
    sslmode: str = "prefer"


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its Open Data Contract Standard file declares it."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    changes: Changes
    location: str
    """Glob of files, below the project folder or below `env:NAME`; `{source}` is not expanded."""
    format: str = "parquet"
    """parquet, csv or json."""
    select: str | None = None
    """SELECT over the table `raw` that yields the contract's columns; None when the files have them."""
    business_time: str | None = None
    """Column of DATE, or of an instant, that says which business day a row belongs to."""
    over_time: OverTime = OverTime.DAYS
    arrival: str = "path"
    """`path`: loaded_on=YYYY-MM-DD in the path; `data`: the day after the file's newest business day; `rows`: see
    `arrived_at`.
    """
    arrived_at: str | None = None
    """Column that says when a row came, with `arrival: rows`: it counts from the next day on, as if a file of that
    day had brought it. A row that claims to be of a later business day than that came on its business day.
    """
    arrives_within: timedelta = timedelta(hours=3)
    late_rows_within: timedelta = timedelta(0)
    closed: ClosedDays = ClosedDays()
    contact: str = ""
    retention: timedelta = timedelta(days=762)
    rules: tuple[Rule, ...] = ()
    file: str = ""
    line: int = 0
    fetched_from: Api | Database | None = None
    """What is asked for rows, which then lie as files at `location`; None for a source of files."""

    @property
    def content(self) -> tuple[str, ...]:
        """The columns a fingerprint covers: all but the arrival stamp."""
        return tuple(column.name for column in self.columns if column.name != "loaded_at")

    def column(self, name: str) -> Column | None:
        """The contract's column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def expects(self, interval: Interval) -> list[date]:
        """The days of the interval on which rows must arrive."""
        return [day for day in interval.days() if day not in self.closed]
