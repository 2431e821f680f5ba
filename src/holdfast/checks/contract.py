"""Does a file have the columns its contract declares: what is missing, renamed, retyped or new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from holdfast.checks.column_types import fits, is_alike
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.source import Column, Source

SIMILAR = 0.6
"""From this likeness on two names are one column renamed: amount and amt have 0.67, cost and amount 0.2."""


class Drift(StrEnum):
    """How a file's columns differ from the contract."""

    MISSING = "missing"
    RENAMED = "renamed"
    RETYPED = "retyped"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `blocks` when the file must not be read until a person has looked."""

    kind: Drift
    column: str
    """The contract's name; the file's for an added column."""
    message: str
    blocks: bool


def honour(source: Source, found: Sequence[tuple[str, str]]) -> list[Finding]:
    """How the file's columns, as (name, DuckDB type), differ from the contract; empty when they do not.

    In the contract's order, added columns last. Names are compared without case. A missing optional column,
    one neither required nor in the key nor the business time, does not block: read it as null. A renamed one
    always does, since its values are there under another name. A type that holds no more than the declared
    one is no difference. Types of CSV and JSON files are guesses, so only the sort of thing is compared.
    """
    by_name = {name.lower(): (name, kind) for name, kind in found}
    declared = {column.name.lower() for column in source.columns}
    missing = [column for column in source.columns if column.name.lower() not in by_name]
    added = [(name, kind) for name, kind in found if name.lower() not in declared]
    renamed = _renamed(source, missing, added)
    findings = []
    for column in source.columns:
        if column.name in renamed:
            findings.append(_rename(column, renamed[column.name]))
        elif column in missing:
            findings.append(_missing(source, column))
        else:
            findings += _retyped(source, column, by_name[column.name.lower()][1])
    for name, kind in added:
        if name not in renamed.values():
            message = f"{name} ({kind}) is new; nothing reads it until the contract names it"
            findings.append(Finding(Drift.ADDED, name, message, blocks=False))
    return findings


def check_name(source: Source) -> str:
    """The name under which the contract's results are found: `contract src.orders`."""
    return f"contract {SOURCE_PREFIX}{source.name}"


def day_results(
    source: Source,
    findings: Sequence[Finding],
    *,
    pipeline: str,
    days: Iterable[date],
    severity: Severity = Severity.HOLD,
    holds: tuple[str, ...] | None = None,
    unreadable: str = "",
) -> list[Result]:
    """One result for each business day whose rows the files bring.

    Blocking findings fail (or warn, by severity), others warn, none passes. `unreadable` is the reader's
    error for a file whose columns could not be seen: unknown.
    """
    blocking = any(finding.blocks for finding in findings)
    outcome = Outcome.WARN if findings else Outcome.PASS
    if blocking:
        outcome = Outcome.WARN if severity is Severity.WARN else Outcome.FAIL
    if unreadable:
        outcome = Outcome.UNKNOWN
    differences = "; ".join(f"{finding.kind} {finding.column}" for finding in findings)
    detail = "; ".join(([unreadable] if unreadable else []) + [finding.message for finding in findings])
    return [
        Result(
            check=check_name(source),
            pipeline=pipeline,
            dataset=f"{SOURCE_PREFIX}{source.name}",
            day=day,
            segment="",
            outcome=outcome,
            severity=severity,
            observed="" if unreadable else differences or "as declared",
            expected=f"the {len(source.columns)} columns of {source.file or source.name}",
            detail=detail,
            holds=holds,
        )
        for day in days
    ]


def _rename(column: Column, now: str) -> Finding:
    message = (
        f"renamed {column.name} -> {now}: the contract's column is gone and a like one is new; "
        f"map it in the contract's select, or ask the source's contact"
    )
    return Finding(Drift.RENAMED, column.name, message, blocks=True)


def _missing(source: Source, column: Column) -> Finding:
    blocks = _is_needed(source, column)
    then = "the file cannot be read without it" if blocks else "it is optional and reads as null"
    return Finding(Drift.MISSING, column.name, f"{column.name} ({column.kind}) is missing; {then}", blocks)


def _retyped(source: Source, column: Column, kind: str) -> list[Finding]:
    if _may_be_read_as(source, kind, column.kind):
        return []
    message = f"{column.name} is {kind}, the contract says {column.kind}; cast it in the contract's select"
    return [Finding(Drift.RETYPED, column.name, message, blocks=True)]


def _is_needed(source: Source, column: Column) -> bool:
    return column.required or column.name in source.key or column.name == source.business_time


def _may_be_read_as(source: Source, found: str, declared: str) -> bool:
    return fits(found, declared) if source.format == "parquet" else is_alike(found, declared)


def _renamed(source: Source, missing: list[Column], added: list[tuple[str, str]]) -> dict[str, str]:
    """Contract's name -> file's name, most alike pairs first, each name once."""
    candidates = sorted(
        (
            (-_likeness(column.name, name), column.name, name)
            for column in missing
            for name, kind in added
            if is_alike(kind, column.kind) and is_alike(column.kind, kind)
        ),
    )
    pairs: dict[str, str] = {}
    for negative, gone, new in candidates:
        if -negative >= SIMILAR and gone not in pairs and new not in pairs.values():
            pairs[gone] = new
    return pairs


def _likeness(gone: str, new: str) -> float:
    """1 for names that differ in case and underscores only, 0.9 when one's words are all in the other."""
    mine, theirs = _bare(gone), _bare(new)
    if mine == theirs:
        return 1.0
    words, others = set(gone.lower().split("_")), set(new.lower().split("_"))
    if words < others or others < words:
        return 0.9
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio()


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
