"""What keeps figures of one pipeline back, or stands over them: its holds, its neighbours' and its banners."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from holdfast.calendars import DAY
from holdfast.checks.results import Result
from holdfast.definitions.pipeline import Pipeline
from holdfast.diagnosis.deadlines import Waiting, affects_of
from holdfast.diagnosis.records import FAR, GOOD, PipelineRecord, Records
from holdfast.incidents.signals import Affect
from holdfast.partitions import ONE_DAY
from holdfast.releases import gate
from holdfast.releases.banners import is_banner
from holdfast.releases.release import Hold, HoldKind

DECISIONS = (HoldKind.REVISION, HoldKind.DEFINITION, HoldKind.RESTATEMENT)
"""Holds that wait for a person's word, whatever the data."""

HoldsByValue: TypeAlias = Mapping[tuple[str, date], Sequence[Hold]]
"""Metric and day -> every hold of the pipeline's own that keeps or kept it back."""


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

    @property
    def is_decision(self) -> bool:
        """Whether it waits for a person's word, whatever the data."""
        return self.kind in DECISIONS


def doubts_of(record: PipelineRecord, records: Records) -> list[Doubt]:
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
        grouped.setdefault((judge.pipeline.name, hold.cause, _kind(hold), hold.model, hold.day), []).append((judge, hold))
    by_value = _by_value(record)
    found = [_doubt(record, some[0][0], [hold for _, hold in some], by_value, records) for some in grouped.values()]
    return [*found, *_banners(record)]


def _kind(hold: Hold) -> HoldKind:
    """A check that could not be asked is in doubt like one that failed."""
    return HoldKind.CHECK if hold.kind is HoldKind.UNKNOWN else hold.kind


def _by_value(record: PipelineRecord) -> HoldsByValue:
    # Asked for every value that waits: a look through all of 720 holds each time cost 0.6 s of 2.2.
    found: dict[tuple[str, date], list[Hold]] = {}
    for hold in (*record.holds, *record.earlier):
        for metric in dict.fromkeys(hold.metrics):
            found.setdefault((metric, hold.day), []).append(hold)
    return found


def _doubt(
    record: PipelineRecord, judge: PipelineRecord, holds: Sequence[Hold], by_value: HoldsByValue, records: Records
) -> Doubt:
    first = holds[0]
    waiting = _waiting(record, holds, records)
    opened_at = min((hold.opened_at for hold in holds if hold.opened_at), default=None)
    return Doubt(
        cause=first.cause,
        kind=_kind(first),
        day=first.day,
        model=first.model,
        reads=_reads(judge.pipeline, first.cause, first.model),
        since=opened_at or records.due.run_of(first.day),
        segments=tuple(dict.fromkeys(hold.segment for hold in holds)),
        said=_said(first.cause, [hold.segment for hold in holds], first.observed, first.expected, first.detail),
        waiting=waiting,
        had={each: opened_at for each in waiting if opened_at and _had(record, each, opened_at, by_value)},
        metrics=first.metrics,
    )


def _waiting(record: PipelineRecord, holds: Sequence[Hold], records: Records) -> tuple[Waiting, ...]:
    """The values that wait because of holds of one check and day."""
    hold = replace(holds[0], segment="")
    if hold.kind is HoldKind.RESTATEMENT:
        return ()
    series = {each.name: each for each in record.pipeline.series}
    until, since = records.newest + ONE_DAY, records.newest - timedelta(days=FAR)
    scopes = gate.scopes([hold], record.pipeline, record.lineage, records.project.calendar, until, since)
    found: dict[Waiting, None] = {}
    for scope in scopes:
        metric, grain = series[scope.metric].metric, series[scope.metric].grain
        row_day = scope.day + timedelta(days=metric.after_days)
        in_all = metric.additive or (grain == DAY and len(metric.measures) == 1)
        found[Waiting(metric.id, row_day, "" if in_all else grain)] = None
    for metric in record.pipeline.metrics:
        if metric.ratio and metric.id in hold.metrics:
            days = {each.day for each in found if each.metric in metric.ratio.parts} or {hold.day}
            found.update(dict.fromkeys(Waiting(metric.id, day) for day in sorted(days)))
    return tuple(found)


def _had(record: PipelineRecord, value: Waiting, opened_at: datetime, by_value: HoldsByValue) -> bool:
    """Whether readers had the value before it waited: a run released it while nothing kept it back."""
    first_at = record.published.first_at(value.day)
    if first_at is None or first_at >= opened_at:
        return False
    before = [
        each
        for each in by_value.get((value.metric, value.day), ())
        if each.opened_at and each.opened_at < opened_at
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


def kept_from_readers(record: PipelineRecord, doubts: Iterable[Doubt], records: Records) -> list[Affect]:
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


def details(doubts: Iterable[Doubt]) -> tuple[str, ...]:
    """A line per doubt for people, by day and cause."""
    return tuple(f"{doubt.model} {doubt.day}: {doubt.said}" for doubt in sorted(doubts, key=lambda d: (d.day, d.cause)))


def failing_days(doubts: Iterable[Doubt]) -> set[date]:
    """Days on which a check fails; a revision of such a day has nothing to decide until the check passes."""
    return {doubt.day for doubt in doubts if not doubt.is_decision}
