"""Rebuilds a period in memory, from landed input and the landings its releases had read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from holdfast.calendars import Period
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases.figures import Sums
from holdfast.releases.gate import upstream
from holdfast.releases.ports import Engine, ReleaseLog
from holdfast.releases.receipt import SourceInput
from holdfast.releases.release import Figure, ReleaseRow
from holdfast.releases.verify import (
    Finding,
    Verification,
    adjusted_by,
    changed_definitions,
    compare,
    compared,
    inputs_of,
    landing_horizon,
)
from holdfast.runs.build import Workbench, build
from holdfast.runs.ports import LandingLog
from holdfast.tracing import days_needed

_BITS_128 = (1 << 128) - 1


class Log(LandingLog, ReleaseLog, Protocol):
    """What a verification reads."""


class Bench(Workbench, Protocol):
    """Where the period is built again; nothing of it is written."""

    @property
    def engine(self) -> Engine: ...


def verify(
    project: Project,
    pipeline: Pipeline,
    period: Period,
    figures: Sequence[Figure],
    log: Log,
    landing: Path,
    fresh_bench: Callable[[int], Bench],
) -> Verification:
    """Whether the period's current figures follow from what is landed, as far as their releases had read it.

    `fresh_bench` makes a workbench without any built table that sees landings up to a number. The current
    definitions are used, so a release made by others cannot be verified, and the answer says so.
    """
    counted = compared(figures)
    if not counted:
        return compare(pipeline, period, figures, {})
    found = [log.release(number) for number in sorted({figure.release for figure in counted})]
    releases = [release for release in found if release is not None]
    lineage = project.lineage(pipeline)
    measures = pipeline.measures
    models = [model for model in lineage if model.name in upstream(measures, lineage)]
    other = changed_definitions(releases, models)
    if other:
        return Verification(period, Finding.DEFINITION_CHANGED, detail=tuple(other))
    last = max(figure.as_of for figure in counted if figure.as_of is not None)
    span = Interval(max(period.interval.start, pipeline.starts_on), min(period.interval.end, last + ONE_DAY))
    horizon = Interval(pipeline.starts_on, max(*(release.as_of for release in releases), last) + ONE_DAY)
    needed = days_needed(models, _rows_read(pipeline, span), project.calendar, pipeline)
    gone = _gone(needed, landing, log)
    if gone:
        return Verification(period, Finding.INPUTS_GONE, detail=tuple(gone))
    changed = _changed_inputs(releases[-1], log)
    if changed:
        return Verification(period, Finding.INPUTS_CHANGED, detail=tuple(changed))
    bench = fresh_bench(landing_horizon(releases))
    wanted = {model.name: needed[model.name] & Days.of([horizon]) for model in models if model.name in needed}
    build(models, wanted, Days(), horizon, project.calendar, bench)
    adjusted: dict[tuple[str, str], Decimal] = {}
    if pipeline.close is not None and period.grain in pipeline.close.grains:
        newest = max(release.id for release in releases)
        adjusted = adjusted_by(log.adjustments(pipeline.name), period, project.calendar, last, newest)
    return compare(pipeline, period, figures, _day_values(project, pipeline, bench, span), adjusted)


def _rows_read(pipeline: Pipeline, span: Interval) -> dict[str, Days]:
    """Measure model -> the days of its rows that the figures of the span are read from."""
    wanted: dict[str, Days] = {}
    for series in pipeline.series:
        after = timedelta(days=series.metric.after_days)
        rows = Days.of([Interval(span.start + after, span.end + after)])
        wanted[series.measure.model] = wanted.get(series.measure.model, Days()) | rows
    return wanted


def _day_values(
    project: Project, pipeline: Pipeline, bench: Bench, span: Interval
) -> dict[tuple[str, str], list[tuple[date, Decimal | None]]]:
    """(series, segment) -> the values that are reported for days of the span."""
    values: dict[tuple[str, str], list[tuple[date, Decimal | None]]] = {}
    sums = Sums(pipeline, project.models, project.calendar, {}, span.last, day_by_day=False)
    for series in pipeline.series:
        after = timedelta(days=series.metric.after_days)
        rows = Days.of([Interval(span.start + after, span.end + after)])
        for on, name, segment, value in bench.engine.rows(f"{sums.measured_values(series, rows)} ORDER BY ALL"):
            values.setdefault((name, segment), []).append((on, value))
    return values


def _gone(needed: Mapping[str, Days], landing: Path, log: LandingLog) -> list[str]:
    """Landed files with rows of the needed days that are not kept any more."""
    lost = []
    for name, days in sorted(needed.items()):
        if not name.startswith(SOURCE_PREFIX):
            continue
        source = name.removeprefix(SOURCE_PREFIX)
        with_rows = {share.file_id for share in log.file_days(source) if share.day in days}
        lost += [
            f"{source}: {file.landed_as}, landed from {file.path}, is not there"
            for file in log.landed_files(source)
            if file.id in with_rows and not (landing / file.landed_as).is_file()
        ]
    return lost


def _changed_inputs(release: ReleaseRow, log: LandingLog) -> list[str]:
    """Sources whose landed rows, as of the release, no longer add up to what its receipt says."""
    seq = landing_horizon([release])
    changed = []
    for then in inputs_of(release):
        rows, fingerprint = _as_of(then, seq, log)
        if (rows, fingerprint) != (then.rows, then.fingerprint):
            changed.append(
                f"{then.source} {then.first_on}..{then.last_on}: release {release.id} read {then.rows:,} rows with "
                f"fingerprint {then.fingerprint:032x}, retained are {rows:,} with {fingerprint:032x}; "
                "a file was rewritten since"
            )
    return changed


def _as_of(then: SourceInput, seq: int, log: LandingLog) -> tuple[int, int]:
    """Rows and fingerprint that count on the input's days, by landings up to `seq`."""
    files = {file.id for file in log.landed_files(then.source) if file.seq <= seq}
    days = Interval(then.first_on, then.last_on + ONE_DAY)
    shares = [share for share in log.file_days(then.source, days) if share.file_id in files]
    gone = [s for s in log.superseded(then.source) if s.file_id in files and s.by_file_id in files and s.day in days]
    rows = sum(share.rows for share in shares) - len(gone)
    fingerprint = sum(share.fingerprint for share in shares) - sum(row.fingerprint for row in gone)
    return rows, fingerprint & _BITS_128
