"""Friday's orders are late: who is told and paged when, what people do about it, and how it ends."""

import fcntl
import os
from collections import Counter

import pytest
from incident_company import (
    BACKUP,
    CONTACT,
    INVESTORS,
    LEAD,
    MANAGER,
    OWNERS,
    PRIMARY,
    PROFIT,
    ROOM,
    UNIT,
    Night,
    a_night,
    friday,
    write_nights,
)

from holdfast.incidents.incident import State
from holdfast.incidents.signals import Harm, Kind


@pytest.fixture(scope="session")
def nights(tmp_path_factory):
    """The company before and after its bad morning, built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = root / "nights"
    with (root / "nights.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "whole").exists():
            shared.mkdir(exist_ok=True)
            write_nights(shared)
    return shared


@pytest.fixture
def night(nights, tmp_path) -> Night:
    """Friday after its run: no orders of Thursday have come."""
    return a_night(nights, tmp_path / "night")


@pytest.fixture
def good_day(nights, tmp_path) -> Night:
    """Thursday evening: everything is published and nothing is wrong."""
    return a_night(nights, tmp_path / "good", "good")


def first_steps(at: str = "08:") -> list[tuple[str, str, str]]:
    return [(f"{at}00", f"{PROFIT}/1", PRIMARY), (f"{at}15", f"{PROFIT}/2", BACKUP), (f"{at}30", f"{PROFIT}/3", MANAGER)]


def test_the_whole_night_without_anybody_answering(night):
    """Contact and channel hear of it at once; from the deadline on each step comes at its own time, once."""
    assert sorted(night.watch("03:05")) == [("03:05", "opened", ROOM), ("03:05", "opened", CONTACT)]
    assert night.watch("07:30") == []
    assert night.watch("08:01") == first_steps()[:1]
    assert night.watch("08:16") == first_steps()[1:2]
    assert night.watch("08:31") == first_steps()[2:]
    assert Counter(night.watch("10:01")) == Counter(
        [("10:00", f"{PROFIT}/4", each) for each in (*OWNERS, MANAGER, INVESTORS)] + [("10:00", f"{UNIT}/1", PRIMARY)]
    )
    assert sorted(night.watch("12:01")) == [
        ("11:00", f"{UNIT}/2", BACKUP),
        ("12:00", f"{PROFIT}/5", ROOM),
        ("12:00", f"{PROFIT}/5", MANAGER),
    ]
    assert night.watch("14:01") == [("14:00", f"{PROFIT}/6", LEAD)]
    assert "target_missed" in {event.kind for event in night.timeline()}
    assert [each.key.kind for each in night.incidents()] == [Kind.LATE]
    assert {each.affect.pipeline for each in night.affected()} == {PROFIT, UNIT}

    night.orders_come("14:20")
    ended = night.watch("14:31")

    assert {target for _, _, target in ended} == {CONTACT, ROOM, PRIMARY, BACKUP, MANAGER, *OWNERS, INVESTORS, LEAD}
    assert {step for _, step, _ in ended} == {"resolved"}
    assert night.incident().state is State.RESOLVED
    assert night.watch("16:31") == []


def test_each_line_of_the_file_says_what_was_paged_how(night):
    """A page and a tell differ in `wakes`; both carry a subject for a lock screen and the incident's number."""
    night.watch("03:05", "08:01")
    told, page = night.lines()[0], night.lines()[-1]

    assert (told["wakes"], page["wakes"]) == (False, True)
    assert (page["incident"], page["role"], page["maybe_repeat"], page["late"]) == (1, "primary", False, False)
    assert page["subject"].startswith("Investors lack Aggregate profit of 2026-10-01 since 08:00 UTC")
    assert page["subject"].endswith("[1]")
    assert "Acknowledge: holdfast ack 1" in page["text"]
    assert 'pipelines/aggregate_profit/runbook.md, "Order rows are missing or late"' in page["text"]


def test_one_pass_at_noon_comes_to_the_same_as_many(night, nights, tmp_path):
    """Nobody looked until 12:01: every step that was due by then is sent, with the same due times."""
    often = a_night(nights, tmp_path / "often")
    expected = often.watch("03:05", "08:01", "08:16", "08:31", "10:01", "12:01")

    at_once = night.watch("12:01")

    assert {each for each in expected if each[1] != "opened"} == {each for each in at_once if each[1] != "opened"}


