"""What people decided of a period, made visible: its figures final, or withdrawn. No number is counted here."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from holdfast.calendars import DAY, Calendar, Period
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import (
    CloseEvent,
    CloseKind,
    CloseState,
    Lock,
    Standing,
    by_period,
    lock_of,
    standing,
)
from holdfast.releases.figures import COLUMNS, KEY, current_figures
from holdfast.releases.manifest import Manifest, Part, Table
from holdfast.releases.ports import Engine, PartWriter, ReleaseLog, Store
from holdfast.releases.prepared import Prepared
from holdfast.releases.publish import swap, with_figures
from holdfast.releases.release import ReleaseRow
from holdfast.releases.spelling import instant
from holdfast.sqltext import listed, literal

_NO_RECEIPT = {
    "approvals": [],
    "checks": {"outcomes": {}, "not_passing": []},
    "code_version": "",
    "definitions": {},
    "engine": {"name": "", "version": "", "fingerprint": ""},
    "inputs": [],
}


class Bench(PartWriter, Protocol):
    """A session over the store."""

    @property
    def engine(self) -> Engine: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """One publication that follows from people's words."""

    pipeline: Pipeline
    days: Days
    """Whose figures it shows anew."""
    select: str
    """Figure rows, without release, published_at and run_id."""
    events: tuple[CloseEvent, ...]
    words: tuple[CloseEvent, ...]
    """What people said, for the receipt."""
    verb: str


def signed_not_final(events: Sequence[CloseEvent], calendar: Calendar) -> list[tuple[Period, Standing]]:
    """Periods with both signatures whose figures are not published as final yet, oldest first."""
    found = []
    for (grain, name), some in by_period(events).items():
        stands, period = standing(some), calendar.named(name)
        if stands.state is CloseState.SIGNED and period is not None and period.grain == grain:
            found.append((period, stands))
    return sorted(found, key=lambda each: (each[0].interval.end, -each[0].interval.length))


def finality(
    pipeline: Pipeline, calendar: Calendar, events: Sequence[CloseEvent], stored: str, now: datetime
) -> Decision | None:
    """Makes what is signed final; None when nothing is. `stored` selects the pipeline's figure rows."""
    due = signed_not_final(events, calendar)
    if not due:
        return None
    lock = lock_of(pipeline, calendar, events)
    mine = f"SELECT * FROM ({stored}) WHERE pipeline = {literal(pipeline.name)}"
    rows = (
        f"SELECT * REPLACE ('final' AS state, FALSE AS backfilled) FROM ({current_figures(mine)}) "
        f"WHERE state = 'preliminary' AND version > 0 AND ({_is_final(pipeline, calendar, lock)})"
    )
    made = tuple(
        CloseEvent(
            pipeline.name, period.grain, period.name, CloseKind.FINAL, "calendar", "both signatures are there", now
        )
        for period, _ in due
    )
    words = tuple(word for _, stands in due for word in stands.signatures)
    return Decision(pipeline, Days.of(period.interval for period, _ in due), rows, made, words, "final")


def withdrawal(
    pipeline: Pipeline,
    period: Period,
    calendar: Calendar,
    events: Sequence[CloseEvent],
    stored: str,
    word: CloseEvent,
) -> Decision:
    """Takes back every figure that counts a day of the period.

    A period that was restated shows the value signed before; any other has none until it is released again.
    """
    stands = standing(by_period(events).get((period.grain, period.name), ()))
    mine = f"SELECT * FROM ({stored}) WHERE pipeline = {literal(pipeline.name)} AND ({_counts(period, pipeline, calendar)})"
    good = "SELECT '' AS grain, '' AS period, '' AS metric, '' AS segment, CAST(NULL AS DECIMAL(38,6)) AS value WHERE FALSE"
    if stands.restatements:
        before = f"SELECT * FROM ({mine}) WHERE release < {stands.restatements[-1].release} AND state = 'final'"
        good = f"SELECT * FROM ({current_figures(before)})"
    said = f"withdrawn by {word.by}: {word.reason}"
    named = ", ".join(f"r.{name}" for name, _ in COLUMNS)
    rows = (
        "SELECT * EXCLUDE (g_value) REPLACE (g_value AS value, 'withdrawn' AS state, FALSE AS backfilled, "
        f"CASE WHEN g_value IS NULL THEN {literal(said)} "
        f"ELSE {literal(f'{said}; the value is the one signed before')} END AS reason) FROM (SELECT {named}, g.value AS g_value FROM ({current_figures(mine)}) AS r "
        f"LEFT JOIN ({good}) AS g USING ({KEY}) WHERE r.version > 0 AND r.state <> 'withdrawn')"
    )
    return Decision(pipeline, Days.of([period.interval]), rows, (word,), (word,), "withdrawn")


