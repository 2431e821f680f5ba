"""Between a build and its release: checks, comparison, gate, and the record of what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from holdfast.calendars import DAY, Calendar, Period
from holdfast.checks.arrivals import Refused, contract_results
from holdfast.checks.measure import measure
from holdfast.checks.parameters import days as days_of
from holdfast.checks.ports import Probe
from holdfast.checks.results import Outcome, Result
from holdfast.checks.scope import Landed, Scope
from holdfast.definitions.check import Check, CheckKind
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.errors import Bug
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases import gate, receipt
from holdfast.releases.closing import (
    Adjustment,
    CloseEvent,
    CloseKind,
    Erratum,
    Lock,
    by_period,
    lock_of,
    standing,
)
from holdfast.releases.corrections import Booking, Correction, adjustments_of, errata_of
from holdfast.releases.draft import Draft, Verdict
from holdfast.releases.figures import Sums
from holdfast.releases.manifest import Manifest
from holdfast.releases.ports import Engine, PartWriter, ReleaseLog, Store
from holdfast.releases.prepared import Prepared
from holdfast.releases.publish import swap, with_figures, write_tables
from holdfast.releases.release import Approval, Hold, HoldKind, ReleaseRow
from holdfast.releases.revise import UNEXPLAINED
from holdfast.runs.build import Built, daily
from holdfast.runs.ports import LandingLog
from holdfast.runs.run import ModelDay, Run, RunState, summed_up

HISTORY = 45
"""Days of source rows that a check sees before the days under test, when its kind looks back."""
OF_THE_DAY = (CheckKind.CONTRACT, CheckKind.FRESHNESS, CheckKind.RECONCILIATION, CheckKind.NOT_NULL)
"""Kinds that compare a day's rows with the same day's only."""
RECENT = 100
"""Releases whose receipts are read for approvals that were used; older approvals count as used."""
INPUT_DAYS = 45
"""Days before a run's first whose source fingerprints its receipt names."""


_OF_ITS_OWN = (HoldKind.REVISION, HoldKind.RESTATEMENT)
"""Holds that speak of a pipeline's published figures, not of the rows it shares."""


class Ledger(LandingLog, ReleaseLog, Protocol):
    """What a release reads and records."""


class Bench(PartWriter, Protocol):
    """The session a run was built in."""

    @property
    def engine(self) -> Engine: ...

    @property
    def probe(self) -> Probe: ...

    @property
    def engine_id(self) -> receipt.Engine: ...

    def show_working(self, name: str, window: Interval | None = None) -> None: ...

    def show_judged(self, name: str, days: Days) -> None: ...

    def show_source(self, name: str, window: Interval) -> None: ...

    def working_sql(self, name: str, window: Interval | None = None) -> str: ...

    def fingerprints(self, model: Model, days: Days) -> dict[date, str]: ...


@dataclass(frozen=True, slots=True)
class Produced:
    """How one run ended."""

    pipeline: str
    days: str
    state: RunState
    figures: int = 0
    held: int = 0
    message: str = ""

    def __str__(self) -> str:
        text = f"{self.pipeline} {self.days}".rstrip() + f": {self.state.value}"
        if self.figures:
            text += f", {self.figures} figures released" + (f", {self.held} held" if self.held else "")
        return f"{text}. {self.message}" if self.message else text


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a release says of signed periods."""

    adjustments: tuple[Adjustment, ...] = ()
    errata: tuple[Erratum, ...] = ()
    events: tuple[CloseEvent, ...] = ()

    def without_a_release(self) -> "Corrected":
        """The same, of a run that released no figure: the open period has no day yet that could carry it."""
        return Corrected(
            tuple(replace(each, release=0) for each in self.adjustments),
            tuple(replace(each, release=0) for each in self.errata),
            tuple(replace(each, release=0) for each in self.events),
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """A built run with everything the gate said of it."""

    project: Project
    pipeline: Pipeline
    lineage: Sequence[Model]
    run: Run
    run_id: str
    built: Built
    manifest: Manifest
    newest: date
    judged: Days
    results: tuple[Result, ...]
    draft: Draft | None
    verdict: Verdict
    approvals: tuple[tuple[Hold, Approval], ...]
    seq: int
    now: datetime
    neighbours: tuple[Hold, ...] = ()
    """Open holds of other pipelines that reach into this one."""
    lock: Lock = field(default_factory=Lock)
    booked: tuple[Adjustment, ...] = ()
    """Adjustments so far."""
    errata: tuple[Erratum, ...] = ()
    events: tuple[CloseEvent, ...] = ()
    """What was done to the pipeline's periods."""