def test_an_acknowledgement_stops_the_first_clock_and_not_the_second(night):
    """John has it at 08:10: neither backup nor manager is woken; the owners are paged at ten all the same."""
    night.watch("03:05", "08:01")
    night.acknowledged("08:10")

    assert night.watch("08:16", "08:31") == []
    sent = night.watch("10:01")
    assert {("10:00", f"{PROFIT}/4", each) for each in (*OWNERS, MANAGER)} <= set(sent)
    assert ("12:00", f"{PROFIT}/5", MANAGER) in night.watch("12:01")


def test_what_is_mended_in_time_pages_nobody(night):
    """The orders come at six: contact and channel hear that it is over, before any deadline."""
    night.watch("03:05")
    night.orders_come("06:00")

    assert sorted(night.watch("06:05")) == [("06:05", "resolved", ROOM), ("06:05", "resolved", CONTACT)]
    assert "In time: Aggregate profit of 2026-10-01" in night.lines()[-1]["text"]
    assert night.watch("08:01", "10:01") == []


def test_what_is_back_is_told_to_who_waited(night):
    """The last message names the figures that readers have again."""
    night.watch("03:05", "08:01")
    night.orders_come("09:20")
    night.watch("09:31")

    last = night.lines()[-1]
    assert last["subject"].startswith("Resolved after 6 h 26 min: Aggregate profit of 2026-10-01 is back")
    assert "Back: Aggregate profit of 2026-10-01." in last["text"]
    assert "In time: Unit profit of 2026-10-01." in last["text"]


def test_an_investor_figure_that_joins_what_was_acknowledged_pages_again(night):
    """John acknowledged the experiments' figure; the investors' deadline passes, and he is paged as if he had not."""
    night.edit(f"pipelines/{UNIT}/pipeline.yml", 'day: "10:00"', 'day: "07:15"')
    night.watch("03:05")
    assert night.watch("07:16") == [("07:15", f"{UNIT}/1", PRIMARY)]
    night.acknowledged("07:20")

    assert night.watch("07:59") == []
    sent = night.watch("08:01")

    assert ("08:00", f"{PROFIT}/1", PRIMARY) in sent
    assert night.incident().acknowledged is None
    assert "voided" in {event.kind for event in night.timeline()}
    assert ("08:15", f"{PROFIT}/2", BACKUP) in night.watch("08:16")


def test_a_person_opens_an_incident_and_a_person_ends_it(good_day):
    """Nothing that is recorded says so, and yet it pages, stays, and is over by a word."""
    typed = good_day.type(
        "incident", "open", PROFIT, "--metric", "margin", "--period", "2026-09-29", "--text", "EU margin is too high",
        at="2026-10-01T09:00Z", as_="investor_relations",
    )  # fmt: skip
    assert typed == 0
    assert sorted(target for _, _, target in good_day.watch("2026-10-01T09:01Z")) == [ROOM, PRIMARY]
    assert [each.harm for each in good_day.incident().affects] == [Harm.WRONG]
    assert good_day.watch("2026-10-01T09:16Z") == [("10-01 09:15", f"{PROFIT}/2", BACKUP)]

    assert good_day.type("resolve", "--reason", "it was right", at="2026-10-01T09:20Z", as_=BACKUP) == 0
    ended = good_day.watch("2026-10-01T09:21Z", "2026-10-01T10:30Z")

    assert {target for _, _, target in ended} == {PRIMARY, BACKUP, ROOM}
    assert good_day.incident().state is State.RESOLVED


def test_a_withdrawn_figure_pages_at_once(good_day):
    """James takes September's last Tuesday back at nine: investors lack it from then on, whatever its deadline was."""
    taken_back = good_day.type("withdraw", PROFIT, "2026-09-29", "--reason", "rates were wrong", at="2026-10-01T09:00Z", as_="james")
    assert taken_back == 0, good_day.said

    assert ("10-01 09:00", f"{PROFIT}/1", PRIMARY) in good_day.watch("2026-10-01T09:01Z")
    assert {each.harm for each in good_day.incident().affects} == {Harm.WITHDRAWN}
    page = next(line for line in good_day.lines() if line["target"] == PRIMARY)
    assert page["subject"].startswith("Investors lack Aggregate profit of 2026-09-29")
    assert "withdrawn" in page["subject"]


