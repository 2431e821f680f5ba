"""The sender with a real ledger: once where all goes well, again where it does not, and nobody waits for another."""

import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "bench"))

from pager_story import DEADLINE, MINUTE, PEOPLE, PIPELINE, ROOM, RULES, Desk, late, pager, plainly

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.errors import StoreError
from holdfast.incidents.acts import acknowledge
from holdfast.incidents.messages import Message, Post, Sort
from holdfast.incidents.ports import Refused, Unsent, Unsure
from holdfast.paging.sender import send_due
from holdfast.testing.providers import Provider


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def paged(ledger):
    """An incident whose first page was due right now, not sent yet."""
    fence = one_pass(ledger, Provider("nobody", strangers=(*PEOPLE, ROOM)), [late(page_at=DEADLINE + 9 * MINUTE)])
    ledger.add_messages([replace(PAGE, incident=1)])
    return fence


PAGE = Message(Sort.PAGE, "john", "primary", DEADLINE, pipeline=PIPELINE, policy="p", step=0, round=1, subject="late")


def one_pass(ledger, phone, signals, now=DEADLINE, people=PEOPLE):
    """By the real pager; the number under which it writes."""
    pager(Desk(ledger, [phone], lambda _: signals, people=people), lambda: now).one_pass()
    return ledger.take_over(now)


def send(ledger, fence, *channels, now=DEADLINE, people=PEOPLE, at_once=1, tests=None):
    return send_due(
        ledger, ledger, channels, people, lambda: now, fence, RULES, lambda: 0.5, plainly, at_once=at_once, tests=tests
    )


def pages(ledger):
    return [each for each in ledger.posted(1) if each.message.sort is Sort.PAGE]


def refuses(letter, attempt):
    raise Refused("no such number")


def silent_once(letter, attempt):
    if attempt == 1:
        raise Unsure("no answer within 10 s")


def busy_once(letter, attempt):
    if attempt == 1:
        raise Unsent("503", after_s=30)


def broken_once(letter, attempt):
    if attempt == 1:
        raise ZeroDivisionError("oh")


def test_what_is_due_is_handed_over_once(ledger, paged):
    """With its step, role and due time; the provider's id and the instant are recorded, and a second call does nothing."""
    phone = Provider("phone")

    assert send(ledger, paged, phone).sent == 1
    assert send(ledger, paged, phone).sent == 0
    letter = phone.taken[0]
    assert (letter.step, letter.role, letter.due_at, letter.wakes) == (f"{PIPELINE}/1", "primary", DEADLINE, True)
    found = pages(ledger)[0]
    assert (found.post, found.channel, found.provider_id, found.sent_at) == (Post.SENT, "phone", "1", DEADLINE)


@pytest.mark.parametrize(("trouble", "is_marked"), [(silent_once, True), (busy_once, False), (broken_once, True)])
def test_a_letter_that_was_not_taken_goes_again_later(ledger, paged, trouble, is_marked):
    """Where no answer came, or the channel broke, the next one says that it may be a repeat; a clear no does not."""
    phone = Provider("phone", trouble=trouble)
    assert send(ledger, paged, phone).put_back == 1
    assert send(ledger, paged, phone, now=DEADLINE + timedelta(seconds=1)).letters == 0
    send(ledger, paged, phone, now=DEADLINE + MINUTE)

    assert [letter.maybe_repeat for letter in phone.taken] == [is_marked]
    assert ("may be a repeat" in " ".join(phone.taken[0].lines)) is is_marked


def test_a_provider_that_knows_keys_is_asked_again_without_a_mark(ledger, paged):
    """It took the letter and its answer was lost: the same key again is no second letter."""
    phone = Provider("phone", is_idempotent=True)
    took = phone.send

    def silent(letter):
        took(letter)
        if phone.attempts[letter.key] == 1:
            raise Unsure("no answer")
        return "1"

    phone.send = silent
    send(ledger, paged, phone)
    send(ledger, paged, phone, now=DEADLINE + MINUTE)

    assert [letter.maybe_repeat for letter in phone.taken] == [False]
    assert pages(ledger)[0].post is Post.SENT


def test_a_refused_page_takes_the_next_channel_in_the_same_call(ledger, paged):
    """Though that one wakes nobody."""
    phone, mail = Provider("phone", trouble=refuses), Provider("mail", wakes=False)
    send(ledger, paged, mail, phone)

    assert len(phone.taken) == 0
    assert [letter.to.name for letter in mail.taken] == ["john"]
    assert pages(ledger)[0].tried == ("phone",)


