"""A company of two sources in files and a few models, and what naive SQL over all its files says of them."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from holdfast.app import App
from holdfast.calendars import DAY, Calendar, standard_periods
from holdfast.clock import FixedClock
from holdfast.day import run_day
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.definitions.source import Changes, Column, Source
from holdfast.partitions import Interval
from holdfast.releases.produce import Produced

STARTS_ON = date(2026, 3, 26)
"""A Thursday; clocks go forward in London on the Sunday after."""
ZONE = ZoneInfo("Europe/London")
CALENDAR = Calendar(standard_periods(STARTS_ON - timedelta(days=40), STARTS_ON + timedelta(days=60)))


def nth(number: int) -> date:
    """The day that many days after the first."""
    return STARTS_ON + timedelta(days=number)


def _source(name: str, key: str, changes: Changes, columns: str, business_time: str) -> Source:
    found = tuple(Column(*column.split(" ", 1)) for column in columns.split("; "))
    return Source(name, "", found, (key,), changes, f"data/{name}", business_time=business_time)


ORDERS = _source(
    "orders",
    "order_id",
    Changes.NEWEST_WINS,
    "order_id BIGINT; ordered_at TIMESTAMP WITH TIME ZONE; region VARCHAR; amount DECIMAL(18,2); "
    "loaded_at TIMESTAMP WITH TIME ZONE",
    "ordered_at",
)
REFUNDS = _source(
    "refunds",
    "refund_id",
    Changes.APPEND,
    "refund_id VARCHAR; order_id BIGINT; refunded_on DATE; amount DECIMAL(18,2); loaded_at TIMESTAMP WITH TIME ZONE",
    "refunded_on",
)
SOURCES = {source.name: source for source in (ORDERS, REFUNDS)}


def _model(name: str, day: str, reads: Sequence[Reads], sql: str, period: str = DAY) -> Model:
    return Model(name, "", sql, (), day, tuple(reads), period=period, pipeline="profit", definition_hash="1", file=f"{name}.sql")


EACH_DAY = "generate_series($start, $end - INTERVAL 1 DAY, INTERVAL 1 DAY) AS d(day)"
MODELS = {
    model.name: model
    for model in (
        _model(
            "facts",
            "order_date",
            [Reads("src.orders")],
            "SELECT o.order_id, o.business_on AS order_date, o.region, o.amount FROM src.orders AS o "
            "WHERE o.business_on >= $start AND o.business_on < $end",
        ),
        # A refund takes its region from its order, when the order is at most five days old.
        _model(
            "returns",
            "refund_date",
            [Reads("src.refunds"), Reads("facts", -5, 0)],
            "SELECT r.refund_id, r.business_on AS refund_date, coalesce(min(f.region), 'unallocated') AS region, "
            "r.amount FROM src.refunds AS r LEFT JOIN facts AS f ON f.order_id = r.order_id "
            "AND f.order_date >= r.business_on - 5 AND f.order_date <= r.business_on "
            "WHERE r.business_on >= $start AND r.business_on < $end GROUP BY ALL",
        ),
        _model(
            "sums",
            "day",
            [Reads("facts"), Reads("returns")],
            f"SELECT CAST(d.day AS DATE) AS day, CAST(coalesce((SELECT sum(f.amount) FROM facts AS f WHERE f.order_date = d.day), 0) "
            "- coalesce((SELECT sum(r.amount) FROM returns AS r WHERE r.refund_date = d.day), 0) AS DECIMAL(18,2)) "
            f"AS revenue FROM {EACH_DAY}",
        ),
        _model(
            "rolling",
            "day",
            [Reads("sums", -2, 0)],
            "SELECT CAST(d.day AS DATE) AS day, CAST(sum(s.revenue) AS DECIMAL(18,2)) AS revenue "
            f"FROM {EACH_DAY} JOIN sums AS s ON s.day >= d.day - INTERVAL 2 DAY AND s.day <= d.day GROUP BY 1",
        ),
        # Looks ahead: how much of a day's orders came back within two days.
        _model(
            "regret",
            "order_date",
            [Reads("facts"), Reads("src.refunds", 0, 2)],
            "SELECT f.order_date, f.order_id, CAST(sum(r.amount) AS DECIMAL(18,2)) AS back FROM facts AS f "
            "JOIN src.refunds AS r ON r.order_id = f.order_id AND r.business_on >= f.order_date "
            "AND r.business_on <= f.order_date + 2 WHERE f.order_date >= $start AND f.order_date < $end GROUP BY 1, 2",
        ),
        _model(
            "so_far",
            "day",
            [Reads("facts", None, 0)],
            f"SELECT CAST(d.day AS DATE) AS day, count(f.order_id) AS orders FROM {EACH_DAY} "
            "LEFT JOIN facts AS f ON f.order_date <= d.day GROUP BY 1",
        ),
        _model(
            "weekly",
            "week",
            [Reads("sums")],
            'SELECT c."start" AS week, CAST(sum(s.revenue) AS DECIMAL(18,2)) AS revenue FROM sums AS s '
            'JOIN calendar AS c ON c.grain = \'week\' AND s.day >= c."start" AND s.day < c."end" '
            'WHERE c."start" >= $start AND c."start" < $end GROUP BY 1',
            period="week",
        ),
        # A day beside its own week.
        _model(
            "beside",
            "day",
            [Reads("sums"), Reads("weekly")],
            "SELECT s.day, s.revenue, w.revenue AS of_week FROM sums AS s "
            "JOIN weekly AS w ON w.week <= s.day AND s.day < w.week + 7 WHERE s.day >= $start AND s.day < $end",
        ),
    )
}
PIPELINE = Pipeline(
    name="profit",
    purpose="",
    audience="investors",
    primary="james",
    secondary="jill",
    starts_on=STARTS_ON,
    metrics=(),
    checks=(),
    models=tuple(MODELS),
)
Row = tuple[Any, ...]


def instant(at: datetime) -> str:
    """The instant as SQL."""
    return f"TIMESTAMPTZ '{at.isoformat()}'"


@dataclass
class Company:
    """A project folder with arrival files, run as the team would run it."""

    folder: Path
    app: App = field(init=False)
    writes: int = 0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in SOURCES:
            (self.folder / "data" / name).mkdir(parents=True, exist_ok=True)
        self.app = App(self.folder, environ={}, say=self.said.append)
        self.app.__dict__["project"] = Project(
            "small", str(self.folder), "GBP", ZONE, "data", demo=True, calendar=CALENDAR, sources=SOURCES, models=MODELS,
            pipelines={PIPELINE.name: PIPELINE},
        )

    def close(self) -> None:
        """Frees the engine and the ledger."""
        self.app.session.close()
        self.app.ledger.close()

    def write(self, source: str, arrived: int, name: str, rows: Sequence[Row]) -> None:
        """Writes an arrival file, or writes it anew."""
        path = self.folder / "data" / source / f"loaded_on={nth(arrived)}" / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        columns = SOURCES[source].columns
        names = ", ".join(column.name for column in columns)
        typed = ", ".join(f"CAST({column.name} AS {column.kind}) AS {column.name}" for column in columns)
        texts = ", ".join("(" + ", ".join(_sql(cell) for cell in row) + ")" for row in rows)
        values = f"(VALUES {texts}) AS t({names})" if rows else f"(SELECT {', '.join(f'NULL AS {c.name}' for c in columns)} LIMIT 0)"
        with closing(_connect()) as connection:
            connection.execute(f"COPY (SELECT {typed} FROM {values}) TO '{path}' (FORMAT parquet)")
        self.writes += 1
        os.utime(path, (1_700_000_000 + self.writes, 1_700_000_000 + self.writes))

    def run(self, arrived: int) -> list[Produced]:
        """What the team's run of 03:00 UTC does on that arrival day."""
        at = datetime(nth(arrived).year, nth(arrived).month, nth(arrived).day, 3, tzinfo=UTC)
        return run_day(self.app.world(FixedClock(at)))

    def tables(self) -> dict[str, list[Row]]:
        """What readers have, sorted."""
        manifest, found = self.app.stores["investors"].current(), {}
        with closing(_connect()) as connection:
            for name, table in manifest.tables.items():
                files = [str(self.app.stores["investors"].parts / part.file) for part in table.parts]
                found[name] = sorted(connection.execute("SELECT * FROM read_parquet($1)", [files]).fetchall())
        return found

    def effective(self, source: str) -> list[Row]:
        """What counts of a source, sorted by key."""
        bench = self.app.bench("investors")
        sql = bench.source_sql(source, Interval(nth(-30), nth(60)))
        names = ", ".join([*(f'"{column.name}"' for column in SOURCES[source].columns), "business_on"])
        return sorted(bench.session.rows(f"SELECT {names} FROM ({sql})"))


