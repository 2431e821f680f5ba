"""Rows that were fetched, as immutable Parquet files by day, and how far the fetching is."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.checks.contract import honour
from holdfast.definitions.source import Source
from holdfast.errors import StoreError, WorldError
from holdfast.sqltext import literal, quoted

if TYPE_CHECKING:
    import duckdb

NULL = "\\N"
"""Bare in the text of rows; a quoted one is text."""
_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the fetching of a source is. Recorded after the file it speaks of is in place."""

    asked: str = ""
    """Hash of what is asked; another question starts anew."""
    whole_on: date | None = None
    """Clock day of the last pass that came to its end: business days before it were there to be read."""
    watermark: str = ""
    """Largest watermark of whole passes, as text; empty at first."""
    had: tuple[str, ...] = ()
    """Digests of the pages of the last whole pass."""
    is_open: bool = False
    """A pass broke off, and goes on from here."""
    since: date | None = None
    """From which business day on the open pass asks; None: all."""
    cursor: str = ""
    rows: int = 0
    pages: tuple[str, ...] = ()

    def opened(self, since: date | None) -> "Progress":
        """A pass begins."""
        # What a pass that broke off has left may be newer than the last whole one's pages, so those count no more.
        had = () if self.is_open else self.had
        return replace(self, is_open=True, since=since, cursor="", rows=0, pages=(), had=had)

    def resumed(self) -> "Progress":
        """The open pass goes on."""
        return replace(self, had=())

    def after(self, page: str, rows: int, cursor: str) -> "Progress":
        """A page is in place, and the next one is at `cursor`."""
        return replace(self, cursor=cursor, rows=self.rows + rows, pages=(*self.pages, page) if page else self.pages)

    def ended(self, on: date, watermark: str = "") -> "Progress":
        """The pass came to its end."""
        return replace(
            self,
            whole_on=on,
            watermark=watermark or self.watermark,
            had=self.pages,
            is_open=False,
            since=None,
            cursor="",
            rows=0,
            pages=(),
        )


class FetchedFiles:
    """The folder of one fetched source: `loaded_on=DAY/*.parquet`, and `progress.json` beside."""

    def __init__(self, folder: Path, source: Source) -> None:
        self._folder = folder
        self._source = source
        self._asked = hashlib.sha256(repr(source.fetched_from).encode()).hexdigest()

    @property
    def text(self) -> Path:
        """Where rows are put as text before `keep` makes a file of them; no arrival."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / ".rows.part"

    def progress(self) -> Progress:
        """What was recorded last; a fresh start when nothing was, or when something else is asked now."""
        try:
            known = json.loads((self._folder / "progress.json").read_text(encoding="utf-8"))
            days = {name: date.fromisoformat(known[name]) if known[name] else None for name in ("whole_on", "since")}
            found = Progress(**{**known, **days, "had": tuple(known["had"]), "pages": tuple(known["pages"])})
        except (OSError, ValueError, TypeError, KeyError):
            return Progress(asked=self._asked)
        return found if found.asked == self._asked else Progress(asked=self._asked)

    def record(self, progress: Progress) -> None:
        """From now on fetching goes on from here."""
        beside = self._folder / ".progress.part"
        with _disk(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(asdict(progress), default=str), encoding="utf-8")
            _flush(beside)
            beside.replace(self._folder / "progress.json")

    def keep(self, columns: list[str], progress: Progress, at: datetime) -> tuple[str, int]:
        """Makes a file of `text`, whose rows have these columns; its digest, and how many files that made.

        Nothing when the last whole pass, or this one, had exactly this page: its rows are landed, and nothing newer
        came between. A page whose columns break the contract is not kept, so it is asked for again. Raises WorldError
        then.
        """
        digest = _digest(columns, self.text)
        if digest in (*progress.had, *progress.pages):
            return digest, 0
        folder = self._folder / f"loaded_on={at.date()}"
        beside = self._folder / ".page.part"
        with _disk(self._folder):
            folder.mkdir(parents=True, exist_ok=True)
            _flush(self._folder)
            self._write(columns, beside)
            _flush(beside)
            # By time, then by number: among rows without loaded_at the name says which came later.
            beside.replace(folder / f"{at:%H%M%S}-{len(os.listdir(folder)):06d}-{digest[:12]}.parquet")
            _flush(folder)
        return digest, 1

    def count(self) -> int:
        """How many rows `text` has."""
        with _engine() as engine:
            return int(engine.execute(f"SELECT count(*) FROM {_rows(self.text, _header(self.text))}").fetchall()[0][0])

    def largest(self, column: str) -> str:
        """The largest value of a column of `text`, by the contract's type; empty without rows."""
        found = self._source.column(column)
        kind = found.kind if found else "VARCHAR"
        with _engine() as engine:
            names = _header(self.text)
            value = engine.execute(
                f"SELECT CAST(max(CAST({quoted(column)} AS {kind})) AS VARCHAR) FROM {_rows(self.text, names)}"
            ).fetchall()[0][0]
        return str(value or "")

    def _write(self, columns: list[str], target: Path) -> None:
        with _engine() as engine:
            rows = _rows(self.text, columns)
            kinds = {} if self._source.select else {c.name: c.kind for c in self._source.columns}
            typed = _fitting(engine, rows, columns, kinds)
            found = [(name, typed.get(name, "VARCHAR")) for name in columns]
            self._refuse_drift(found)
            select = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in found)
            engine.execute(f"COPY (SELECT {select} FROM {rows}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")

    def _refuse_drift(self, found: list[tuple[str, str]]) -> None:
        if self._source.select:
            return
        broken = [each.message for each in honour(self._source, found) if each.blocks]
        if broken:
            raise WorldError(f"the rows are not what {self._source.file} says: {'; '.join(broken)}. Nothing of them is kept")


