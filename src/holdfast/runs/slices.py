"""Files whose rows say when they arrived: read as slices, each the rows that came within some days."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from holdfast.partitions import ONE_DAY
from holdfast.runs.run import ArrivalFile, LandedFile

_SLICE = re.compile(r"\?arrived=(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a file that arrived from `first` to `last`, both counted."""

    path: str
    """Of the whole file."""
    first: date
    last: date

    def __str__(self) -> str:
        """The path under which the slice is landed."""
        return f"{self.path}?arrived={self.first}..{self.last}"


def slice_of(path: str) -> Slice | None:
    """The slice that a landed path names; None for a whole file."""
    found = _SLICE.search(path)
    if found is None:
        return None
    return Slice(path[: found.start()], date.fromisoformat(found[1]), date.fromisoformat(found[2]))


def whole_path(path: str) -> str:
    """The file's own path, whether a slice of it is meant or all of it."""
    found = slice_of(path)
    return found.path if found else path


def in_slices(
    shown: Iterable[ArrivalFile], landed: Iterable[LandedFile], newest: Mapping[str, date]
) -> list[ArrivalFile]:
    """The files as the slices that were landed of them, and a new one for what has arrived since.

    `newest` is, per path, the newest day by now on which rows arrived; a file without any is left out. A
    slice that was landed is shown again with the file's size and time, so a rewritten file is noticed.
    """
    known: dict[str, list[Slice]] = {}
    for old in landed:
        part = slice_of(old.path)
        if part is not None:
            known.setdefault(part.path, []).append(part)
    found = []
    for file in shown:
        parts = sorted(known.get(file.path, ()), key=lambda part: part.last)
        first = parts[-1].last + ONE_DAY if parts else date.min
        last = newest.get(file.path, date.min)
        if last >= first and last > date.min:
            parts.append(Slice(file.path, first, last))
        found += [replace(file, path=str(part), arrived_on=part.last) for part in parts]
    return sorted(found, key=lambda file: (file.arrived_on, file.path))
