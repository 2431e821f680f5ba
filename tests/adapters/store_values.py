"""Small stores: parts that say which release wrote them, and manifests that name them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from holdfast.adapters.stores.parts import PartStore
from holdfast.partitions import Interval
from holdfast.releases.manifest import FigurePart, Manifest, Part, Table

MONDAY = date(2026, 9, 14)
TABLES = ("facts", "sums", "weekly")


def a_store(folder: Path) -> PartStore:
    """An empty store of investors."""
    store = PartStore(folder / "investors", "investors")
    store.prepare_folders()
    return store


def a_part(store: PartStore, table: str, number: int) -> Part:
    """A part of one day on disk, whose text is the release that wrote it."""
    name = f"{table}/{MONDAY}-{number:06d}.parquet"
    path = store.parts / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{number:06d}")
    return Part(Interval(MONDAY, MONDAY + timedelta(days=1)), name, number)


def following(store: PartStore) -> Manifest:
    """The next manifest: every table replaced, and one part of figures more. Not yet published."""
    before = store.current()
    after = before.following(f"run-{int(before.id) + 1}")
    number = int(after.id)
    figures = a_part(store, "figures", number)
    return replace(
        after,
        tables={name: Table(name, "day", (a_part(store, name, number),)) for name in TABLES},
        figures=(*before.figures, FigurePart(figures.file, 1, number, number))[-3:],
    )


def is_consistent(store: PartStore, manifest: Manifest) -> bool:
    """Whether every table's part is there and was written by the manifest's own release."""
    texts = {(store.parts / part.file).read_text() for table in manifest.tables.values() for part in table.parts}
    assert all((store.parts / part.file).exists() for part in manifest.figures)
    return texts == ({manifest.id} if manifest.tables else set())