def held_days(
    pipeline: Pipeline, manifest: Manifest, lineage: Sequence[Model], calendar: Calendar, log: ReleaseLog
) -> Days:
    """Days of which something waits: a held candidate, an open hold, or one a person has let through since."""
    waiting = Days.of(x for model in daily(lineage) for x in manifest.table(model.name).held_days.intervals)
    lock = lock_of(pipeline, calendar, log.close_events(pipeline.name))
    # What came after a signature stays beside it for ever; it is looked at again when more comes.
    days = waiting - _before(lock.until) - lock.withdrawn
    days |= Days.of_days(hold.day for hold in log.open_holds(pipeline.name)) - lock.withdrawn
    return days | Days.of_days(hold.day for hold in _let_through_since(pipeline, log)) | lock.returning


def _before(day: date) -> Days:
    return Days.of([Interval(date.min, day)]) if day > date.min else Days()


def _let_through_since(pipeline: Pipeline, log: ReleaseLog) -> list[Hold]:
    """Holds that a person has let through and no release has used yet.

    The data's clock gives an approval and the release that uses it one instant, so receipts tell, not times.
    """
    approvals = log.approvals(pipeline.name)
    if not approvals:
        return []
    newest = log.releases(pipeline.name, RECENT)
    used = {hold_id for release in newest for hold_id in receipt.holds_let_through(release.receipt)}
    since = newest[-1].published_at if len(newest) == RECENT else None
    return [hold for hold, approval in approvals if hold.id not in used and (since is None or approval.at >= since)]


def _unexplained(pipeline: Pipeline, run: Run, soft: Days, log: ReleaseLog) -> Days:
    """Days whose move waits for a person: this run's, soft-closed ones, and those of earlier runs that still wait.

    What was built and held counts as built, so a later run does not know by itself why the day is different.
    """
    waiting = [*log.open_holds(pipeline.name), *_let_through_since(pipeline, log)]
    return soft | run.unexplained | Days.of_days(hold.day for hold in waiting if hold.cause == UNEXPLAINED)


def weigh(
    project: Project,
    pipeline: Pipeline,
    lineage: Sequence[Model],
    run: Run,
    built: Built,
    manifest: Manifest,
    bench: Bench,
    log: Ledger,
    refused: Sequence[Refused],
    now: datetime,
    run_id: str,
) -> Weighed:
    """Measures the candidates, compares them with what readers have, and asks the gate."""
    judged = Days.of(x for model in daily(lineage) for x in built.changed.get(model.name, Days()).intervals)
    every = [day for days in built.rebuilt.values() for day in days]
    measures = pipeline.measures
    newest = max([run.newest, *(manifest.table(name).last_day or run.newest for name in measures)])
    seq = log.next_seq() - 1
    approvals = tuple(log.approvals(pipeline.name))
    nothing = Verdict((), (), ())
    events = tuple(log.close_events(pipeline.name))
    lock = lock_of(pipeline, project.calendar, events)
    weighed = Weighed(
        project, pipeline, lineage, run, run_id, built, manifest, newest, judged, (), None, nothing, approvals, seq, now,
        (), lock, tuple(log.adjustments(pipeline.name)), tuple(log.errata(pipeline.name)), events,
    )  # fmt: skip
    if not judged or not every:
        return weighed
    sums = Sums(
        pipeline,
        project.models,
        project.calendar,
        {name: built.changed.get(name, Days()) for name in measures},
        newest,
        run.backfilled,
        lock,
        _settled(weighed, bench),
    )
    draft = None
    if sums.touched:
        draft = Draft(bench.engine, sums, pipeline, lineage, project.calendar, lock, weighed.booked)
    if draft is not None:
        draft.open(bench.figures_sql(manifest.figures_of(pipeline.name)))
    else:
        _no_day_values(bench.engine)
    results = _results(project, pipeline, lineage, judged, bench, log, refused, now)
    if draft is None:
        return replace(weighed, results=tuple(results))
    evidence: dict[date, str] = {}
    for name in sorted(measures):
        for day, text in bench.fingerprints(project.models[name], sums.touched).items():
            evidence[day] = f"{evidence[day]},{text}" if day in evidence else text
    approved = frozenset(gate.ticket(hold) for hold, _ in approvals)
    open_now = log.open_holds(pipeline.name)
    elsewhere = [hold for hold in open_now if hold.day not in judged and hold.kind is not HoldKind.RESTATEMENT]
    restating = [*open_now, *_let_through_since(pipeline, log)]
    neighbours = tuple(_holds_of_neighbours(project, pipeline, lineage, newest, log))
    verdict = draft.judge(
        results,
        evidence,
        _unexplained(pipeline, run, lock.soft, log),
        approved,
        [*elsewhere, *neighbours],
        judged & _not_late(run),
        frozenset(hold.cause for hold in restating if hold.kind is HoldKind.RESTATEMENT),
    )
    return replace(weighed, results=tuple(results), draft=draft, verdict=verdict, neighbours=neighbours)


