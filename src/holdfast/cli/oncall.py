"""Verbs about people that read or plan: owners, who is on call, plan, verify, ics, plot."""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from holdfast.app import App, instant
from holdfast.calendars import day_of
from holdfast.cli.opening import app_of, day
from holdfast.cli.telling import width
from holdfast.definitions.rota import HandOff
from holdfast.errors import DefinitionError, WorldError
from holdfast.oncall.burden import MEASURES, Burden, shown, spread
from holdfast.oncall.feeds import known, written
from holdfast.oncall.ownership import codeowners, loads, owned_on
from holdfast.oncall.planning import Goal
from holdfast.oncall.shifts import Shift, hand_off_at, shift_day_of, within
from holdfast.releases.text_table import aligned
from holdfast.rostering.asking import Answer, Roster, rotation_of
from holdfast.rostering.planning import Planned, next_unplanned
from holdfast.rostering.planning import plan as plan_weeks

MANAGER = "the manager"


def owners(arguments: Namespace) -> int:
    """The matrix and each person's load; without `--on` of today, which asks for no clock where nobody takes turns."""
    app = app_of(arguments)
    team, people = app.project.team, app.project.people
    on = day(arguments.on, "--on") if arguments.on else _today(app) if team.turns else date.min
    owned = owned_on(team, on)
    if arguments.codeowners:
        print(codeowners(owned, people), end="")
        return 0
    carried = loads(owned, people)
    if arguments.json:
        print(
            json.dumps(
                {
                    "owned": [
                        {"subject": each.subject, "audience": each.audience or None, "primary": each.primary, "secondary": each.secondary}
                        for each in owned
                    ],
                    "load": [
                        {"person": each.person, "primary": each.primary, "secondary": each.secondary, "investors": each.investors}
                        for each in carried
                    ],
                },
                indent=2,
            )
        )  # fmt: skip
        return 0
    rows = [(each.subject, each.audience, each.primary, each.secondary) for each in owned]
    print("\n".join(aligned(("owned", "audience", "primary", "secondary"), rows, width=width())))
    print()
    head = ("person", "primary", "secondary", "investors")
    loaded = [(each.person, str(each.primary), str(each.secondary), str(each.investors)) for each in carried]
    print("\n".join(aligned(head, loaded, right=frozenset(head[1:]), width=width())))
    return 0


def who(arguments: Namespace) -> int:
    """Who answers now, at an instant, or through a week; the plan is asked, whatever the clock says."""
    app = app_of(arguments)
    if arguments.week:
        start, end = _week(rotation_of(app.project).hand_off, arguments.week)
        roster = app.roster_at(start)
        found = roster.answers(start, end)
        shift_days = [_as_object(roster, each) for each in found]
        print(json.dumps({"week": arguments.week, "shifts": shift_days}, indent=2) if arguments.json else _told(roster, found))
        return 0
    at = instant(arguments.instant)
    roster = app.roster_at(at) if at else app.roster
    answer = roster.answer(roster.now)
    if arguments.json:
        print(json.dumps({"at": _local(roster, roster.now).isoformat(), **_as_object(roster, answer)}, indent=2))
        return 0
    until, zone = _local(roster, answer.duty.end), roster.rotation.hand_off.zone
    print(f"{answer.answering} is on call until {until:%A %Y-%m-%d %H:%M} ({zone}); backup: {answer.duty.backup or MANAGER}.")
    print(f"Why: {answer.duty.reason}.")
    return 0


def plan(arguments: Namespace) -> int:
    """Plans, records, and prints rows, clashes, burdens and goals."""
    app = app_of(arguments)
    roster = app.roster
    planner = app.planner(
        arguments.planner or roster.rotation.planner, time_limit_s=arguments.limit, workers=arguments.workers
    )
    first = day(arguments.first, "--from") if arguments.first else next_unplanned(roster)
    with app.rota_turn:
        done = plan_weeks(roster, first, arguments.weeks, planner)
    if arguments.json:
        print(json.dumps(_plan_object(roster, done), indent=2))
        return 0
    print(_rows(roster, done.rows))
    for clash in done.clashes:
        print(f"Clash: {clash}")
    print()
    print("\n".join(fairness_lines(done.in_plan, done.in_all)))
    print()
    print("\n".join(_goal_lines(done)))
    return 0


