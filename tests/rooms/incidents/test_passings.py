"""Who takes over when, whose note is due, and who has not said that they read it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from holdfast.definitions.people import Person
from holdfast.definitions.rota import HandOff, Rotation
from holdfast.incidents.hand_off import note_of, notes_due, passings, to_acknowledge, unacknowledged
from holdfast.oncall.record import Override, Rota
from holdfast.oncall.shifts import Shift

LONDON = ZoneInfo("Europe/London")
ROTATION = Rotation(("john", "james", "jill"), HandOff(0, time(9), LONDON), date(2026, 9, 21), date(2026, 11, 2))
PEOPLE = (
    *(Person(name, name.title(), "engineer", zone="Europe/London") for name in ROTATION.engineers),
    Person("mia", "Mia", "manager", zone="Europe/London"),
)


def utc(day, hour, minute=0, month=10):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def week(start, end, primary, backup):
    return Shift(start.date(), start, end, primary, backup, "rotation")


# 09:00 in London is 08:00 UTC until clocks go back on 2026-10-25, and 09:00 UTC after.
WEEKS = (
    week(utc(28, 8, month=9), utc(5, 8), "john", "james"),
    week(utc(5, 8), utc(12, 8), "james", "jill"),
    week(utc(12, 8), utc(19, 8), "james", "jill"),
    week(utc(19, 8), utc(26, 9), None, "john"),
)
PLAN = Rota(ROTATION, PEOPLE, WEEKS)
FIFTH = utc(5, 8)


def test_two_shifts_of_one_person_have_no_hand_off_between_them():
    """James has two weeks in a row, so he takes over once, until the manager answers the vacant week."""
    found = [(each.at, each.outgoing, each.incoming, each.until) for each in passings(PLAN, utc(1, 0), utc(31, 0))]

    assert found == [(utc(5, 8), "john", "james", utc(19, 8)), (utc(19, 8), "james", "mia", utc(26, 9))]


def test_hours_covered_by_another_are_handed_off_twice():
    """Whoever covers an afternoon takes over at its start, and the shift's own primary when it ends."""
    covered = Shift(date(2026, 10, 5), utc(7, 12), utc(7, 18), "jill", "john", "cover 3")
    rota = Rota(ROTATION, PEOPLE, WEEKS, overrides=(Override(covered),))

    assert [(each.at, each.incoming) for each in passings(rota, utc(6, 0), utc(8, 0))] == [
        (utc(7, 12), "jill"),
        (utc(7, 18), "james"),
    ]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (utc(5, 5, 59), []),
        (utc(5, 6), ["james"]),
        (utc(5, 8), ["james"]),
        (utc(5, 8, 29), ["james"]),
        (utc(5, 8, 30), []),
    ],
)
def test_the_note_is_told_from_two_hours_before_to_half_an_hour_after(now, told):
    """The message is due two hours before 08:00 UTC, and a pager that was down may still say it by 08:30."""
    found = notes_due(PLAN, now, {})

    assert [each.target for each in found] == told
    assert all(each.due_at == utc(5, 6) and each.occasion == "hand-off 2026-10-05 09:00" for each in found)


def test_the_same_hand_off_gives_the_same_key():
    """Two passes write one message: what the outbox tells them by does not move with the time."""
    (early,), (late,) = notes_due(PLAN, utc(5, 6), {}), notes_due(PLAN, utc(5, 8, 10), {})

    assert early == late


def test_who_has_read_it_is_not_told_again():
    """An acknowledged hand-off makes no message; the word of another, from before a swap, does not count."""
    assert notes_due(PLAN, utc(5, 7), {FIFTH: ["james"]}) == []
    assert [each.target for each in notes_due(PLAN, utc(5, 7), {FIFTH: ["jill"]})] == ["james"]


@pytest.mark.parametrize(
    ("now", "acknowledged", "missing"),
    [
        (utc(5, 8, 29), {}, []),
        (utc(5, 8, 30), {}, ["james"]),
        (utc(5, 8, 30), {FIFTH: {"james": FIFTH}}, []),
        (utc(6, 7, 59), {}, ["james"]),
        (utc(6, 8), {}, []),
    ],
)
def test_silence_counts_from_half_an_hour_after_the_hand_off_and_for_a_day(now, acknowledged, missing):
    """Half an hour of grace; a day later the new person has long had it."""
    assert [each.incoming for each in unacknowledged(PLAN, acknowledged, now)] == missing


@pytest.mark.parametrize(
    ("now", "at"),
    [(utc(3, 0), utc(5, 8)), (utc(5, 8), utc(5, 8)), (utc(5, 8, 29), utc(5, 8)), (utc(5, 8, 30), utc(19, 8))],
)
def test_a_note_is_for_the_next_hand_off_or_the_one_just_past(now, at):
    """For half an hour after a hand-off its own note is still the one to read."""
    note = note_of(PLAN, now)

    assert note
    assert note.at == at


def test_behind_the_plan_there_is_no_note():
    """Nobody takes over when nothing more is planned."""
    assert note_of(PLAN, utc(27, 0)) is None


@pytest.mark.parametrize(
    ("person", "now", "at"),
    [
        ("james", utc(5, 5, 59), None),
        ("james", utc(5, 6), utc(5, 8)),
        ("john", utc(5, 6), utc(28, 8, month=9)),
        ("james", utc(7, 0), utc(5, 8)),
        ("jill", utc(7, 0), None),
    ],
)
def test_only_the_incoming_person_takes_over(person, now, at):
    """From two hours before it is the incoming person's to say, and until then that of whoever answers."""
    found = to_acknowledge(PLAN, now, person)

    assert (found.at if found else None) == at
