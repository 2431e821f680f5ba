"""Lands source files with DuckDB: copies them, fingerprints their days, finds rows that stop counting."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from holdfast.adapters.stores.parts import store_error
from holdfast.adapters.warehouses.session import Session
from holdfast.adapters.warehouses.sources_sql import (
    arrived_on_of_row,
    as_contract,
    day_of_row,
    relation,
    row_hash,
)
from holdfast.calendars import day_of
from holdfast.definitions.source import Changes, Source
from holdfast.errors import WorldError
from holdfast.loading.graph import source_hash
from holdfast.partitions import ONE_DAY, Interval
from holdfast.runs.landing import Arrivals, changed_days
from holdfast.runs.ports import FoundFile, LandingLog, SourceReader
from holdfast.runs.run import (
    ArrivalFile,
    FileDay,
    LandedFile,
    Landing,
    LandingNote,
    RowArrival,
    SourceDay,
    Superseded,
)
from holdfast.runs.slices import in_slices, slice_of
from holdfast.sqltext import listed, literal, quoted

MARGIN_DAYS = 3
WHOLE_NUMBERS = ("BIGINT", "INTEGER", "SMALLINT")
FEW_FILES = 8


@dataclass(frozen=True, slots=True)
class DuckLander:
    """Brings files below `landing`, which is `.holdfast/landing`."""

    session: Session
    landing: Path
    zone: ZoneInfo
    reader: SourceReader
    columns: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Path of an inspected file -> its columns."""

    def inspect(self, source: Source, files: Sequence[ArrivalFile]) -> list[FoundFile]:
        """Columns of each file, from its footer where it has one; an unreadable file is a value with its problem."""
        paths = {file.path: self.reader.absolute(source, file.path) for file in files}
        seen = self._footers([paths[f.path] for f in files if f.size]) if self._has_footer(source) else {}
        found = []
        for file in files:
            path = paths[file.path]
            try:
                if file.size == 0:
                    raise WorldError("the file is empty (0 bytes)")
                columns = seen.get(str(path)) or tuple(self.session.names(relation(source, [path])))
                self.columns[str(path)] = columns
                found.append(FoundFile(file, columns))
            except WorldError as error:
                found.append(FoundFile(file, (), str(error)))
        return found

    def _has_footer(self, source: Source) -> bool:
        return source.format == "parquet" and source.select is None

    def _footers(self, paths: Sequence[Path]) -> dict[str, tuple[tuple[str, str], ...]]:
        """Path -> columns, in one query for all files; nothing when one of them is broken or nested."""
        if not paths:
            return {}
        files = listed([str(path) for path in paths])
        try:
            rows = self.session.rows(
                "SELECT file_name, name, duckdb_type, num_children FROM parquet_schema("
                f"{files}) WHERE column_id > 0 ORDER BY file_name, column_id"
            )
        except WorldError:
            return {}
        found: dict[str, list[tuple[str, str]]] = {}
        for path, name, kind, children in rows:
            if children:
                return {}
            found.setdefault(path, []).append((name, kind))
        return {path: tuple(columns) for path, columns in found.items()}

    def newest_day(self, source: Source, files: Sequence[ArrivalFile]) -> date | None:
        """The newest business day in the files; where rows say when they arrived, the day before the newest arrival."""
        if source.business_time is None or not files:
            return None
        paths = [self.reader.absolute(source, file.path) for file in files]
        if source.arrived_at is not None:
            rows = self._arriving(source, as_contract(source, paths))
            newest_arrival: date | None = self.session.value(f"SELECT max(arrived_on) FROM ({rows})")
            return None if newest_arrival is None else newest_arrival - ONE_DAY
        newest = self.session.value(f"SELECT max({quoted(source.business_time)}) FROM ({as_contract(source, paths)})")
        return None if newest is None else self._day(newest)

    def only_touched(self, source: Source, arrivals: Arrivals) -> list[tuple[LandedFile, ArrivalFile]]:
        """Rewritten files whose bytes are what was landed: copied, checked out or touched.

        Known by the content id in the landed name, so only for files that were landed as they came.
        """
        if source.arrived_at is not None:
            return self._same_slices(source, [pair for pair in arrivals.rewritten if pair[0].contract == source_hash(source)])
        return [
            (old, new)
            for old, new in arrivals.rewritten
            if old.size == new.size
            and old.contract == source_hash(source)
            and old.landed_as.endswith(f"-{_content_id(self.reader.absolute(source, new.path))}.parquet")
        ]

    def in_slices(
        self, source: Source, shown: Sequence[ArrivalFile], landed: Sequence[LandedFile], until: date
    ) -> Sequence[ArrivalFile]:
        """Files whose rows say when they arrived, as slices that have arrived by `until`; other files as they are."""
        if source.arrived_at is None:
            return shown
        return in_slices(shown, landed, {file.path: self._newest_arrival(source, file, until) for file in shown})

    def _newest_arrival(self, source: Source, file: ArrivalFile, until: date) -> date:
        """The newest day by `until` on which rows of the file arrived; date.min when none has yet."""
        try:
            rows = self._arriving(source, self._as_found(source, self.reader.absolute(source, file.path)))
            newest = self.session.value(f"SELECT max(arrived_on) FROM ({rows}) WHERE arrived_on <= {literal(until)}")
        except WorldError:
            return until  # It is landed as a slice of today, and refused there with its problem.
        return newest or date.min

    def _same_slices(
        self, source: Source, pairs: Sequence[tuple[LandedFile, ArrivalFile]]
    ) -> list[tuple[LandedFile, ArrivalFile]]:
        """Those of the slices whose rows are as they were landed, whatever else came into their file."""
        content = f"count(*), sum(hash({', '.join(quoted(column.name) for column in source.columns)}))"
        now: dict[Path, dict[date, tuple[int, int]]] = {}
        same = []
        for old, new in pairs:
            part, origin = slice_of(old.path), self.reader.absolute(source, new.path)
            if part is None:
                continue
            if origin not in now:
                now[origin] = self._content_by_arrival(source, origin, content)
            mine = [each for day, each in now[origin].items() if part.first <= day <= part.last]
            landed = literal(str(self.landing / old.landed_as))
            count, total = self.session.rows(f"SELECT {content} FROM read_parquet({landed})")[0]
            if (count, int(total or 0)) == (sum(rows for rows, _ in mine), sum(each for _, each in mine)):
                same.append((old, new))
        return same

    def _content_by_arrival(self, source: Source, origin: Path, content: str) -> dict[date, tuple[int, int]]:
        """Arrival day -> rows and sum of their hashes; nothing when the file cannot be read and will be refused."""
        try:
            rows = self._arriving(source, self._as_found(source, origin))
            found = self.session.rows(f"SELECT arrived_on, {content} FROM ({rows}) GROUP BY ALL")
        except WorldError:
            return {}
        return {day: (count, int(total)) for day, count, total in found}

    def _as_found(self, source: Source, path: Path) -> str:
        return as_contract(source, [path], {name for name, _ in self._columns_of(source, path)})

    def _arriving(self, source: Source, select: str) -> str:
        """SELECT of the rows with `arrived_on`, the day from which each one counts."""
        assert source.arrived_at is not None
        assert source.business_time is not None
        arrived, business = quoted(source.arrived_at), quoted(source.business_time)
        low, high = self.session.rows(
            f"SELECT least(min({arrived}), min({business})), greatest(max({arrived}), max({business})) FROM ({select})"
        )[0]
        around = self._with_margin(low, high)
        return f"SELECT *, {arrived_on_of_row(source, self.zone, around)} AS arrived_on FROM ({select})"

    def land(self, source: Source, arrivals: Arrivals, log: LandingLog) -> Landing:
        """Copies the files under their content's name and says what changed; records nothing."""
        seq, next_id = log.next_seq(), log.next_file_id()
        replaced = [old for old, _ in arrivals.rewritten]
        incoming = [*arrivals.new, *(new for _, new in arrivals.rewritten)]
        files = self._with_rows([self._copy(source, file, next_id + i, seq) for i, file in enumerate(incoming)])
        self._flush(files)
        known = [file for file in log.landed_files(source.name) if file.id not in {old.id for old in replaced}]
        self._stage(source, files)
        scanned = _with_days(source, self._scan(source, files))
        file_days = _file_days(scanned, files)
        files = _with_keys(scanned, _arrived_with_data(source, files, file_days))
        notes = [
            LandingNote(source.name, each.file.id, each.day, column, problem, rows)
            for each in scanned
            for column, problem, rows in each.broken
        ]
        gone = {old.id for old in replaced}
        near = None if gone else [file.id for file in _meeting(known, files)]
        old_superseded = log.superseded(source.name, near) if known else []
        revived = [s for s in old_superseded if s.file_id in gone or s.by_file_id in gone]
        kept = {(s.file_id, s.row) for s in old_superseded if s not in revived}
        before = log.source_days(source.name)
        superseded, conflicts = self._supersede(source, known, files, replaced, kept, before)
        removed = [share for share in log.file_days(source.name) if share.file_id in gone] if gone else []
        changed = changed_days(source.name, seq, before, file_days, removed, superseded, revived)
        return Landing(
            source=source.name,
            seq=seq,
            files=tuple(files),
            file_days=tuple(file_days),
            superseded=tuple(superseded),
            source_days=tuple(changed),
            revived_keys_of=tuple(sorted(gone)),
            notes=tuple(_counted([*notes, *conflicts])),
            row_arrivals=tuple(self._row_arrivals(source, files)),
        )

    def _copy(self, source: Source, file: ArrivalFile, file_id: int, seq: int) -> LandedFile:
        """Copies, never links: a source that rewrites its file in place would change a linked copy too."""
        origin = self.reader.absolute(source, file.path)
        folder = self.landing / source.name
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{file_id}.new"
        try:
            if self._is_as_contracted(source, origin):
                shutil.copyfile(origin, beside)
            else:
                select = self._rows_to_copy(source, file, origin)
                self.session.run(f"COPY ({select}) TO {literal(str(beside))} (FORMAT parquet, COMPRESSION zstd)")
            name = f"{source.name}/{file_id:07d}-{_content_id(beside)}.parquet"
            beside.replace(self.landing / name)
        except OSError as error:
            raise store_error(error, self.landing) from error
        finally:
            beside.unlink(missing_ok=True)
        return LandedFile(
            file_id,
            source.name,
            file.path,
            file.arrived_on,
            file.size,
            file.modified_ns,
            name,
            rows=0,
            seq=seq,
            contract=source_hash(source),
        )

    def _rows_to_copy(self, source: Source, file: ArrivalFile, origin: Path) -> str:
        """The file's rows as the contract has them; of a slice, those that arrived within it."""
        select, part = self._as_found(source, origin), slice_of(file.path)
        if source.arrived_at is None or part is None:
            return select
        within = f"arrived_on BETWEEN {literal(part.first)} AND {literal(part.last)}"
        return f"SELECT * EXCLUDE (arrived_on) FROM ({self._arriving(source, select)}) WHERE {within}"

    def _flush(self, files: Sequence[LandedFile]) -> None:
        """Copies are on disk before the ledger says that they are there; one flush of all when they are many."""
        if len(files) > FEW_FILES:
            os.sync()
            return
        for path in [*(self.landing / file.landed_as for file in files), *{(self.landing / f.landed_as).parent for f in files}]:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _with_rows(self, files: Sequence[LandedFile]) -> list[LandedFile]:
        if not files:
            return []
        paths = listed([str(self.landing / file.landed_as) for file in files])
        rows = dict(self.session.rows(f"SELECT file_name, num_rows FROM parquet_file_metadata({paths})"))
        return [replace(file, rows=int(rows[str(self.landing / file.landed_as)])) for file in files]

    def _columns_of(self, source: Source, path: Path) -> tuple[tuple[str, str], ...]:
        known = self.columns.get(str(path))
        return known if known is not None else tuple(self.session.names(relation(source, [path])))

    def _is_as_contracted(self, source: Source, path: Path) -> bool:
        if source.format != "parquet" or source.select is not None or source.rules or source.arrived_at is not None:
            return False
        wanted = [(column.name, column.kind.upper()) for column in source.columns]
        found = self._columns_of(source, path)
        return [(name, _plain(kind)) for name, kind in found] == [(name, _plain(kind)) for name, kind in wanted]

    def _stage(self, source: Source, files: Sequence[LandedFile]) -> None:
        """Makes the view `incoming`: the new files' rows with file id, row number, hash and business day."""
        self.session.run(f"CREATE OR REPLACE TEMP VIEW incoming AS {self._rows_of(source, files, self._around(source, files))}")

    def _around(self, source: Source, files: Sequence[LandedFile]) -> Interval:
        if source.business_time is None or not files:
            return Interval.of_day(date(2000, 1, 1))
        paths = listed([str(self.landing / file.landed_as) for file in files])
        column = quoted(source.business_time)
        low, high = self.session.rows(f"SELECT min({column}), max({column}) FROM read_parquet({paths})")[0]
        return self._with_margin(low, high)

    def _with_margin(self, low: date | datetime | None, high: date | datetime | None) -> Interval:
        if low is None or high is None:
            return Interval.of_day(date(2000, 1, 1))
        return Interval(self._day(low) - MARGIN_DAYS * ONE_DAY, self._day(high) + MARGIN_DAYS * ONE_DAY)

    def _rows_of(self, source: Source, files: Sequence[LandedFile], around: Interval) -> str:
        columns = ", ".join(quoted(column.name) for column in source.columns)
        paths = listed([str(self.landing / file.landed_as) for file in files])
        day = day_of_row(source, self.zone, around) if source.business_time else "CAST(NULL AS DATE)"
        return (
            f"SELECT {columns}, landed_path, file_row_number AS row_number, {row_hash(source)} AS row_hash, "
            f"{day} AS business_on FROM read_parquet({paths}, filename='landed_path', file_row_number=true)"
        )

    def _scan(self, source: Source, files: Sequence[LandedFile]) -> "list[_Scanned]":
        """Rows, fingerprint, key range and broken rows per file and day: one pass over what came."""
        tests = _tests(source)
        broken = "".join(f", count(*) FILTER (WHERE {test})" for _, _, test in tests)
        key = _first_key(source)
        by_path = {str(self.landing / file.landed_as): file for file in files}
        rows = self.session.rows(
            f"SELECT landed_path, business_on, count(*), sum(row_hash), min({key}), max({key}){broken} "
            "FROM incoming GROUP BY ALL ORDER BY ALL"
        )
        return [
            _Scanned(
                by_path[path],
                day or _described_day(by_path[path]),
                count,
                int(fingerprint),
                low,
                high,
                tuple((column, problem, n) for (column, problem, _), n in zip(tests, found, strict=True) if n),
            )
            for path, day, count, fingerprint, low, high, *found in rows
        ]

    def _row_arrivals(self, source: Source, files: Sequence[LandedFile]) -> list[RowArrival]:
        """When the new files' rows arrived, where the rows say so."""
        if source.arrived_at is None or not files:
            return []
        by_path = {str(self.landing / file.landed_as): file for file in files}
        rows = self.session.rows(
            "SELECT landed_path, business_on, arrived_on, count(*) "
            f"FROM ({self._arriving(source, 'SELECT * FROM incoming')}) GROUP BY ALL ORDER BY ALL"
        )
        return [
            RowArrival(by_path[path].id, day or _described_day(by_path[path]), arrived_on, count)
            for path, day, arrived_on, count in rows
        ]

    def _supersede(
        self,
        source: Source,
        known: Sequence[LandedFile],
        files: Sequence[LandedFile],
        replaced: Sequence[LandedFile],
        recorded: set[tuple[int, int]],
        before: Sequence[SourceDay],
    ) -> tuple[list[Superseded], list[LandingNote]]:
        """Rows that stop counting because a key arrived again, and keys that arrived with other content."""
        if not source.key or source.changes is Changes.SNAPSHOT or not files:
            return [], []
        self._collect_colliding(source, _meeting(known, [*files, *replaced]), files, replaced)
        if not self.session.value("SELECT count(*) FROM colliding"):
            return [], []
        everything = [*_meeting(known, [*files, *replaced]), *files]
        values = ", ".join(
            f"({literal(str(self.landing / f.landed_as))}, {f.id}, {literal(f.arrived_on)}, {literal(f.path)})"
            for f in everything
        )
        self.session.run(
            f"CREATE OR REPLACE TEMP TABLE landed AS SELECT * FROM (VALUES {values}) AS t(path, file_id, arrived_on, name)"
        )
        around = self._around(source, files)
        if before:
            around = Interval(min(around.start, before[0].day), max(around.end, before[-1].day + ONE_DAY))
        day = day_of_row(source, self.zone, around) if source.business_time else "CAST(NULL AS DATE)"
        paths = listed([str(self.landing / file.landed_as) for file in everything])
        key = ", ".join(quoted(name) for name in source.key)
        newest = source.changes is Changes.NEWEST_WINS
        # Better versions come first: the newest correction, or the first arrival of an appended row.
        order = "loaded_at DESC, arrived_on DESC, name DESC, row_number DESC" if newest else "arrived_on, name, row_number"
        loaded = quoted("loaded_at") if source.column("loaded_at") else "CAST(NULL AS TIMESTAMPTZ)"
        rows = self.session.rows(
            f"""
            WITH versions AS (
                SELECT {key}, file_row_number AS row_number, {row_hash(source)} AS row_hash, {day} AS business_on,
                       {loaded} AS loaded_at, l.file_id, l.arrived_on, l.name
                FROM (
                    SELECT * FROM read_parquet({paths}, filename='landed_path', file_row_number=true)
                    SEMI JOIN colliding USING ({key})
                ) AS v
                JOIN landed AS l ON l.path = v.landed_path
            ), ranked AS (
                SELECT *,
                    row_number() OVER best AS place,
                    first_value(row_hash) OVER best AS best_hash,
                    min(arrived_on) OVER better AS better_on,
                    arg_min(file_id, (arrived_on, file_id)) OVER better AS better_file
                FROM versions
                WINDOW best AS (PARTITION BY {key} ORDER BY {order}),
                       better AS (PARTITION BY {key} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            )
            SELECT file_id, row_number, business_on, row_hash, better_file, greatest(better_on, arrived_on),
                   row_hash = best_hash
            FROM ranked WHERE place > 1 ORDER BY file_id, row_number
            """
        )
        by_id = {file.id: file for file in everything}
        superseded, conflicts = [], []
        for file_id, row, day, row_hash_, better, by_on, same in rows:
            if (file_id, row) in recorded:
                continue
            when = day or _described_day(by_id[file_id])
            superseded.append(Superseded(file_id, row, when, int(row_hash_), better, by_on, bool(same)))
            if not same and not newest:
                conflicts.append(
                    LandingNote(source.name, file_id, when, ", ".join(source.key), "other content under a known key", 1)
                )
        return superseded, conflicts

    def _collect_colliding(
        self,
        source: Source,
        known: Sequence[LandedFile],
        files: Sequence[LandedFile],
        replaced: Sequence[LandedFile],
    ) -> None:
        """Makes the table `colliding`: keys of the new files that occur twice, among themselves or with history."""
        key = ", ".join(quoted(name) for name in source.key)
        self.session.run(
            f"CREATE OR REPLACE TEMP TABLE colliding AS SELECT {key} FROM incoming GROUP BY ALL HAVING count(*) > 1"
        )
        if replaced:
            old = listed([str(self.landing / file.landed_as) for file in replaced])
            self.session.run(f"INSERT INTO colliding SELECT DISTINCT {key} FROM read_parquet({old})")
        if known:
            history = listed([str(self.landing / file.landed_as) for file in known])
            self.session.run(
                f"INSERT INTO colliding SELECT DISTINCT {key} FROM read_parquet({history}) "
                f"SEMI JOIN (SELECT {key} FROM incoming) USING ({key})"
            )

    def _day(self, value: date | datetime) -> date:
        if isinstance(value, datetime):
            return day_of(value, self.zone) if value.tzinfo else day_of(value.replace(tzinfo=_UTC), self.zone)
        return value


