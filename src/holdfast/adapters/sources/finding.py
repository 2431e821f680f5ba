"""Every kind of source behind one door: files as they lie, APIs and databases by way of files that are fetched."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from holdfast.adapters.sources.fetched import FetchedFiles
from holdfast.adapters.sources.files import FileSources
from holdfast.definitions.source import Api, Changes, Database, Source
from holdfast.errors import HoldfastError, WorldError
from holdfast.runs.ports import Fetched
from holdfast.runs.run import ArrivalFile


class Pages(Protocol):
    """Fetches page by page, as APIs hand out."""

    def fetch(self, source: Source, files: FetchedFiles, at: datetime, newest: date | None) -> Fetched: ...


class Rows(Protocol):
    """Writes all rows at once, as databases hand out."""

    def write(self, source: Source, database: Database, after: str, target: Path) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Implements `runs.ports.SourceReader`."""

    files: FileSources
    pages: Callable[[], Pages]
    rows: Callable[[str], Rows]
    """System of a database -> what reads it. Both are made when first needed: their libraries are heavy."""

    def fetch(self, source: Source, at: datetime, newest: date | None) -> Fetched:
        """Brings what is new into files that `arrivals` shows; nothing for a source of files."""
        if source.fetched_from is None:
            return Fetched()
        fetched = self._fetched(source)
        try:
            if isinstance(source.fetched_from, Api):
                return self.pages().fetch(source, fetched, at, newest)
            return _fetch_rows(source, source.fetched_from, fetched, self.rows(source.fetched_from.system), at)
        except HoldfastError as error:
            return Fetched(problem=str(error), missing_from=fetched.progress().whole_on or date.min)

    def arrivals(self, source: Source) -> list[ArrivalFile]:
        """Every file the source shows, oldest arrival first, then path."""
        if source.fetched_from is not None and not self._folder(source).is_dir():
            return []
        return self.files.arrivals(source)

    def absolute(self, source: Source, path: str) -> Path:
        """Where a file found by `arrivals` is."""
        return self.files.absolute(source, path)

    def _fetched(self, source: Source) -> FetchedFiles:
        return FetchedFiles(self._folder(source), source)

    def _folder(self, source: Source) -> Path:
        return self.files.project_root / source.location


def confined(files: FileSources, source: Source, path: str) -> Path:
    """Where a path of the contract is, below the project or below a root from the environment; raises outside."""
    root, below = files.root_and_pattern(replace(source, location=path))
    found = (root / below).resolve()
    if not found.is_relative_to(root):
        raise WorldError(f"{root / below}: leads outside {root}. Holdfast does not follow it.")
    return found


def _fetch_rows(source: Source, database: Database, files: FetchedFiles, rows: Rows, at: datetime) -> Fetched:
    """One pass: what is beyond the watermark, as one file."""
    progress = files.progress()
    progress = progress.resumed() if progress.is_open else progress.opened(None)
    files.record(progress)
    try:
        columns = rows.write(source, database, progress.watermark, files.text)
        found = files.count()
        # An empty table is a snapshot too; of other sources no row says nothing.
        whole = source.changes is Changes.SNAPSHOT
        digest, made = files.keep(columns, progress, at) if found or whole else ("", 0)
        watermark = files.largest(database.watermark) if database.watermark and found else ""
    finally:
        files.text.unlink(missing_ok=True)
    files.record(progress.after(digest, found, "").ended(at.date(), watermark))
    return Fetched(found, made)