def write_text(path: Path, columns: list[str], rows: Iterable[Mapping[str, str | None]]) -> None:
    """Writes rows as the text that `keep` reads: all values quoted, nulls bare."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(_quoted_text(name) for name in columns) + "\n")
        file.writelines(
            ",".join(NULL if (value := row.get(name)) is None else _quoted_text(value) for name in columns) + "\n"
            for row in rows
        )


def _quoted_text(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _header(path: Path) -> list[str]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _digest(columns: list[str], path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(repr(columns).encode() + hashlib.file_digest(file, "sha256").digest()).hexdigest()


def _rows(path: Path, columns: list[str]) -> str:
    """Table function over the text, every column as it was written."""
    kinds = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
        f"nullstr={literal(NULL)}, allow_quoted_nulls=false, max_line_size={_LONGEST_LINE}, columns={{{kinds}}})"
    )


def _fitting(
    engine: "duckdb.DuckDBPyConnection", rows: str, columns: list[str], kinds: Mapping[str, str]
) -> dict[str, str]:
    """Columns whose every value is one of the contract's type, exactly. The others stay text, for people to see."""
    asked = {name: kinds[name] for name in columns if name in kinds}
    if not asked:
        return {}
    tests = ", ".join(f"bool_and({quoted(name)} IS NULL OR {_fits(quoted(name), kind)})" for name, kind in asked.items())
    found = engine.execute(f"SELECT {tests} FROM {rows}").fetchall()[0]
    return {name: kind for (name, kind), fits in zip(asked.items(), found, strict=True) if fits is not False}


_EXACT = {
    "DATE": r"\d{4}-\d{2}-\d{2}",
    "TIMESTAMP": r".{10}[ T][0-9:.]+",
    "TIMESTAMPTZ": r".{10}[ T][0-9:.]+ ?(Z|[+-]\d{2}(:?\d{2})?)",
}
_EXACT["TIMESTAMP WITH TIME ZONE"] = _EXACT["TIMESTAMPTZ"]
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT")


def _fits(column: str, kind: str) -> str:
    """Condition that a text is a value of the type; a cast alone rounds numbers, and drops a time or an offset."""
    plain = kind.upper().replace(" ", "") if "(" in kind else kind.upper()
    can = f"TRY_CAST({column} AS {kind}) IS NOT NULL"
    if plain in _WHOLE:
        shape = r"[+-]?\d+"
    elif plain.startswith(("DECIMAL", "NUMERIC")):
        _, _, scale = plain.rstrip(")").partition(",")
        places = int(scale or ("0" if "(" in plain else "3"))
        shape = rf"[+-]?\d+(\.\d{{0,{places}}}0*)?"
    else:
        shape = _EXACT.get(plain, "")
    return f"({can} AND regexp_full_match({column}, {literal(shape)}))" if shape else can


@contextmanager
def _engine() -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    try:
        with duckdb.connect(":memory:", config={"threads": 1, "autoload_known_extensions": False}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except duckdb.Error as error:
        raise WorldError(f"the fetched rows cannot be read: {str(error).splitlines()[0]}") from error


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}). Free space or mend its permissions.") from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