def _settled(weighed: Weighed, bench: Bench) -> dict[str, tuple[Days, str]]:
    """Measure model -> days of signed or returning periods that are judged with the run, and their working rows.

    What came late for a signed period counts all together, so the days that wait beside it are looked at again.
    """
    project, lock = weighed.project, weighed.lock
    again = Days.of(p.interval for p in lock.base_periods(weighed.judged, project.calendar))
    found = {}
    for name in sorted(weighed.pipeline.measures):
        table = weighed.manifest.table(name)
        days = (table.held_days & again) | ((table.held_days | table.days) & lock.returning)
        days -= weighed.built.changed.get(name, Days())
        if days:
            hull = Interval(days.intervals[0].start, days.intervals[-1].end)
            found[name] = (days, bench.working_sql(name, hull))
    return found


def _not_late(run: Run) -> Days:
    """Days of the run that something else than late rows moved: a new definition, a person's backfill."""
    redefined = Days.of(x for r in run.reasons if r.kind == "definition" for x in r.days.intervals)
    return redefined | (run.days - Days.of_days(run.why))


def record_release(weighed: Weighed, store: Store, bench: Bench, log: Ledger, code_version: str) -> Produced:
    """Publishes what may go out and records the rest as held; readers see all of it or nothing."""
    pipeline, run, verdict = weighed.pipeline, weighed.run, weighed.verdict
    before = _seen_now(weighed, store)
    manifest, releases, figures, held = before, {weighed.newest: log.next_release_id()}, 0, 0
    corrected = Corrected()
    if weighed.draft is not None:
        if run.backfilled:
            first = log.next_release_id()
            releases = {day: first + i for i, day in enumerate(run.days)}
        corrected = _corrected(weighed, max(releases.values()))
        figures, held = weighed.draft.settle(
            verdict, releases, _why(weighed), weighed.now, weighed.run_id, corrected.adjustments
        )
    waiting = verdict.waiting
    known = {gate.ticket(hold) for hold in (*log.open_holds(pipeline.name), *weighed.neighbours)}
    if figures or any(gate.ticket(hold) not in known for hold in waiting) or _has_new_rows(weighed):
        manifest = write_tables(
            manifest.following(weighed.run_id),
            weighed.lineage,
            weighed.built.changed,
            weighed.judged | verdict.free,
            _withheld(weighed),
            weighed.project.calendar,
            weighed.now.date(),
            bench,
            weighed.run_id,
        )
        manifest = with_figures(manifest, bench, pipeline.name, weighed.run_id, figures)
    if not figures:
        releases, corrected = {}, corrected.without_a_release()
    receipt_text = _receipt(weighed, bench, log, code_version)
    prepared = _prepared(weighed, manifest, releases, figures, held, receipt_text, corrected)
    if manifest.id == before.id:
        # Nothing for readers: only what was built, judged and held is recorded.
        prepared = replace(prepared, manifest=f"{manifest.key} {weighed.run_id}")
        log.prepare(prepared)
        log.publish(prepared.manifest)
    else:
        swap(manifest, prepared, store, log)
    stuck = sorted({hold.cause for hold in waiting})
    state = RunState.HELD if waiting else RunState.PUBLISHED
    message = f"Held by {', '.join(stuck)}; see holdfast status." if stuck else ("" if figures else "Nothing changed.")
    return Produced(pipeline.name, str(run.days), state, figures - held, held, message)


