"""Causes inside: checks that fail though no source explains it, one cause per most upstream dataset."""

from collections.abc import Mapping, Sequence
from datetime import date

from holdfast.diagnosis.deadlines import pages_at, pressing
from holdfast.diagnosis.doubts import Doubt, details, kept_from_readers
from holdfast.diagnosis.records import PipelineRecord, Records
from holdfast.incidents.signals import Key, Kind, Signal
from holdfast.releases import gate
from holdfast.releases.release import HoldKind


def check_signals(ours: Mapping[str, Sequence[Doubt]], records: Records) -> list[Signal]:
    """Failed checks that no source explains: one key per most upstream dataset."""
    failing = [
        (record, doubt) for record in records.pipelines for doubt in ours[record.pipeline.name] if not doubt.is_decision
    ]
    revisions = {name: _revisions_by_day(doubts) for name, doubts in ours.items()}
    roots: dict[tuple[str, str], dict[str, list[Doubt]]] = {}
    for record, doubt, root in _rooted(failing, records):
        mine = roots.setdefault((record.pipeline.audience, root), {}).setdefault(record.pipeline.name, [])
        moved = revisions[record.pipeline.name].get(doubt.day, [])
        mine += [doubt, *(each for each in moved if each not in mine)]
    record_by_name = {each.pipeline.name: each for each in records.pipelines}
    found = []
    for (_, root), by_pipeline in sorted(roots.items()):
        days = sorted({doubt.day for some in by_pipeline.values() for doubt in some})
        key = Key(Kind.CHECK.value, root, days[0])
        for name, some in sorted(by_pipeline.items()):
            found.append(_check_signal(key, record_by_name[name], some, records))
    return found


def _revisions_by_day(doubts: Sequence[Doubt]) -> dict[date, list[Doubt]]:
    """They go with a check that fails on their day."""
    found: dict[date, list[Doubt]] = {}
    for doubt in doubts:
        if doubt.kind is HoldKind.REVISION:
            found.setdefault(doubt.day, []).append(doubt)
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


def _root(doubt: Doubt, rivals: Sequence[str], below: Mapping[str, set[str]]) -> str:
    """The most upstream dataset with a failing check that the doubt's check reads, however indirectly; by name when tied.

    `rivals` failed on the day or before; `below` is what is made of each of them, itself included.
    """
    above = {name for name in rivals if name == doubt.model or below[name] & doubt.reads}
    tops = [name for name in above if not any(name in below[other] for other in above - {name})]
    return min(tops or above)


def _last(root: str, audience: str, handed: Mapping[tuple[str, str], set[str]]) -> str:
    """Where the explanation ends."""
    seen = {root}
    while root not in (onward := handed.get((audience, root), {root})):
        root = min(onward)
        if root in seen:
            return min(seen)
        seen.add(root)
    return root


def _check_signal(key: Key, record: PipelineRecord, doubts: Sequence[Doubt], records: Records) -> Signal:
    affects = kept_from_readers(record, doubts, records)
    since = min(doubt.since for doubt in doubts)
    first = min(doubts, key=lambda doubt: (doubt.model != key.subject, doubt.day, doubt.cause))
    more = len({doubt.cause for doubt in doubts}) - 1
    summary = f"{first.model} of {first.day}: {first.said}" + (f"; and {more} more check(s)" if more else "")
    return Signal(
        key,
        record.pipeline.name,
        since,
        pages_at(since, affects, record.page_before),
        summary,
        details(doubts),
        pressing(affects, records.now),
        () if gate.keeps_back(record.pipeline) else (record.pipeline.primary,),
        "the checks pass, or a person approves what they hold, and the figures are published",
    )