def test_a_snooze_is_over_at_its_time(night):
    """Snoozed at 08:10 for an hour, the first clock begins again at 09:10; the second never rested."""
    night.watch("03:05", "08:01")
    assert night.type("snooze", "--for", "1h", at=friday("08:10"), as_=PRIMARY) == 0

    assert night.watch("08:16", "08:31", "09:09") == []
    assert night.watch("09:11", "09:26") == [("09:10", f"{PROFIT}/1", PRIMARY), ("09:25", f"{PROFIT}/2", BACKUP)]
    assert "is over" in next(line["text"] for line in night.lines() if line["due_at"].startswith("2026-10-02T09:10"))


def test_an_acknowledgement_lapses_half_an_hour_after_the_hand_off(night):
    """Davis takes over at nine and hears of it; as he says nothing he is paged at half past."""
    night.watch("03:05", "08:01")
    night.acknowledged("08:10")
    handed = night.type(
        "oncall", "override", "--from", friday("09:00"), "--to", friday("18:00"), "--primary", "davis", "--reason", "dentist",
        at=friday("08:20"), as_=MANAGER,
    )  # fmt: skip
    assert handed == 0, night.said

    assert ("handed", "davis") in [(step.split()[0], target) for _, step, target in night.watch("08:31", "09:01")]
    assert night.watch("09:29") == []
    assert ("09:30", f"{PROFIT}/1", "davis") in night.watch("09:31")


def test_an_acknowledgement_outlives_a_hand_off_whose_note_was_acknowledged(night):
    """Davis has read what John left, John's name among it; nobody is paged at half past nine."""
    night.watch("03:05", "08:01")
    night.acknowledged("08:10")
    night.type(
        "oncall", "override", "--from", friday("09:00"), "--to", friday("18:00"), "--primary", "davis", "--reason", "dentist",
        at=friday("08:20"), as_=MANAGER,
    )  # fmt: skip
    night.watch("08:31", "09:01")
    assert night.type("handoff", "ack", at=friday("09:05"), as_="davis") == 0, night.said

    assert night.watch("09:31", "09:59") == []
    assert night.incident().acknowledged.by == PRIMARY


def test_an_acknowledgement_lapses_when_its_person_is_gone(night):
    """John is ill from 08:20: at 08:50 whoever answers in his place is paged."""
    night.watch("03:05", "08:01")
    night.acknowledged("08:10")
    assert night.type("oncall", "absent", PRIMARY, "--to", "2026-10-03", at=friday("08:20"), as_=BACKUP) == 0, night.said

    sent = night.watch("08:49", "08:51")

    assert ("08:50", f"{PROFIT}/1", BACKUP) in sent
    assert PRIMARY not in {target for _, _, target in sent}


def test_what_a_person_ended_too_early_opens_again_after_an_hour(night):
    """John resolves it at 08:10; at 09:10 the orders are still missing, and everybody who heard the end hears that."""
    night.watch("03:05", "08:01")
    assert night.type("resolve", "--reason", "they said that they sent it", at=friday("08:10"), as_=PRIMARY) == 0
    assert {target for _, _, target in night.watch("08:16")} == {PRIMARY, CONTACT, ROOM}

    sent = night.watch("09:11")

    assert {target for _, step, target in sent if step.startswith("reopened")} >= {CONTACT, ROOM}
    assert ("09:10", f"{PROFIT}/1", PRIMARY) in sent
    assert night.incident().state is State.OPEN


@pytest.mark.slow
def test_what_comes_and_goes_is_called_flapping_and_waits_for_two_quiet_hours(night):
    """The third opening in a day pages once as flapping, and what clears then ends after two hours."""
    night.watch("03:05")
    for hour in ("04", "05"):
        night.orders_come(f"{hour}:10")
        night.watch(f"{hour}:15")
        assert night.incident().state is State.RESOLVED
        night.orders_go(f"{hour}:30")
        sent = night.watch(f"{hour}:35")
    assert [(step.split()[0], target) for _, step, target in sent if step.startswith("flapping")] == [("flapping", PRIMARY)]

    night.orders_come("06:00")
    night.watch("06:05", "08:04")
    assert night.incident().state is State.OPEN
    night.watch("08:06")
    assert night.incident().state is State.RESOLVED
    assert night.incident().ending.reason == "cleared, and quiet for two hours since"
    assert [each.key.kind for each in night.incidents()] == [Kind.LATE]