def _withheld(weighed: Weighed) -> dict[str, gate.Withheld]:
    """Days of tables that readers keep as they are: held ones, and what came after a signature or a withdrawal."""
    calendar, lock = weighed.project.calendar, weighed.lock
    doubtful = [hold for hold in weighed.verdict.waiting if hold.kind is not HoldKind.RESTATEMENT]
    back = gate.withheld(doubtful, weighed.pipeline, weighed.lineage, calendar, weighed.newest + ONE_DAY)
    signed = _before(lock.until) - weighed.verdict.free
    for model in weighed.lineage:
        # A table that others build from too shows what its own pipeline's neighbours need.
        if model.name not in weighed.pipeline.models:
            continue
        # What readers never had of a signed day, such as a new table, may still appear.
        fixed = (signed & weighed.manifest.table(model.name).days) | lock.withdrawn
        days = fixed
        if days and model.period != DAY:
            # Whole partitions: a week that begins in a signed month goes on with the open one.
            partitions = calendar.periods_of(model.period, weighed.built.changed.get(model.name, Days()) & days)
            days = Days.of(p.interval for p in partitions if not Days.of([p.interval]) - fixed)
        if days:
            had = back.get(model.name, gate.Withheld(Days(), {}))
            back[model.name] = gate.Withheld(had.wholly | days, had.keep)
    return back


def _corrected(weighed: Weighed, release: int) -> Corrected:
    """Adjustments, errata and restatements that this release brings for signed periods, and returns of withdrawn ones."""
    pipeline, verdict, lock = weighed.pipeline, weighed.verdict, weighed.lock
    reasons = {each.period.name: _what_came(weighed, each.period) for each in verdict.corrections}
    booked_on = max(weighed.newest, lock.until)
    booking = Booking(pipeline, weighed.project.calendar, lock, booked_on, weighed.now, release, reasons)
    adjustments: list[Adjustment] = []
    errata: list[Erratum] = []
    events: list[CloseEvent] = []
    for each in verdict.corrections:
        restated = verdict.restates(each)
        if restated or (each.hold is None and not each.failing):
            adjustments += adjustments_of(each, weighed.booked, booking, restated=restated)
        if each.hold is None and not each.failing:
            errata += errata_of(each, weighed.errata, booking)
        if restated:
            events += _restated(weighed, each, release)
    return Corrected(tuple(adjustments), tuple(errata), (*events, *_returned(weighed, release)))


def _restated(weighed: Weighed, correction: Correction, release: int) -> list[CloseEvent]:
    """A restatement of the period, and of every longer signed one that counts it."""
    calendar, lock = weighed.project.calendar, weighed.lock
    approval = next(
        word
        for hold, word in reversed(weighed.approvals)
        if correction.hold is not None and gate.ticket(hold) == gate.ticket(correction.hold)
    )
    counted = [calendar.of_day(grain, correction.period.interval.start) for grain in lock.grains]
    found = []
    for period in counted:
        if period is None or not lock.is_final(period):
            continue
        before = [e for e in weighed.events if (e.grain, e.period, e.kind) == (period.grain, period.name, CloseKind.RESTATED)]
        found.append(
            CloseEvent(
                pipeline=weighed.pipeline.name,
                grain=period.grain,
                period=period.name,
                kind=CloseKind.RESTATED,
                by=approval.by,
                recorded=approval.recorded,
                at=weighed.now,
                role=str(len(before) + 2),
                reason=approval.reason,
                evidence=correction.hold.evidence if correction.hold else "",
                release=release,
            )
        )
    return found


def _returned(weighed: Weighed, release: int) -> list[CloseEvent]:
    """Withdrawn periods that two people released and that nothing keeps back any more."""
    calendar = weighed.project.calendar
    found = []
    for grain, name in weighed.lock.returning_periods:
        period = calendar.named(name)
        if period is None or any(
            hold.day in period.interval and hold.kind is not HoldKind.RESTATEMENT for hold in weighed.verdict.waiting
        ):
            continue
        words = standing(by_period(weighed.events)[grain, name]).release_words
        found.append(
            CloseEvent(
                pipeline=weighed.pipeline.name,
                grain=grain,
                period=name,
                kind=CloseKind.RETURNED,
                by=" and ".join(each.by for each in words),
                recorded="; ".join(each.recorded for each in words),
                at=weighed.now,
                reason=words[-1].reason,
                release=release,
            )
        )
    return found


def _what_came(weighed: Weighed, period: Period) -> str:
    """The late rows that moved days of the period in this run."""
    days = weighed.judged & Days.of([period.interval])
    return summed_up(rows for day in days for rows in weighed.run.why.get(day, ())) or "rebuilt"


