"""Writes the generated company's rows as Parquet, one folder per source and arrival day."""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import numpy as np

from holdfast.testing.company_plan import Columns, Ints

_ROWS_PER_WRITE = 400_000


class Landing:
    """Collects rows by source and writes each arrival day's file once, when all of the day's rows are known.

    Only arrival days from `first_arrival` through `last_arrival` are written; rows of others are dropped.
    The same run gives the same bytes, since one thread writes. The order of the rows within a file is not
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

    def wants(self, *sources: str) -> bool:
        """Whether any of the sources is to be written."""
        return not self._wanted.isdisjoint(sources)

    def add(self, source: str, arrivals: Ints, columns: Columns) -> None:
        """Rows of a source with their arrival days; `columns` are what the source's SELECT reads."""
        if source not in self._wanted:
            return
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
        for source, parts in self._waiting.items():
            if parts and self._row_count[source] >= at_least_rows:
                self._waiting[source] = self._write(source, parts, arrival)
                self._row_count[source] = sum(len(part["arrival"]) for part in self._waiting[source])

    def close(self) -> None:
        """Write what still waits."""
        self.write_through(self._last_arrival, at_least_rows=1)

    def _write(self, source: str, parts: list[Columns], through: int) -> list[Columns]:
        """Write the source's rows through the given arrival; the others, to wait on."""
        rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        parts.clear()
        order = np.argsort(rows["arrival"].astype(np.int32), kind="stable")
        ready = int(np.searchsorted(rows["arrival"][order], through, side="right"))
        if ready:
            self._copy(source, {name: column[order[:ready]] for name, column in rows.items()})
        rest = order[ready:]
        return [{name: column[rest] for name, column in rows.items()}] if len(rest) else []

    def _copy(self, source: str, rows: Columns) -> None:
        folder = self._data / source
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = true")
            connection.execute("SET partitioned_write_max_open_files = 2000")
            connection.register("arrived", rows)
            connection.execute(
                f"COPY (SELECT {self._selects[source]}, DATE '1970-01-01' + arrival::INTEGER AS loaded_on "
                f"FROM arrived) TO '{str(folder).replace(chr(39), chr(39) * 2)}' "
                "(FORMAT parquet, PARTITION_BY (loaded_on), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'part_{i}')"
            )
