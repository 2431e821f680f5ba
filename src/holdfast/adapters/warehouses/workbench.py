"""Candidates of one run, in memory: built from landed rows and from the builder's working rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.adapters.warehouses.session import Session, day_list
from holdfast.adapters.warehouses.sources_sql import FINGERPRINT, effective
from holdfast.calendars import Calendar
from holdfast.checks.ports import ProbeError
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.source import Changes, Source
from holdfast.errors import WorldError
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases.figures import KEY, stored_figures
from holdfast.releases.manifest import FigurePart, Manifest, Part
from holdfast.releases.receipt import Engine
from holdfast.runs.ports import LandingLog
from holdfast.runs.run import LandedFile
from holdfast.sqltext import listed, literal, quoted

FEW_DAYS = 8
PARAMETER = re.compile(r"\$(start|end|first)\b")


@dataclass(slots=True)
class LandedSource:
    """What is landed of one source, read from the ledger once per run."""

    files: dict[int, LandedFile]
    days: dict[int, list[date]]
    """File id -> business days it has rows of."""
    first: date
    last: date


@dataclass(slots=True)
class DuckWorkbench:
    """Implements runs.build.Workbench; the shell of one run keeps it open until parts are written."""

    session: Session
    parts: Path
    landing: Path
    manifest: Manifest
    models: Mapping[str, Model]
    sources: Mapping[str, Source]
    zone: ZoneInfo
    calendar: Calendar
    log: LandingLog
    arrived_by: date | None = None
    """Rows that arrived later do not count (replays and verification)."""
    seq_by: int | None = None
    """Landings with a larger number do not count (verification)."""
    candidates: dict[str, Days] = field(default_factory=dict)
    landed: dict[str, LandedSource] = field(default_factory=dict)
    _superseded: dict[str, dict[int, bool]] = field(default_factory=dict)
    """Source -> file ids asked for in this run, and whether they have superseded rows."""

    def open(self) -> None:
        """Makes the schemas and the calendar table."""
        self.session.run("CREATE SCHEMA IF NOT EXISTS built")
        self.session.run("CREATE SCHEMA IF NOT EXISTS candidate")
        self.session.run("CREATE SCHEMA IF NOT EXISTS src")
        self.session.load_calendar(self.calendar)

    @property
    def engine(self) -> Session:
        """Runs SQL where the candidates are."""
        return self.session

    @property
    def probe(self) -> "Questions":
        """Answers the checks' queries."""
        return Questions(self.session)

    @property
    def engine_id(self) -> Engine:
        """The engine and the fingerprint algorithm, for receipts."""
        return Engine("duckdb", str(self.session.value("SELECT version()")), FINGERPRINT)

    def build(self, model: Model, interval: Interval) -> None:
        """Computes the model's rows of the interval into the table `built.MODEL`."""
        for reads in model.reads:
            window = model.days_read(reads, interval, self.calendar)
            if reads.input.startswith(SOURCE_PREFIX):
                self.show_source(reads.input.removeprefix(SOURCE_PREFIX), window)
            else:
                self.show_working(reads.input, window)
        first = model.first_on or interval.start
        bounds = {"start": literal(interval.start), "end": literal(interval.end), "first": literal(first)}
        select = PARAMETER.sub(lambda found: bounds[found.group(1)], model.sql)
        target = f"built.{quoted(model.name)}"
        try:
            if model.name in self.candidates:
                self.session.run(f"INSERT INTO {target} BY NAME {select}")
            else:
                self.session.run(f"CREATE TABLE {target} AS {select}")
        except WorldError as error:
            raise WorldError(f"{model.file}: building {model.name} for {interval}: {error}") from error
        self.candidates[model.name] = self.candidates.get(model.name, Days()) | Days.of([interval])

    def unchanged(self, model: Model, days: Days) -> Days:
        """Days whose candidate rows equal the working rows; their candidates are dropped."""
        table = self.manifest.table(model.name)
        covered = days & (table.days | table.held_days)
        covered = self.calendar.widen(model.period, covered) & days
        if not covered or self._columns(f"built.{quoted(model.name)}") != self._columns_of_parts(model):
            return Days()
        day = quoted(model.day)
        content = ", ".join(quoted(name) for name, _ in self._columns(f"built.{quoted(model.name)}"))
        working = self._stored(model, covered)
        rows = self.session.rows(
            f"""
            WITH new AS (
                SELECT {day} AS d, count(*) AS n, sum(hash({content})) AS f
                FROM built.{quoted(model.name)} WHERE {_in(day, covered)} GROUP BY 1
            ), old AS (
                SELECT {day} AS d, count(*) AS n, sum(hash({content})) AS f FROM ({working}) GROUP BY 1
            )
            SELECT coalesce(new.d, old.d) FROM new FULL JOIN old ON new.d = old.d
            WHERE new.n IS DISTINCT FROM old.n OR new.f IS DISTINCT FROM old.f
            """
        )
        differing = self.calendar.widen(model.period, Days.of_days(row[0] for row in rows))
        same = covered - differing
        if same:
            self.session.run(f"DELETE FROM built.{quoted(model.name)} WHERE {_in(day, same)}")
            self.candidates[model.name] -= same
        return same

    def last_day(self, model: Model) -> date | None:
        """The newest day of the model's working rows."""
        return self.manifest.table(model.name).last_day

    def show_source(self, name: str, window: Interval) -> None:
        """Makes `src.NAME` the rows that count within the window."""
        self.session.run(f"CREATE OR REPLACE VIEW src.{quoted(name)} AS {self.source_sql(name, window)}")

    def source_sql(self, name: str, window: Interval) -> str:
        """SELECT of a source's rows that count within the window."""
        source = self.sources[name]
        landed = self._landed_of(source)
        if source.changes is Changes.SNAPSHOT:
            newest = max((f.arrived_on for f in landed.files.values()), default=None)
            files = [f for f in landed.files.values() if f.arrived_on == newest]
            window = Interval(landed.first, landed.last + ONE_DAY)
        elif source.business_time is None:
            files = list(landed.files.values())
        else:
            window = window.meet(Interval(landed.first, landed.last + ONE_DAY)) or Interval.of_day(landed.first)
            files = [landed.files[i] for i, days in landed.days.items() if any(day in window for day in days)]
        table, mixed = self._superseded_table(source, files)
        return effective(source, files, table, mixed, self.landing, window, self.zone)

    def show_working(self, name: str, window: Interval | None = None) -> None:
        """Makes the bare table name the builder's working rows: candidates, and for other days what is stored."""
        self.session.run(f"CREATE OR REPLACE VIEW {quoted(name)} AS {self.working_sql(name, window)}")

    def show_judged(self, name: str, days: Days) -> None:
        """Makes `candidate.NAME` the rows that checks judge: the working rows of these days, built now or before."""
        model = self.models[name]
        whole = self.calendar.widen(model.period, days)
        stored = whole - self.candidates.get(name, Days())
        select = f"SELECT * FROM built.{quoted(name)} WHERE {_in(quoted(model.day), whole)}" if name in self.candidates else ""
        if stored:
            old = self._stored(model, stored)
            select = f"{select} UNION ALL BY NAME {old}" if select else old
        # A table for few days, so that two dozen checks do not each open the same parts; a view for a month.
        kind = "TABLE" if len(days) <= FEW_DAYS else "VIEW"
        self.session.run(f"CREATE OR REPLACE {kind} candidate.{quoted(name)} AS {select}")

    def working_sql(self, name: str, window: Interval | None = None) -> str:
        """SELECT of a model's working rows, of the window's days when one is given."""
        model = self.models[name]
        candidate_days = self.candidates.get(name)
        table = self.manifest.table(name)
        stored_days = (table.days | table.held_days) - (candidate_days or Days())
        selects = []
        # A partition counts when it holds a day of the window, wherever its own `day` column lies.
        whole = self.calendar.widen(model.period, Days.of([window])) if window else None
        if name in self.candidates:
            bound = f" WHERE {_in(quoted(model.day), whole)}" if whole is not None else ""
            selects.append(f"SELECT * FROM built.{quoted(name)}{bound}")
        if whole is not None:
            stored_days &= whole
        if stored_days:
            selects.append(self._stored(model, stored_days))
        if selects:
            return " UNION ALL BY NAME ".join(selects)
        anything = next((part for part in (*table.parts, *table.held)), None)
        if anything is None:
            raise WorldError(f"{model.file}: {name} is read before any day of it was built.")
        return f"SELECT * FROM read_parquet({literal(str(self.parts / anything.file))}) WHERE FALSE"

    def fingerprints(self, model: Model, days: Days) -> dict[date, str]:
        """Day -> rows and 128-bit sum of row hashes of its candidate; what approvals bind to."""
        if model.name not in self.candidates:
            return {}
        target = f"built.{quoted(model.name)}"
        content = ", ".join(quoted(name) for name, _ in self._columns(target))
        rows = self.session.rows(
            f"SELECT {quoted(model.day)}, count(*), sum(hash({content})) FROM {target} "
            f"WHERE {_in(quoted(model.day), days)} GROUP BY 1"
        )
        return {day: f"{count}:{int(total):x}" for day, count, total in rows}

    def write(self, model: Model, interval: Interval, run_id: str, *, keep: str = "TRUE", held: bool = False) -> Part:
        """Writes the interval's candidate rows for which `keep` holds as one immutable part."""
        bounds = _between(model.day, interval)
        return self._write(
            model.name, f"SELECT * FROM built.{quoted(model.name)} WHERE {bounds} AND ({keep})", interval, run_id, held
        )

    def rewrite(self, model: Model, part: Part, replaced: Days, run_id: str, freed: Sequence[Part] = ()) -> Part:
        """A stored part with some days replaced by their candidates, and those of `freed` by held candidates."""
        gone = replaced | Days.of(each.interval for each in freed)
        old = f"SELECT * FROM read_parquet({literal(str(self.parts / part.file))})"
        selects = [f"{old} WHERE NOT ({_in(quoted(model.day), gone)})"]
        if replaced:
            selects.append(f"SELECT * FROM built.{quoted(model.name)} WHERE {_in(quoted(model.day), replaced)}")
        selects += [f"SELECT * FROM read_parquet({literal(str(self.parts / each.file))})" for each in freed]
        return self._write(model.name, " UNION ALL BY NAME ".join(selects), part.interval, run_id, held=False)

    def merge(self, name: str, parts: Sequence[Part], run_id: str) -> Part:
        """One part with the rows of several that follow each other."""
        files = listed([str(self.parts / part.file) for part in sorted(parts)])
        span = Interval(min(p.interval.start for p in parts), max(p.interval.end for p in parts))
        return self._write(name, f"SELECT * FROM read_parquet({files})", span, f"{run_id}-sealed", held=False)

    def cut(self, name: str, part: Part, interval: Interval, run_id: str, *, held: bool = False) -> Part:
        """The rows of a stored part that lie in the interval, as a part of their own."""
        day = self.models[name].day
        old = f"SELECT * FROM read_parquet({literal(str(self.parts / part.file))}) WHERE {_between(day, interval)}"
        return self._write(name, old, interval, run_id, held)

    def write_figures(self, select: str, pipeline: str, run_id: str) -> FigurePart:
        """Figure rows in key order, as one part."""
        folder = self.parts / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        file = f"figures/{run_id}.parquet"
        copied = self.session.rows(
            f"COPY ({select} ORDER BY release, {KEY}, as_of) TO {literal(str(self.parts / file))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        path = literal(str(self.parts / file))
        first, last = self.session.rows(f"SELECT min(release), max(release) FROM read_parquet({path})")[0]
        return FigurePart(file, int(copied[0][0]), first or 0, last or 0, pipeline)

    def figures_sql(self, parts: Sequence[FigurePart]) -> str:
        """SELECT of the figure rows in these parts."""
        return stored_figures([str(self.parts / part.file) for part in parts])

    def _write(self, name: str, select: str, interval: Interval, run_id: str, held: bool) -> Part:
        folder = self.parts / name
        folder.mkdir(parents=True, exist_ok=True)
        last = "" if interval.length == 1 else f"_{interval.last}"
        file = f"{name}/{interval.start}{last}-{run_id}{'-held' if held else ''}.parquet"
        copied = self.session.rows(
            f"COPY ({select}) TO {literal(str(self.parts / file))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return Part(interval, file, int(copied[0][0]))

    def _stored(self, model: Model, days: Days) -> str:
        """SELECT of the stored working rows of these days: held candidates before what readers see."""
        table = self.manifest.table(model.name)
        selects = []
        for parts, mine in ((table.parts, days - table.held_days), (table.held, days & table.held_days)):
            files = [str(self.parts / part.file) for part in parts if Days.of([part.interval]) & mine]
            if files:
                selects.append(f"SELECT * FROM read_parquet({listed(files)}) WHERE {_in(quoted(model.day), mine)}")
        if selects:
            return " UNION ALL BY NAME ".join(selects)
        if model.name in self.candidates:
            return f"SELECT * FROM built.{quoted(model.name)} WHERE FALSE"
        return self.working_sql(model.name, Interval.of_day(date.max - ONE_DAY))

    def _columns(self, relation: str) -> list[tuple[str, str]]:
        return self.session.names(relation)

    def _columns_of_parts(self, model: Model) -> list[tuple[str, str]]:
        table = self.manifest.table(model.name)
        newest = max((*table.parts, *table.held), default=None)
        return self._columns(f"read_parquet({literal(str(self.parts / newest.file))})") if newest else []

    def _landed_of(self, source: Source) -> LandedSource:
        if source.name not in self.landed:
            files = {
                file.id: file
                for file in self.log.landed_files(source.name)
                if (self.arrived_by is None or file.arrived_on <= self.arrived_by)
                and (self.seq_by is None or file.seq <= self.seq_by)
            }
            days: dict[int, list[date]] = {}
            for share in self.log.file_days(source.name):
                if share.file_id in files:
                    days.setdefault(share.file_id, []).append(share.day)
            every = [day for each in days.values() for day in each]
            first, last = min(every, default=date(2000, 1, 1)), max(every, default=date(2000, 1, 1))
            self.landed[source.name] = LandedSource(files, days, first, last)
        return self.landed[source.name]

    def _superseded_table(self, source: Source, files: Sequence[LandedFile]) -> tuple[str | None, set[int]]:
        """The table of rows that do not count, grown by those of files not asked for before in this run."""
        known = self._landed_of(source).files
        name = f"src.{quoted('superseded ' + source.name)}"
        asked = self._superseded.get(source.name)
        if asked is None:
            asked = self._superseded[source.name] = {}
            self.session.run(f"CREATE OR REPLACE TABLE {name}(path VARCHAR, row BIGINT)")
        new = [file.id for file in files if file.id not in asked]
        asked.update(dict.fromkeys(new, False))
        rows = [
            s
            for s in (self.log.superseded(source.name, new) if new else [])
            if s.by_file_id in known and (self.arrived_by is None or s.by_arrived_on <= self.arrived_by)
        ]
        asked.update({s.file_id: True for s in rows})
        if rows:  # bound as lists: thousands of rows as SQL text take the engine 40 ms to read
            paths = [str(self.landing / known[s.file_id].landed_as) for s in rows]
            self.session.run(
                f"INSERT INTO {name} SELECT unnest($paths), unnest($rows)", {"paths": paths, "rows": [s.row for s in rows]}
            )
        mixed = {file.id for file in files if asked[file.id]}
        return (name if mixed else None), mixed


@dataclass(frozen=True, slots=True)
class Questions:
    """Implements checks.ports.Probe over a session."""

    session: Session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Every row of the answer; ProbeError when the engine refuses or fails."""
        try:
            return self.session.rows(sql)
        except WorldError as error:
            raise ProbeError(str(error)) from error


def _between(day: str, interval: Interval) -> str:
    return f"{quoted(day)} >= {literal(interval.start)} AND {quoted(day)} < {literal(interval.end)}"


def _in(day: str, days: Days) -> str:
    """Condition on quoted `day`; few bounds for runs of days, so that row groups are pruned."""
    if len(days.intervals) > 20:
        return f"{day} IN {day_list(days)}"
    return "(" + (" OR ".join(
        f"({day} >= {literal(each.start)} AND {day} < {literal(each.end)})" for each in days.intervals
    ) or "FALSE") + ")"
