"""Calendars of shifts, read back with a library that did not write them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import vobject
from rotas import MONDAY, rotation

from holdfast.definitions.people import Person
from holdfast.oncall.exchanges import SWAP, Move, proposal
from holdfast.oncall.feeds import Edition, known, written
from holdfast.oncall.shifts import Shift, shift_span

ROTA = rotation()
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
PEOPLE = tuple(Person(name, name.title(), "engineer", email=f"{name}@example.com") for name in ("john", "james", "jill"))


def week(weeks, primary, backup, reason="rotation"):
    on = MONDAY + timedelta(weeks=weeks)
    return Shift(on, *shift_span(ROTA, on), primary, backup, reason)


FIRST = Edition(NOW, (week(0, "john", "james"), week(1, "james", "jill"), week(2, "jill", "john")))
SWAPPED = Edition(LATER, (week(0, "john", "james"), week(1, "jill", "james", "swap 4"), week(2, "james", "john", "swap 4")))


def read(editions, person=None, proposals=()):
    content = written(known(editions, ROTA, person, "profit", proposals), PEOPLE, "On call")
    calendar = vobject.readOne(content.decode())
    return {event.uid.value: event for event in calendar.vevent_list}


def test_a_second_library_reads_every_shift():
    """Three weeks: two roles each, and two hand-off meetings; times are those of the shifts."""
    events = read([FIRST])

    assert len(events) == 8
    john = events["20270104-primary-john@profit"]
    assert john.dtstart.value == datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert john.dtend.value == datetime(2027, 1, 11, 9, tzinfo=UTC)
    assert (john.status.value, john.sequence.value) == ("CONFIRMED", "0")
    assert "Backup: james" in john.description.value


def test_a_person_gets_only_their_own():
    """John's calendar has his two shifts and the hand-off at which he leaves."""
    assert sorted(read([FIRST], "john")) == [
        "20270104-primary-john@profit",
        "20270111-hand-off@profit",
        "20270118-backup-john@profit",
    ]


def test_the_meeting_ends_as_the_shift_does():
    """Half an hour before nine on Monday, for the one who leaves and the one who comes."""
    meeting = read([FIRST])["20270111-hand-off@profit"]

    assert meeting.dtstart.value == datetime(2027, 1, 11, 8, 30, tzinfo=UTC)
    assert meeting.dtend.value == datetime(2027, 1, 11, 9, tzinfo=UTC)
    assert {each.value for each in meeting.attendee_list} == {"MAILTO:john@example.com", "MAILTO:james@example.com"}


def test_a_change_keeps_the_id_and_raises_the_sequence():
    """After a swap the shift that was given away is cancelled, not gone; what did not change keeps its number."""
    events = read([FIRST, SWAPPED])

    gone, came = events["20270111-primary-james@profit"], events["20270111-primary-jill@profit"]
    assert (gone.status.value, gone.sequence.value) == ("CANCELLED", "1")
    assert (came.status.value, came.sequence.value) == ("CONFIRMED", "0")
    same = events["20270104-primary-john@profit"]
    assert (same.status.value, same.sequence.value) == ("CONFIRMED", "0")


def test_what_comes_back_is_confirmed_again():
    """A swap that is taken back raises the number once more, so clients believe it."""
    events = read([FIRST, SWAPPED, Edition(LATER + timedelta(days=1), FIRST.duties)])

    back = events["20270111-primary-james@profit"]
    assert (back.status.value, back.sequence.value) == ("CONFIRMED", "2")


def test_an_open_proposal_makes_its_shifts_tentative():
    """Whoever might give a shift away sees it in their calendar."""
    shift = FIRST.duties[1]
    wanted = proposal(SWAP, [Move(shift.on, shift.start, shift.end, "primary", "james", "jill")], "", NOW, "james")

    events = read([FIRST], proposals=[replace(wanted, id=1)])

    assert events["20270111-primary-james@profit"].status.value == "TENTATIVE"
    assert events["20270104-primary-john@profit"].status.value == "CONFIRMED"


def test_the_same_plan_is_the_same_file():
    """Written twice, byte for byte the same: nothing of the moment of writing is in it."""
    assert written(known([FIRST], ROTA, None, "p"), PEOPLE, "x") == written(known([FIRST], ROTA, None, "p"), PEOPLE, "x")


def test_without_a_meeting_there_is_none():
    """A rotation that says `meeting: 0min` has only shifts."""
    found = known([FIRST], replace(ROTA, meeting=timedelta(0)), None, "p")

    assert all("hand-off" not in each.entry.uid for each in found)
    assert date(2027, 1, 4) == FIRST.duties[0].on
