"""Whether arrived files keep their contract, before a row of them is landed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.checks.contract import Finding, check_name, day_results, honour
from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Check, CheckKind, Severity
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.source import Source
from holdfast.partitions import ONE_DAY, Days
from holdfast.runs.ports import FoundFile
from holdfast.runs.run import ArrivalFile, LandingNote


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that may not be landed: unreadable, or not what its contract says."""

    source: Source
    file: FoundFile
    findings: tuple[Finding, ...]
    since: date | None = None
    """First business day that lacks rows, when the source could not be read at all; None: the file's day alone."""

    def concerns(self, day: date) -> bool:
        """Whether rows of the business day are missing because of it."""
        return (self.day if self.since is None else self.since) <= day <= self.day

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


def unread(source: Source, problem: str, whole_on: date, today: date) -> Refused:
    """What is refused when a source could not be read today, and was last read whole on `whole_on`.

    Every business day until yesterday that may have got rows since, late ones included: a day that is built again
    with late orders, and without the costs that came with them, would be wrong. None when it was whole today.
    """
    place = ArrivalFile(source.name, source.location, today, 0, 0)
    late = source.late_rows_within if whole_on < today and whole_on - date.min > source.late_rows_within else timedelta(0)
    return Refused(source, FoundFile(place, (), problem), (), whole_on - late)


def contract_results(
    pipeline: Pipeline,
    sources: Sequence[Source],
    refused: Sequence[Refused],
    notes: Sequence[LandingNote],
    days: Days,
    modelled: Collection[str],
) -> list[Result]:
    """One result per source and day under test: files refused, rows that break the contract, or a pass.

    `modelled` are the inputs of the pipeline's models. A contract that no check names holds; where only checks read
    the source it weighs what the gravest of them does, since no figure is made of its rows.
    """
    results = []
    for source in sources:
        check = _check_of(pipeline, source)
        severity = check.severity if check else _unnamed(pipeline, source, modelled)
        holds = check.holds if check else None
        spoiled: set[date] = set()
        for each in refused:
            lacking = [day for day in days if each.source.name == source.name and each.concerns(day)]
            if lacking:
                spoiled.update(lacking)
                results += day_results(
                    source,
                    each.findings,
                    pipeline=pipeline.name,
                    days=lacking,
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


def _unnamed(pipeline: Pipeline, source: Source, modelled: Collection[str]) -> Severity:
    """The severity of a contract that no check names."""
    name = f"{SOURCE_PREFIX}{source.name}"
    found = {check.severity for check in pipeline.checks if name in check.inputs}
    if name in modelled or not found:
        return Severity.HOLD
    return next(severity for severity in Severity if severity in found)
