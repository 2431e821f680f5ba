"""Fault injectors: break one arrival of a data folder in one way, the same way every time.

Each takes `data`, the folder with `<source>/loaded_on=YYYY-MM-DD/*.parquet`, the source's name and its arrival
day. Files are replaced, never changed in place, so a folder of hard links to them keeps its own.
"""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb

from holdfast.sqltext import literal, quoted


def drop_day(data: Path, source: str, arrival: date) -> None:
    """Nothing of the source arrives on the day: its folder is gone."""
    shutil.rmtree(_folder(data, source, arrival))


def drop_source(data: Path, source: str) -> None:
    """The source's folder is missing altogether, all its arrivals with it."""
    shutil.rmtree(data / source)


def drop_share(data: Path, source: str, arrival: date, where: str = "TRUE", share: float = 1.0) -> int:
    """That share of the rows for which the SQL condition `where` holds is missing; how many rows are.

    Which rows go follows from their content alone.
    """
    return _replace(data, source, arrival, _those(f"NOT {_chosen(where, share)}"))


def empty_rows(data: Path, source: str, arrival: date) -> None:
    """The arrival has its columns and no rows."""
    _replace(data, source, arrival, "SELECT * FROM arrived WHERE FALSE")


def empty_file(data: Path, source: str, arrival: date) -> None:
    """The arrival's first file has no bytes."""
    _put(_first_file(data, source, arrival), b"")