def verify(arguments: Namespace) -> int:
    """Prints what is wrong; 1 when something breaks a rule."""
    roster = app_of(arguments).roster
    found = roster.findings()
    errors = sum(each.is_error for each in found)
    if arguments.json:
        entries = [
            {"kind": each.kind, "severity": "error" if each.is_error else "warning", "at": each.at.isoformat(), "message": each.text}
            for each in found
        ]  # fmt: skip
        print(json.dumps(entries, indent=2))
    else:
        for each in found:
            print(f"{'error' if each.is_error else 'warning'}: {each.kind}: {each.text}")
        print(f"{errors} errors, {len(found) - errors} warnings.")
    return 1 if errors else 0


def ics(arguments: Namespace) -> int:
    """Writes the calendar of one person or of the team."""
    app = app_of(arguments)
    roster = app.roster
    rota, person = roster.rota, arguments.person
    if person is not None and person not in {each.name for each in app.project.people}:
        raise DefinitionError(f"'{person}' is nobody in team/people.yml.")
    events = known(rota.editions(), roster.rotation, person, app.project.name, rota.open_exchanges(roster.now))
    content = written(events, app.project.people, f"On call: {person or app.project.name}")
    if arguments.out:
        Path(arguments.out).write_bytes(content)
        print(f"Written: {arguments.out}, {len(events)} events.")
    else:
        sys.stdout.write(content.decode())
    return 0


def plot(arguments: Namespace) -> int:
    """Draws the plan and what it costs each person."""
    from holdfast.cli.rota_pictures import fairness_bars, plan_calendar, written_page

    roster = app_of(arguments).roster
    on = day(arguments.first, "--from") if arguments.first else shift_day_of(roster.rotation, roster.now)
    start = hand_off_at(roster.rotation.hand_off, on)
    end = hand_off_at(roster.rotation.hand_off, on + timedelta(weeks=arguments.weeks))
    duties = within(roster.rota.duties(), start, end)
    if not duties:
        raise WorldError(f"nothing is planned from {on}; run `holdfast oncall plan`.")
    engineers = roster.rotation.engineers
    year = roster.year(on, end.date())
    calendar = plan_calendar(roster.rotation, duties, engineers, year, roster.rota.leave())
    bars = fairness_bars(roster.burdens(start, end), engineers)
    out = Path(arguments.out)
    if out.suffix == ".svg":
        beside = out.with_name(f"{out.stem}-fairness.svg")
        out.write_bytes(calendar.bytes())
        beside.write_bytes(bars.bytes())
        print(f"Written: {out} and {beside}.")
    elif out.suffix == ".html":
        out.write_text(written_page(roster.project.name, [calendar, bars]), encoding="utf-8")
        print(f"Written: {out}.")
    else:
        raise DefinitionError(f"--out {out}: give a name that ends in .html or .svg.")
    return 0


def fairness_lines(in_plan: Mapping[str, Burden], in_all: Mapping[str, Burden]) -> list[str]:
    """What each person carries in the plan, and in brackets with everything before; the last row is the range."""

    def cells(plan: Mapping[str, Fraction], all_: Mapping[str, Fraction]) -> tuple[str, ...]:
        return tuple(f"{shown(plan[each])} ({shown(all_[each])})" for each in MEASURES)

    def values(burden: Burden) -> dict[str, Fraction]:
        return {each: getattr(burden, each) for each in MEASURES}

    rows = [(name, *cells(values(in_plan[name]), values(in_all[name]))) for name in in_plan]
    rows.append(("range", *cells(spread(in_plan), spread(in_all))))
    head = ("person", "primary days", "backup days", "weekend days", "holiday points", "critical points")
    return aligned(head, rows, right=frozenset(head[1:]), width=width())