def _counted(notes: Sequence[LandingNote]) -> list[LandingNote]:
    """One note per file, day, column and problem."""
    rows: Counter[LandingNote] = Counter()
    for note in notes:
        rows[replace(note, rows=0)] += note.rows
    return [replace(note, rows=count) for note, count in rows.items()]


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What a landed file holds of one business day."""

    file: LandedFile
    day: date
    rows: int
    fingerprint: int
    key_low: int | None
    key_high: int | None
    broken: tuple[tuple[str, str, int], ...]
    """(column, problem, rows)"""


def _tests(source: Source) -> list[tuple[str, str, str]]:
    """(column, problem, condition) of rows that break the contract."""
    required = [column.name for column in source.columns if column.required]
    tests = [(name, "null", f"{quoted(name)} IS NULL") for name in required]
    tests += [
        (column.name, "not a number", f"isnan({quoted(column.name)})")
        for column in source.columns
        if column.kind.upper() in ("DOUBLE", "FLOAT", "REAL")
    ]
    if source.business_time is not None and source.business_time not in required:
        tests.append((source.business_time, "no business day", "business_on IS NULL"))
    return tests


def _first_key(source: Source) -> str:
    """SQL for the first key column as a whole number; NULL when it is none."""
    column = source.column(source.key[0]) if source.key else None
    if column is not None and column.kind.upper() in WHOLE_NUMBERS:
        return quoted(column.name)
    if column is not None and column.kind.upper() == "DATE":
        return f"date_diff('day', DATE '1970-01-01', {quoted(column.name)})"
    return "CAST(NULL AS BIGINT)"


def _with_days(source: Source, scanned: Sequence[_Scanned]) -> list[_Scanned]:
    """With `arrival: data`, rows without a business day are told of on their file's newest day.

    Its arrival is not known before its days are, and on no day nobody would hear of them.
    """
    if source.arrival == "path":
        return list(scanned)
    newest: dict[int, date] = {}
    for each in scanned:
        newest[each.file.id] = max(each.day, newest.get(each.file.id, each.day))
    return [replace(each, day=newest[each.file.id]) if each.day == date.min else each for each in scanned]


def _file_days(scanned: Sequence[_Scanned], files: Sequence[LandedFile]) -> list[FileDay]:
    shares: dict[tuple[int, date], FileDay] = {}
    for each in scanned:
        known = shares.get((each.file.id, each.day))
        rows, fingerprint = (known.rows, known.fingerprint) if known else (0, 0)
        shares[each.file.id, each.day] = FileDay(
            each.file.id, each.day, rows + each.rows, fingerprint + each.fingerprint
        )
    for file in files:
        # A file without rows still says that its day has arrived.
        if file.rows == 0 and file.arrived_on != date.min:
            shares.setdefault((file.id, _described_day(file)), FileDay(file.id, _described_day(file), 0, 0))
    return list(shares.values())


def _arrived_with_data(source: Source, files: Sequence[LandedFile], shares: Sequence[FileDay]) -> list[LandedFile]:
    """With `arrival: data` a file has arrived the day after its newest business day."""
    if source.arrival != "data":
        return list(files)
    newest = {file.id: max((s.day for s in shares if s.file_id == file.id), default=date.min) for file in files}
    return [replace(file, arrived_on=newest[file.id] + ONE_DAY) for file in files]


def _with_keys(scanned: Sequence[_Scanned], files: Sequence[LandedFile]) -> list[LandedFile]:
    """The files with the range of their first key column."""
    lows: dict[int, int] = {}
    highs: dict[int, int] = {}
    for each in scanned:
        if each.key_low is not None and each.key_high is not None:
            lows[each.file.id] = min(each.key_low, lows.get(each.file.id, each.key_low))
            highs[each.file.id] = max(each.key_high, highs.get(each.file.id, each.key_high))
    return [replace(file, key_low=lows.get(file.id), key_high=highs.get(file.id)) for file in files]


_UTC = ZoneInfo("UTC")


def _meeting(known: Sequence[LandedFile], files: Sequence[LandedFile]) -> list[LandedFile]:
    """Known files whose keys can meet those of the new files; all of them when the keys have no range."""
    lows = [file.key_low for file in files if file.rows]
    highs = [file.key_high for file in files if file.rows]
    if None in lows or None in highs or not lows:
        return list(known)
    low, high = min(x for x in lows if x is not None), max(x for x in highs if x is not None)
    return [
        file
        for file in known
        if file.key_low is None or file.key_high is None or (file.key_low <= high and file.key_high >= low)
    ]


def _described_day(file: LandedFile) -> date:
    """The business day an arrival describes when a row does not say: the day before it arrived."""
    return file.arrived_on - ONE_DAY if file.arrived_on > date.min else date.min


def _content_id(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()[:20]


_SYNONYMS = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "INT": "INTEGER", "TEXT": "VARCHAR", "BOOL": "BOOLEAN"}


def _plain(kind: str) -> str:
    """The engine's own spelling of a type."""
    upper = kind.upper()
    return _SYNONYMS.get(upper, upper.replace(", ", ",") if "(" in upper else upper)