def _seen_now(weighed: Weighed, store: Store) -> Manifest:
    """What readers see now. A builder of other pipelines may have published since; nothing of this one's."""
    now = store.current()
    for model in weighed.lineage:
        if now.table(model.name) != weighed.manifest.table(model.name):
            raise Bug(f"{model.name} was published by another builder while {weighed.run_id} was at work.")
    return now


def _holds_of_neighbours(
    project: Project, pipeline: Pipeline, lineage: Sequence[Model], newest: date, log: ReleaseLog
) -> list[Hold]:
    """Open holds of pipelines for the same readers on what this one reads too: what is doubtful there is here.

    The neighbour judges and lets through; here the hold only spreads.
    """
    read = project.reads(pipeline)
    return [
        replace(hold, metrics=gate.metrics_below(hold.model, pipeline, lineage))
        for other in project.pipelines.values()
        if other.name != pipeline.name and other.audience == pipeline.audience
        for hold in log.open_holds(other.name)
        if hold.model in read and hold.kind not in _OF_ITS_OWN and hold.day <= newest
    ]


def _results(
    project: Project,
    pipeline: Pipeline,
    lineage: Sequence[Model],
    judged: Days,
    bench: Bench,
    log: LandingLog,
    refused: Sequence[Refused],
    now: datetime,
) -> list[Result]:
    days = ", ".join(f"(DATE '{day}')" for day in judged)
    bench.engine.run(f"CREATE OR REPLACE TABLE due_days AS SELECT * FROM (VALUES {days}) AS t(day)")
    asked = {name for check in pipeline.checks for name in check.inputs}
    for model in lineage:
        if model.name in asked:
            bench.show_working(model.name)
            bench.show_judged(model.name, judged)
    first, end = judged.intervals[0].start, judged.intervals[-1].end
    hull = Interval(first - HISTORY * ONE_DAY, end)
    sources = project.sources_of(pipeline)
    for source in sources:
        back = [days_back(check) for check in pipeline.checks if f"{SOURCE_PREFIX}{source.name}" in check.inputs]
        if back:
            bench.show_source(source.name, Interval(first - max(back) * ONE_DAY, end))
    landed = {source.name: _landed(source.name, hull, log) for source in sources}
    scope = Scope(pipeline, judged, now, project.zone, project.calendar, project.models, project.sources, landed)
    notes = [note for source in sources for note in log.notes(source.name)]
    return [
        *contract_results(pipeline, sources, refused, notes, judged, {name for model in lineage for name in model.inputs}),
        *measure(pipeline.checks, scope, bench.probe),
    ]


def days_back(check: Check) -> int:
    """How many days before those under test the check may read of a source."""
    if check.kind in OF_THE_DAY:
        return 0
    return days_of(check, "days_back", HISTORY) if check.kind is CheckKind.SQL else HISTORY


def _landed(source: str, span: Interval, log: LandingLog) -> dict[date, Landed]:
    found: dict[date, Landed] = {}
    for share in log.row_arrivals(source, span):
        on, had = share.arrived_on, found.get(share.day)
        found[share.day] = (
            Landed(share.rows, on, on)
            if had is None
            else Landed(had.rows + share.rows, min(had.first_on, on), max(had.last_on, on))
        )
    return found


def _no_day_values(engine: Engine) -> None:
    engine.run(
        "CREATE OR REPLACE VIEW day_values AS SELECT CAST(NULL AS DATE) AS day, '' AS metric, '' AS segment, "
        "CAST(NULL AS DECIMAL(38,6)) AS value WHERE FALSE"
    )


def _has_new_rows(weighed: Weighed) -> bool:
    """Whether a table changed although no figure did; held candidates built again do not count."""
    held = Days.of(hold for table in weighed.manifest.tables.values() for hold in table.held_days.intervals)
    return any(days - held for days in weighed.built.changed.values())