def test_a_known_outage_opens_silently_and_its_deadline_pages(night):
    """The shop announced it the evening before: nobody is told at three, and John is paged at eight."""
    announced = night.type(
        "outage", "orders", "--until", friday("12:00"), "--reason", "data centre", at=friday("02:00"), as_=CONTACT
    )
    assert announced == 0, night.said

    assert night.watch("03:05", "07:30") == []
    assert night.watch("08:01") == first_steps()[:1]


def test_an_outage_that_ends_early_is_looked_at_anew(night):
    """At 06:00 it is said to be over; the rows are still missing, and now contact and channel are told."""
    night.type("outage", "orders", "--until", friday("12:00"), "--reason", "data centre", at=friday("02:00"), as_=CONTACT)
    assert night.watch("03:05") == []
    assert night.type("outage", "--end", "1", at=friday("06:00"), as_=CONTACT) == 0, night.said

    assert {target for _, _, target in night.watch("06:01")} == {CONTACT, ROOM}


def test_maintenance_makes_pages_wait_and_not_the_clocks(night):
    """Until nine nobody is paged; then three steps go out that were due meanwhile, each with its own due time."""
    night.watch("03:05")
    night.type("maintenance", PROFIT, "--until", friday("09:00"), "--reason", "tables move", at=friday("07:00"), as_="james")

    assert night.watch("08:01", "08:31", "08:59") == []
    assert night.watch("09:01") == first_steps()


def test_maintenance_that_ends_early_lets_its_pages_go(night):
    """At 08:20 the tables have moved: what was due by then goes out at once."""
    night.watch("03:05")
    night.type("maintenance", PROFIT, "--until", friday("09:00"), "--reason", "tables move", at=friday("07:00"), as_="james")
    assert night.watch("08:16") == []
    assert night.type("maintenance", "--end", "1", at=friday("08:20"), as_="james") == 0, night.said

    assert night.watch("08:21") == first_steps()[:2]
    assert night.watch("08:31") == first_steps()[2:]


def test_an_act_and_a_page_that_waits_do_not_contradict_each_other(night):
    """Acknowledged during the maintenance, nothing is sent when it ends."""
    night.watch("03:05")
    night.type("maintenance", PROFIT, "--until", friday("09:00"), "--reason", "tables move", at=friday("07:00"), as_="james")
    night.watch("08:01")
    night.acknowledged("08:10")

    assert night.watch("09:01") == []


def test_escalating_calls_the_next_one_and_the_clock_goes_on(night):
    """Jill at 08:05 instead of 08:15, and the manager at half past as ever."""
    night.watch("03:05", "08:01")
    assert night.type("escalate", at=friday("08:05"), as_=PRIMARY) == 0, night.said

    assert [(step, target) for _, step, target in night.watch("08:06")] == [(f"{PROFIT}/2", BACKUP)]
    assert night.watch("08:16") == []
    assert night.watch("08:31") == first_steps()[2:]


def test_a_page_of_a_persons_own_goes_out_though_it_was_acknowledged(night):
    """John has it and wants Davis."""
    night.watch("03:05", "08:01")
    night.acknowledged("08:10")
    assert night.type("page", "davis", "--text", "the rates look odd", at=friday("08:12"), as_=PRIMARY) == 0
    assert len(night.watch("08:13")) == 1

    line = night.lines()[-1]
    assert (line["target"], line["subject"]) == ("davis", "John asks for you: the rates look odd [1]")


def test_a_test_page_is_sent_and_answered(night):
    """Jill gets one over a channel that wakes, and her answer is on record."""
    assert night.type("page", "test", "jill", at=friday("02:00"), as_=PRIMARY) == 0
    ((_, _, target),) = [each for each in night.watch("02:01") if each[2] == "jill"]
    assert target == "jill"

    assert night.type("ack", "test", at=friday("02:05"), as_="jill") == 0, night.said
    assert "is acknowledged" in night.said
    assert night.type("ack", "test", at=friday("02:06"), as_="jill") == 1
