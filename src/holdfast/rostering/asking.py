"""Who is on call, what is wrong with the plan, what each carries, and who may do what to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from holdfast.calendars import BusinessDays, deadline, public_holidays
from holdfast.definitions.people import Actor, Person
from holdfast.definitions.pipeline import INVESTORS, Project
from holdfast.definitions.rota import Rotation
from holdfast.errors import DefinitionError
from holdfast.oncall.burden import Burden, Close, Year, burdens
from holdfast.oncall.ownership import departed, owned_on
from holdfast.oncall.record import Rota, RotaLog, rota_of
from holdfast.oncall.shifts import Shift, at_instant, shift_day_of, shift_span, within
from holdfast.oncall.verify import OWNER, Finding, running_out, verify
from holdfast.partitions import Days, Interval

MONTH_DAYS, QUARTER_DAYS = 27, 80
"""A period of so many days is as long as a month, as a quarter."""
MONTH_POINTS, QUARTER_POINTS = 1, 3


class Ledger(RotaLog, Protocol):
    """The rota's records, and the audit that every act goes into."""

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call."""

    duty: Shift
    manager: Person | None

    @property
    def answering(self) -> str:
        """The one person who answers."""
        return self.duty.primary or (self.manager.name if self.manager else "nobody")


@dataclass
class Roster:
    """The rota of one project at one instant, and the person who acts on it."""

    project: Project
    ledger: Ledger
    now: datetime
    actor: Callable[[], Actor]
    """Asked for when somebody acts; reading needs nobody."""

    @property
    def rotation(self) -> Rotation:
        """The team's rotation; DefinitionError without one."""
        return rotation_of(self.project)

    @property
    def rota(self) -> Rota:
        """Everything recorded, read anew."""
        return rota_of(self.rotation, self.project.team, self.project.people, self.ledger.recorded())

    def answer(self, at: datetime) -> Answer:
        """Who answers at that instant: always exactly one person, the manager where nobody is planned."""
        rota = self.rota
        duties = rota.duties()
        return Answer(at_instant(duties, at) or self._unplanned(duties, at), rota.manager)

    def _unplanned(self, duties: Sequence[Shift], at: datetime) -> Shift:
        """The rotation's shift of that instant without anybody in it, as far as nothing else is planned."""
        on = shift_day_of(self.rotation, at)
        start, end = shift_span(self.rotation, on) or (at, at)
        start = max([start, *(duty.end for duty in duties if duty.end <= at)])
        end = min([end, *(duty.start for duty in duties if duty.start > at)])
        return Shift(on, start, end, None, None, "no plan: the manager answers; run `holdfast oncall plan`")

    def answers(self, start: datetime, until: datetime) -> list[Answer]:
        """Every duty that touches that time, uncut, oldest first; gaps are answered by the manager."""
        found, at = [], start
        while at < until:
            found.append(self.answer(at))
            at = found[-1].duty.end
        return found

    def findings(self) -> list[Finding]:
        """What is wrong from now to the plan's end, and what belongs to people who have left."""
        rota = self.rota
        duties = rota.duties()
        ends_at = duties[-1].end if duties else None
        found = running_out(ends_at, self.now)
        if ends_at and ends_at > self.now:
            start = max(self.now, duties[0].start)
            found += verify(duties, self.rotation, self.project.people, rota.absences(), start, ends_at)
            found += self._waiting(rota)
        today = self.now.astimezone(self.rotation.hand_off.zone).date()
        for owned, name in departed(owned_on(self.project.team, today), self.project.people, today):
            found.append(Finding(OWNER, True, self.now, f"{owned.subject} belongs to {name}, who is not in the team; hand it over"))
        return found

    def _waiting(self, rota: Rota) -> list[Finding]:
        """Shifts whose people are away, and who stands in as long as no exchange mends them."""
        ahead = [off for off in rota.absences() if off.end > self.now]
        return [
            Finding("clash", False, duty.start, f"{duty.on}: {name} is planned and away; somebody stands in. See `holdfast oncall exchanges`")
            for duty in rota.planned()
            for name in duty.people
            if any(off.person == name and off.meets(duty.start, duty.end) for off in ahead)
        ]

    def year(self, first_on: date, until_on: date) -> Year:
        """Holidays and closes around these days."""
        years = range(first_on.year - 1, until_on.year + 2)
        holidays = {}
        for person in self.project.people:
            if person.name in self.rotation.engineers and person.holidays:
                country, _, subdivision = person.holidays.partition("-")
                holidays[person.name] = _holidays(country, subdivision or None, years).holidays
        return Year(holidays, self._closes(first_on, until_on))

    def _closes(self, first_on: date, until_on: date) -> tuple[Close, ...]:
        """When the long periods of pipelines for investors are due; by their own calendar."""
        project = self.project
        business = _holidays(
            project.business_country, project.business_subdivision, range(first_on.year - 1, until_on.year + 2)
        )
        days = Days.of([Interval(first_on - timedelta(days=7), until_on)])
        found = set()
        for pipeline in project.pipelines.values():
            if pipeline.audience != INVESTORS:
                continue
            for grain in pipeline.grains:
                for period in project.calendar.periods_of(grain, days):
                    if period.interval.length >= MONTH_DAYS:
                        at = deadline(
                            period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business
                        )
                        points = QUARTER_POINTS if period.interval.length >= QUARTER_DAYS else MONTH_POINTS
                        found.add((at, points))
        return tuple(Close(at, points) for at, points in sorted(found))

    def burdens(self, start: datetime | None = None, until: datetime | None = None) -> dict[str, Burden]:
        """What each engineer carried in that time; from the first shift on with what they brought."""
        rota = self.rota
        duties = rota.duties()
        if not duties:
            return dict.fromkeys(self.rotation.engineers, Burden())
        first, last = start or duties[0].start, until or duties[-1].end
        return self.burdens_of(rota, within(duties, first, last), carried=start is None)

    def burdens_of(self, rota: Rota, duties: Sequence[Shift], *, carried: bool) -> dict[str, Burden]:
        people = self.rotation.engineers
        if not duties:
            found = dict.fromkeys(people, Burden())
        else:
            year = self.year(duties[0].start.date(), duties[-1].end.date())
            found = burdens(duties, people, self.rotation, year)
        return {who: found[who] + rota.carried.get(who, Burden()) for who in people} if carried else found

    def is_manager(self) -> bool:
        actor = self.actor()
        bound = next((each for each in self.project.people if each.name == actor.person), None)
        return actor.on_behalf or bool(bound and bound.role == "manager")

    def expect_manager(self, what: str) -> None:
        if not self.is_manager():
            raise DefinitionError(f"only the manager {what}; you are {self.actor()}.")

    def expect_self_or_manager(self, person: str, what: str) -> None:
        if self.actor().person != person and not self.is_manager():
            raise DefinitionError(f"{person} {what} from their own account, or the manager does; you are {self.actor()}.")

    def expect_known(self, name: str) -> None:
        if name not in {person.name for person in self.project.people}:
            raise DefinitionError(f"'{name}' is nobody in team/people.yml.")



def _holidays(country: str, subdivision: str | None, years: range) -> BusinessDays:
    try:
        return public_holidays(country, subdivision, years)
    except NotImplementedError as error:
        place = f"{country}-{subdivision}" if subdivision else country
        raise DefinitionError(f"nobody knows the public holidays of '{place}' ({error}); correct it in the folder.") from error


def rotation_of(project: Project) -> Rotation:
    """The team's rotation; DefinitionError without one."""
    if project.team.rotation is None:
        raise DefinitionError("team/rotation.yml says nothing, so nobody takes turns; write the rotation down.")
    return project.team.rotation


def because(reason: str) -> str:
    """The reason as the end of a line in the audit; nothing when none was given."""
    return f": {reason}" if reason else ""
