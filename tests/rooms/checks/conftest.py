"""A small session as checks see it: three days under test across a month end, and some history."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from holdfast.calendars import Calendar, standard_periods
from holdfast.checks.measure import measure
from holdfast.checks.ports import ProbeError
from holdfast.checks.results import Outcome, Result
from holdfast.checks.scope import Landed, Scope
from holdfast.definitions.check import Check, CheckKind, Severity
from holdfast.definitions.metric import Metric
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import Annotation, Pipeline
from holdfast.definitions.source import Changes, ClosedDays, Column, OverTime, Source
from holdfast.partitions import Days, Interval

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)
NEVER_CLOSED = ClosedDays()


class DuckDBProbe:
    """Answers from a connection and keeps what was asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.asked: list[str] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        try:
            return self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise ProbeError(str(error)) from error


@dataclass
class Session:
    """Tables made of literal rows; candidates are the rows of the days under test."""

    days: Days = field(default_factory=lambda: Days.of([Interval(MONDAY, WEDNESDAY + timedelta(days=1))]))
    starts_on: date = date(2025, 10, 1)
    now: datetime = datetime(2026, 4, 2, 3, tzinfo=UTC)
    models: dict[str, Model] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    annotations: tuple[Annotation, ...] = ()
    landed: dict[str, dict[date, Landed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.probe = DuckDBProbe(self.connection)
        self.connection.execute("CREATE SCHEMA candidate; CREATE SCHEMA src; CREATE TABLE due_days(day DATE)")
        self.connection.execute(
            "CREATE TABLE day_values(day DATE, metric VARCHAR, segment VARCHAR, value DECIMAL(38,6))"
        )
        for day in self.days:
            self.connection.execute("INSERT INTO due_days VALUES (?)", [day])

    def model(
        self,
        name: str,
        columns: str,
        rows: Iterable[tuple[Any, ...]],
        *,
        reads: str = "",
        period: str = "day",
    ) -> None:
        """A table whose first column is its day; `reads` names the source that feeds the same day."""
        day = columns.split(maxsplit=1)[0]
        self._table(f'"{name}"', columns, rows)
        starts = f"SELECT * FROM \"{name}\" WHERE {day} IN (SELECT date_trunc('{period}', day) FROM due_days)"
        self.connection.execute(f'CREATE TABLE candidate."{name}" AS {starts}')
        inputs = (Reads(reads),) if reads else ()
        self.models[name] = Model(name, "", "", (), day, inputs, period=period)

    def source(
        self,
        name: str,
        columns: str,
        rows: Iterable[tuple[Any, ...]],
        *,
        closed: ClosedDays = NEVER_CLOSED,
        over_time: OverTime = OverTime.DAYS,
        late_rows_within: timedelta = timedelta(0),
        kinds: tuple[Column, ...] = (),
    ) -> None:
        """A source with its rows; business_on is one of the columns unless it has no days."""
        self._table(f'src."{name}"', columns, rows)
        self.sources[name] = Source(
            name,
            "",
            kinds,
            (),
            Changes.APPEND,
            "",
            closed=closed,
            over_time=over_time,
            late_rows_within=late_rows_within,
        )

    def figures(self, metric: str, values: dict[date, Any], segment: str = "") -> None:
        """Day values of one metric and segment."""
        rows = [(day, metric, segment, value) for day, value in values.items()]
        self.connection.executemany("INSERT INTO day_values VALUES (?, ?, ?, ?)", rows)

    def scope(self) -> Scope:
        metrics = tuple(Metric(name, "", "GBP", ("day",)) for name in ("profit", "revenue", "orders"))
        return Scope(
            pipeline=Pipeline(
                "aggregate_profit",
                "",
                "investors",
                "james",
                "jill",
                self.starts_on,
                metrics,
                (),
                (),
                annotations=self.annotations,
            ),
            days=self.days,
            now=self.now,
            zone=ZoneInfo("Europe/London"),
            calendar=Calendar(standard_periods(date(2025, 1, 1), date(2026, 12, 31))),
            models=self.models,
            sources=self.sources,
            landed=self.landed,
        )

    def results(self, *checks: Check) -> list[Result]:
        return measure(checks, self.scope(), self.probe)

    def outcomes(self, check: Check) -> dict[tuple[date, str], Outcome]:
        """Outcome by day and segment; each occurs once."""
        results = self.results(check)
        found = {(result.day, result.segment): result.outcome for result in results}
        assert len(found) == len(results)
        return found

    def by_day(self, check: Check) -> list[Outcome]:
        """Outcomes of the total, oldest day first."""
        outcomes = self.outcomes(check)
        assert {segment for _, segment in outcomes} == {""}
        return [outcomes[day, ""] for day in self.days]

    def _table(self, name: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self.connection.execute(f"CREATE TABLE {name}({columns})")
        marks = ", ".join("?" for _ in columns.replace("(18,", "(18;").split(","))
        for row in rows:
            self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", list(row))


@dataclass
class Workshop:
    """Makes what the tests speak of."""

    monday: date = MONDAY
    tuesday: date = TUESDAY
    wednesday: date = WEDNESDAY
    session: type[Session] = Session

    def check(
        self,
        kind: str,
        dataset: str,
        *,
        name: str = "the check",
        by: str | None = None,
        severity: Severity = Severity.HOLD,
        holds: tuple[str, ...] | None = None,
        **parameters: Any,
    ) -> Check:
        exact = {
            key: Decimal(str(value)) if isinstance(value, float) else value
            for key, value in parameters.items()
        }
        return Check(
            name,
            CheckKind(kind),
            dataset,
            severity,
            "aggregate_profit",
            tuple(exact.items()),
            by=by,
            holds=holds,
        )


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def session() -> Session:
    return Session()
