"""The receipt of a release: everything needed to say where its figures come from, as canonical JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.checks.results import Outcome, Result
from holdfast.releases.release import Approval
from holdfast.releases.spelling import instant
from holdfast.runs.run import SourceDay

_BITS_128 = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class SourceInput:
    """What a release read of a source: its days, how many rows, their fingerprint, up to which landing."""

    source: str
    first_on: date
    last_on: date
    rows: int
    fingerprint: int
    """128-bit sum of row hashes."""
    seq: int


@dataclass(frozen=True, slots=True)
class Engine:
    """What computed the figures and the fingerprints."""

    name: str
    version: str
    fingerprint: str
    """Id of the fingerprint algorithm."""


def source_inputs(days: Iterable[SourceDay]) -> list[SourceInput]:
    """One input per source, by name: rows and fingerprints summed over the days given."""
    by_source: dict[str, list[SourceDay]] = {}
    for day in days:
        by_source.setdefault(day.source, []).append(day)
    return [
        SourceInput(
            source,
            min(each.day for each in some),
            max(each.day for each in some),
            sum(each.rows for each in some),
            sum(each.fingerprint for each in some) & _BITS_128,
            max(each.seq for each in some),
        )
        for source, some in sorted(by_source.items())
    ]


def build(
    *,
    definitions: Mapping[str, str],
    run_id: str,
    code_version: str,
    engine: Engine,
    inputs: Sequence[SourceInput],
    results: Iterable[Result],
    approvals: Iterable[Approval] = (),
) -> str:
    """The receipt as JSON, keys sorted: the same release has the same text.

    `definitions` maps a model to its definition hash. Of the checks it keeps how many ended how, and the
    names, days and segments of those that did not pass (not applicable ones are only counted).
    """
    found = list(results)
    return json.dumps(
        {
            "approvals": [
                _approval(each) for each in sorted(approvals, key=lambda each: (each.hold_id, each.at))
            ],
            "checks": {
                "outcomes": dict(Counter(each.outcome.value for each in found)),
                "not_passing": _not_passing(found),
            },
            "code_version": code_version,
            "definitions": dict(definitions),
            "engine": {"name": engine.name, "version": engine.version, "fingerprint": engine.fingerprint},
            "inputs": [_input(each) for each in sorted(inputs, key=lambda each: each.source)],
            "run": run_id,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def holds_let_through(receipt: str) -> list[int]:
    """Ids of the holds whose approvals the release used."""
    return [int(each["hold"]) for each in json.loads(receipt)["approvals"]] if receipt else []


def describe(receipt: str) -> list[str]:
    """The receipt in sentences, for `holdfast explain`. An empty text describes as no receipt."""
    if not receipt:
        return ["no receipt"]
    said: dict[str, Any] = json.loads(receipt)
    engine = said["engine"]
    by = f"{engine['name']} {engine['version']}, fingerprints by {engine['fingerprint']}"
    lines = [f"run {said['run']}, holdfast {said['code_version']}, {by}"]
    lines += [
        f"read {each['source']} {each['first_on']}..{each['last_on']}: {each['rows']:,} rows, "
        f"fingerprint {each['fingerprint'][-16:]}, up to landing {each['seq']}"
        for each in said["inputs"]
    ]
    lines += [f"model {model}: definition {digest[:12]}" for model, digest in said["definitions"].items()]
    outcomes = said["checks"]["outcomes"]
    order = [each.value for each in Outcome]
    counted = [f"{outcomes[each]} {each.replace('_', ' ')}" for each in order if each in outcomes]
    lines.append("checks: " + (", ".join(counted) or "none ran"))
    lines += [
        f"  {each['outcome']}: {each['check']} on {each['day']}{' ' + each['segment'] if each['segment'] else ''}, "
        f"observed {each['observed']}, expected {each['expected']}"
        for each in said["checks"]["not_passing"]
    ]
    lines += [
        f"approved by {each['by']} ({each['recorded']}) at {each['at']}: {each['reason']} (hold {each['hold']})"
        for each in said["approvals"]
    ]
    for word in said.get("words", ()):
        role = f" as {word['role']}" if word["role"] else ""
        reason = f": {word['reason']}" if word["reason"] else ""
        lines.append(f"{word['kind']} by {word['recorded']}{role} at {word['at']} for {word['period']}{reason}")
    return lines


def _not_passing(results: Iterable[Result]) -> list[dict[str, str]]:
    unsaid = (Outcome.PASS, Outcome.NOT_APPLICABLE)
    return [
        {
            "check": each.check,
            "day": each.day.isoformat(),
            "segment": each.segment,
            "outcome": each.outcome.value,
            "observed": each.observed,
            "expected": each.expected,
        }
        for each in sorted(results, key=lambda each: (each.day, each.check, each.segment))
        if each.outcome not in unsaid
    ]


def _approval(approval: Approval) -> dict[str, str | int]:
    return {
        "hold": approval.hold_id,
        "by": approval.by,
        "recorded": approval.recorded,
        "reason": approval.reason,
        "at": instant(approval.at),
    }


def _input(read: SourceInput) -> dict[str, str | int]:
    return {
        "source": read.source,
        "first_on": read.first_on.isoformat(),
        "last_on": read.last_on.isoformat(),
        "rows": read.rows,
        "fingerprint": f"{read.fingerprint & _BITS_128:032x}",
        "seq": read.seq,
    }
