"""Published tables, a day at a time, as Parquet."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from holdfast.adapters.stores.parts import PartStore
from holdfast.adapters.warehouses.session import Session
from holdfast.definitions.model import Model
from holdfast.errors import StoreError
from holdfast.partitions import Days
from holdfast.sqltext import listed, literal, quoted


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """Reads the tables of every audience; implements releases.lake.TableReader."""

    stores: Mapping[str, PartStore]
    models: Mapping[str, Model]
    session: Callable[[], Session]
    beside: Path
    """Where a file is written before its bytes are read."""

    def filled_days(self, audience: str, table: str) -> Days:
        """Days of which readers see rows."""
        store, day = self.stores[audience], quoted(self.models[table].day)
        with store.reading() as manifest:
            files = [str(store.parts / part.file) for part in manifest.table(table).parts if part.rows]
            if not files:
                return Days()
            rows = self.session().rows(f"SELECT DISTINCT {day} FROM read_parquet({listed(files)}) ORDER BY 1")
        return Days.of_days(row[0] for row in rows)

    def parquet(self, audience: str, table: str, day: date) -> bytes:
        """The day's published rows in the order of the table's key; the same rows give the same bytes.

        Raises StoreError when readers do not have the day.
        """
        store, model = self.stores[audience], self.models[table]
        with store.reading() as manifest:
            part = next((each for each in manifest.table(table).parts if day in each.interval), None)
            if part is None:
                raise StoreError(f"{table} of {day} is not published. Run again.")
            order = ", ".join(f"{quoted(name)} NULLS LAST" for name in model.key)
            self.beside.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.beside) as folder:
                file = Path(folder) / "day.parquet"
                self.session().run(
                    f"COPY (SELECT * FROM read_parquet({literal(str(store.parts / part.file))}) "
                    f"WHERE {quoted(model.day)} = {literal(day)} ORDER BY {order}) "
                    f"TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"
                )
                return file.read_bytes()