@pytest.mark.parametrize("how", ["refused", "no address", "left the team"])
def test_a_page_that_reaches_nobody_makes_the_next_step_due_at_once(ledger, how):
    """The backup is paged in the same call, a quarter of an hour early, and the timeline says why."""
    phone = Provider("phone", strangers=("john",) if how == "no address" else ())
    if how == "refused":
        phone.trouble = lambda letter, attempt: refuses(letter, attempt) if letter.role == "primary" else None
    people = {name: who for name, who in PEOPLE.items() if how != "left the team" or name != "john"}
    one_pass(ledger, phone, [late()], people=people)

    assert [letter.to.name for letter in phone.taken if letter.wakes] == ["james"]
    john = pages(ledger)[0]
    assert (john.message.target, john.post) == ("john", Post.FAILED)
    assert john.reason
    assert "unreachable" in [event.kind for event in ledger.timeline(1)]


def test_whoever_acknowledged_is_not_paged_any_more(ledger):
    """A page that waits for its next try is dropped with the reason, and the next step of the first clock does not come."""
    phone = Provider("phone", trouble=busy_once)
    one_pass(ledger, phone, [late()])
    incident = ledger.open_incidents()[0]
    ledger.record_decisions([acknowledge(incident, "john", DEADLINE + timedelta(seconds=1), RULES)])
    phone.taken.clear()
    one_pass(ledger, phone, [late()], DEADLINE + 20 * MINUTE)

    assert [letter for letter in phone.taken if letter.wakes] == []
    assert [(each.post, bool(each.reason)) for each in pages(ledger)] == [(Post.DROPPED, True)]


def test_many_at_once_are_four_alone_and_one_with_all_the_rest(ledger):
    """Worst first, each recorded as sent, and none left out of the bundle."""
    phone = Provider("phone")
    one_pass(ledger, phone, [late(f"source_{number}") for number in range(12)])

    mine = [letter for letter in phone.taken if letter.to == PEOPLE["john"]]
    assert [1 + len(letter.more) for letter in mine] == [1, 1, 1, 1, 8]
    told = {letter.incident for letter in mine} | {number for letter in mine for number, _, _ in letter.more}
    assert told == set(range(1, 13))
    rows = [each for number in range(1, 13) for each in ledger.posted(number) if each.message.target == "john"]
    assert {each.post for each in rows} == {Post.SENT}
    assert sorted(sum(each.bundle == bundle for each in rows) for bundle in {each.bundle for each in rows}) == [4, 8]


def test_a_slow_provider_keeps_nobody_else_waiting(ledger):
    """Eight people at a provider that takes a while have their page in the time of one."""
    people = {f"person_{number}": replace(PEOPLE["john"], name=f"person_{number}") for number in range(8)}
    fence = ledger.take_over(DEADLINE)
    ledger.add_messages([replace(PAGE, target=name, sort=Sort.TEST, step=-1, occasion="test") for name in people])
    phone = Provider("phone", trouble=lambda letter, attempt: time.sleep(0.3))

    began = time.monotonic()
    assert send(ledger, fence, phone, people=people, at_once=8, tests=ledger).letters == 8
    assert time.monotonic() - began < 1.5
    assert [(each.person, each.channel) for each in ledger.channel_tests()] == [(name, "phone") for name in sorted(people)]


def test_a_pager_that_was_replaced_meanwhile_stops(ledger, paged):
    """What it handed over is not recorded, so the new one repeats it, marked."""
    phone = Provider("phone")
    taken_over = []

    def during(letter, attempt):
        if not taken_over:
            taken_over.append(ledger.take_over(DEADLINE))

    phone.trouble = during
    with pytest.raises(StoreError, match="taken over"):
        send(ledger, paged, phone)
    send(ledger, taken_over[0], phone)

    assert [letter.maybe_repeat for letter in phone.taken] == [False, True]


def test_words_that_break_keep_no_page_back(ledger, monkeypatch):
    """Neither the mark of a letter nor the text of the step that comes early: both go out with the title alone."""
    from holdfast.paging import sender

    def broken(*_, **__):
        raise ZeroDivisionError

    phone = Provider("phone", strangers=("john",))
    fence = one_pass(ledger, Provider("nobody", trouble=busy_once), [late()])
    monkeypatch.setattr(sender, "marked", broken)
    send_due(ledger, ledger, [phone], PEOPLE, lambda: DEADLINE + MINUTE, fence, RULES, lambda: 0.5, broken, at_once=1)

    assert [(letter.to.name, letter.subject) for letter in phone.taken if letter.wakes] == [("james", late().summary)]


def test_an_incident_that_breaks_stops_no_other(ledger, monkeypatch):
    """Its page has failed with the reason, and everybody else's goes out."""
    from holdfast.paging import sender

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(sender, "unreachable", broken)
    fence = one_pass(ledger, Provider("nobody", trouble=busy_once), [late()])
    ledger.add_messages([replace(PAGE, target="james", occasion="asked", step=-1)])
    phone = Provider("phone", strangers=("john",))
    report = send(ledger, fence, phone, now=DEADLINE + MINUTE)

    assert report.failed == 1
    assert "james" in [letter.to.name for letter in phone.taken if letter.wakes]
    assert [each.post for each in pages(ledger)] == [Post.FAILED]
