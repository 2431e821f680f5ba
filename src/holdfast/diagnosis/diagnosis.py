"""From what is recorded to what is wrong: each failing check, absent row and broken run goes to one cause.

A source that is late or broken explains whatever fails downstream of it; of failing checks the most upstream
dataset explains the others. So one cause is one key, with one signal per pipeline that it touches.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from holdfast.calendars import DAY, Period, starts_at
from holdfast.checks.contract import check_name
from holdfast.checks.results import Result
from holdfast.definitions.check import Severity
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import INVESTORS, Pipeline, Project
from holdfast.definitions.source import Source
from holdfast.diagnosis.deadlines import Due, Published, Waiting, affects_of, every_value, pages_at, pressing
from holdfast.incidents.signals import Affect, Harm, Key, Kind, Signal
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases import gate
from holdfast.releases.banners import is_banner
from holdfast.releases.closing import CloseEvent, by_period, standing
from holdfast.releases.release import Hold, HoldKind
from holdfast.runs.ports import RunRecord
from holdfast.runs.run import RunState

LATE_RUN = timedelta(minutes=30)
"""A run that was not tried so long after its time never started."""
LONG_RUN = timedelta(hours=1)
"""A live run that has not ended after so long has broken off."""
USUAL = 28
"""Days with rows expected that say whether a source has rows every day."""
LEAST = 5
OURS = (HoldKind.REVISION, HoldKind.DEFINITION, HoldKind.RESTATEMENT)
"""Holds that wait for a person's word, whatever the data."""
GOOD = (RunState.PUBLISHED, RunState.HELD)
FAR = 31
"""Days back from the newest for which missing figures are listed one by one; of older days only the held ones are."""


