"""What goes to whom next: worst first, never more than five letters in ten minutes, and the next channel in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.definitions.rota import EscalationStep
from holdfast.incidents.messages import Message, Post, Posted, Sort
from holdfast.incidents.outbox import (
    MOST_LETTERS,
    WINDOW,
    gives_way_at,
    load,
    may_repeat,
    refused,
    unsent,
    wait_s,
    way,
    ways,
)
from holdfast.testing.providers import Provider

AT = datetime(2026, 10, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGE = Message(Sort.PAGE, "john", "primary", AT, pipeline="aggregate_profit", step=0, round=1)


def on_its_way(number, **changes):
    return Posted(number, replace(PAGE, incident=number, **changes), Post.SENDING, attempts=1)


def ids(parcels):
    return [tuple(each.id for each in parcel.posted) for parcel in parcels]


@pytest.mark.parametrize(
    ("due", "had", "expected"),
    [
        (1, 0, [(1,)]),
        (5, 0, [(1,), (2,), (3,), (4,), (5,)]),
        (6, 0, [(1,), (2,), (3,), (4,), (5, 6)]),
        (9, 0, [(1,), (2,), (3,), (4,), (5, 6, 7, 8, 9)]),
        (2, 4, [(1, 2)]),
        (1, 4, [(1,)]),
        (1, 5, []),
        (0, 0, []),
    ],
)
def test_four_go_alone_and_the_fifth_is_all_the_rest(due, had, expected):
    """Five letters at most in ten minutes, what went before counted; nothing is left out."""
    found = load([on_its_way(number) for number in range(1, due + 1)], (), {"john": [AT] * had}, AT)

    assert ids(found.parcels) == expected
    assert len(found.waiting) == (due if had == MOST_LETTERS else 0)


def test_whoever_had_five_waits_until_the_oldest_is_ten_minutes_ago():
    """And it was no attempt; at that very instant there is room for one again."""
    had = {"john": [AT + MINUTE * number for number in range(5)]}
    found = load([on_its_way(1)], (), had, AT + 6 * MINUTE)

    assert found.waiting[0].message.not_before == AT + WINDOW
    assert (found.waiting[0].attempts, found.waiting[0].post) == (0, Post.PENDING)
    assert ids(load([on_its_way(1)], (), had, AT + WINDOW).parcels) == [(1,)]


def test_worst_goes_first():
    """What keeps figures from investors, then pages before tells, then the oldest."""
    claimed = [
        on_its_way(1, sort=Sort.TELL),
        on_its_way(2, due_at=AT + MINUTE),
        on_its_way(3),
        on_its_way(4, sort=Sort.TELL, due_at=AT + MINUTE),
        on_its_way(5, due_at=AT + 2 * MINUTE),
    ]

    assert ids(load(claimed, {4, 5}, {}, AT).parcels) == [(5,), (4,), (3,), (2,), (1,)]


@given(
    st.lists(st.tuples(st.sampled_from(["john", "james", "#room"]), st.booleans(), st.integers(0, 90)), max_size=40),
    st.lists(st.integers(0, 20), max_size=8),
)
def test_everything_claimed_is_in_one_letter_or_waits(wanted, had):
    """Each message once, each letter to one target, and never more than five of them in the window."""
    claimed = [
        on_its_way(number, target=target, sort=Sort.PAGE if page else Sort.TELL, due_at=AT + timedelta(seconds=after))
        for number, (target, page, after) in enumerate(wanted, start=1)
    ]
    now = AT + 2 * MINUTE
    recent = {"john": [now - MINUTE * each for each in had]}
    found = load(claimed, {1, 2}, recent, now)

    everywhere = [each.id for parcel in found.parcels for each in parcel.posted] + [each.id for each in found.waiting]
    assert sorted(everywhere) == [each.id for each in claimed]
    assert all(len({each.message.target for each in parcel.posted}) == 1 for parcel in found.parcels)
    for target in ("john", "james", "#room"):
        before = sum(at > now - WINDOW for at in recent.get(target, ()))
        now_sent = sum(parcel.first.message.target == target for parcel in found.parcels)
        assert now_sent == 0 or before + now_sent <= MOST_LETTERS


def test_a_page_goes_first_where_it_wakes_somebody():
    """A tell goes in the order declared."""
    mail, phone = Provider("mail", wakes=False), Provider("phone")

    assert [each.name for each in ways(PAGE, [mail, phone])] == ["phone", "mail"]
    assert [each.name for each in ways(replace(PAGE, sort=Sort.TELL), [mail, phone])] == ["mail", "phone"]


def test_the_first_channel_has_its_time_and_then_the_others_by_turns():
    """Until the ladder's next step is due; what has refused has no turn; without any left there is none."""
    names, until = ["phone", "mail", "chat"], AT + 15 * MINUTE
    posted = on_its_way(1)

    assert way(posted, names, until, AT) == "phone"
    assert way(replace(posted, channel="phone"), names, until, until - MINUTE) == "phone"
    assert way(replace(posted, channel="phone"), names, until, until) == "mail"
    assert way(replace(posted, channel="chat"), names, until, until) == "phone"
    assert way(replace(posted, channel="phone", tried=("mail",)), names, until, until) == "chat"
    assert way(replace(posted, tried=("phone",)), names, until, AT) == "mail"
    assert way(replace(posted, tried=tuple(names)), names, until, AT) is None


