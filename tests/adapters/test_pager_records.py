"""The ledger keeps incidents, messages and announced times whole, and lets one pager write at a time."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.adapters.ledgers.frozen_values import from_document, to_document
from holdfast.definitions.rota import EscalationStep
from holdfast.errors import Bug, StoreError
from holdfast.incidents.incident import Acknowledgement, Decision, Ending, Event, Incident, Ladder, State
from holdfast.incidents.messages import Clock, Message, Post, Sort
from holdfast.incidents.ports import ChannelTest
from holdfast.incidents.signals import Affect, Harm, Key, Kind, Signal
from holdfast.incidents.spells import Spell, SpellKind

AT = datetime(2026, 10, 2, 8, tzinfo=UTC)
LATER = AT + timedelta(minutes=15)
LEASE = timedelta(minutes=1)
FIGURE = Affect("aggregate_profit", "investors", "profit", "day", "2026-10-01", AT)
OTHER = replace(FIGURE, metric="revenue", harm=Harm.WRONG)
KEY = Key(Kind.LATE, "orders", date(2026, 10, 1))
LATE = Signal(KEY, "aggregate_profit", AT, AT, "orders of 2026-10-01 are late", affects=(FIGURE,), tell=("shop",))
STEP = EscalationStep(
    timedelta(minutes=15), "unacknowledged", ("backup",), between=(time(8), time(20)), repeat_every=timedelta(hours=2)
)
NEW = Incident(
    KEY,
    "orders are late",
    AT,
    "holdfast",
    (LATE,),
    (FIGURE,),
    ladders=(Ladder("aggregate_profit", "investors-1f", (STEP,), AT),),
    told=("john", "#data-eng-alerts"),
    paged=(("john", "aggregate_profit", 1),),
)
OPENED = Event(AT, "opened", "holdfast", "orders are late")
PAGE = Message(Sort.PAGE, "john", "primary", AT, Clock.FIRST, pipeline="aggregate_profit", policy="p", step=0, round=1)


def opened(ledger, *messages, incident=NEW, next_at=AT):
    return ledger.record_decisions([Decision(incident, (OPENED,), messages, next_at)])[0].incident


def changed(ledger, incident, *events, messages=(), next_at=None):
    return ledger.record_decisions([Decision(incident, events, messages, next_at)])


def acknowledged(ledger, incident):
    changed(ledger, replace(incident, acknowledged=Acknowledgement("john", LATER)))


def test_an_incident_comes_back_as_it_was_recorded(ledger, open_again):
    """Another process reads the same value, its timeline and its messages, with the ids the ledger gave."""
    incident = opened(ledger, PAGE)

    with open_again() as other:
        assert other.incident(incident.id) == replace(NEW, id=incident.id, version=1) == incident
        assert other.open_incidents() == other.incidents() == [incident]
        assert other.timeline(incident.id) == [OPENED]
        assert [each.message for each in other.posted(incident.id)] == [replace(PAGE, incident=incident.id)]


def test_of_two_who_change_an_incident_at_once_the_second_is_left_out(ledger):
    """What was decided on an older version writes nothing: no state, no event, no message."""
    incident = opened(ledger)
    acknowledged(ledger, incident)

    assert changed(ledger, replace(incident, assignee="james"), OPENED, messages=(PAGE,)) == []
    assert ledger.incident(incident.id).assignee == ""
    assert ledger.timeline(incident.id) == [OPENED]
    assert ledger.posted(incident.id) == []


def test_a_cause_has_one_open_incident(ledger):
    """A second one of the same key is left out while the first is open, and recorded once it is resolved."""
    incident = opened(ledger)
    assert changed(ledger, NEW) == []

    changed(ledger, replace(incident, state=State.RESOLVED, ending=Ending(LATER, "holdfast", "came")))
    assert changed(ledger, NEW)[0].incident.id > incident.id


def test_open_incidents_are_read_again_once_another_process_changed_them(ledger, open_again):
    """A list read before does not hide what was recorded since."""
    incident = opened(ledger)
    assert ledger.open_incidents() == [incident]
    with open_again() as other:
        acknowledged(other, incident)
        second = opened(other, incident=replace(NEW, key=replace(KEY, subject="events"), opened_at=LATER))

    assert [each.acknowledged is not None for each in ledger.open_incidents()] == [True, False]
    assert ledger.open_incidents()[1] == second


def test_what_is_due_is_read_again_once_another_process_changed_it(ledger, open_again):
    """The value kept since it was recorded is the one that another process reads, until that one changes it."""
    incident = opened(ledger)
    with open_again() as other:
        assert ledger.due_incidents(AT) == other.due_incidents(AT) == [incident]
        other.record_decisions([Decision(replace(incident, assignee="john"), (), (), AT)])

    assert [each.assignee for each in ledger.due_incidents(AT)] == ["john"]


def test_time_alone_changes_what_is_open_or_waits_for_a_recheck(ledger):
    """Due is what has a next instant that has come; a resolved incident without one is never due."""
    first = opened(ledger, next_at=LATER)
    second = opened(ledger, incident=replace(NEW, key=replace(KEY, subject="events")), next_at=LATER)
    ended = replace(second, state=State.RESOLVED, ending=Ending(AT, "john", "looked at it"))
    changed(ledger, ended, next_at=LATER)

    assert ledger.due_incidents(LATER - timedelta(microseconds=1)) == []
    assert [each.id for each in ledger.due_incidents(LATER)] == [first.id, second.id]
    assert [each.id for each in ledger.resolved_since(LATER)] == [second.id]
    changed(ledger, ledger.incident(second.id))
    assert [each.id for each in ledger.due_incidents(LATER)] == [first.id]
    assert ledger.resolved_since(LATER) == []
    assert [each.id for each in ledger.resolved_since(AT)] == [second.id]


def test_what_was_affected_keeps_from_when_until_when(ledger):
    """A figure that is restored ends, one that joins begins, and a resolved incident ends them all."""
    incident = opened(ledger)
    joined = Event(LATER, "joined", "holdfast", "revenue is wrong")
    incident = changed(ledger, replace(incident, affects=(OTHER,)), joined)[0].incident
    end = LATER + timedelta(hours=1)
    resolved = replace(incident, state=State.RESOLVED, ending=Ending(end, "holdfast", "came"))
    changed(ledger, resolved, Event(end, "resolved", "holdfast", "came"))

    assert [(each.affect, each.since, each.until) for each in ledger.affects("aggregate_profit", AT, end)] == [
        (FIGURE, AT, LATER),
        (OTHER, LATER, end),
    ]
    assert [each.affect for each in ledger.affects(None, LATER, end)] == [OTHER]
    assert ledger.affects(None, end, end + LEASE) == ledger.affects("daily_growth", AT, end) == []


def test_one_incident_is_asked_what_it_affected_without_the_others(ledger):
    """Of two with the same figure each answers for itself; one that is unknown affected nothing."""
    first = opened(ledger)
    second = opened(ledger, incident=replace(NEW, key=replace(KEY, subject="costs"), affects=(FIGURE, OTHER)))

    assert [each.affect for each in ledger.affected_by(first.id)] == [FIGURE]
    assert [(each.incident, each.affect) for each in ledger.affected_by(second.id)] == [(second.id, FIGURE), (second.id, OTHER)]
    assert ledger.affected_by(second.id + 1) == []


def test_what_somebody_was_sent_is_asked_for_many_incidents_at_once(ledger):
    """John's of both, in the order due; neither jill's, nor what is still on its way, nor that of a third incident."""
    fence, later = ledger.take_over(AT), replace(PAGE, due_at=LATER)
    subjects = {"costs": (later, replace(PAGE, target="jill")), "refunds": (PAGE,), "orders": (PAGE,)}
    ids = [opened(ledger, *messages, incident=replace(NEW, key=replace(KEY, subject=name))).id for name, messages in subjects.items()]
    ledger.sent([each.id for each in ledger.claim(LATER, fence, LATER + LEASE)], "pages", "p", LATER, fence)
    changed(ledger, ledger.incident(ids[0]), messages=(replace(PAGE, incident=ids[0], step=1),))

    assert [(each.message.incident, each.message.due_at) for each in ledger.sent_to("john", ids[:2])] == [(ids[1], AT), (ids[0], LATER)]
    assert ledger.sent_to("john", []) == []


def test_a_message_derived_twice_is_written_once(ledger):
    """The key makes deriving again harmless, in one transaction and in the next."""
    incident = opened(ledger, PAGE, PAGE)
    changed(ledger, incident, messages=(PAGE, replace(PAGE, target="james")))

    assert [each.message.target for each in ledger.posted(incident.id)] == ["john", "james"]


def test_a_claim_takes_what_is_due_and_nobody_takes_it_twice(ledger):
    """Neither what is due later, nor what must wait, nor what is on its way already; oldest due first."""
    fence = ledger.take_over(AT)
    waits = replace(PAGE, target="jill", not_before=LATER)
    incident = opened(ledger, replace(PAGE, target="james", due_at=LATER), PAGE, waits)

    first = ledger.claim(AT, fence, AT + LEASE)
    assert [(each.message.target, each.post, each.attempts) for each in first] == [("john", Post.SENDING, 1)]
    assert ledger.claim(AT, fence, AT + LEASE) == []
    ledger.sent([first[0].id], "pages", "p-1", AT, fence)
    assert [each.message.target for each in ledger.claim(LATER, fence, LATER + LEASE)] == ["jill", "james"]
    assert [each.post for each in ledger.posted(incident.id)] == [Post.SENT, Post.SENDING, Post.SENDING]


@pytest.mark.parametrize("how", ["lease over", "taken over"])
def test_what_was_left_on_its_way_goes_again_as_a_possible_repeat(ledger, how):
    """After a crash nobody knows whether it arrived: it is sent again, and says so."""
    fence = ledger.take_over(AT)
    opened(ledger, PAGE)
    ledger.claim(AT, fence, AT + LEASE)
    now = AT + LEASE if how == "lease over" else AT
    fence = fence if how == "lease over" else ledger.take_over(AT)

    again = ledger.claim(now, fence, now + LEASE)
    assert [(each.maybe_sent, each.attempts) for each in again] == [(True, 2)]


@pytest.mark.parametrize(
    ("clock", "ended", "post"),
    [
        (Clock.FIRST, False, Post.DROPPED),
        (Clock.SECOND, False, Post.SENDING),
        (Clock.FIRST, True, Post.DROPPED),
        (Clock.SECOND, True, Post.DROPPED),
        (Clock.NONE, True, Post.SENDING),
    ],
)
def test_what_is_not_wanted_any_more_is_dropped_where_it_is_claimed(ledger, clock, ended, post):
    """An acknowledgement stops the first clock, a resolution both; the reason is recorded."""
    fence = ledger.take_over(AT)
    incident = opened(ledger, replace(PAGE, clock=clock))
    if ended:
        changed(ledger, replace(incident, state=State.RESOLVED, ending=Ending(AT, "holdfast", "came")))
    else:
        acknowledged(ledger, incident)

    claimed = ledger.claim(LATER, fence, LATER + LEASE)
    found = ledger.posted(incident.id)[0]
    assert found.post is post
    assert bool(found.reason) is (post is Post.DROPPED) is (claimed == [])


@pytest.mark.parametrize("clock", [Clock.FIRST, Clock.SECOND])
def test_what_a_merged_incident_made_due_still_goes_out(ledger, clock):
    """The incident it merged into counts these steps as done, so nobody else would send them."""
    fence = ledger.take_over(AT)
    incident = opened(ledger, replace(PAGE, clock=clock))
    changed(ledger, replace(incident, state=State.MERGED, merged_into=incident.id + 1))

    assert [each.message.target for each in ledger.claim(LATER, fence, LATER + LEASE)] == [PAGE.target]


def test_a_pager_that_was_replaced_records_nothing(ledger):
    """Every write of an older number is refused, and what the newer one did stays."""
    old = ledger.take_over(AT)
    incident = opened(ledger, PAGE)
    claimed = ledger.claim(AT, old, AT + LEASE)
    ledger.take_over(AT)

    for write in (
        lambda: ledger.record_decisions([Decision(replace(incident, assignee="john"))], old),
        lambda: ledger.claim(AT + LEASE, old, AT + 2 * LEASE),
        lambda: ledger.sent([claimed[0].id], "pages", "p-1", AT, old),
        lambda: ledger.put_back(claimed, old),
    ):
        with pytest.raises(StoreError, match="taken over"):
            write()
    assert ledger.incident(incident.id) == incident
    assert ledger.posted(incident.id) == claimed


def test_what_is_put_back_waits_until_its_next_try(ledger):
    """With the channel, the attempts, what will not be tried again, and why; a failed one is never claimed."""
    fence = ledger.take_over(AT)
    incident = opened(ledger, PAGE, replace(PAGE, target="james"))
    john, james = ledger.claim(AT, fence, AT + LEASE)
    back = replace(
        john, post=Post.PENDING, channel="mail", tried=("pages",), next_try_at=LATER, maybe_sent=True, reason="429"
    )
    ledger.put_back([back, replace(james, post=Post.FAILED, reason="no address")], fence)

    assert ledger.claim(LATER - LEASE, fence, LATER) == []
    again = ledger.claim(LATER, fence, LATER + LEASE)
    assert [(each.channel, each.tried, each.attempts, each.maybe_sent) for each in again] == [("mail", ("pages",), 2, True)]
    assert [each.reason for each in ledger.posted(incident.id)] == ["429", "no address"]


def test_a_bundle_is_one_letter_to_its_reader(ledger):
    """Each message of it is recorded as sent, and the letters counted for the limit are one."""
    fence = ledger.take_over(AT)
    incident = opened(ledger, PAGE, *(replace(PAGE, step=step) for step in (1, 2)))
    ids = [each.id for each in ledger.claim(AT, fence, AT + LEASE)]
    ledger.sent(ids[:1], "pages", "p-1", AT, fence)
    ledger.sent(ids[1:], "pages", "p-2", LATER, fence, bundle=ids[1])

    assert [(each.post, each.bundle) for each in ledger.posted(incident.id)] == [
        (Post.SENT, 0),
        (Post.SENT, ids[1]),
        (Post.SENT, ids[1]),
    ]
    assert ledger.letters_since(AT - LEASE) == {"john": [AT, LATER]}
    assert ledger.letters_since(AT) == {"john": [LATER]}


def test_overdue_counts_messages_and_incidents_that_nobody_came_for(ledger):
    """Due before the instant asked for: what waits by a rule, was sent, or is resolved does not count."""
    fence = ledger.take_over(AT)
    assert ledger.overdue(LATER) == 0
    opened(ledger, PAGE, replace(PAGE, target="jill", not_before=LATER))
    assert (ledger.overdue(AT), ledger.overdue(LATER), ledger.overdue(LATER + LEASE)) == (0, 2, 3)

    claimed = ledger.claim(AT, fence, AT + LEASE)
    assert ledger.overdue(LATER) == 2
    ledger.sent([each.id for each in claimed], "pages", "p", AT, fence)
    changed(ledger, ledger.open_incidents()[0], next_at=LATER)
    assert ledger.overdue(LATER) == 0


def test_the_latest_instant_seen_never_goes_back(ledger):
    """A clock that was set back does not move it."""
    assert ledger.last_seen() is None
    ledger.see(LATER)
    ledger.see(AT)
    assert ledger.last_seen() == LATER
    assert ledger.take_over(AT) < ledger.take_over(LATER + LEASE)
    assert ledger.last_seen() == LATER + LEASE


def test_a_message_of_no_incident_is_sent_as_any_other(ledger):
    """A test of a channel is in the outbox under the incident 0."""
    test = Message(Sort.TEST, "john", "test", AT, occasion="test by davis at 08:00")
    ledger.add_messages([test, test])

    assert [each.message for each in ledger.posted(0)] == [test]
    assert [each.message for each in ledger.posted_between(AT, LATER)] == [test]
    assert ledger.posted_between(LATER, LATER + LEASE) == []
    assert len(ledger.claim(AT, ledger.take_over(AT), LATER)) == 1


def test_announced_times_end_when_somebody_says_so(ledger):
    """Earlier than announced, never later; those that are over are not listed."""
    outage = Spell(SpellKind.OUTAGE, "orders", AT, LATER + LEASE, "their move", "davis")
    number = ledger.announce(outage)
    ledger.end_spell(number, LATER, "john")
    ledger.end_spell(number, LATER + LEASE, "john")

    assert ledger.spells(AT) == [replace(outage, id=number, end=LATER)]
    assert ledger.spells(LATER) == []
    with pytest.raises(Bug, match="no announced time"):
        ledger.end_spell(number + 1, LATER, "john")


def test_the_first_word_on_a_hand_off_stays(ledger):
    """Acknowledged twice, it was acknowledged when it was first."""
    ledger.acknowledge_hand_off(AT, "john", AT, "john")
    ledger.acknowledge_hand_off(AT, "john", LATER, "john")

    assert ledger.hand_off_acknowledgements() == {AT: {"john": AT}}


def test_a_channel_is_proved_when_its_test_was_acknowledged(ledger):
    """The same test, by person, channel and instant, is completed by its acknowledgement."""
    sent = ChannelTest("john", "pages", AT)
    ledger.record_channel_test(sent)
    ledger.record_channel_test(replace(sent, acknowledged_at=LATER))

    assert ledger.channel_tests() == [ChannelTest("john", "pages", AT, LATER)]


INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(time, st.times())
st.register_type_strategy(timedelta, st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)))


def whole(of):
    """Every field drawn, those with a default too."""
    return st.builds(of, **{each.name: ... for each in fields(of)})


for kind in (EscalationStep, Ladder, Acknowledgement, Ending, Affect, Key, Signal, Message):
    st.register_type_strategy(kind, whole(kind))


@settings(max_examples=80, deadline=None)
@given(whole(Incident) | whole(Message))
def test_any_value_is_read_back_equal(value):
    """Everything that can be in an incident or a message is in its document, also as a reader of JSON sees it."""
    document = json.loads(json.dumps(to_document(value)))

    assert from_document(type(value), document) == value