@dataclass(frozen=True, slots=True)
class PipelineRecord:
    """What the ledger says of one pipeline."""

    pipeline: Pipeline
    lineage: tuple[Model, ...]
    sources: tuple[Source, ...]
    published: Published
    holds: tuple[Hold, ...] = ()
    """Those that keep something back: open ones, and approved ones that no run has released yet; by day."""
    earlier: tuple[Hold, ...] = ()
    """Cleared and approved ones of the same days."""
    runs: tuple[RunRecord, ...] = ()
    """The last ones, newest first."""
    results: tuple[Result, ...] = ()
    """Failed and unknown ones of the last days."""
    events: tuple[CloseEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """What is known now."""

    project: Project
    now: datetime
    newest: date
    """The last business day that is over."""
    due: Due
    pipelines: tuple[PipelineRecord, ...]
    rows: Mapping[str, Mapping[date, int]]
    """Source -> business day -> rows that count, of the last weeks."""
    since_rows: date
    """From which day on `rows` are known."""
    tried: Callable[[date], datetime | None]
    """Day -> when a run that was to build it, or a later day, first began."""
    builder_silent_since: datetime | None = None
    models: Mapping[str, Sequence[Model]] = field(default_factory=dict)
    """By audience: every model that its pipelines need, inputs first."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A check that keeps figures of one pipeline back, or stands over them as a banner."""

    cause: str
    kind: HoldKind
    day: date
    model: str
    reads: frozenset[str]
    """What the check reads, sources with their `src.`."""
    since: datetime
    segments: tuple[str, ...] = ()
    said: str = ""
    waiting: tuple[Waiting, ...] = ()
    had: Mapping[Waiting, datetime] = field(default_factory=dict)
    """Values that readers had before, and until when."""
    metrics: tuple[str, ...] = ()


Reach: TypeAlias = Mapping[str, Mapping[str, Days]]
"""Audience -> dataset -> days of it that are made of some days of a source, whatever window reads them."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A source that is late or broken on some days."""

    kind: Kind
    source: Source
    days: tuple[date, ...]
    since: datetime
    is_due: bool = True
    """False: the rows are not there, and were not promised yet. Then whatever fails without them is no news."""
    looked_at: datetime | None = None
    """When a run first looked for them."""
    reach: Reach = field(default_factory=dict)
    before: Reach = field(default_factory=dict)
    """Of the days before whose late rows should have come with them, too."""

    @property
    def node(self) -> str:
        return f"{SOURCE_PREFIX}{self.source.name}"

    @property
    def key(self) -> Key:
        return Key(self.kind.value, self.source.name, self.days[0])

    def explains(self, doubt: Doubt, audience: str) -> bool:
        """Whether the check reads the source's bad days, directly or through any model.

        Or days before, whose late rows did not come either, as far as nothing was wrong with them earlier.
        """
        if doubt.kind in OURS:
            return False
        if _touches(self.reach, doubt, audience):
            return True
        is_newer = self.looked_at is None or doubt.since >= self.looked_at
        return is_newer and _touches(self.before, doubt, audience)


def _touches(reach: Reach, doubt: Doubt, audience: str) -> bool:
    reached = reach.get(audience, {})
    return any(doubt.day in reached[name] for name in doubt.reads if name in reached)


def diagnose(records: Records) -> list[Signal]:
    """Everything that is wrong with figures, runs and sources; by key, then pipeline."""
    doubts = {each.pipeline.name: _doubts(each, records) for each in records.pipelines}
    outside = _outside(records, doubts)
    causes = {each.pipeline.name: _sorted_out(doubts[each.pipeline.name], each, outside) for each in records.pipelines}
    found = [signal for cause in outside if cause.is_due for signal in _of_source(cause, causes, records)]
    ours = {name: some.get("", []) for name, some in causes.items()}
    found += _of_checks(ours, records)
    for each in records.pipelines:
        found += _of_decisions(each, ours[each.pipeline.name], records)
        found += _of_runs(each, doubts[each.pipeline.name], records)
        found += _withdrawn(each, records)
    return sorted(found, key=lambda signal: (signal.key, signal.pipeline))


def _sorted_out(doubts: Sequence[Doubt], record: PipelineRecord, outside: Sequence[Outside]) -> dict[str, list[Doubt]]:
    """The pipeline's doubts by the cause outside that explains them, as text; under "" those that are our own affair.

    Two sources may explain one doubt: both keep the figures from readers. A revision of a day on which a check fails
    goes with the check: whoever mends the rows has nothing to decide.
    """
    found: dict[str, list[Doubt]] = {}
    audience = record.pipeline.audience
    for doubt in doubts:
        for name in [str(cause.key) for cause in outside if cause.explains(doubt, audience)] or [""]:
            found.setdefault(name, []).append(doubt)
    for doubt in [each for each in found.get("", []) if each.kind is HoldKind.REVISION]:
        names = [name for name, some in found.items() if name and any(each.day == doubt.day for each in some)]
        for name in names:
            found[name].append(doubt)
        if names:
            found[""].remove(doubt)
    return found


def _record(records: Records, name: str) -> PipelineRecord:
    return next(each for each in records.pipelines if each.pipeline.name == name)


# Doubts: holds and banners, as they concern one pipeline.


def _doubts(record: PipelineRecord, records: Records) -> list[Doubt]:
    """What keeps figures of the pipeline back, or would if it held anything; one per check, dataset and day."""
    holds = [(record, hold) for hold in record.holds]
    read = records.project.reads(record.pipeline)
    for other in records.pipelines:
        if other is not record and other.pipeline.audience == record.pipeline.audience:
            # The neighbour judges what both read; here its hold only spreads.
            holds += [
                (other, replace(hold, metrics=gate.metrics_below(hold.model, record.pipeline, record.lineage)))
                for hold in other.holds
                if hold.model in read and hold.kind in (HoldKind.CHECK, HoldKind.UNKNOWN)
            ]
    grouped: dict[tuple[str, str, HoldKind, str, date], list[tuple[PipelineRecord, Hold]]] = {}
    for judge, hold in holds:
        kind = HoldKind.CHECK if hold.kind is HoldKind.UNKNOWN else hold.kind
        grouped.setdefault((judge.pipeline.name, hold.cause, kind, hold.model, hold.day), []).append((judge, hold))
    found = [_doubt(record, some[0][0], [hold for _, hold in some], records) for some in grouped.values()]
    return [*found, *_banners(record)]


def _doubt(record: PipelineRecord, judge: PipelineRecord, holds: Sequence[Hold], records: Records) -> Doubt:
    first = holds[0]
    waiting, had = _waiting(record, holds, records)
    return Doubt(
        cause=first.cause,
        kind=HoldKind.CHECK if first.kind is HoldKind.UNKNOWN else first.kind,
        day=first.day,
        model=first.model,
        reads=_reads(judge.pipeline, first.cause, first.model),
        since=min((hold.opened_at for hold in holds if hold.opened_at), default=records.due.run_of(first.day)),
        segments=tuple(dict.fromkeys(hold.segment for hold in holds)),
        said=_said(first.cause, [hold.segment for hold in holds], first.observed, first.expected, first.detail),
        waiting=waiting,
        had=had,
        metrics=first.metrics,
    )


def _waiting(
    record: PipelineRecord, holds: Sequence[Hold], records: Records
) -> tuple[tuple[Waiting, ...], dict[Waiting, datetime]]:
    """The values that wait because of holds of one check and day, and until when readers had those they had."""
    hold = replace(holds[0], segment="")
    if hold.kind is HoldKind.RESTATEMENT:
        return (), {}
    series = {each.name: each for each in record.pipeline.series}
    scopes = gate.scopes([hold], record.pipeline, record.lineage, records.project.calendar, records.newest + ONE_DAY)
    found: dict[Waiting, None] = {}
    for scope in scopes:
        metric, grain = series[scope.metric].metric, series[scope.metric].grain
        row_day = scope.day + timedelta(days=metric.after_days)
        if row_day != hold.day and row_day < records.newest - timedelta(days=FAR):
            continue
        in_all = metric.additive or (grain == DAY and len(metric.measures) == 1)
        found[Waiting(metric.id, row_day, "" if in_all else grain)] = None
    for metric in record.pipeline.metrics:
        if metric.ratio and metric.id in hold.metrics:
            days = {each.day for each in found if each.metric in metric.ratio.parts} or {hold.day}
            found.update(dict.fromkeys(Waiting(metric.id, day) for day in sorted(days)))
    opened_at = min((each.opened_at for each in holds if each.opened_at), default=None)
    had = {each: opened_at for each in found if opened_at and _had(record, each, opened_at)}
    return tuple(found), had


def _had(record: PipelineRecord, value: Waiting, opened_at: datetime) -> bool:
    """Whether readers had the value before it waited: a run released it while nothing kept it back."""
    first_at = record.published.first_at(value.day)
    if first_at is None or first_at >= opened_at:
        return False
    before = [
        each
        for each in (*record.holds, *record.earlier)
        if each.day == value.day and value.metric in each.metrics and each.opened_at and each.opened_at < opened_at
    ]
    if not any(each.opened_at <= first_at for each in before if each.opened_at):
        return True
    # Held when it was first released: it came out only if a later run no longer saw any of these holds.
    last = max(_number(each.run_id) for each in before)
    return any(
        _number(run.id) > last and run.state in GOOD and run.ended_at is not None and run.ended_at < opened_at
        for run in record.runs
    )


def _number(run_id: str) -> int:
    """Of `aggregate_profit-0000257-20261001`; 0 for an id of another make."""
    part = run_id.split("-")[-2:][0]
    return int(part) if part.isdigit() else 0


def _banners(record: PipelineRecord) -> list[Doubt]:
    """Failed checks of the newest day of a pipeline that holds nothing."""
    through = record.published.through
    if gate.keeps_back(record.pipeline) or through is None:
        return []
    grouped: dict[str, list[Result]] = {}
    for result in record.results:
        if is_banner(result) and result.day == through:
            grouped.setdefault(result.check, []).append(result)
    since = record.published.first_at(through)
    return [
        Doubt(
            cause=check,
            kind=HoldKind.CHECK,
            day=through,
            model=some[0].dataset,
            reads=_reads(record.pipeline, check, some[0].dataset),
            since=since,
            segments=tuple(each.segment for each in some),
            said=_said(check, [each.segment for each in some], some[0].observed, some[0].expected, some[0].detail),
        )
        for check, some in sorted(grouped.items())
        if since is not None
    ]


def _reads(judge: Pipeline, cause: str, dataset: str) -> frozenset[str]:
    return frozenset({dataset}.union(*(check.inputs for check in judge.checks if check.name == cause)))


def _said(cause: str, segments: Iterable[str], observed: str, expected: str, detail: str) -> str:
    named = [segment for segment in dict.fromkeys(segments) if segment]
    where = f" for {', '.join(named[:4])}" + (f" and {len(named) - 4} more" if len(named) > 4 else "") if named else ""
    what = f"observed {observed}, expected {expected}" if observed else "could not be asked"
    return f"{cause}{where}: {what}" + (f" ({detail})" if detail else "")


# Causes outside: sources.


def absent_days(source: Source, rows: Mapping[date, int], known_from: date, newest: date) -> list[date]:
    """Days without a row of a source that has rows every day, oldest first; days on which it is closed are left out.

    Whether it has rows every day is told by the days before: all but one in twenty of them had some. A source that
    is quiet now and then is never late by this rule; its contract and the checks say what is wrong with it.
    """
    begun = min((day for day, count in rows.items() if count), default=None)
    if begun is None or begun > newest:
        return []
    before: list[bool] = []
    absent = []
    for day in source.expects(Interval(max(begun, known_from), newest + ONE_DAY)):
        is_there = rows.get(day, 0) > 0
        usual = before[-USUAL:]
        if not is_there and len(usual) >= LEAST and usual.count(False) * 20 <= len(usual):
            # Not counted as usual: a week without rows would make the source a quiet one, and all well.
            absent.append(day)
        else:
            before.append(is_there)
    return absent


def _outside(records: Records, doubts: Mapping[str, Sequence[Doubt]]) -> list[Outside]:
    """Sources that are broken or late now."""
    found = []
    for name, source in sorted(records.project.sources.items()):
        readers = [each for each in records.pipelines if source in each.sources]
        if not readers:
            continue
        broken = sorted({day for each in readers for day in _broken_days(each, source, doubts[each.pipeline.name])})
        if broken:
            own = [d.since for each in readers for d in doubts[each.pipeline.name] if d.cause == check_name(source)]
            found.append(_cause(Kind.CONTRACT, source, broken, min(own, default=None), records))
        absent = absent_days(source, records.rows.get(name, {}), records.since_rows, records.newest)
        wanted = {day for each in readers for day in _days_wanted(each, records, doubts[each.pipeline.name])}
        missing = [day for day in absent if day in wanted and day not in broken and records.tried(day) is not None]
        late = [day for day in missing if promised_at(source, day, records.due) <= records.now]
        if late:
            found.append(_cause(Kind.LATE, source, late, None, records))
        if len(late) < len(missing):
            found.append(replace(_cause(Kind.LATE, source, missing[len(late) :], None, records), is_due=False))
    return found


def _cause(kind: Kind, source: Source, days: Sequence[date], since: datetime | None, records: Records) -> Outside:
    looked_at = records.tried(days[0]) or records.due.run_of(days[0])
    late = promised_at(source, days[0], records.due)
    known_at = since or (looked_at if kind is Kind.CONTRACT else max(looked_at, late))
    back = source.late_rows_within.days
    before = {day - timedelta(days=n) for day in days for n in range(1, back + 1)} - set(days)
    node = f"{SOURCE_PREFIX}{source.name}"
    return Outside(
        kind,
        source,
        tuple(days),
        known_at,
        looked_at=looked_at,
        reach=_reach(node, days, records),
        before=_reach(node, before, records),
    )


def _broken_days(record: PipelineRecord, source: Source, doubts: Sequence[Doubt]) -> set[date]:
    """Days on which the source broke its contract, as the last run saw it."""
    name = check_name(source)
    held = {doubt.day for doubt in doubts if doubt.cause == name}
    flagged = {
        each.day for each in record.results if each.check == name and each.severity is not Severity.WARN
    }
    return held | flagged


def _days_wanted(record: PipelineRecord, records: Records, doubts: Sequence[Doubt]) -> set[date]:
    """Days for which a missing row still matters: the last week's, and those of which something waits."""
    lately = {records.newest - timedelta(days=n) for n in range(7)}
    return {day for day in lately if day >= record.pipeline.starts_on} | {doubt.day for doubt in doubts}


def promised_at(source: Source, day: date, due: Due) -> datetime:
    """When the source's rows of the day should be there, by its contract."""
    return starts_at(day + ONE_DAY, due.zone) + source.arrives_within


def _reach(node: str, days: Iterable[date], records: Records) -> dict[str, dict[str, Days]]:
    """Audience -> model -> days made of these days of the source."""
    calendar = records.project.calendar
    found = {}
    for audience, models in records.models.items():
        reached: dict[str, Days] = {node: Days.of_days(days)}
        for model in models:
            touched = Days()
            for reads in model.reads:
                if reads.input in reached:
                    touched |= model.days_touched(reads, reached[reads.input], calendar)
            if touched:
                reached[model.name] = touched
        found[audience] = reached
    return found


def _of_source(cause: Outside, causes: Mapping[str, Mapping[str, Sequence[Doubt]]], records: Records) -> list[Signal]:
    """A signal per pipeline that the source keeps waiting; one of no pipeline when it keeps none."""
    found = []
    pages = any(cause.source in each.sources and each.pipeline.audience == INVESTORS for each in records.pipelines)
    for record in records.pipelines:
        mine = causes[record.pipeline.name].get(str(cause.key), ())
        affects = _affects(record, mine, records)
        if not gate.keeps_back(record.pipeline):
            affects += _unbuilt(cause, record, records)
        if not affects and not mine:
            continue
        # What experiments alone read is a banner on their pages, and its contact's affair: nobody is woken.
        page_at = pages_at(cause.since, affects, timedelta(0)) if pages else None
        found.append(_signal(cause, record.pipeline.name, page_at, mine, pressing(affects, records.now), records))
    return found or [_signal(cause, "", None, (), (), records)]


def _unbuilt(cause: Outside, record: PipelineRecord, records: Records) -> list[Affect]:
    """What a pipeline that holds nothing shows without the source's rows: figures, but not those of the day."""
    reached = gate.downstream([cause.node], record.lineage) - {cause.node}
    if not reached & set(record.pipeline.models):
        return []
    rows = records.rows.get(cause.source.name, {})
    metrics = gate.metrics_below(cause.node, record.pipeline, record.lineage) or ("",)
    days = [day for day in cause.days if not rows.get(day, 0) and day >= record.pipeline.starts_on]
    return affects_of(record.pipeline, [Waiting(m, day, DAY) for day in days for m in metrics], records.due)


def _signal(
    cause: Outside,
    pipeline: str,
    page_at: datetime | None,
    doubts: Sequence[Doubt],
    affects: tuple[Affect, ...],
    records: Records,
) -> Signal:
    name, days = cause.source.name, str(Days.of_days(cause.days))
    known = {person.name for person in records.project.people}
    if cause.kind is Kind.LATE:
        by = promised_at(cause.source, cause.days[0], records.due)
        summary = f"{name}: no rows of {days} have come; they were due by {by:%Y-%m-%d %H:%M} UTC"
        clears = f"rows of {name} for {days} land and the figures made of them are published"
    else:
        said = next((doubt.said for doubt in doubts if doubt.cause == check_name(cause.source)), "")
        summary = f"{name}: what came for {days} breaks its contract or cannot be read" + (f"; {said}" if said else "")
        clears = f"{name} for {days} keeps its contract and the figures made of it are published"
    tell = (cause.source.contact,) if cause.source.contact in known else ()
    return Signal(cause.key, pipeline, cause.since, page_at, summary, _details(doubts), affects, tell, clears)


def _details(doubts: Iterable[Doubt]) -> tuple[str, ...]:
    return tuple(f"{doubt.model} {doubt.day}: {doubt.said}" for doubt in sorted(doubts, key=lambda d: (d.day, d.cause)))


def _affects(record: PipelineRecord, doubts: Iterable[Doubt], records: Records) -> list[Affect]:
    """Every figure the doubts keep from readers."""
    waiting: dict[Waiting, None] = {}
    had: dict[Waiting, datetime | None] = {}
    for doubt in doubts:
        for each in doubt.waiting:
            until = doubt.had.get(each)
            # A value that one of them kept back from the first is missing, whatever the others do.
            before = had.get(each, until)
            had[each] = min(before, until) if before and until else None
            waiting[each] = None
    return affects_of(record.pipeline, waiting, records.due, had, record.published)


# Causes inside: checks, decisions, runs.


def _of_checks(ours: Mapping[str, Sequence[Doubt]], records: Records) -> list[Signal]:
    """Failed checks that no source explains: one key per most upstream dataset."""
    failing = [
        (record, doubt) for record in records.pipelines for doubt in ours[record.pipeline.name] if doubt.kind not in OURS
    ]
    roots: dict[tuple[str, str], dict[str, list[Doubt]]] = {}
    for record, doubt, root in _rooted(failing, records):
        mine = roots.setdefault((record.pipeline.audience, root), {}).setdefault(record.pipeline.name, [])
        mine += [doubt, *(each for each in _moved_with(doubt, ours[record.pipeline.name]) if each not in mine)]
    found = []
    for (_, root), by_pipeline in sorted(roots.items()):
        days = sorted({doubt.day for some in by_pipeline.values() for doubt in some})
        key = Key(Kind.CHECK.value, root, days[0])
        for name, some in sorted(by_pipeline.items()):
            found.append(_check_signal(key, _record(records, name), some, records))
    return found


def _rooted(
    failing: Sequence[tuple[PipelineRecord, Doubt]], records: Records
) -> list[tuple[PipelineRecord, Doubt, str]]:
    """Each failing check with the dataset that explains it.

    A dataset of which every failing check is explained by another hands on what it explains itself.
    """
    first: dict[str, dict[str, date]] = {}
    for record, doubt in failing:
        days = first.setdefault(record.pipeline.audience, {})
        days[doubt.model] = min(doubt.day, days.get(doubt.model, doubt.day))
    below = {
        audience: {name: gate.downstream([name], records.models[audience]) for name in days} for audience, days in first.items()
    }
    found = []
    for record, doubt in failing:
        audience = record.pipeline.audience
        rivals = [name for name, day in first[audience].items() if day <= doubt.day]
        found.append((record, doubt, _root(doubt, rivals, below[audience])))
    handed: dict[tuple[str, str], set[str]] = {}
    for record, doubt, root in found:
        handed.setdefault((record.pipeline.audience, doubt.model), set()).add(root)
    return [(record, doubt, _last(root, record.pipeline.audience, handed)) for record, doubt, root in found]


def _last(root: str, audience: str, handed: Mapping[tuple[str, str], set[str]]) -> str:
    """Where the explanation ends."""
    seen = {root}
    while root not in (onward := handed.get((audience, root), {root})):
        root = min(onward)
        if root in seen:
            return min(seen)
        seen.add(root)
    return root


def _root(doubt: Doubt, rivals: Sequence[str], below: Mapping[str, set[str]]) -> str:
    """The most upstream dataset with a failing check that the doubt's check reads, however indirectly; by name when tied.

    `rivals` failed on the day or before; `below` is what is made of each of them, itself included.
    """
    above = {name for name in rivals if name == doubt.model or below[name] & doubt.reads}
    tops = [name for name in above if not any(name in below[other] for other in above - {name})]
    return min(tops or above)


def _check_signal(key: Key, record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> Signal:
    affects = _affects(record, doubts, records)
    since = min(doubt.since for doubt in doubts)
    first = min(doubts, key=lambda doubt: (doubt.model != key.subject, doubt.day, doubt.cause))
    more = len({doubt.cause for doubt in doubts}) - 1
    summary = f"{first.model} of {first.day}: {first.said}" + (f"; and {more} more check(s)" if more else "")
    before = timedelta(hours=record.pipeline.page_before_h)
    return Signal(
        key,
        record.pipeline.name,
        since,
        pages_at(since, affects, before),
        summary,
        _details(doubts),
        pressing(affects, records.now),
        () if gate.keeps_back(record.pipeline) else (record.pipeline.primary,),
        "the checks pass, or a person approves what they hold, and the figures are published",
    )


def _moved_with(doubt: Doubt, doubts: Sequence[Doubt]) -> list[Doubt]:
    """Revisions of the day on which the check fails."""
    return [each for each in doubts if each.kind is HoldKind.REVISION and each.day == doubt.day]


def _failing_with(revision: Doubt, doubts: Sequence[Doubt]) -> bool:
    return revision.kind is HoldKind.REVISION and any(
        each.kind not in OURS and each.day == revision.day for each in doubts
    )


def _of_decisions(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[Signal]:
    """What waits for a person's word."""
    mine = [doubt for doubt in doubts if doubt.kind in OURS and not _failing_with(doubt, doubts)]
    if not mine:
        return []
    affects = _affects(record, mine, records)
    since = min(doubt.since for doubt in mine)
    kinds = ", ".join(sorted({doubt.kind.value for doubt in mine}))
    days = Days.of_days(doubt.day for doubt in mine)
    known = {person.name for person in records.project.people}
    named = {metric for doubt in mine for metric in doubt.metrics}
    approvers = dict.fromkeys(m.approver for m in record.pipeline.metrics if m.id in named and m.approver in known)
    return [
        Signal(
            Key(Kind.DECISION.value, record.pipeline.name, min(doubt.day for doubt in mine)),
            record.pipeline.name,
            since,
            pages_at(since, affects, timedelta(hours=record.pipeline.page_before_h)),
            f"{record.pipeline.name} of {days}: {kinds} waits for a person's word",
            _details(mine),
            pressing(affects, records.now),
            tuple(approvers),
            "an approver lets it through, or the data no longer asks for it",
        )
    ]


def _of_runs(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[Signal]:
    """Runs that failed, never began, or came to nothing by the deadline."""
    if not record.runs and record.published.through is None:
        return []  # nobody has built it yet, so nobody expects it
    unseen = _unreleased(record, doubts, records)
    broken = failed_streak(record.runs, records.now)
    if broken:
        return [_failed(record, broken, unseen, records)]
    tried = max((run.newest for run in record.runs), default=date.min)
    never = [day for day in unseen if day > tried and records.due.run_of(day) + LATE_RUN <= records.now]
    if never:
        return [_not_run(record, never, records)]
    affects = affects_of(record.pipeline, every_value(record.pipeline, [day for day in unseen if day <= tried]), records.due)
    return _missed(record, [each for each in affects if each.due_at <= records.now], records)


def _unreleased(record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> list[date]:
    """Days that are over, were never released, and of which nothing is known to wait; oldest first."""
    through = record.published.through
    first = through + ONE_DAY if through else record.pipeline.starts_on
    first = max(first, records.newest - timedelta(days=FAR))
    known = {doubt.day for doubt in doubts if doubt.kind not in OURS}
    return [day for day in Interval(first, records.newest + ONE_DAY).days() if day not in known] if first <= records.newest else []


def failed_streak(runs: Sequence[RunRecord], now: datetime) -> list[RunRecord]:
    """The runs, newest first, that broke since the last good one; empty while the newest is good or still at work."""
    found: list[RunRecord] = []
    for run in runs:
        if run.state is RunState.STARTED and not found and (run.backfilled or now - run.started_at < LONG_RUN):
            return []
        if run.state in GOOD:
            break
        found.append(run)
    # What was cut off alone is taken up again by the next run; only one that should have come by now is missed.
    if all(run.state is RunState.ABANDONED for run in found) and found and now - found[-1].started_at < LONG_RUN:
        return []
    return found


def _failed(record: PipelineRecord, broken: Sequence[RunRecord], unseen: Sequence[date], records: Records) -> Signal:
    oldest, newest = broken[-1], broken[0]
    since = oldest.ended_at or oldest.started_at + LONG_RUN
    affects = affects_of(record.pipeline, every_value(record.pipeline, unseen), records.due)
    why = newest.message or "it was cut off and nothing followed"
    on = date.fromisoformat(oldest.days[:10])
    return Signal(
        Key(Kind.FAILED.value, what_broke(why, records.project) or record.pipeline.name, on),
        record.pipeline.name,
        since,
        pages_at(since, affects, timedelta(hours=record.pipeline.page_before_h)),
        f"{record.pipeline.name}: the run of {newest.days} failed {len(broken)} time(s): {why}",
        (f"run {newest.id}, {newest.state.value}, began {newest.started_at:%Y-%m-%d %H:%M} UTC",),
        pressing(affects, records.now),
        (),
        "a run of the pipeline ends well",
    )


def what_broke(message: str, project: Project) -> str:
    """The model or source that an error names first; empty when it names none."""
    names = {**project.models, **project.sources}
    words = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", message)
    return next((word for word in words if word in names), "")


def _not_run(record: PipelineRecord, never: Sequence[date], records: Records) -> Signal:
    affects = affects_of(record.pipeline, every_value(record.pipeline, never), records.due)
    at = records.due.run_of(never[0])
    since = at + LATE_RUN
    silent = records.builder_silent_since
    key = Key(Kind.BUILDER.value, "builder", silent.date()) if silent else Key(Kind.NOT_RUN.value, "scheduler", never[0])
    return Signal(
        key,
        record.pipeline.name,
        since,
        pages_at(since, affects, timedelta(hours=record.pipeline.page_before_h)),
        f"{record.pipeline.name}: no run of {Days.of_days(never)} was tried; it was due at {at:%Y-%m-%d %H:%M} UTC",
        (),
        pressing(affects, records.now),
        (),
        "a run of the day is tried",
    )


def _missed(record: PipelineRecord, affects: Sequence[Affect], records: Records) -> list[Signal]:
    """Deadlines that passed although runs went well: nobody knows why yet."""
    found: list[Signal] = []
    for grain in dict.fromkeys(each.grain for each in affects):
        mine = [each for each in affects if each.grain == grain]
        since = min(each.due_at for each in mine)
        period = records.project.calendar.named(mine[0].period)
        on = period.interval.start if period else since.date()
        found.append(
            Signal(
                Key(Kind.MISSED.value, f"{record.pipeline.name}/{grain}", on),
                record.pipeline.name,
                since,
                since,
                f"{record.pipeline.name}: {mine[0].period} was due {since:%Y-%m-%d %H:%M} UTC and is not published",
                (),
                tuple(mine),
                (),
                "the period is published",
            )
        )
    return found


def _withdrawn(record: PipelineRecord, records: Records) -> list[Signal]:
    """Periods that a person took back and that are not published again: one signal for all."""
    pipeline, calendar = record.pipeline, records.project.calendar
    found: list[tuple[CloseEvent, Period, Affect]] = []
    for (grain, name), events in by_period(record.events).items():
        event, period = standing(events).withdrawn, calendar.named(name)
        if event is not None and period is not None:
            due_at = records.due.at(pipeline, period)
            found.append((event, period, Affect(pipeline.name, pipeline.audience, "", grain, name, due_at, Harm.WITHDRAWN)))
    if not found:
        return []
    since = min(event.at for event, _, _ in found)
    return [
        Signal(
            Key(Kind.WITHDRAWN.value, pipeline.name, min(period.interval.start for _, period, _ in found)),
            pipeline.name,
            since,
            since,
            f"{pipeline.name}: withdrawn: {', '.join(period.name for _, period, _ in found)}",
            tuple(f"{period.name}: by {event.by}: {event.reason}" for event, period, _ in found),
            tuple(affect for _, _, affect in found),
            (),
            "two people release what was withdrawn and it is published again",
        )
    ]