def decide(
    decision: Decision,
    store: Store,
    bench: Bench,
    log: ReleaseLog,
    now: datetime,
    tables: Callable[[Manifest, str], Manifest] = lambda manifest, _: manifest,
) -> ReleaseRow:
    """Publishes it as one release: figure rows, what `tables` makes of the manifest, and the events with it."""
    pipeline, number = decision.pipeline, log.next_release_id()
    run_id = f"{pipeline.name}-{decision.verb}-{number:07d}"
    names = {"release": str(number), "published_at": literal(now), "run_id": literal(run_id)}
    replaced = ", ".join(f"{value} AS {name}" for name, value in names.items())
    bench.engine.run("CREATE SCHEMA IF NOT EXISTS fig")
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS)
    bench.engine.run(f"CREATE OR REPLACE TABLE fig.moved AS {decision.select}")
    bench.engine.run(f"CREATE OR REPLACE TABLE fig.fresh AS SELECT {columns} FROM (SELECT * REPLACE ({replaced}) FROM fig.moved)")
    figures = int(bench.engine.rows("SELECT count(*) FROM fig.fresh")[0][0])
    underlying = [int(row[0]) for row in bench.engine.rows("SELECT DISTINCT release FROM fig.moved ORDER BY 1")]
    manifest = tables(store.current().following(run_id), run_id)
    manifest = with_figures(manifest, bench, pipeline.name, run_id, figures)
    row = ReleaseRow(
        id=number,
        pipeline=pipeline.name,
        audience=pipeline.audience,
        as_of=decision.days.intervals[-1].last,
        days=str(decision.days),
        published_at=now,
        backfilled=False,
        manifest=manifest.key,
        run_id=run_id,
        figures=figures,
        held=0,
        receipt=_receipt([log.release(each) for each in underlying], decision, run_id),
    )
    prepared = Prepared(
        manifest=manifest.key,
        run_id=run_id,
        audience=pipeline.audience,
        releases=(row,),
        model_days=(),
        results=(),
        holds=(),
        events=tuple(replace(event, release=number) for event in decision.events),
    )
    swap(manifest, prepared, store, log)
    return row


def without_days(
    manifest: Manifest,
    models: Iterable[str],
    periods_of: Mapping[str, str],
    days: Days,
    calendar: Calendar,
    cut: Callable[[str, Part, Interval, bool], Part],
) -> Manifest:
    """The manifest whose readers see no row of these tables on these days; the rows wait beside, as held ones.

    `periods_of` names each table's partition; a longer one that holds one of the days goes whole. `cut` writes
    the rows of a part that lie in an interval.
    """
    tables = dict(manifest.tables)
    for name in models:
        table = tables.get(name)
        if table is None:
            continue
        gone = calendar.widen(periods_of[name], days)
        tables[name] = _cut_out(table, gone, singly=periods_of[name] == DAY, cut=cut)
    return replace(manifest, tables=tables)


def _cut_out(table: Table, gone: Days, *, singly: bool, cut: Callable[[str, Part, Interval, bool], Part]) -> Table:
    shown: list[Part] = []
    held = list(table.held)
    for part in table.parts:
        mine = Days.of([part.interval])
        # Working rows that wait already are newer than what readers see.
        out = (mine & gone) - table.held_days
        if not mine & gone:
            shown.append(part)
            continue
        if mine == out and (part.interval.length == 1 or not singly):
            held.append(part)
            continue
        pieces = [Interval.of_day(day) for day in out] if singly else list(out.intervals)
        held += [cut(table.name, part, piece, True) for piece in pieces]
        shown += [cut(table.name, part, piece, False) for piece in (mine - gone).intervals]
    return Table(table.name, table.day, tuple(sorted(shown)), tuple(sorted(held)))


