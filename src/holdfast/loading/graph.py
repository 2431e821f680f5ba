"""Models together: what they read from each other, in which order, and the hash of what each one means."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from holdfast.calendars import DAY, Calendar
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.source import Source
from holdfast.loading.models import CALENDAR, CALENDAR_DAYS, ModelFile


def cycles(reads: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Every cycle found among the models, each as the path from a name back to itself; self-reads are none."""
    found: list[tuple[str, ...]] = []
    settled: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append((*path[path.index(name) :], name))
            return
        if name in settled:
            return
        for each in sorted(reads.get(name, ())):
            if each != name and each in reads:
                follow(each, (*path, name))
        settled.add(name)

    for name in sorted(reads):
        follow(name, ())
    return found


def with_hashes(files: Mapping[str, ModelFile], sources: Mapping[str, Source], calendar: Calendar) -> dict[str, Model]:
    """The models by name, each with the hash of its own meaning and of everything upstream.

    Formatting and comments change no hash. A model that has periods, or reads the calendar, depends on the
    calendar's rows too. Needs models without cycles.
    """
    hashes: dict[str, str] = {}

    def hash_of(name: str) -> str:
        if name.startswith(SOURCE_PREFIX):
            source = sources.get(name.removeprefix(SOURCE_PREFIX))
            return source_hash(source) if source else ""
        if name not in files:
            return ""
        if name not in hashes:
            hashes[name] = _digest(_meaning(files[name], hash_of, calendar))
        return hashes[name]

    return {name: replace(file.model, definition_hash=hash_of(name)) for name, file in sorted(files.items())}


def _meaning(file: ModelFile, hash_of: Callable[[str], str], calendar: Calendar) -> object:
    model = file.model
    upstream = {name: hash_of(name) for name in model.inputs if name != model.name}
    reads_calendar = model.period != DAY or bool({CALENDAR, CALENDAR_DAYS}.intersection(file.syntax.tables))
    return {
        "sql": file.syntax.normal,
        "key": model.key,
        "day": model.day,
        "period": model.period,
        "segments": model.segments,
        "reads": sorted([each.input, str(each)] for each in model.reads),
        "upstream": upstream,
        "calendar": _rows(calendar, model.period) if reads_calendar else [],
    }


def source_hash(source: Source) -> str:
    """The hash of what decides which rows a source yields: not its place, its contact or its latency."""
    return _digest(
        {
            "columns": [[column.name, column.kind] for column in source.columns],
            "key": source.key,
            "changes": source.changes.value,
            "select": source.select,
            "business_time": source.business_time,
            "over_time": source.over_time.value,
            "rules": [[rule.sentence, rule.keep] for rule in source.rules],
        }
        | ({"arrived_at": source.arrived_at} if source.arrived_at else {})
    )


def _rows(calendar: Calendar, grain: str) -> list[list[str]]:
    """The calendar's rows of a grain; all of them for a model of days, which may read any."""
    return sorted(
        [p.grain, p.name, p.interval.start.isoformat(), p.interval.end.isoformat()]
        for p in calendar.periods
        if grain in (DAY, p.grain)
    )


def _digest(meaning: object) -> str:
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
