"""How long a release's swap takes with short and with long history: `python swap.py SMALL LARGE TIMES`.

Both are project folders. Their stores are copied by hard links; each release replaces the newest day of every
daily table and adds figures. Releases of the two alternate, so that the disk's mood is the same for both.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from holdfast.adapters.stores.parts import PartStore
from holdfast.app import App
from holdfast.releases.manifest import FigurePart, Manifest, Part


def main() -> None:
    """Prints the medians, in milliseconds."""
    times = int(sys.argv[3])
    spent: list[list[float]] = [[], []]
    with tempfile.TemporaryDirectory(dir=Path(sys.argv[2]).parent) as scratch:
        stores = [_copied(Path(sys.argv[i + 1]), Path(scratch) / str(i)) for i in range(2)]
        for nth in range(times):
            for at, store in enumerate(stores):
                manifest = _next_day(store, nth)
                start = time.perf_counter()
                store.publish(manifest)
                spent[at].append((time.perf_counter() - start) * 1000)
        parts = [len(store.current().files) for store in stores]
    medians = [statistics.median(each) for each in spent]
    print(json.dumps({"small_ms": medians[0], "large_ms": medians[1], "small_parts": parts[0], "large_parts": parts[1]}))


def _copied(project: Path, folder: Path) -> PartStore:
    (audience, store), *_ = App(project).stores.items()
    shutil.copytree(store.root, folder, copy_function=os.link)
    return PartStore(folder, audience)


def _next_day(store: PartStore, nth: int) -> Manifest:
    """The current manifest with the newest part of every table written anew."""
    manifest = store.current().following(f"swap-{nth}")
    tables = {}
    for name, table in manifest.tables.items():
        *kept, newest = table.parts
        tables[name] = replace(table, parts=(*kept, _rewritten(store, newest, nth)))
    figure, *older = manifest.figures
    file = _again(store, figure.file, nth)
    return replace(
        manifest, tables=tables, figures=(FigurePart(file, figure.rows, figure.first_release, figure.last_release), *older)
    )


def _rewritten(store: PartStore, part: Part, nth: int) -> Part:
    return replace(part, file=_again(store, part.file, nth))


def _again(store: PartStore, file: str, nth: int) -> str:
    new = f"{file.partition('-swap')[0].removesuffix('.parquet')}-swap{nth}.parquet"
    shutil.copyfile(store.parts / file, store.parts / new)
    return new


if __name__ == "__main__":
    main()
