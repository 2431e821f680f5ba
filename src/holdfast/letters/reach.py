"""Test pages: they prove that somebody is reached before it matters."""

from datetime import datetime, timedelta

from holdfast.definitions.people import Person
from holdfast.incidents.hand_off import passings
from holdfast.incidents.messages import Message, Sort
from holdfast.letters.wording import reach_test
from holdfast.oncall.record import Rota

BEFORE_A_SHIFT = timedelta(hours=24)
STILL_OF_USE = timedelta(hours=12)
"""Before a shift that somebody takes at shorter notice nobody is tested: they have just agreed to it."""
ROLE = "test"


def asked_test(person: Person, project: str, at: datetime) -> Message:
    """A test page that somebody asks for at that instant."""
    return _test(person, project, at, f"test at {at.isoformat()}")


def tests_due(rota: Rota, project: str, now: datetime) -> list[Message]:
    """One to each person who begins to answer within a day; deriving it again gives the same key."""
    people = {person.name: person for person in rota.people}
    return [
        _test(people[each.incoming], project, each.at - BEFORE_A_SHIFT, f"test before {each.at.isoformat()}")
        for each in passings(rota, now + STILL_OF_USE, now + BEFORE_A_SHIFT)
        if each.incoming in people
    ]


def _test(person: Person, project: str, at: datetime, occasion: str) -> Message:
    subject, body = reach_test(person, project, at)
    return Message(Sort.TEST, person.name, ROLE, at, occasion=occasion, subject=subject, body=body)