def _goal_lines(done: Planned) -> list[str]:
    rows = [(goal.name, shown(goal.value), _proof(goal)) for goal in done.plan.goals]
    lines = aligned(("goal, in this order", "value", ""), rows, right=frozenset({"value"}), width=width())
    if done.plan.optimal:
        return [*lines, f"Optimal: no plan is better in any of these goals without being worse in one above it ({done.plan.planner})."]
    if any(goal.bound is None for goal in done.plan.goals):
        return [*lines, f"{done.plan.planner} looks at hard rules only; --planner fair makes these as small as they can be."]
    return [*lines, "Not proven optimal within the time limit; the gap left stands beside each goal."]


def _proof(goal: Goal) -> str:
    if goal.bound is None:
        return ""
    return "optimal" if goal.proven else f"at least {shown(goal.bound)}, gap {shown(goal.value - goal.bound)}"


def _plan_object(roster: Roster, done: Planned) -> dict[str, Any]:
    plan_ = done.plan
    return {
        "planner": plan_.planner,
        "optimal": plan_.optimal,
        "goals": [
            {
                "goal": goal.name,
                "value": float(goal.value),
                "bound": None if goal.bound is None else float(goal.bound),
                "gap": None if goal.bound is None else float(max(goal.value - goal.bound, Fraction(0))),
                "optimal": goal.proven,
            }
            for goal in plan_.goals
        ],
        "shifts": [_as_object(roster, Answer(row, roster.rota.manager)) for row in done.rows],
        "clashes": list(done.clashes),
        "fairness": {
            name: {each: float(getattr(burden, each)) for each in MEASURES} for name, burden in done.in_plan.items()
        },
        "fairness_with_history": {
            name: {each: float(getattr(burden, each)) for each in MEASURES} for name, burden in done.in_all.items()
        },
        "range": {name: float(value) for name, value in spread(done.in_plan).items()},
        "range_with_history": {name: float(value) for name, value in spread(done.in_all).items()},
    }


def _as_object(roster: Roster, answer: Answer) -> dict[str, str | None]:
    duty = answer.duty
    return {
        "start": _local(roster, duty.start).isoformat(),
        "end": _local(roster, duty.end).isoformat(),
        "primary": duty.primary,
        "backup": duty.backup,
        "answering": answer.answering,
        "reason": duty.reason,
    }


def _told(roster: Roster, found: Sequence[Answer]) -> str:
    return _rows(roster, [each.duty for each in found])


def _rows(roster: Roster, duties: Sequence[Shift]) -> str:
    rows = [
        (
            f"{_local(roster, each.start):%a %Y-%m-%d %H:%M}",
            f"{_local(roster, each.end):%a %Y-%m-%d %H:%M}",
            each.primary or MANAGER,
            each.backup or MANAGER,
            each.reason,
        )
        for each in duties
    ]
    head = ("start", f"end ({roster.rotation.hand_off.zone})", "primary", "backup", "reason")
    return "\n".join(aligned(head, rows, width=width()))


def _local(roster: Roster, at: datetime) -> datetime:
    return at.astimezone(roster.rotation.hand_off.zone)


def _today(app: App) -> date:
    return day_of(app.clock.now(), app.project.zone)


def _week(hand_off: HandOff, written_: str) -> tuple[datetime, datetime]:
    """The seven days of hand-off to hand-off whose first shift begins in that week."""
    try:
        monday = date.fromisoformat(written_)
    except ValueError:
        raise DefinitionError(f"--week {written_}: that is no week; write it like 2027-W06, or give a day in it.") from None
    monday -= timedelta(days=monday.weekday())
    on = monday + timedelta(days=hand_off.weekday)
    return hand_off_at(hand_off, on), hand_off_at(hand_off, on + timedelta(days=7))
