"""Shipped models, run on small tables: each input cut to its declared window, as the engine cuts it."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Self

import duckdb

from holdfast.definitions.pipeline import Project
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project
from holdfast.partitions import Interval

Row = tuple[object, ...]


@cache
def reference() -> Project:
    """The reference team's project, loaded once."""
    with tempfile.TemporaryDirectory() as beside:
        write_reference(Path(beside) / "team", name="Reference", demo=True)
        project = load_project(Path(beside) / "team", environ={}).project
    assert project is not None
    return project


class Tables:
    """Inputs in memory, and the rows that models make of them."""

    def __init__(self, inputs: Mapping[str, tuple[str, Sequence[Row]]]) -> None:
        """`inputs`: name -> columns as in CREATE TABLE, and rows."""
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA every")
        self.connection.execute(
            'CREATE TABLE calendar (grain VARCHAR, name VARCHAR, "start" DATE, "end" DATE)'
        )
        periods = reference().calendar.periods
        rows = [(each.grain, each.name, each.interval.start, each.interval.end) for each in periods]
        self.connection.execute(
            "INSERT INTO calendar SELECT UNNEST(?), UNNEST(?), UNNEST(?), UNNEST(?)",
            [*map(list, zip(*rows, strict=True))],
        )
        self.connection.execute(
            'CREATE TABLE calendar_days AS SELECT CAST(UNNEST(RANGE(MIN("start"), MAX("end"), INTERVAL 1 DAY)) AS DATE) AS day'
            " FROM calendar"
        )
        for name, (columns, values) in inputs.items():
            self.connection.execute(f"CREATE TABLE every.{name} ({columns})")
            self.keep(name, values)

    def build(self, name: str, written: Interval, first_on: date) -> list[Row]:
        """The model's rows of these days, sorted; it sees of each input the days that its head declares."""
        model = reference().models[name]
        for reads in model.reads:
            window = model.days_read(reads, written, reference().calendar)
            day = reference().models[reads.input].day
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {reads.input} AS SELECT * FROM every.{reads.input}"
                f" WHERE {day} >= DATE '{window.start}' AND {day} < DATE '{window.end}'"
            )
        sql = model.sql
        for parameter, value in {"$start": written.start, "$end": written.end, "$first": first_on}.items():
            sql = sql.replace(parameter, f"DATE '{value}'")
        return sorted(self.connection.execute(sql).fetchall(), key=repr)

    def keep(self, name: str, rows: Sequence[Row]) -> None:
        """Add rows, such as those of another model, to an input."""
        if rows:
            lists = ", ".join(["UNNEST(?)"] * len(rows[0]))
            self.connection.execute(
                f"INSERT INTO every.{name} SELECT {lists}", [*map(list, zip(*rows, strict=True))]
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def days(interval: Interval) -> list[date]:
    """The days of an interval, in order."""
    return [interval.start + timedelta(days=n) for n in range((interval.end - interval.start).days)]
