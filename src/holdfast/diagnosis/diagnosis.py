"""From what is recorded to what is wrong: each failing check, absent row and broken run goes to one cause.

A source that is late or broken explains whatever fails downstream of it; of failing checks the most upstream
dataset explains the others. So one cause is one key, with one signal per pipeline that it touches.
"""

from collections.abc import Sequence

from holdfast.diagnosis.broken_runs import run_signals
from holdfast.diagnosis.decisions import decision_signals, withdrawn_signals
from holdfast.diagnosis.doubts import Doubt, doubts_of
from holdfast.diagnosis.failing_checks import check_signals
from holdfast.diagnosis.outside import Outside, causes_outside, source_signals
from holdfast.diagnosis.records import PipelineRecord, Records
from holdfast.incidents.signals import Signal
from holdfast.releases.release import HoldKind


def diagnose(records: Records) -> list[Signal]:
    """Everything that is wrong with figures, runs and sources; by key, then pipeline."""
    doubts = {each.pipeline.name: doubts_of(each, records) for each in records.pipelines}
    outside = causes_outside(records, doubts)
    by_cause = {each.pipeline.name: _by_cause(doubts[each.pipeline.name], each, outside) for each in records.pipelines}
    ours = {name: some.get("", []) for name, some in by_cause.items()}
    found = [signal for cause in outside if cause.is_due for signal in source_signals(cause, by_cause, records)]
    found += check_signals(ours, records)
    for each in records.pipelines:
        found += decision_signals(each, ours[each.pipeline.name], records)
        found += run_signals(each, doubts[each.pipeline.name], records)
        found += withdrawn_signals(each, records)
    return sorted(found, key=lambda signal: (signal.key, signal.pipeline))


def _by_cause(doubts: Sequence[Doubt], record: PipelineRecord, outside: Sequence[Outside]) -> dict[str, list[Doubt]]:
    """The pipeline's doubts by the cause outside that explains them, as text; under "" those that are our own affair.

    Two sources may explain one doubt: both keep the figures from readers. A revision of a day on which a check fails
    goes with the check: whoever mends the rows has nothing to decide.
    """
    found: dict[str, list[Doubt]] = {}
    audience = record.pipeline.audience
    for doubt in doubts:
        for name in [str(cause.key) for cause in outside if cause.explains(doubt, audience)] or [""]:
            found.setdefault(name, []).append(doubt)
    days = {name: {each.day for each in some} for name, some in found.items() if name}
    for doubt in [each for each in found.get("", []) if each.kind is HoldKind.REVISION]:
        names = [name for name in days if doubt.day in days[name]]
        for name in names:
            found[name].append(doubt)
        if names:
            found[""].remove(doubt)
    return found
