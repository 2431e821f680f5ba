"""One incident as the ledger would hold it: orders of 2026-10-01 late, paged, acknowledged, resolved; and kept files."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from holdfast.definitions.rota import EscalationStep
from holdfast.incidents.incident import Acknowledgement, Ending, Event, Incident, Ladder, State
from holdfast.incidents.messages import Clock, Message, Post, Posted, Sort
from holdfast.incidents.signals import Affect, Key, Signal
from holdfast.logbook.story import Coming, Story

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"


def at(hour, minute=0, second=0, day=2):
    return datetime(2026, 10, day, hour, minute, second, tzinfo=UTC)


PROFIT = Affect("aggregate_profit", "investors", "", "day", "2026-10-01", at(8))
UNITS = Affect("unit_level_profit", "experiments", "", "day", "2026-10-01", at(10))
KEY = Key("late", "orders", date(2026, 10, 1))
SIGNALS = (
    Signal(
        KEY, "aggregate_profit", at(3), at(8), "orders of 2026-10-01 have not come",
        ("expected by 02:00 UTC, 118 rows on the last Thursday",), (PROFIT,), ("transactions_team",), "the rows are there and the day is published",
    ),
    Signal(KEY, "unit_level_profit", at(3), at(10), "orders of 2026-10-01 have not come", (), (UNITS,), (), "the rows are there and the day is published"),
)  # fmt: skip
STEPS = (
    EscalationStep(timedelta(0), "unacknowledged", ("primary",)),
    EscalationStep(timedelta(minutes=15), "unacknowledged", ("backup",)),
    EscalationStep(timedelta(hours=2), "unresolved", ("manager",)),
)
WATCHED = Incident(
    KEY, "orders of 2026-10-01 have not come", at(3, 5), "holdfast", SIGNALS, (PROFIT, UNITS), id=12, version=1,
    ladders=(Ladder("aggregate_profit", "investors-5f1c", STEPS, at(8)),), told=("transactions_team", "#data-eng-alerts"), opened_times=(at(3, 5),),
)  # fmt: skip
PAGED = replace(WATCHED, version=4, round_at=at(8), told=(*WATCHED.told, "john", "james"))
ACKNOWLEDGED = replace(PAGED, version=5, acknowledged=Acknowledgement("james", at(8, 20)))
RESOLVED = replace(ACKNOWLEDGED, version=7, state=State.RESOLVED, ending=Ending(at(9, 41), "holdfast", "the rows are there and the day is published"), affects=(), signals=())

EVENTS = (
    Event(at(3, 5), "opened", "holdfast", "late/orders/2026-10-01: orders of 2026-10-01 have not come"),
    Event(at(8), "due", "holdfast", "aggregate_profit/1: primary john"),
    Event(at(8), "impact", "holdfast", "aggregate_profit day 2026-10-01 is past its deadline"),
    Event(at(8, 20), "acknowledged", "james", "acknowledged"),
    Event(at(8, 25), "note", "james", "the export job was stuck; it runs again"),
    Event(at(9, 41), "resolved", "holdfast", "the rows are there and the day is published"),
)


def page(name, role, step, due_at, **changes):
    return Message(Sort.PAGE, name, role, due_at, Clock.FIRST, 12, "aggregate_profit", "investors-5f1c", step, 1, **changes)


POSTED = (
    Posted(1, Message(Sort.TELL, "transactions_team", "contact", at(3, 5), incident=12, occasion="opened"), Post.SENT, "pages", 1, sent_at=at(3, 5, 1), provider_id="line 1"),
    Posted(2, page("john", "primary", 0, at(8)), Post.FAILED, "mail", 4, ("pages", "mail"), reason="no channel of john's took it: mail refused the address", claimed_at=at(8, 0, 40)),
    Posted(3, page("james", "backup", 1, at(8, 0, 40), stands_for=("aggregate_growth/2",)), Post.SENT, "pages", 2, sent_at=at(8, 1, 2), provider_id="line 2", maybe_sent=True),
    Posted(4, page("mia", "manager", 2, at(8, 30)), Post.DROPPED, reason="acknowledged by james", claimed_at=at(8, 30)),
    Posted(5, page("mia", "manager", 2, at(10)), Post.PENDING, attempts=1, next_try_at=at(10, 0, 9), reason="pages: no answer in 10 s"),
)  # fmt: skip
COMING = (
    Coming(at(10, 30), "aggregate_profit/4", ("mia",), "unresolved"),
    Coming(at(11), "unit_level_profit joins"),
)
STORY = Story(ACKNOWLEDGED, EVENTS[:-1], POSTED, COMING)


def keeps(name, text):
    """Fails when the text differs from the kept file; HOLDFAST_WRITE_SNAPSHOTS=1 keeps it instead."""
    kept = SNAPSHOTS / name
    if os.environ.get("HOLDFAST_WRITE_SNAPSHOTS"):
        kept.write_text(text)
    assert text == kept.read_text()
