"""SQL that reads landed files as their contract means them: typed, dated, without superseded rows."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from holdfast.adapters.warehouses.session import business_day
from holdfast.calendars import starts_at
from holdfast.definitions.source import Source
from holdfast.partitions import Interval
from holdfast.runs.run import LandedFile
from holdfast.sqltext import listed, literal, quoted

FINGERPRINT = "duckdb-hash-64-sum-1"
"""Id of the fingerprint algorithm: the engine's 64-bit hash over the contract's columns, summed in 128 bits."""


EVER = date(1, 1, 2)
"""The arrival of rows that have no day at all: part of a file's first slice."""

ARRIVED_AS = "holdfast arrived as"
"""The read's own column for a file's whole path; named so that no file has it."""


def relation(source: Source, paths: Sequence[Path]) -> str:
    """What stands after FROM to read source files through the contract's select, where it has one.

    The select sees the table `raw`: the files' columns and `filename`, the name of the file that brought
    the row, without its folder, so that a moved folder changes nothing. A file's own `filename` comes first.
    """
    if source.select is None:
        return raw_read(source, paths)
    read = raw_read(source, paths, extra=f", filename={literal(ARRIVED_AS)}")
    name = quoted(ARRIVED_AS)
    return f"(WITH raw AS (SELECT * EXCLUDE ({name}), parse_filename({name}) AS filename FROM {read}) {source.select})"


def raw_read(source: Source, paths: Sequence[Path], *, extra: str = "") -> str:
    """Table function over source files as they arrived."""
    files = listed([str(path) for path in paths])
    if source.format == "csv":
        types = ", ".join(f"{literal(c.name)}: {literal(c.kind)}" for c in source.columns if source.select is None)
        typed = f", types={{{types}}}" if types else ""
        return f"read_csv({files}, header=true, hive_partitioning=false{typed}{extra})"
    if source.format == "json":
        return f"read_json({files}, hive_partitioning=false{extra})"
    return f"read_parquet({files}, hive_partitioning=false{extra})"


def as_contract(source: Source, paths: Sequence[Path], found: Collection[str] | None = None) -> str:
    """SELECT that yields the contract's columns, cast to its types, in its order.

    An optional column that the files do not have (`found`, when given) is null.
    """
    columns = ", ".join(
        f"CAST({quoted(c.name) if found is None or c.name in found else 'NULL'} AS {c.kind}) AS {quoted(c.name)}"
        for c in source.columns
    )
    rules = " AND ".join(f"({rule.keep}) IS TRUE" for rule in source.rules)
    return f"SELECT {columns} FROM {relation(source, paths)}" + (f" WHERE {rules}" if rules else "")


def row_hash(source: Source) -> str:
    """The 64-bit hash of a row's content."""
    return f"hash({', '.join(quoted(name) for name in source.content)})"


def day_of_row(source: Source, zone: ZoneInfo, around: Interval) -> str:
    """SQL for a row's business day; only for sources that have one."""
    assert source.business_time is not None
    column = source.column(source.business_time)
    assert column is not None
    return business_day(column.name, column.kind, zone, around)


def arrived_on_of_row(source: Source, zone: ZoneInfo, around: Interval) -> str:
    """SQL for the day from which a row counts: the day after it came, as of a file that brings a day's rows.

    A clock that is wrong lets a row come before it happened; it counts as come on its business day. A row that
    does not say when it came has come with its business day, and one without that has always been there.
    """
    assert source.arrived_at is not None
    column = source.column(source.arrived_at)
    assert column is not None
    came = business_day(column.name, column.kind, zone, around)
    return f"coalesce(greatest({came}, {day_of_row(source, zone, around)}) + 1, {literal(EVER)})"


def within(source: Source, interval: Interval, zone: ZoneInfo) -> str:
    """Condition on the raw business time that keeps exactly the interval's days, and prunes row groups."""
    assert source.business_time is not None
    column = source.column(source.business_time)
    assert column is not None
    name = quoted(column.name)
    if column.kind.upper() == "DATE":
        return f"{name} >= {literal(interval.start)} AND {name} < {literal(interval.end)}"
    start, end = starts_at(interval.start, zone), starts_at(interval.end, zone)
    if column.kind.upper() == "TIMESTAMP":  # a naive instant is UTC by contract
        start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
        return f"{name} >= TIMESTAMP '{start}' AND {name} < TIMESTAMP '{end}'"
    return f"{name} >= {literal(start)} AND {name} < {literal(end)}"


def effective(
    source: Source,
    files: Sequence[LandedFile],
    superseded_table: str | None,
    with_superseded: set[int],
    landing: Path,
    interval: Interval,
    zone: ZoneInfo,
) -> str:
    """SELECT of the rows that count: the contract's columns, business_on, loaded_at.

    `superseded_table` has (path, row) of rows that do not count; only files in `with_superseded` are
    joined with it, because reading row numbers costs.
    """
    columns = ", ".join(quoted(column.name) for column in source.columns)
    if source.business_time is None:
        dated, kept = f"{columns}, CAST(NULL AS DATE) AS business_on", "TRUE"
    else:
        dated = f"{columns}, {day_of_row(source, zone, interval)} AS business_on"
        kept = within(source, interval, zone)
    plain = [landing / file.landed_as for file in files if file.id not in with_superseded]
    mixed = [landing / file.landed_as for file in files if file.id in with_superseded]
    selects = []
    if plain:
        selects.append(f"SELECT {dated} FROM read_parquet({listed([str(p) for p in plain])}) WHERE {kept}")
    if mixed and superseded_table:
        read = f"read_parquet({listed([str(p) for p in mixed])}, filename='landed_path', file_row_number=true)"
        selects.append(
            f"SELECT {dated} FROM {read} AS mixed WHERE {kept} AND NOT EXISTS (SELECT 1 FROM {superseded_table} AS s "
            "WHERE s.path = mixed.landed_path AND s.row = mixed.file_row_number)"
        )
    if not selects:
        return f"SELECT {empty_columns(source)}, CAST(NULL AS DATE) AS business_on WHERE FALSE"
    return " UNION ALL ".join(selects)


def empty_columns(source: Source) -> str:
    """The contract's columns as typed nulls."""
    return ", ".join(f"CAST(NULL AS {c.kind}) AS {quoted(c.name)}" for c in source.columns)
