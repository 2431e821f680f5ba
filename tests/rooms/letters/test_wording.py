"""What people read at three in the morning, every kind kept as a file that somebody has read."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from holdfast.definitions.people import Person
from holdfast.definitions.rota import EscalationStep
from holdfast.incidents.incident import Acknowledgement, Decision, Ending, Event, Incident, Ladder, State
from holdfast.incidents.messages import Clock, Message, Sort
from holdfast.incidents.signals import Affect, Harm, Key, Kind, Signal
from holdfast.letters.runbook_section import section_for, sections
from holdfast.letters.wording import LOCK_SCREEN, Words, bundled, marked, reach_test, worded

KEPT = Path(__file__).parents[2] / "snapshots" / "messages"
LONDON = ZoneInfo("Europe/London")


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


PEOPLE = {
    each.name: each
    for each in (
        Person("john", "John", "engineer", "john@example.com", "Europe/London"),
        Person("james", "James", "engineer", "james@example.com", "Europe/Berlin"),
        Person("jill", "Jill", "engineer", "jill@example.com", "America/New_York"),
        Person("manager", "Engineering Manager", "manager", "manager@example.com", "Europe/London"),
        Person("finance_lead", "Finance Lead", "lead"),
        Person("investor_relations", "Investor Relations", "stakeholder"),
        Person("transactions_team", "Transactions Team", "contact"),
    )
}
RUNBOOK = """# Aggregate profit
## Order rows are missing or late
**Symptom.** `orders_complete`, `orders_fresh` or `orders_volume` fails.
## Costs are missing for a region
**Symptom.** `cost_coverage` fails for a region.
## A column changed
**Symptom.** A contract check fails.
## A run is late or failed
**Symptom.** Nothing new is published at 08:00 UTC.
"""
WORDS = Words(
    "northwind",
    LONDON,
    PEOPLE,
    owners={"aggregate_profit": ("james", "jill"), "unit_profit": ("john", "james")},
    runbooks={"aggregate_profit": sections(RUNBOOK)},
    on_call="john",
)
STEPS = (
    EscalationStep(timedelta(0), "unacknowledged", ("primary",)),
    EscalationStep(timedelta(minutes=15), "unacknowledged", ("backup",)),
    EscalationStep(timedelta(minutes=30), "unacknowledged", ("manager",)),
    EscalationStep(timedelta(hours=2), "unresolved", ("primary_owner", "secondary_owner", "manager"), ("stakeholders",)),
    EscalationStep(timedelta(hours=4), "unresolved", ("manager",), ("room",), is_target=True),
    EscalationStep(timedelta(hours=6), "impact", ("lead",), repeat_every=timedelta(hours=2)),
)
LATE = Key(Kind.LATE, "orders", date(2026, 10, 1))


def affect(pipeline: str, metric: str, due: datetime, audience: str, **other: object) -> Affect:
    return Affect(pipeline, audience, metric, "day", "2026-10-01", due, **other)  # type: ignore[arg-type]


PROFIT = Signal(
    LATE,
    "aggregate_profit",
    at(3),
    at(8),
    "No rows of orders of 2026-10-01 have come",
    ("orders: 0 rows; 480 to 650 on Thursdays of the last four weeks", "all 5 regions are without rows"),
    tuple(
        affect("aggregate_profit", each, at(8), "investors")
        for each in ("gross_revenue", "refunds", "revenue", "cost", "profit", "orders", "margin")
    ),
    ("transactions_team",),
    "the day is published and its checks pass",
)
UNIT = replace(
    PROFIT, pipeline="unit_profit", page_at=at(10), affects=(affect("unit_profit", "", at(10), "experiments"),)
)
INCIDENT = Incident(
    LATE,
    "No rows of orders of 2026-10-01 have come",
    at(3),
    "holdfast",
    (PROFIT, UNIT),
    (*PROFIT.affects, *UNIT.affects),
    id=12,
    ladders=(Ladder("aggregate_profit", "investors 5f2a", STEPS, at(8)),),
    round_at=at(8),
    opened_times=(at(3),),
)


def step(position: int, target: str, role: str, due: datetime, **other: object) -> Message:
    second = STEPS[position].while_ != "unacknowledged"
    base = Message(
        Sort.PAGE,
        target,
        role,
        due,
        clock=Clock.SECOND if second else Clock.FIRST,
        incident=12,
        pipeline="aggregate_profit",
        policy="investors 5f2a",
        step=position,
        round=0 if second else 1,
    )
    return replace(base, **other)  # type: ignore[arg-type]


def tell(target: str, role: str, occasion: str, **other: object) -> Message:
    return replace(Message(Sort.TELL, target, role, at(3, 5), incident=12, occasion=occasion), **other)  # type: ignore[arg-type]


def paged(*people: str) -> tuple[tuple[str, str, int], ...]:
    return tuple((each, "aggregate_profit", 1) for each in people)


WRONG = replace(
    INCIDENT,
    key=Key(Kind.PERSON, "3", date(2026, 10, 2)),
    title="margin of EU looks ten times too high",
    signals=(
        Signal(
            Key(Kind.PERSON, "3", date(2026, 10, 2)),
            "aggregate_profit",
            at(9),
            at(9),
            "margin of EU looks ten times too high",
            affects=(affect("aggregate_profit", "margin", at(8), "investors", harm=Harm.WRONG),),
        ),
    ),
    affects=(affect("aggregate_profit", "margin", at(8), "investors", harm=Harm.WRONG),),
    opened_at=at(9),
    opened_by="jill",
    ladders=(Ladder("aggregate_profit", "investors 5f2a", STEPS, at(9)),),
    round_at=at(9),
)
VACANT = Incident(
    Key(Kind.VACANCY, "rota", date(2026, 10, 5)),
    "Nobody is planned from Mon 5 Oct 09:00; the manager answers",
    at(8),
    "holdfast",
    (
        Signal(
            Key(Kind.VACANCY, "rota", date(2026, 10, 5)),
            "",
            at(8),
            at(8),
            "Nobody is planned from Mon 5 Oct 09:00; the manager answers",
            clears_when="somebody is planned: holdfast oncall plan",
        ),
    ),
    (),
    id=13,
    ladders=(Ladder("", "team 11aa", STEPS[:1], at(8)),),
)
RESTORED = (*PROFIT.affects, *UNIT.affects)
ENDED = replace(INCIDENT, signals=(), affects=(), state=State.RESOLVED, paged=paged("john", "jill"))
FLAPPED = replace(INCIDENT, opened_times=(at(3), at(5, 10), at(7, 40)), is_flapping=True)
LAPSED = Event(at(10), "lapsed", "holdfast", "john's snooze is over")

CASES: dict[str, tuple[Incident, Message, datetime, Words]] = {
    "page-primary": (INCIDENT, step(0, "john", "primary", at(8)), at(8, 1), WORDS),
    "page-backup": (
        replace(INCIDENT, paged=paged("john", "jill")),
        step(1, "jill", "backup", at(8, 15)),
        at(8, 16),
        WORDS,
    ),
    "page-owners-acknowledged": (
        replace(INCIDENT, paged=paged("john", "jill"), acknowledged=Acknowledgement("john", at(8, 10))),
        step(3, "james", "primary_owner", at(10), stands_for=("unit_profit/1",)),
        at(10, 1),
        WORDS,
    ),
    "page-target-missed": (
        replace(INCIDENT, paged=paged("john", "jill", "manager")),
        step(4, "manager", "manager", at(12)),
        at(12, 1),
        WORDS,
    ),
    "page-lead": (replace(INCIDENT, paged=paged("john", "jill")), step(5, "finance_lead", "lead", at(14)), at(14, 1), WORDS),
    "page-second-round": (replace(INCIDENT, round=2, round_at=at(9)), step(0, "john", "primary", at(9), round=2), at(9), WORDS),
    "page-wrong-figure": (WRONG, step(0, "john", "primary", at(9)), at(9, 1), WORDS),
    "page-vacancy": (
        VACANT,
        step(0, "manager", "manager", at(8), incident=13, pipeline="", policy="team 11aa"),
        at(8, 1),
        WORDS,
    ),
    "page-asked": (
        INCIDENT,
        tell("jill", "asked", "asked by john at 2026-10-02T08:20", sort=Sort.PAGE, body=("can you look at the EU costs with me?",)),
        at(8, 20),
        WORDS,
    ),
    "tell-contact": (INCIDENT, tell("transactions_team", "contact", "opened"), at(3, 5), WORDS),
    "tell-contact-overdue": (INCIDENT, tell("transactions_team", "contact", "opened"), at(11), WORDS),
    "tell-approver": (
        replace(
            INCIDENT,
            key=Key(Kind.DECISION, "aggregate_profit", date(2026, 9, 29)),
            title="aggregate_profit of 2026-09-29: a revision waits for a person's word",
            signals=(
                replace(
                    PROFIT,
                    key=Key(Kind.DECISION, "aggregate_profit", date(2026, 9, 29)),
                    page_at=None,
                    summary="aggregate_profit of 2026-09-29: a revision waits for a person's word",
                    detail=("profit 25170.22 -> 24110.70, limit 5 %",),
                    affects=(),
                    clears_when="it is approved (holdfast approve 7) or the rows change",
                ),
            ),
            affects=(),
            ladders=(),
        ),
        tell("finance_lead", "contact", "opened"),
        at(3, 5),
        WORDS,
    ),
    "tell-contact-again": (
        replace(INCIDENT, opened_times=(at(3), at(9, 40))),
        tell("transactions_team", "told", "reopened 2"),
        at(9, 40),
        WORDS,
    ),
    "page-again": (
        replace(INCIDENT, opened_times=(at(3), at(9, 40)), round=2, round_at=at(9, 40)),
        step(0, "john", "primary", at(9, 40), round=2),
        at(9, 41),
        WORDS,
    ),
    "tell-room-opened": (INCIDENT, tell("#data-eng-alerts", "room", "opened"), at(3, 5), WORDS),
    "tell-room-target-missed": (INCIDENT, step(4, "#data-eng-alerts", "room", at(12), sort=Sort.TELL), at(12, 1), WORDS),
    "tell-stakeholders": (
        replace(INCIDENT, acknowledged=Acknowledgement("john", at(8, 10))),
        step(3, "investor_relations", "stakeholders", at(10), sort=Sort.TELL),
        at(10, 1),
        WORDS,
    ),
    "tell-stakeholders-wrong": (WRONG, step(3, "investor_relations", "stakeholders", at(11), sort=Sort.TELL), at(11), WORDS),
    "tell-resolved": (
        replace(ENDED, ending=Ending(at(14, 31), "holdfast", "cleared")),
        tell("john", "primary", "resolved"),
        at(14, 31),
        replace(WORDS, lacked=lambda _: RESTORED),
    ),
    "tell-resolved-in-time": (
        replace(ENDED, ending=Ending(at(7, 10), "holdfast", "cleared")),
        tell("transactions_team", "contact", "resolved"),
        at(7, 10),
        replace(WORDS, lacked=lambda _: RESTORED),
    ),
    "tell-resolved-by-person": (
        replace(ENDED, ending=Ending(at(9, 10), "john", "the region is closed this week", at(10, 10))),
        tell("jill", "backup", "resolved"),
        at(9, 10),
        WORDS,
    ),
    "tell-reopened": (replace(FLAPPED, is_flapping=False, opened_times=(at(3), at(9, 40))), tell("john", "primary", "reopened"), at(9, 40), WORDS),
    "tell-flapping": (FLAPPED, tell("john", "primary", "flapping"), at(7, 40), WORDS),
    "tell-handed-over": (
        replace(INCIDENT, acknowledged=Acknowledgement("john", at(7, 50))),
        tell("james", "primary", "handed over 2026-10-02", sort=Sort.PAGE),
        at(8),
        WORDS,
    ),
    "tell-assigned": (replace(INCIDENT, assignee="jill"), tell("jill", "assignee", "assigned by john"), at(8, 20), WORDS),
}


def kept(name: str, subject: str, body: tuple[str, ...]) -> None:
    """The message is what somebody has read; HOLDFAST_WRITE_SNAPSHOTS=1 keeps it anew."""
    text = "\n".join([subject, "", *body, ""])
    if os.environ.get("HOLDFAST_WRITE_SNAPSHOTS"):
        (KEPT / f"{name}.txt").write_text(text, encoding="utf-8")
    assert text == (KEPT / f"{name}.txt").read_text(encoding="utf-8")


def said(incident: Incident, message: Message, now: datetime, words: Words = WORDS, *events: Event) -> Message:
    return worded(Decision(incident, events, (message,)), now, words).messages[0]


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_message_reads_as_it_was_read(name):
    """Each kind says what readers lack, why, who else knows and what to do; a change of words is seen."""
    message = said(*CASES[name])

    kept(name, message.subject, message.body)


@pytest.mark.parametrize("name", CASES)
def test_a_subject_fits_a_lock_screen_and_names_the_incident(name):
    """Whoever reads only the first line knows what it is about and what to acknowledge."""
    incident, *_ = CASES[name]
    message = said(*CASES[name])

    assert len(message.subject) <= LOCK_SCREEN
    assert message.subject.endswith(f" [{incident.id}]")


def test_a_page_of_a_new_round_says_why_it_comes_again():
    """What ended the acknowledgement stands first."""
    incident, message, now, words = CASES["page-second-round"]

    assert said(incident, message, now, words, LAPSED).body[0] == "John's snooze is over."


def test_words_that_are_there_already_stay():
    """A hand-off note brings its own words."""
    note = tell("james", "primary", "hand-off 2026-10-05", subject="Your week begins at 09:00", body=("Nothing is open.",))

    assert said(INCIDENT, note, at(7)) == note


def test_an_endless_title_is_cut_and_the_number_stays():
    """A cut subject ends with the incident's number, marked or not."""
    long = replace(INCIDENT, signals=(replace(PROFIT, summary="very " * 60 + "late"),))
    subject = said(long, step(0, "john", "primary", at(8)), at(8)).subject

    assert subject.endswith("… [12]")
    assert len(subject) == LOCK_SCREEN
    again, _ = marked(subject, (), maybe_repeat=True, late=True)
    assert again.startswith("Maybe a repeat: Late: Investors lack Aggregate profit")
    assert again.endswith("[12]")
    assert len(again) <= LOCK_SCREEN


