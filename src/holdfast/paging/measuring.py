"""What measures are counted from, read from the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from holdfast.calendars import DAY, BusinessDays, deadline, public_holidays
from holdfast.definitions.pipeline import Project
from holdfast.incidents.directory import hand_off_zone
from holdfast.incidents.incident import Incident
from holdfast.incidents.ports import IncidentLog, Outbox
from holdfast.logbook.measures import Due, Records
from holdfast.partitions import ONE_DAY, Days, Interval

LONGEST_PERIOD = timedelta(days=400)
"""A year's figures are due in the first days of the next."""
MOST = 1_000_000
"""Incidents: all of them."""
SENT_LATER = timedelta(days=40)
"""A message is sent this long after it was due, or never: it is found by when it was due."""


class Ledger(IncidentLog, Outbox, Protocol):
    """Incidents and their messages."""


def records_of(
    project: Project, ledger: Ledger, published: Mapping[str, Sequence[tuple[date, datetime]]], start: datetime, end: datetime
) -> Records:
    """Everything that measures of [start, end) need; messages of incidents opened then, whenever they were due."""
    opened = [each for each in ledger.incidents(limit=MOST) if start <= each.opened_at < end]
    return Records(
        incidents=opened,
        events={each.id: ledger.timeline(each.id) for each in opened},
        posted=ledger.posted_between(_first(opened, start) - SENT_LATER, end + SENT_LATER),
        affects=ledger.affects(None, start - LONGEST_PERIOD, end + SENT_LATER),
        due=tuple(_due(project, start, end)),
        published=published,
        zones={person.name: ZoneInfo(person.zone) if person.zone else hand_off_zone(project) for person in project.people},
    )


def _first(opened: Sequence[Incident], start: datetime) -> datetime:
    return min([start, *(each.opened_at for each in opened)])


def _due(project: Project, start: datetime, end: datetime) -> Iterator[Due]:
    """Every period of every pipeline that is due in [start, end)."""
    years = range(start.year - 1, end.year + 2)
    business = public_holidays(project.business_country, project.business_subdivision, years)
    for pipeline in project.pipelines.values():
        for grain in pipeline.grains:
            back = LONGEST_PERIOD if grain != DAY else timedelta(days=2)
            first = max((start - back).date(), pipeline.starts_on)
            yield from _of_grain(project, pipeline.name, grain, Interval(first, max(first, end.date()) + ONE_DAY), (start, end), business)


def _of_grain(
    project: Project, name: str, grain: str, days: Interval, span: tuple[datetime, datetime], business: BusinessDays
) -> Iterator[Due]:
    pipeline = project.pipelines[name]
    for period in project.calendar.periods_of(grain, Days.of([days])):
        due_at = deadline(period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business)
        if span[0] <= due_at < span[1]:
            yield Due(name, pipeline.audience, period, due_at)