def _sql(cell: Any) -> str:
    return instant(cell) if isinstance(cell, datetime) else "NULL" if cell is None else f"'{cell}'"


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


NAIVE_SOURCES = {
    # The best version of each key among all files, in one window over everything.
    "orders": (
        "SELECT order_id, ordered_at, region, amount, loaded_at, "
        "CAST(ordered_at AT TIME ZONE 'Europe/London' AS DATE) AS business_on FROM raw_orders "
        "QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY loaded_at DESC, filename DESC, nth DESC) = 1"
    ),
    "refunds": (
        "SELECT refund_id, order_id, refunded_on, amount, loaded_at, refunded_on AS business_on FROM raw_refunds "
        "QUALIFY row_number() OVER (PARTITION BY refund_id ORDER BY filename, nth) = 1"
    ),
}
NAIVE_TABLES = {
    "facts": (
        "SELECT order_id, business_on AS order_date, region, amount FROM orders WHERE business_on IN (SELECT day FROM days)"
    ),
    "returns": (
        "SELECT r.refund_id, r.business_on, coalesce((SELECT f.region FROM facts AS f WHERE f.order_id = r.order_id "
        "AND r.business_on - f.order_date BETWEEN 0 AND 5), 'unallocated'), r.amount FROM refunds AS r "
        "WHERE r.business_on IN (SELECT day FROM days)"
    ),
    "sums": (
        "SELECT day, CAST(coalesce((SELECT sum(amount) FROM facts WHERE order_date = day), 0) - coalesce((SELECT sum(amount) "
        "FROM refunds WHERE business_on = day), 0) AS DECIMAL(18,2)) AS revenue FROM days"
    ),
    "rolling": (
        "SELECT a.day, CAST(sum(b.revenue) AS DECIMAL(18,2)) FROM sums AS a JOIN sums AS b "
        "ON a.day - b.day BETWEEN 0 AND 2 GROUP BY 1"
    ),
    "regret": (
        "SELECT order_date, f.order_id, CAST(sum(r.amount) AS DECIMAL(18,2)) FROM facts AS f JOIN refunds AS r "
        "ON r.order_id = f.order_id AND r.business_on - order_date BETWEEN 0 AND 2 GROUP BY 1, 2"
    ),
    "so_far": "SELECT day, (SELECT count(*) FROM facts WHERE order_date <= day) FROM days",
    "weekly": (
        "SELECT CAST(date_trunc('week', day) AS DATE) AS week, CAST(sum(revenue) AS DECIMAL(18,2)) AS revenue FROM sums GROUP BY 1"
    ),
    "beside": "SELECT day, s.revenue, w.revenue FROM sums AS s JOIN weekly AS w ON w.week = date_trunc('week', day)",
}


def naive(folder: Path, ended: int) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Sources' effective rows and tables, from all files at once, with `ended` days over."""
    with closing(_connect()) as connection:
        run = connection.execute
        for name, sql in NAIVE_SOURCES.items():
            glob = f"{folder}/data/{name}/*/*.parquet"
            run(
                f"CREATE TABLE raw_{name} AS SELECT *, file_row_number AS nth FROM "
                f"read_parquet('{glob}', filename=true, file_row_number=true, hive_partitioning=false)"
            )
            run(f"CREATE TABLE {name} AS {sql}")
        run(f"CREATE TABLE days AS SELECT CAST(DATE '{STARTS_ON}' + unnest(range({ended})) * INTERVAL 1 DAY AS DATE) AS day")
        for name, sql in NAIVE_TABLES.items():
            run(f"CREATE TABLE {name} AS {sql}")
        return (
            {name: sorted(run(f"SELECT * FROM {name}").fetchall()) for name in NAIVE_SOURCES},
            {name: sorted(run(f"SELECT * FROM {name}").fetchall()) for name in NAIVE_TABLES},
        )