def test_marks_stand_first_and_change_nothing_where_nothing_is_uncertain():
    """A possible repeat and lateness are said in subject and body; a certain page is left alone."""
    assert marked("Late data [3]", ("a",), maybe_repeat=False, late=False) == ("Late data [3]", ("a",))
    subject, body = marked("Investors lack it [3]", ("a",), maybe_repeat=True, late=False)
    kept("marked-maybe-repeat", subject, body)
    kept("marked-late", *marked("Investors lack it [3]", ("a",), maybe_repeat=False, late=True))


def test_a_bundle_names_or_counts_every_incident():
    """Of 30 incidents twenty have a line and ten are numbered; none is left out."""
    first = said(*CASES["page-primary"])
    many = [replace(first, incident=12 + each, subject=first.subject.replace("[12]", f"[{12 + each}]")) for each in range(30)]
    subject, body = bundled(many)

    kept("bundle", subject, body)
    assert len(subject) <= LOCK_SCREEN
    assert "32-41" in "\n".join(body)


def test_a_test_page_says_that_nothing_is_wrong():
    """And how to prove that it arrived."""
    kept("test", *reach_test(PEOPLE["jill"], "northwind", at(12)))


@pytest.mark.parametrize(
    ("kind", "subject", "summary", "heading"),
    [
        (Kind.LATE, "orders", "No rows of orders have come", "Order rows are missing or late"),
        (Kind.CHECK, "fact_costs", "cost_coverage fails for region=EU", "Costs are missing for a region"),
        (Kind.FAILED, "aggregate_profit", "the run ended in an error", "A run is late or failed"),
        (Kind.MISSED, "aggregate_profit/day", "nothing is published", "A run is late or failed"),
        (Kind.VACANCY, "rota", "nobody is planned", ""),
        (Kind.CHECK, "fact_weather", "sun_shines fails", ""),
    ],
)
def test_the_runbook_section_is_the_one_for_the_cause(kind, subject, summary, heading):
    """Found by subject, check or kind of cause; none rather than a wrong one."""
    signal = replace(PROFIT, key=Key(kind, subject, date(2026, 10, 1)), summary=summary, detail=())

    assert section_for(signal, sections(RUNBOOK)) == heading