def _why(weighed: Weighed) -> dict[tuple[str, str], str]:
    """Grain and period -> what moved its figures: a person's word, a backfill, a new definition, or late rows."""
    run, calendar = weighed.run, weighed.project.calendar
    said: dict[date, str] = {}
    if any(reason.kind == "backfill" for reason in run.reasons):
        said |= dict.fromkeys(run.days, "backfill")
    if any(reason.kind == "definition" for reason in run.reasons):
        said |= dict.fromkeys((day for day in run.unexplained if day not in run.why), "definition changed")
    words = {gate.ticket(hold): approval for hold, approval in weighed.approvals}
    judged = weighed.judged | weighed.verdict.free
    for hold in weighed.verdict.let_through:
        approval = words[gate.ticket(hold)]
        if hold.kind is HoldKind.RESTATEMENT:
            period = calendar.named(hold.cause.rpartition(" ")[2])
            restated = judged & Days.of([period.interval]) if period else Days()
            said |= dict.fromkeys(restated, f"restated, approved by {approval.by}: {approval.reason}")
        else:
            said[hold.day] = f"accepted by {approval.by}: {approval.reason}"
    for event in _returned(weighed, 0):
        period = calendar.named(event.period)
        back = judged & Days.of([period.interval]) if period else Days()
        said |= dict.fromkeys(back, f"released again by {event.by}: {event.reason}")
    moved = judged & Days.of_days([*said, *run.why])
    texts = {}
    for grain in weighed.pipeline.grains:
        for period in calendar.periods_of(grain, moved):
            mine = [day for day in moved if day in period.interval]
            by_people = dict.fromkeys(said[day] for day in mine if day in said)
            late = summed_up(rows for day in mine if day not in said for rows in run.why.get(day, ()))
            texts[grain, period.name] = "; ".join([*by_people, *([late] if late else [])])
    return texts


def _receipt(weighed: Weighed, bench: Bench, log: Ledger, code_version: str) -> str:
    days = Interval(weighed.run.days.intervals[0].start - INPUT_DAYS * ONE_DAY, weighed.run.days.intervals[-1].end)
    inputs = [
        day
        for source in weighed.project.sources_of(weighed.pipeline)
        for day in log.source_days(source.name)
        if day.day in days
    ]
    return receipt.build(
        definitions={model.name: model.definition_hash for model in weighed.lineage},
        run_id=weighed.run_id,
        code_version=code_version,
        engine=bench.engine_id,
        inputs=receipt.source_inputs(inputs),
        results=weighed.results,
        approvals=[
            approval
            for hold, approval in weighed.approvals
            if gate.ticket(hold) in {gate.ticket(each) for each in weighed.verdict.let_through}
        ],
    )


def _prepared(
    weighed: Weighed,
    manifest: Manifest,
    releases: Mapping[date, int],
    figures: int,
    held: int,
    text: str,
    corrected: Corrected,
) -> Prepared:
    pipeline = weighed.pipeline
    share = max(len(releases), 1)
    rows = tuple(
        ReleaseRow(
            id=number,
            pipeline=pipeline.name,
            audience=pipeline.audience,
            as_of=day,
            days=str(day) if weighed.run.backfilled else str(weighed.judged),
            published_at=weighed.now,
            backfilled=weighed.run.backfilled,
            manifest=manifest.key,
            run_id=weighed.run_id,
            figures=figures // share,
            held=held if day == weighed.newest or len(releases) == 1 else 0,
            receipt=text,
        )
        for day, number in sorted(releases.items())
    )
    hashes = {model.name: model.definition_hash for model in weighed.lineage}
    first = pipeline.starts_on
    is_daily = {model.name for model in daily(weighed.lineage)}
    changed = weighed.built.changed
    built = tuple(
        ModelDay(
            name, day, weighed.seq, hashes[name], weighed.run_id, weighed.seq if day in changed.get(name, Days()) else 0
        )
        for name, days in weighed.built.rebuilt.items()
        for day in days
        # A partition of a longer period holds days that are not over; they are not built yet.
        if first <= day and (day <= weighed.newest or name in is_daily)
    )
    open_now = tuple(hold for hold in weighed.verdict.waiting if hold.id == 0)
    return Prepared(
        manifest=manifest.key,
        run_id=weighed.run_id,
        audience=pipeline.audience,
        releases=rows,
        model_days=built,
        results=weighed.results,
        holds=tuple(replace(hold, opened_at=weighed.now, run_id=weighed.run_id) for hold in open_now),
        evaluated=weighed.judged | Days.of_days(each.period.interval.start for each in weighed.verdict.corrections),
        events=corrected.events,
        adjustments=corrected.adjustments,
        errata=corrected.errata,
    )


def outcomes(results: Sequence[Result]) -> dict[Outcome, int]:
    """How many results ended how."""
    return {outcome: sum(1 for each in results if each.outcome is outcome) for outcome in Outcome}
