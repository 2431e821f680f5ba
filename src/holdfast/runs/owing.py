"""Gathers what is recorded of a pipeline, so that `plan` can say what is owed."""

from collections.abc import Mapping, Sequence
from datetime import date

from holdfast.definitions.model import Model
from holdfast.definitions.source import Source
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.runs.plan import Known
from holdfast.runs.ports import LandingLog, RunLog
from holdfast.runs.run import LateRows, ModelDay, SourceDay


def known_of(
    audience: str, lineage: Sequence[Model], sources: Sequence[Source], held: Days, landings: LandingLog, runs: RunLog
) -> Known:
    """What is landed and built, and which rows came late for what was built."""
    source_days = {source.name: landings.source_days(source.name) for source in sources}
    model_days = runs.model_days(audience, [model.name for model in lineage])
    return Known(source_days, model_days, held, _late(sources, source_days, model_days, landings))


def _late(
    sources: Sequence[Source],
    source_days: Mapping[str, Sequence[SourceDay]],
    model_days: Mapping[str, Mapping[date, ModelDay]],
    log: LandingLog,
) -> dict[tuple[str, date], LateRows]:
    """Late rows of days that some model was built without."""
    built_to = min((row.seq for days in model_days.values() for row in days.values()), default=None)
    if built_to is None:
        return {}
    found: dict[tuple[str, date], LateRows] = {}
    for source in sources:
        moved = {day.day: day for day in source_days[source.name] if day.seq > built_to}
        if not moved:
            continue
        files = {file.id: file for file in log.landed_files(source.name) if file.seq > built_to}
        span = Interval(min(moved), max(moved) + ONE_DAY)
        for share in log.row_arrivals(source.name, span):
            file, day = files.get(share.file_id), moved.get(share.day)
            if file is None or day is None or file.seq != day.seq:
                continue
            in_time = share.arrived_on - share.day <= source.late_rows_within + ONE_DAY
            rows = LateRows(source.name, share.day, share.rows, share.arrived_on, in_time)
            had = found.get((source.name, share.day))
            found[source.name, share.day] = had.with_more(rows) if had else rows
    return found