def _is_final(pipeline: Pipeline, calendar: Calendar, lock: Lock) -> str:
    """SQL condition: the figure's period is signed, or every day it counts lies in signed periods."""
    span = Days.of([Interval(pipeline.starts_on, lock.until)]) if lock.until > pipeline.starts_on else Days()
    # A signed period may be longer than what is locked day by day, such as a quarter; a week may end later.
    names: dict[str, list[str]] = {}
    for grain in pipeline.grains:
        if grain != DAY:
            names[grain] = [p.name for p in calendar.periods_of(grain, span) if lock.is_final(p)]
    each = [f"(grain = {literal(grain)} AND list_contains({listed(some)}, period))" for grain, some in names.items()]
    return " OR ".join([f"(grain = 'day' AND as_of < {literal(lock.until)})", *each])


def _counts(period: Period, pipeline: Pipeline, calendar: Calendar) -> str:
    """SQL condition: the figure's period has a day in common with this one."""
    days = Days.of([period.interval])
    each = [
        f"(grain = {literal(grain)} AND list_contains({listed([p.name for p in calendar.periods_of(grain, days)])}, period))"
        for grain in pipeline.grains
        if grain != DAY
    ]
    first, last = period.interval.start.isoformat(), period.interval.last.isoformat()
    # Of a cohort's day the figure counts the day it was counted on.
    on = f"(period BETWEEN {literal(first)} AND {literal(last)} OR (as_of >= {literal(period.interval.start)} "
    on += f"AND as_of < {literal(period.interval.end)}))"
    return " OR ".join([f"(grain = 'day' AND {on})", *each])


def _receipt(underlying: Sequence[ReleaseRow | None], decision: Decision, run_id: str) -> str:
    """The newest receipt of what is shown anew, with the words that made it so.

    Definitions that differ among the releases behind it are kept as the older one's, so that `verify` says so.
    """
    found = [json.loads(row.receipt) for row in underlying if row is not None and row.receipt]
    said: dict[str, Any] = dict(found[-1]) if found else dict(_NO_RECEIPT)
    for older in reversed(found[:-1]):
        for model, digest in older["definitions"].items():
            if said["definitions"].get(model, digest) != digest:
                said["definitions"] = {**said["definitions"], model: digest}
    said["run"] = run_id
    said["words"] = [
        {
            "kind": word.kind.value,
            "period": word.period,
            "role": word.role,
            "by": word.by,
            "recorded": word.recorded,
            "at": instant(word.at),
            "reason": word.reason,
            "evidence": word.evidence,
        }
        for word in decision.words
    ]
    said["releases"] = [row.id for row in underlying if row is not None]
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def missed(
    pipeline: Pipeline,
    periods: Iterable[tuple[Period, datetime]],
    events: Sequence[CloseEvent],
    watched_since: datetime | None,
    now: datetime,
) -> list[CloseEvent]:
    """Deadlines that passed without both signatures and are not recorded yet.

    `periods` come with the instant both signatures were due. One that was due before anything was published
    here (history built at once) could not be kept by anybody and is not recorded.
    """
    stands = {key: standing(some) for key, some in by_period(events).items()}
    found = []
    for period, due_at in periods:
        now_stands = stands.get((period.grain, period.name), Standing(CloseState.OPEN))
        if watched_since is None or due_at < watched_since or now <= due_at:
            continue
        if now_stands.is_locked or now_stands.missed:
            continue
        lacks = " and ".join(now_stands.missing())
        found.append(
            CloseEvent(
                pipeline.name,
                period.grain,
                period.name,
                CloseKind.MISSED,
                "calendar",
                "the clock",
                now,
                reason=f"unsigned by {lacks} at {due_at:%Y-%m-%d %H:%M} UTC",
            )
        )
    return found