def truncate_file(data: Path, source: str, arrival: date) -> None:
    """The arrival's first file is half-written: its first half is there, its footer is not."""
    path = _first_file(data, source, arrival)
    content = path.read_bytes()
    _put(path, content[: len(content) // 2])


def rename_column(data: Path, source: str, arrival: date, old: str, new: str) -> None:
    """The source calls a column by another name."""
    _replace(data, source, arrival, f"SELECT * RENAME ({quoted(old)} AS {quoted(new)}) FROM arrived")


def drop_column(data: Path, source: str, arrival: date, column: str) -> None:
    """A column is gone."""
    _replace(data, source, arrival, f"SELECT * EXCLUDE ({quoted(column)}) FROM arrived")


def add_column(data: Path, source: str, arrival: date, column: str, value: str = "'new'") -> None:
    """A column nobody knows has come; `value` is a SQL expression."""
    _replace(data, source, arrival, f"SELECT *, {value} AS {quoted(column)} FROM arrived")


def retype_column(data: Path, source: str, arrival: date, column: str, kind: str = "VARCHAR") -> None:
    """A column has another SQL type; its values are cast."""
    _set(data, source, arrival, column, f"CAST({quoted(column)} AS {kind})")


def null_out(data: Path, source: str, arrival: date, column: str, where: str = "TRUE", share: float = 1.0) -> None:
    """The column is null in that share of the rows for which `where` holds."""
    relabel(data, source, arrival, column, "NULL", where, share)


def nan_amount(data: Path, source: str, arrival: date, where: str = "TRUE", share: float = 0.01) -> None:
    """Amounts come as DOUBLE, and that share of them is not a number."""
    chosen = _chosen(where, share)
    _set(data, source, arrival, "amount", f"CASE WHEN {chosen} THEN 'nan' ELSE CAST(amount AS DOUBLE) END::DOUBLE")


def unknown_currency(data: Path, source: str, arrival: date, where: str = "TRUE", currency: str = "CHF") -> None:
    """Rows for which `where` holds are in a currency the company does not trade in."""
    relabel(data, source, arrival, "currency", literal(currency), where)


def scale_amount(data: Path, source: str, arrival: date, where: str = "TRUE", factor: int = 100) -> None:
    """Amounts are `factor` times too large, as cents taken for pounds are."""
    _set(data, source, arrival, "amount", f"CASE WHEN {where} THEN CAST(amount * {factor} AS DECIMAL(18,2)) ELSE amount END")


def relabel(
    data: Path, source: str, arrival: date, column: str, value: str, where: str = "TRUE", share: float = 1.0
) -> None:
    """The column has the value of a SQL expression in that share of the rows for which `where` holds."""
    _set(data, source, arrival, column, f"CASE WHEN {_chosen(where, share)} THEN {value} ELSE {quoted(column)} END")


def replay_batch(data: Path, source: str, arrival: date, again_on: date) -> int:
    """Every row of the arrival comes once more, unchanged, in a file of its own on a later day; how many."""
    return copy_rows(data, source, arrival, again_on, "*")


def delay_rows(data: Path, source: str, arrival: date, until: date, where: str = "TRUE", share: float = 1.0) -> int:
    """That share of the rows for which `where` holds arrives on a later day instead; how many."""
    moved = copy_rows(data, source, arrival, until, "*", _chosen(where, share))
    drop_share(data, source, arrival, where, share)
    return moved


def copy_rows(
    data: Path, source: str, arrival: date, to: date, select: str, where: str = "TRUE", limit: int | None = None
) -> int:
    """Rows made from those of an arrival, or the first `limit` of them, come as one more file on the day `to`; how many.

    `select` is a SQL select list over the rows, such as `* REPLACE (amount + 1 AS amount)`.
    """
    folder = data / source / f"loaded_on={to}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"part_{len(list(folder.glob('*.parquet')))}.parquet"
    rows = _those(where, f"({_read(data, source, arrival)}) AS arrived")
    few = f" ORDER BY ALL LIMIT {limit}" if limit is not None else ""
    return _write(f"SELECT {select} FROM ({rows}{few})", target)


def _set(data: Path, source: str, arrival: date, column: str, value: str) -> None:
    _replace(data, source, arrival, f"SELECT * REPLACE ({value} AS {quoted(column)}) FROM arrived")


def _chosen(where: str, share: float) -> str:
    """Condition for the first `share` of the rows for which `where` holds, in order of their hashes."""
    if share >= 1:
        return f"coalesce({where}, FALSE)"
    rank = f"row_number() OVER (PARTITION BY coalesce({where}, FALSE) ORDER BY hash(arrived), arrived)"
    among = f"count(*) OVER (PARTITION BY coalesce({where}, FALSE))"
    return f"(coalesce({where}, FALSE) AND {rank} <= ceil({among} * {share}))"


def _replace(data: Path, source: str, arrival: date, select: str) -> int:
    """The arrival's rows become those of `select` over `arrived`, in its first file; how many rows went."""
    paths = sorted(_folder(data, source, arrival).glob("*.parquet"))
    with duckdb.connect() as connection:
        before = connection.execute(f"SELECT count(*) FROM ({_read(data, source, arrival)})").fetchall()[0][0]
    after = _write(f"WITH arrived AS ({_read(data, source, arrival)}) {select}", paths[0])
    for path in paths[1:]:
        path.unlink()
    return int(before) - after


def _those(condition: str, source: str = "arrived") -> str:
    """SELECT of the rows for which a condition holds that may use window functions, which WHERE may not."""
    return f"SELECT * EXCLUDE (is_chosen) FROM (SELECT *, {condition} AS is_chosen FROM {source}) WHERE is_chosen"


def _write(select: str, target: Path) -> int:
    beside = target.with_name(f".{target.name}.new")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(f"COPY ({select}) TO {literal(str(beside))} (FORMAT parquet)").fetchall()
    os.replace(beside, target)
    return int(rows[0][0])


def _read(data: Path, source: str, arrival: date) -> str:
    files = literal(str(_folder(data, source, arrival) / "*.parquet"))
    return f"SELECT * FROM read_parquet({files}, hive_partitioning=false)"


def _put(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.replace(beside, path)


def _folder(data: Path, source: str, arrival: date) -> Path:
    """Raises ValueError when nothing of the source arrived on the day."""
    folder = data / source / f"loaded_on={arrival}"
    if not folder.is_dir():
        raise ValueError(f"{folder}: {source} has no arrival on {arrival}")
    return folder


def _first_file(data: Path, source: str, arrival: date) -> Path:
    return min(_folder(data, source, arrival).glob("*.parquet"))
