"""Whether people are really reached: a test page, and its acknowledgement."""

from datetime import timedelta

from holdfast.errors import DefinitionError, WorldError
from holdfast.incidents.messages import Message
from holdfast.incidents.ports import ChannelTest
from holdfast.letters.reach import asked_test
from holdfast.paging.responding import Responder

ANSWERED_WITHIN = timedelta(hours=24)
"""A later answer proves nothing about being woken."""


def send_test(responder: Responder, person: str | None) -> Message:
    """A test page to that person, or to whoever asks; the pager sends it over their first channel that wakes."""
    asker = responder.person()
    target = person or asker
    responder.expect_person(target)
    if target != asker and not responder.is_of_team(asker):
        raise DefinitionError(f"only the team pages others for a test; you are {responder.acting()}.")
    whom = next(each for each in responder.project.people if each.name == target)
    message = asked_test(whom, responder.project.name, responder.now)
    responder.ledger.add_messages([message])
    responder.noted("page test", target)
    return message


def acknowledge_test(responder: Responder) -> list[ChannelTest]:
    """The person's test pages of the last 24 hours, as answered now; WorldError when none is waiting."""
    person, now = responder.person(), responder.now
    sent = [each for each in responder.ledger.channel_tests() if each.person == person and each.sent_at >= now - ANSWERED_WITHIN]
    waiting = [each for each in sent if each.acknowledged_at is None]
    if not waiting:
        said = "is answered already" if sent else f"was sent to {person} in the last 24 hours"
        raise WorldError(f"{'every test page' if sent else 'no test page'} {said}. holdfast page test sends one.")
    answered = [ChannelTest(each.person, each.channel, each.sent_at, now) for each in waiting]
    for each in answered:
        responder.ledger.record_channel_test(each)
    responder.noted("ack test", f"{person}: {', '.join(each.channel for each in answered)}")
    return answered