def test_a_message_stays_with_its_channel_until_its_ladders_next_step(incident_with):
    """The next by time, not by position; the last step, and what no step made, have a quarter of an hour."""
    steps = tuple(EscalationStep(MINUTE * after, "unresolved", ("primary",)) for after in (0, 20, 20, 120))
    incident = incident_with(steps)

    assert gives_way_at(PAGE, incident) == AT + 20 * MINUTE
    assert gives_way_at(replace(PAGE, step=1), incident) == AT + 100 * MINUTE
    assert gives_way_at(replace(PAGE, step=3), incident) == AT + 15 * MINUTE
    assert gives_way_at(replace(PAGE, step=-1), None) == AT + 15 * MINUTE


@pytest.fixture
def incident_with():
    from datetime import date

    from holdfast.incidents.incident import Incident, Ladder
    from holdfast.incidents.signals import Key, Kind

    key = Key(Kind.LATE, "orders", date(2026, 10, 1))
    return lambda steps: Incident(
        key, "late", AT, "holdfast", (), (), ladders=(Ladder("aggregate_profit", "p", steps, AT),)
    )


def test_waits_double_up_to_a_minute_and_never_fall_together():
    """From half to one and a half times 5, 10, 20, 40, 60 seconds; a provider may ask for more, within reason."""
    assert [wait_s(attempt, 0.5) for attempt in (1, 2, 3, 4, 5, 6, 99)] == [5, 10, 20, 40, 60, 60, 60]
    assert (wait_s(1, 0.0), wait_s(5, 0.999)) == (2.5, pytest.approx(90, abs=0.1))
    assert (wait_s(1, 0.5, 30), wait_s(1, 0.5, 3600), wait_s(6, 0.5, 1)) == (30, 300, 60)


def test_a_refused_page_goes_to_the_next_channel_at_once_and_fails_after_the_last():
    """With the reason of the last one."""
    again = refused(on_its_way(1), "phone", "no such number", ["phone", "mail"], AT)
    assert (again.post, again.tried, again.next_try_at) == (Post.PENDING, ("phone",), AT)

    over = refused(again, "mail", "no such address", ["mail"], AT)
    assert (over.post, over.next_try_at, over.reason) == (Post.FAILED, None, "mail: no such address")


@pytest.mark.parametrize(
    ("unsure", "repeats", "next_channel", "expected"),
    [
        (False, True, "phone", False),
        (True, True, "phone", True),
        (True, False, "phone", False),
        (True, False, "mail", True),
        (False, False, "mail", False),
    ],
)
def test_a_repeat_is_possible_where_no_answer_came(unsure, repeats, next_channel, expected):
    """An idempotent channel keeps its own repeats apart, and knows nothing of another channel's."""
    after = unsent(on_its_way(1), "phone", "timed out", 5, AT + 15 * MINUTE, AT, unsure=unsure, repeats=repeats)

    assert after.next_try_at == AT + timedelta(seconds=5)
    assert may_repeat(after, next_channel) is expected


def test_a_try_that_would_pass_the_next_step_comes_when_that_is_due():
    """Then the other channels have their turn."""
    after = unsent(on_its_way(1), "phone", "busy", 300, AT + MINUTE, AT, unsure=False, repeats=True)

    assert after.next_try_at == AT + MINUTE


def test_a_page_is_never_given_up_and_a_tell_is_after_a_day():
    """Whoever only is told need not hear of yesterday; whoever is paged must."""
    now = AT + timedelta(hours=24, seconds=1)
    gives_way = AT + 15 * MINUTE
    tell = on_its_way(1, sort=Sort.TELL)

    assert unsent(on_its_way(1), "phone", "busy", 5, gives_way, now, unsure=False, repeats=True).post is Post.PENDING
    assert unsent(tell, "phone", "busy", 5, gives_way, now, unsure=False, repeats=True).post is Post.FAILED
    early = now - timedelta(seconds=1)
    assert unsent(tell, "phone", "busy", 5, gives_way, early, unsure=False, repeats=True).post is Post.PENDING
