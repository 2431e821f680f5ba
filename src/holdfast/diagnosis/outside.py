"""Causes outside: sources that are late or broken, what they explain, and the signals of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from holdfast.calendars import DAY
from holdfast.checks.contract import check_name
from holdfast.definitions.check import Severity
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.pipeline import INVESTORS
from holdfast.definitions.source import Source
from holdfast.diagnosis.absence import absent_days, promised_at
from holdfast.diagnosis.deadlines import Waiting, affects_of, pages_at, pressing
from holdfast.diagnosis.doubts import Doubt, details, kept_from_readers
from holdfast.diagnosis.records import PipelineRecord, Records
from holdfast.incidents.signals import Affect, Key, Kind, Signal
from holdfast.partitions import Days
from holdfast.releases import gate

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
        if doubt.is_decision:
            return False
        if _touches(self.reach, doubt, audience):
            return True
        is_newer = self.looked_at is None or doubt.since >= self.looked_at
        return is_newer and _touches(self.before, doubt, audience)


def _touches(reach: Reach, doubt: Doubt, audience: str) -> bool:
    reached = reach.get(audience, {})
    return any(doubt.day in reached[name] for name in doubt.reads if name in reached)


def causes_outside(records: Records, doubts: Mapping[str, Sequence[Doubt]]) -> list[Outside]:
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


def source_signals(cause: Outside, by_cause: Mapping[str, Mapping[str, Sequence[Doubt]]], records: Records) -> list[Signal]:
    """A signal per pipeline that the source keeps waiting; one of no pipeline when it keeps none.

    `by_cause` is pipeline -> cause as text -> what it explains.
    """
    found = []
    pages = any(cause.source in each.sources and each.pipeline.audience == INVESTORS for each in records.pipelines)
    for record in records.pipelines:
        mine = by_cause[record.pipeline.name].get(str(cause.key), ())
        affects = kept_from_readers(record, mine, records)
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
    if cause.kind is Kind.LATE:
        by = promised_at(cause.source, cause.days[0], records.due)
        summary = f"{name}: no rows of {days} have come; they were due by {by:%Y-%m-%d %H:%M} UTC"
        clears = f"rows of {name} for {days} land and the figures made of them are published"
    else:
        said = next((doubt.said for doubt in doubts if doubt.cause == check_name(cause.source)), "")
        summary = f"{name}: what came for {days} breaks its contract or cannot be read" + (f"; {said}" if said else "")
        clears = f"{name} for {days} keeps its contract and the figures made of it are published"
    tell = (cause.source.contact,) if cause.source.contact in records.people else ()
    return Signal(cause.key, pipeline, cause.since, page_at, summary, details(doubts), affects, tell, clears)
