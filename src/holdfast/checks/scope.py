"""What a set of checks is about: the days under test, and what is declared and landed around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.calendars import Calendar, starts_at
from holdfast.checks.parameters import optional_text
from holdfast.definitions.check import Check
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.source import ClosedDays, OverTime, Source
from holdfast.errors import DefinitionError
from holdfast.partitions import ONE_DAY, Days, Interval


@dataclass(frozen=True, slots=True)
class Landed:
    """What has arrived of a source for one business day."""

    rows: int
    first_on: date
    """Arrival day of the first file that brought rows of the day."""
    last_on: date
    """Arrival day of the last one, late rows included."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Plain values every check is rendered from and judged by; nothing here is looked up later."""

    pipeline: Pipeline
    days: Days
    """The days under test: the same as the session's due_days."""
    now: datetime
    zone: ZoneInfo
    calendar: Calendar
    models: Mapping[str, Model]
    """By name; at least those that a check names, and what they read."""
    sources: Mapping[str, Source]
    landed: Mapping[str, Mapping[date, Landed]] = field(default_factory=dict)
    """Source name -> business day -> what arrived. Only freshness asks."""

    @property
    def hull(self) -> Interval:
        """From the first day under test to the last; the days between may be untested."""
        return Interval(self.days.intervals[0].start, self.days.intervals[-1].end)

    def source(self, name: str) -> Source:
        """The source of that name, with or without `src.`."""
        try:
            return self.sources[name.removeprefix(SOURCE_PREFIX)]
        except KeyError:
            raise DefinitionError(f"no source is called '{name}'; see the folder sources/") from None

    def model(self, name: str) -> Model:
        """The model of that name."""
        try:
            return self.models[name]
        except KeyError:
            raise DefinitionError(f"no model builds '{name}'; see the folders models/") from None

    def due_at(self, source: Source, day: date) -> datetime:
        """When the source's rows of the day must have arrived, in UTC."""
        return starts_at(day + ONE_DAY, self.zone) + source.arrives_within

    def is_closed(self, check: Check, day: date) -> bool:
        """Whether no rows are expected on the day.

        The parameter `expected` names the source whose calendar counts. Without it a day is closed when
        it is closed for every source whose own day feeds the dataset's day.
        """
        calendars = self._closed_days(check)
        return bool(calendars) and all(day in closed for closed in calendars)

    def is_annotated(self, day: date, metrics: tuple[str, ...] | None) -> bool:
        """Whether an annotation of the pipeline covers the day and one of the metrics (None: all of them)."""
        return any(
            note.pipeline == self.pipeline.name
            and day in note.span
            and (note.metrics is None or metrics is None or not set(metrics).isdisjoint(note.metrics))
            for note in self.pipeline.annotations
        )

    def incomparable(self, check: Check, metrics: tuple[str, ...] | None, days_before: int) -> list[date]:
        """Days from `days_before` the first one under test on that no baseline may use, oldest first."""
        hull = self.hull
        return [
            day
            for day in Interval(hull.start - timedelta(days=days_before), hull.end).days()
            if self.is_closed(check, day) or self.is_annotated(day, metrics)
        ]

    def _closed_days(self, check: Check) -> list[ClosedDays]:
        named = optional_text(check, "expected")
        if named:
            return [self.source(named).closed]
        return [self.sources[name].closed for name in sorted(self._fed_by(check.dataset, frozenset()))]

    def _fed_by(self, dataset: str, seen: frozenset[str]) -> set[str]:
        """Sources with days that reach the dataset's day from the same day."""
        if dataset.startswith(SOURCE_PREFIX):
            name = dataset.removeprefix(SOURCE_PREFIX)
            return {name} if name in self.sources and self.sources[name].over_time is OverTime.DAYS else set()
        if dataset in seen or dataset not in self.models:
            return set()
        same_day = (each.input for each in self.models[dataset].reads if each.first == 0 == each.last and not each.since)
        return {name for each in same_day for name in self._fed_by(each, seen | {dataset})}
