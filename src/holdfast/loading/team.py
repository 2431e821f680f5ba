"""The rota as the team declares it: rotation, escalation, time off, swaps, ownership and plan, from `team/`."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from holdfast.definitions import rota
from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import EXPERIMENTS, INVESTORS
from holdfast.definitions.rota import (
    AgreedSwap,
    EscalationPolicy,
    EscalationStep,
    HandOff,
    Leave,
    Owned,
    OwnerTurns,
    PlannedShift,
    Rotation,
    Team,
)
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields, as_day, as_duration
from holdfast.loading.people import is_zone, suggest_zone
from holdfast.loading.problems import Problems, suggestion

PLAN_FILE = "team/plan.csv"
PLAN_COLUMNS = ("on", "primary", "backup", "reason")
_TARGETS = (rota.PRIMARY, rota.BACKUP, rota.MANAGER, rota.PRIMARY_OWNER, rota.SECONDARY_OWNER, rota.LEAD)
_TOLD = (rota.STAKEHOLDERS, rota.LEAD, rota.MANAGER, rota.ROOM)
_WHILE = (rota.UNACKNOWLEDGED, rota.UNRESOLVED, rota.IMPACT)
_NO_POLICIES = ("leads", "stakeholders")
_QUARTERS = (1, 4, 7, 10)

Open = Callable[[str], Document | None]
"""The YAML file of that name below team/; None when there is none or nothing in it."""


def read_team(
    opened: Open, plan: str | None, owned: tuple[Owned, ...], people: tuple[Person, ...], problems: Problems
) -> Team:
    """Everything below team/ beside the people; `owned` are the pipelines and shared models as they say themselves.

    `plan` is the text of team/plan.csv. What is wrong is reported and left out.
    """
    names = tuple(person.name for person in people)
    found = Team(owned=owned)
    if document := opened("rotation"):
        found = replace(found, rotation=_rotation(Fields(document, problems), names))
    if document := opened("ownership"):
        found = _ownership(Fields(document, problems), found, names)
    if document := opened("time_off"):
        found = replace(found, time_off=_time_off(Fields(document, problems), names))
    if document := opened("swaps"):
        found = replace(found, swaps=_swaps(Fields(document, problems), names))
    if document := opened("escalation"):
        found = _escalation(Fields(document, problems), found, people)
    if plan is not None:
        found = replace(found, plan=_plan(plan, found.rotation, names, problems))
    _report_owners(found, people, problems)
    return found


def _rotation(top: Fields, people: tuple[str, ...]) -> Rotation | None:
    below = top.section("rotation", required=True)
    top.done()
    if below is None:
        return None
    engineers = tuple(name for name in below.names("engineers", required=True) if _known(below, "engineers", name, people))
    every = below.one_of("every", (rota.WEEK, rota.DAY), default=rota.WEEK)
    most = max(0, len(engineers) - 1)
    usual = min(2 if every == rota.WEEK else 1, most)
    between = below.whole("shifts_between", default=usual)
    if between > most:
        below.error(
            f"shifts_between is {between}, and with {len(engineers)} engineers at most {most} shifts can lie "
            "between two of one person; lower it",
            "shifts_between",
        )
    found = Rotation(
        engineers=engineers,
        hand_off=_hand_off(below),
        first_on=below.day("from", required=True) or date.min,
        until_on=below.day("to", required=True) or date.max,
        every=every,
        planner=below.one_of("planner", (rota.ROUND_ROBIN, rota.FAIR), default=rota.ROUND_ROBIN),
        shifts_between=min(between, most),
        meeting=below.duration("meeting", default=timedelta(minutes=30)),
    )
    _report_span(below, found)
    below.done()
    return found


def _hand_off(below: Fields) -> HandOff:
    given = below.section("hand_off", required=True)
    if given is None:
        return HandOff(0, time(9), ZoneInfo("UTC"))
    zone = given.text("zone", required=True)
    if zone and not is_zone(zone):
        given.error(f"'{zone}' is no time zone. {suggest_zone(zone)}", "zone")
        zone = ""
    weekday = given.one_of("weekday", rota.WEEKDAYS, default="monday")
    found = HandOff(rota.WEEKDAYS.index(weekday), given.clock_time("at", default=time(9)), ZoneInfo(zone or "UTC"))
    given.done()
    return found


def _report_span(below: Fields, found: Rotation) -> None:
    if found.until_on <= found.first_on:
        below.error(f"the rotation runs from {found.first_on} to {found.until_on}; 'to' is the last hand-off, so it comes later", "to")
    if found.every == rota.WEEK:
        weekday = rota.WEEKDAYS[found.hand_off.weekday]
        for key, day in (("from", found.first_on), ("to", found.until_on)):
            if day not in (date.min, date.max) and day.weekday() != found.hand_off.weekday:
                below.error(f"'{key}' is {day}, a {rota.WEEKDAYS[day.weekday()]}, and the hand-off is on {weekday}; name a {weekday}", key)


def _ownership(top: Fields, found: Team, people: tuple[str, ...]) -> Team:
    """Pipelines that exist agree with it; the others are owned as it says."""
    said = {each.subject: each for each in found.owned}
    agreed = list(found.owned)
    for name, each in top.sections("ownership", required=True):
        primary, secondary = each.text("primary", required=True), each.text("secondary", required=True)
        audience = each.one_of("audience", (INVESTORS, EXPERIMENTS))
        each.done()
        for key, who in (("primary", primary), ("secondary", secondary)):
            if who:
                _known(each, key, who, people)
        if primary and primary == secondary:
            each.error(f"primary and secondary owner of {name} are both '{primary}'; name two people", "secondary")
        if name not in said:
            agreed.append(Owned(name, primary, secondary, audience))
        elif (said[name].primary, said[name].secondary) != (primary, secondary):
            each.error(
                f"{name} belongs to {primary} and {secondary} here, and to {said[name].primary} and "
                f"{said[name].secondary} in {said[name].folder}/pipeline.yml; make the two agree"
            )
    rotating = top.section("turns")
    turns = _turns(rotating, tuple(each.subject for each in agreed), people) if rotating else None
    top.done()
    return replace(found, owned=tuple(agreed), turns=turns)


def _turns(below: Fields, subjects: tuple[str, ...], people: tuple[str, ...]) -> OwnerTurns | None:
    pipelines = below.names("pipelines", required=True)
    for name in pipelines:
        if name not in subjects:
            below.error(f"'{name}' is owned by nobody, so it cannot change hands. {suggestion(name, subjects)}", "pipelines")
    engineers = tuple(name for name in below.names("engineers", required=True) if _known(below, "engineers", name, people))
    below.one_of("every", ("quarter",), default="quarter")
    first = below.day("from", required=True)
    below.done()
    if first is None:
        return None
    if first.day != 1 or first.month not in _QUARTERS:
        below.error(f"'from' is {first}, expected the first day of a quarter such as {first.year}-01-01", "from")
    return OwnerTurns(pipelines, first, engineers)


def _time_off(top: Fields, people: tuple[str, ...]) -> tuple[Leave, ...]:
    found = []
    for each in top.items("time_off"):
        person = each.text("person", required=True)
        first, last = each.day("from", required=True), each.day("to", required=True)
        reason = each.text("reason")
        each.done()
        if not person or first is None or last is None or not _known(each, "person", person, people):
            continue
        if last < first:
            each.error(f"the time off runs from {first} to {last}; 'to' is its last day, so it comes later", "to")
            continue
        found.append(Leave(person, first, last, reason))
    top.done()
    return tuple(found)


def _swaps(top: Fields, people: tuple[str, ...]) -> tuple[AgreedSwap, ...]:
    found = []
    for each in top.items("swaps"):
        person, other = each.text("person", required=True), each.text("with", required=True)
        on, other_on = each.day("on", required=True), each.day("for", required=True)
        each.done()
        if not (person and other and on and other_on):
            continue
        if _known(each, "person", person, people) and _known(each, "with", other, people):
            found.append(AgreedSwap(person, on, other, other_on))
    top.done()
    return tuple(found)


def _escalation(top: Fields, found: Team, people: tuple[Person, ...]) -> Team:
    below = top.section("escalation", required=True)
    top.done()
    if below is None:
        return found
    names = tuple(person.name for person in people)
    owned = tuple(each.subject for each in found.owned)
    policies = []
    for name in below.data:
        if name in _NO_POLICIES:
            continue
        if name not in (INVESTORS, EXPERIMENTS, *owned):
            below.error(f"'{name}' is no audience and no pipeline. {suggestion(name, (INVESTORS, EXPERIMENTS, *owned))}", name)
        policies.append(EscalationPolicy(name, _steps(below, name, names)))
    leads, stakeholders = _leads(below, names, owned), _stakeholders(below, names, owned)
    if not any(person.role == "manager" for person in people):
        below.warning("nobody in team/people.yml is the manager, who answers when nobody else does; give somebody that role")
    below.done()
    return replace(found, policies=tuple(policies), leads=leads, stakeholders=stakeholders)


def _leads(below: Fields, people: tuple[str, ...], owned: tuple[str, ...]) -> dict[str, str]:
    given = below.section("leads")
    if given is None:
        return {}
    leads = {}
    for pipeline in given.data:
        lead = given.text(pipeline)
        if pipeline not in owned:
            given.error(f"'{pipeline}' is no pipeline that somebody owns. {suggestion(pipeline, owned)}", pipeline)
        if lead and _known(given, pipeline, lead, people):
            leads[pipeline] = lead
    return leads


def _stakeholders(below: Fields, people: tuple[str, ...], owned: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    given = below.section("stakeholders")
    if given is None:
        return {}
    found = {}
    for pipeline in given.data:
        told = given.names(pipeline)
        if pipeline not in owned:
            given.error(f"'{pipeline}' is no pipeline that somebody owns. {suggestion(pipeline, owned)}", pipeline)
        found[pipeline] = tuple(name for name in told if _known(given, pipeline, name, people))
    return found


def _steps(below: Fields, policy: str, people: tuple[str, ...]) -> tuple[EscalationStep, ...]:
    steps: list[EscalationStep] = []
    for each in below.items(policy):
        step = EscalationStep(
            after=each.duration("after", default=timedelta(0)),
            while_=each.one_of("while", _WHILE, default="unresolved"),
            page=_targets(each, "page", (*_TARGETS, *people)),
            tell=_targets(each, "tell", (*_TOLD, *people)),
            between=_between(each),
            repeat_every=_repeat(each),
            is_target=each.flag("target"),
            working_days=each.flag("working_days"),
        )
        each.done()
        if not (step.page or step.tell):
            each.error("the step pages and tells nobody; name whom, such as `page: [manager]`")
        if steps and step.after < steps[-1].after:
            each.error("the step comes before the one above it; write steps in order of time", "after")
        if step.while_ != rota.IMPACT and any(before.is_target for before in steps):
            each.warning("the step comes after the resolution target, by when the incident should be over; move it before, or let it wait for `impact`")
        steps.append(step)
    if not steps:
        below.error(f"'{policy}' has no steps; write at least `- {{after: 0min, while: unacknowledged, page: [primary]}}`", policy)
    elif not steps[-1].page:
        below.error(f"the last step of '{policy}' pages nobody, so a page could end unheard; let it page somebody", policy)
    return tuple(steps)


def _targets(each: Fields, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    given = each.names(key)
    for name in given:
        if name not in known:
            each.error(f"'{name}' can be nobody to {key}. {suggestion(name, known, 'Roles and people')}", key)
    return given


def _between(each: Fields) -> tuple[time, time] | None:
    given = each.names("between")
    if not given:
        return None
    try:
        first, last = (time.fromisoformat(text) for text in given)
    except ValueError:
        each.error("'between' is not two times of day; write it like [\"08:00\", \"20:00\"]", "between")
        return None
    return first, last


def _repeat(each: Fields) -> timedelta | None:
    written = each.text("repeat_every")
    found = as_duration(written) if written else None
    if written and not found:
        each.error(f"'repeat_every' is '{written}', expected a duration; write it like 2h", "repeat_every")
    return found


def _plan(text: str, rotation: Rotation | None, people: tuple[str, ...], problems: Problems) -> tuple[PlannedShift, ...]:
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != PLAN_COLUMNS:
        problems.error(PLAN_FILE, 1, f"the first line is not `{','.join(PLAN_COLUMNS)}`; write it so")
        return ()
    found: dict[date, PlannedShift] = {}
    for row in rows:
        shift = _planned(row, rows.line_num, rotation, people, problems)
        if shift is not None:
            found[shift.on] = shift
    return tuple(found[on] for on in sorted(found))


def _planned(
    row: Mapping[str, str], line: int, rotation: Rotation | None, people: tuple[str, ...], problems: Problems
) -> PlannedShift | None:
    on = as_day(row["on"] or "")
    if on is None:
        problems.error(PLAN_FILE, line, f"'{row['on']}' is no day; write it like 2027-02-08")
        return None
    if rotation and rotation.every == rota.WEEK and on.weekday() != rotation.hand_off.weekday:
        problems.error(PLAN_FILE, line, f"{on} is no {rota.WEEKDAYS[rotation.hand_off.weekday]}, on which shifts begin; name the hand-off's day")
    for name in (row["primary"], row["backup"]):
        if name and name not in people:
            problems.error(PLAN_FILE, line, f"'{name}' is nobody in team/people.yml. {suggestion(name, people, 'People')}")
    if row["primary"] and row["primary"] == row["backup"]:
        problems.error(PLAN_FILE, line, f"{row['primary']} is primary and backup of one shift; name two people")
    return PlannedShift(on, row["primary"] or None, row["backup"] or None, row["reason"] or "")


def _report_owners(team: Team, people: tuple[Person, ...], problems: Problems) -> None:
    """Whoever owns too much, or is leaving."""
    investors = [each for each in team.owned if each.audience == INVESTORS and each.primary]
    if len(investors) > 1 and len({each.primary for each in investors}) == 1:
        problems.warning(
            _file_of(investors[0]),
            1,
            f"{investors[0].primary} is primary owner of all {len(investors)} investor pipelines; give one to somebody else",
        )
    leaving = {person.name: person.left_on for person in people if person.left_on}
    for each in team.owned:
        for role, name in (("primary", each.primary), ("secondary", each.secondary)):
            if name in leaving:
                problems.warning(
                    _file_of(each), 1, f"{role} owner {name} is gone from {leaving[name]} on; hand {each.subject} over"
                )


def _file_of(owned: Owned) -> str:
    if not owned.folder:
        return "team/ownership.yml"
    return f"{owned.folder}/owners.yml" if owned.folder == "shared" else f"{owned.folder}/pipeline.yml"


def _known(fields: Fields, key: str, name: str, people: tuple[str, ...]) -> bool:
    if name in people:
        return True
    fields.error(f"'{name}' is nobody in team/people.yml. {suggestion(name, people, 'People')}", key)
    return False
