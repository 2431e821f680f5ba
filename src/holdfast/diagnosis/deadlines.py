"""What readers lack, by when they should have had it, and when somebody of the team is paged for it."""

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.calendars import DAY, BusinessDays, Calendar, Period, deadline, starts_at
from holdfast.definitions.metric import Metric
from holdfast.definitions.pipeline import Pipeline
from holdfast.incidents.signals import Affect
from holdfast.partitions import ONE_DAY

RUNS_AT = time(3, tzinfo=UTC)
"""When the builder should be at work on the day that ended."""


@dataclass(frozen=True, slots=True)
class Due:
    """Turns periods into deadlines."""

    calendar: Calendar
    business: BusinessDays
    zone: ZoneInfo

    def at(self, pipeline: Pipeline, period: Period) -> datetime:
        """When the period's figures are due."""
        return deadline(period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=self.business)

    def of_day(self, pipeline: Pipeline, day: date) -> datetime:
        """When the day's figures are due."""
        return datetime.combine(day + ONE_DAY, pipeline.day_deadline, tzinfo=UTC)

    def run_of(self, day: date) -> datetime:
        """When the run that builds the day should begin: not before the day is over where the team is."""
        return max(datetime.combine(day + ONE_DAY, RUNS_AT), starts_at(day + ONE_DAY, self.zone))


@dataclass(frozen=True, slots=True)
class Published:
    """When each business day was first published, as far as that made the pipeline newer."""

    steps: tuple[tuple[date, datetime], ...] = ()
    """(as of, published at) of each release that went further than all before, oldest first."""

    @property
    def through(self) -> date | None:
        """The newest day ever released."""
        return self.steps[-1][0] if self.steps else None

    def first_at(self, day: date) -> datetime | None:
        """When the day was first released; None when it never was."""
        found = bisect.bisect_left(self.steps, day, key=lambda step: step[0])
        return self.steps[found][1] if found < len(self.steps) else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A day's value that readers do not get, in all its grains or in one."""

    metric: str
    day: date
    """Whose rows it is made of."""
    grain: str = ""
    """Only in this grain; empty: in every grain of the metric."""


def affects_of(
    pipeline: Pipeline,
    waiting: Iterable[Waiting],
    due: Due,
    had: Mapping[Waiting, datetime | None] | None = None,
    published: Published | None = None,
) -> list[Affect]:
    """Every figure that the waiting values keep from readers, earliest deadline first.

    `had` says until when readers had a value, for those that were published before they waited: the day itself is
    then not missing, nor is a longer period that was whole by then.
    """
    metrics = {metric.id: metric for metric in pipeline.metrics}
    found: dict[tuple[str, str, str], Affect] = {}
    for each in waiting:
        metric = metrics.get(each.metric)
        until = had.get(each) if had else None
        for period, due_at in _periods(pipeline, metric, each, due):
            if until is not None and _was_whole(period, until, published or Published()):
                continue
            key = each.metric, period.grain, period.name
            if key not in found or due_at < found[key].due_at:
                found[key] = Affect(pipeline.name, pipeline.audience, each.metric, period.grain, period.name, due_at)
    return sorted(found.values(), key=lambda affect: (affect.due_at, affect.metric, affect.grain, affect.period))


def _periods(pipeline: Pipeline, metric: Metric | None, each: Waiting, due: Due) -> list[tuple[Period, datetime]]:
    """The periods whose figure counts the day, with their deadlines.

    What is known of a cohort only some days later is due with the day that tells it.
    """
    grains = (each.grain,) if each.grain else metric.grains if metric else (DAY,)
    shown = each.day - timedelta(days=metric.after_days if metric else 0)
    found = []
    for grain in grains:
        period = due.calendar.of_day(grain, shown)
        if period is not None:
            at = due.of_day(pipeline, each.day) if grain == DAY else due.at(pipeline, period)
            found.append((period, at))
    return found


def _was_whole(period: Period, until: datetime, published: Published) -> bool:
    """Whether readers had the whole period before that instant."""
    first_at = published.first_at(period.interval.last)
    return first_at is not None and first_at < until


def pressing(affects: Sequence[Affect], now: datetime) -> tuple[Affect, ...]:
    """Those that count now: what is past its deadline, and what the next deadline is about."""
    if not affects:
        return ()
    until = max(now, min(each.due_at for each in affects))
    return tuple(each for each in affects if each.due_at <= until)


def pages_at(since: datetime, affects: Sequence[Affect], before: timedelta) -> datetime | None:
    """When the pipeline's ladder begins: so long before the first deadline, but not before it was known; None without one."""
    if not affects:
        return None
    return max(since, min(each.due_at for each in affects) - before)


def every_value(pipeline: Pipeline, days: Iterable[date]) -> list[Waiting]:
    """All that a pipeline shows of these days."""
    return [Waiting(metric.id, day) for day in days for metric in pipeline.metrics]
