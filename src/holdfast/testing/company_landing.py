"""Writes the generated company's rows as Parquet, one folder per source and arrival day."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np

from holdfast.testing.company_plan import Columns, Ints, date_of

_ROWS_PER_WRITE = 400_000


class Landing:
    """Collects rows by source and writes each arrival day's file once, when all of the day's rows are known.

    Only arrival days from `first_arrival` through `last_arrival` are written; rows of others are dropped.
    The same run gives the same bytes, since one thread writes a file. The order of the rows within a file is not
    promised: DuckDB may change it where a file begins in one batch of rows and ends in the next.
    """

    def __init__(
        self,
        data: Path,
        selects: Mapping[str, str],
        wanted: Collection[str],
        first_arrival: int,
        last_arrival: int,
    ) -> None:
        self._data = data
        self._selects = selects
        self._wanted = frozenset(wanted)
        self._first_arrival = first_arrival
        self._last_arrival = last_arrival
        self._waiting: dict[str, list[Columns]] = {}
        self._row_count: dict[str, int] = {}
        self._no_rows: dict[str, Columns] = {}

    def wants(self, *sources: str) -> bool:
        """Whether any of the sources is to be written."""
        return not self._wanted.isdisjoint(sources)

    def add(self, source: str, arrivals: Ints, columns: Columns) -> None:
        """Rows of a source with their arrival days; `columns` are what the source's SELECT reads."""
        if source not in self._wanted:
            return
        self._no_rows.setdefault(source, {name: column[:0] for name, column in columns.items()})
        kept = (arrivals >= self._first_arrival) & (arrivals <= self._last_arrival)
        if kept.any():
            rows = {"arrival": arrivals, **columns}
            every = bool(kept.all())
            self._row_count[source] = self._row_count.get(source, 0) + int(kept.sum())
            self._waiting.setdefault(source, []).append(
                rows if every else {name: column[kept] for name, column in rows.items()}
            )

    def write_through(self, arrival: int, at_least_rows: int = _ROWS_PER_WRITE) -> None:
        """Write the rows that arrive by the given day, of sources of which that many rows wait."""
        ready = [source for source, count in self._row_count.items() if count >= at_least_rows]
        if not ready:
            return
        # Most of the time goes into opening files, so two sources at a time take little over half of it.
        with ThreadPoolExecutor(max_workers=2) as writers:
            rests = list(writers.map(lambda source: self._write(source, arrival), ready))
        for source, rest in zip(ready, rests, strict=True):
            self._waiting[source] = rest
            self._row_count[source] = sum(len(part["arrival"]) for part in rest)

    def close(self) -> None:
        """Write what still waits, and an empty file on the first arrival day for a source without any rows.

        So every source can be read, with all its columns, however short the company's life.
        """
        self.write_through(self._last_arrival, at_least_rows=1)
        for source, no_rows in self._no_rows.items():
            if not (self._data / source).exists():
                day = self._data / source / f"loaded_on={date_of(self._first_arrival)}"
                day.mkdir(parents=True)
                _copy(self._selects[source], no_rows, day / "part_0.parquet", "FORMAT parquet")

    def _write(self, source: str, through: int) -> list[Columns]:
        """Write the source's rows through the given arrival; the others, to wait on."""
        parts = self._waiting[source]
        rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        parts.clear()
        order = np.argsort(rows["arrival"].astype(np.int32), kind="stable")
        ready = int(np.searchsorted(rows["arrival"][order], through, side="right"))
        if ready:
            folder = self._data / source
            folder.mkdir(parents=True, exist_ok=True)
            arrived = {name: column[order[:ready]] for name, column in rows.items()}
            _copy(f"{self._selects[source]}, {_LOADED_ON}", arrived, folder, _BY_ARRIVAL)
        rest = order[ready:]
        return [{name: column[rest] for name, column in rows.items()}] if len(rest) else []


_LOADED_ON = "DATE '1970-01-01' + arrival::INTEGER AS loaded_on"
_BY_ARRIVAL = "FORMAT parquet, PARTITION_BY (loaded_on), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'part_{i}'"


def _copy(select: str, rows: Columns, to: Path, how: str) -> None:
    """Write what the SELECT makes of the rows.

    Each time by a new engine: one that has written a million rows takes three times as long per file.
    """
    path = str(to).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET partitioned_write_max_open_files = 2000")
        connection.register("arrived", rows)
        connection.execute(f"COPY (SELECT {select} FROM arrived) TO '{path}' ({how})")
