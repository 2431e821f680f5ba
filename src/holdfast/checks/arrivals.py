"""Whether arrived files keep their contract, before a row of them is landed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.checks.contract import Finding, check_name, day_results, honour
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Check, CheckKind, Severity
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.source import Source
from holdfast.partitions import ONE_DAY, Days
from holdfast.runs.ports import FoundFile
from holdfast.runs.run import LandingNote


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that may not be landed: unreadable, or not what its contract says."""

    source: Source
    file: FoundFile
    findings: tuple[Finding, ...]

    @property
    def day(self) -> date:
        """The business day the file was to bring."""
        return self.file.arrival.arrived_on - ONE_DAY

    def __str__(self) -> str:
        why = self.file.problem or "; ".join(finding.message for finding in self.findings if finding.blocks)
        return f"{self.file.arrival.path}: {why}"


def sort_out(source: Source, files: Iterable[FoundFile]) -> tuple[list[FoundFile], list[Refused]]:
    """Files that keep the contract, and those that are refused."""
    kept, refused = [], []
    for file in files:
        findings = tuple(honour(source, file.columns)) if file.columns else ()
        if file.problem or any(finding.blocks for finding in findings):
            refused.append(Refused(source, file, findings))
        else:
            kept.append(file)
    return kept, refused


def contract_results(
    pipeline: Pipeline,
    sources: Sequence[Source],
    refused: Sequence[Refused],
    notes: Sequence[LandingNote],
    days: Days,
) -> list[Result]:
    """One result per source and day under test: files refused, rows that break the contract, or a pass."""
    results = []
    for source in sources:
        check = _check_of(pipeline, source)
        severity = check.severity if check else Severity.HOLD
        holds = check.holds if check else None
        spoiled: set[date] = set()
        for each in refused:
            if each.source.name == source.name and each.day in days:
                spoiled.add(each.day)
                results += day_results(
                    source,
                    each.findings,
                    pipeline=pipeline.name,
                    days=[each.day],
                    severity=severity,
                    holds=holds,
                    unreadable=str(each) if each.file.problem else "",
                )
        for note in notes:
            if note.source == source.name and note.day in days:
                spoiled.add(note.day)
                results.append(_of_note(source, note, pipeline, severity, holds))
        passed = [day for day in days if day not in spoiled]
        results += day_results(source, (), pipeline=pipeline.name, days=passed, severity=severity, holds=holds)
    return results


def _of_note(
    source: Source, note: LandingNote, pipeline: Pipeline, severity: Severity, holds: tuple[str, ...] | None
) -> Result:
    return Result(
        check=check_name(source),
        pipeline=pipeline.name,
        dataset=f"{SOURCE_PREFIX}{source.name}",
        day=note.day,
        segment="",
        outcome=Outcome.WARN if severity is Severity.WARN else Outcome.FAIL,
        severity=severity,
        observed=f"{note.rows} row(s): {note.problem} in {note.column}",
        expected="none",
        detail=f"{source.file}: {note.column}: {note.problem}",
        holds=holds,
    )


def _check_of(pipeline: Pipeline, source: Source) -> Check | None:
    name = f"{SOURCE_PREFIX}{source.name}"
    return next((c for c in pipeline.checks if c.kind is CheckKind.CONTRACT and c.dataset == name), None)
