"""What signals make of incidents: opened, joined, merged, cleared, opened again, silent, flapping."""

import time
from dataclasses import replace
from datetime import date, timedelta

from one_incident import Pager, at, late, paged, told

from holdfast.incidents import acts
from holdfast.incidents.advance import advance
from holdfast.incidents.incident import State
from holdfast.incidents.reconcile import reconcile
from holdfast.incidents.signals import Affect, Key, Signal
from holdfast.incidents.spells import Spell, SpellKind

LATE = late(page_at=at(8))
GROWTH = late("aggregate_growth", page_at=at(8))
FIRST_DAY = date(2026, 10, 1)


def missed(pipeline="aggregate_profit", *, since=at(8), period="2026-10-01"):
    affect = Affect(pipeline, "investors", "", "day", period, since)
    return Signal(Key("missed", f"{pipeline}/day", FIRST_DAY), pipeline, since, since, "nothing says why", (), (affect,))


def test_signals_of_one_cause_are_one_incident():
    """A source that three pipelines read is late once; what it affects names every one of them."""
    pager = Pager()

    pager.look(at(3, 5), LATE, GROWTH, late("unit_profit", page_at=at(10)))

    assert len(pager.incidents) == 1
    assert [each.pipeline for each in pager.incident.affects] == ["aggregate_growth", "aggregate_profit", "unit_profit"]


def test_two_sources_are_two_incidents():
    """Another subject is another cause."""
    pager = Pager()

    pager.look(at(3, 5), LATE, late(page_at=at(8), source="refunds"))

    assert [each.key.subject for each in pager.incidents.values()] == ["orders", "refunds"]


def test_the_same_signals_again_decide_nothing():
    """A repeated pass is harmless: no decision, so no new version."""
    pager = Pager()
    pager.look(at(3, 5), LATE, GROWTH)

    assert reconcile([GROWTH, LATE], [pager.incident], [], at(3, 6), pager.rules) == []


def test_a_later_day_joins_the_open_incident_of_its_cause():
    """The next day's orders do not come either: still the one incident, about two days."""
    pager = Pager()
    pager.look(at(3, 5), LATE)
    tomorrow = replace(late(page_at=at(8), on=date(2026, 10, 2)), pipeline="aggregate_growth")

    pager.look(at(3, 6), LATE, tomorrow)

    assert len(pager.incidents) == 1 and [each.text for each in pager.said("joined")] == ["aggregate_growth: orders are late for aggregate_profit"]


def test_the_first_day_mended_leaves_the_incident_of_the_second():
    """The signal's day moves on while the incident stays the same."""
    pager = Pager()
    pager.look(at(3, 5), LATE)

    pager.look(at(8), late(page_at=at(8), on=date(2026, 10, 2)))

    assert len(pager.incidents) == 1 and pager.incident.state is State.OPEN
    assert pager.incident.key.on == FIRST_DAY and pager.incident.signals[0].key.on == date(2026, 10, 2)


def test_an_earlier_day_found_later_joins_too():
    """The signal is the same one, though its first day has moved back: nobody is paged for a second incident."""
    pager = Pager()
    pager.look(at(8), LATE)

    pager.look(at(9), late(page_at=at(8), on=date(2026, 9, 30)))

    assert len(pager.incidents) == 1


def test_what_has_cleared_resolves_it_and_everybody_hears():
    """No signal is left: resolved by holdfast; those paged and told are told, each once."""
    pager = Pager()
    pager.look(at(8, 16), LATE)

    messages = pager.look(at(8, 20))

    assert pager.incident.state is State.RESOLVED and pager.incident.ending.by == "holdfast"
    assert sorted(told(messages)) == ["#data-eng-alerts", "jill", "john", "transactions_team"]
    assert pager.timers[1] is None


def test_one_figure_back_keeps_it_open_and_says_so():
    """Profit is published, growth is not: the timeline tells what cleared and what was restored."""
    pager = Pager()
    pager.look(at(8), LATE, GROWTH)

    pager.look(at(8, 20), GROWTH)

    assert pager.incident.state is State.OPEN and [each.pipeline for each in pager.incident.affects] == ["aggregate_growth"]
    assert [each.text for each in pager.said("restored")] == ["aggregate_profit all metrics, day 2026-10-01"]


def test_back_within_the_hour_opens_the_same_again():
    """59 minutes after it cleared: the same incident, a new first page, and those who knew are told."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.look(at(8, 10))
    again = replace(LATE, since=at(9, 9), page_at=at(9, 9))

    messages = pager.look(at(9, 9), again)

    assert len(pager.incidents) == 1 and paged(messages) == [("09:09", "john")]
    assert "transactions_team" in told(messages) and pager.incident.opened_times == (at(8), at(9, 9))


def test_back_after_more_than_an_hour_is_another():
    """61 minutes later it is a new incident."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.look(at(8, 10))

    pager.look(at(9, 11), replace(LATE, since=at(9, 11), page_at=at(9, 11)))

    assert len(pager.incidents) == 2


def test_what_was_seen_to_be_gone_is_back_when_it_is_seen_again():
    """Clear at 08:10 and there again at 08:50 with records of eight o'clock: the first page is due at 08:50, not before."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.look(at(8, 10))

    assert paged(pager.look(at(8, 50), LATE)) == [("08:50", "john")]


def test_a_day_later_old_records_do_not_page_for_all_that_time():
    """Clear at 08:10, back at 20:00 with records of eight o'clock: a new incident whose clock begins at 20:00."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.look(at(8, 10))

    assert paged(pager.look(at(20), LATE)) == [("20:00", "john")]
    assert paged(pager.look(at(20, 15), LATE)) == [("20:15", "jill")] and len(pager.incidents) == 2


def test_messages_of_each_opening_have_keys_of_their_own():
    """Opened, resolved, opened again, resolved again: no message is taken for an earlier one."""
    pager = Pager()
    for minute in (0, 20):
        pager.look(at(8, minute), replace(LATE, since=at(8, minute), page_at=at(8, minute)))
        pager.look(at(8, minute + 10))

    keys = [each.key for each in pager.messages]
    assert len(keys) == len(set(keys))


def flapping():
    pager = Pager()
    for minute in (0, 20, 40):
        pager.look(at(8, minute), replace(LATE, since=at(8, minute), page_at=None))
        if minute < 40:
            pager.look(at(8, minute + 10))
    return pager


def test_the_third_opening_in_a_day_pages_once_as_flapping():
    """Nobody is paged for what is only told, but a cause that comes and goes has to be looked at."""
    pager = flapping()

    assert pager.paged() == [("08:40", "john")]
    assert pager.messages[-1].occasion == "flapping 3" or "flapping 3" in [each.occasion for each in pager.messages]


def test_what_flaps_ends_only_after_two_quiet_hours():
    """Clear at 08:50, back at 09:00, clear at 09:10: it ends at 11:10, and nobody is paged anew meanwhile."""
    pager = flapping()
    pager.look(at(8, 50))
    pager.look(at(9), replace(LATE, since=at(9), page_at=None))
    pager.look(at(9, 10))

    pager.look(at(11, 9))
    before = pager.incident.state
    pager.look(at(11, 30))

    assert (before, pager.incident.state, pager.incident.ending.at) == (State.OPEN, State.RESOLVED, at(11, 10))
    assert len(pager.paged()) == 1


def test_a_known_outage_opens_silently_and_its_deadline_still_pages():
    """Announced until 10:00: neither contact nor room hear of it at 03:05, and john is paged at 08:00."""
    outage = Spell(SpellKind.OUTAGE, "orders", at(1), at(10), "migration", "james")
    pager = Pager(spells=(outage,))

    first = pager.look(at(3, 5), LATE)
    second = pager.look(at(8, 1), LATE)

    assert not first and (paged(second), told(second)) == ([("08:00", "john")], [])
    assert "transactions_team" in told(pager.look(at(10, 1), LATE))


def test_an_outage_that_ends_earlier_is_told_then():
    """Announced until 10:00 and over at 06:00: the next pass tells, though the timer said ten."""
    outage = Spell(SpellKind.OUTAGE, "orders", at(1), at(10), "migration", "james")
    pager = Pager(spells=(outage,))
    pager.look(at(3, 5), LATE)
    pager.rules = replace(pager.rules, spells=(replace(outage, end=at(6)),))

    assert told(pager.look(at(6, 5), LATE)) == ["transactions_team", "#data-eng-alerts"]


def test_another_sources_outage_silences_nothing():
    """Only the source that was announced."""
    pager = Pager(spells=(Spell(SpellKind.OUTAGE, "refunds", at(1), at(10), "migration", "james"),))

    assert told(pager.look(at(3, 5), LATE)) == ["transactions_team", "#data-eng-alerts"]


def test_an_unknown_cause_becomes_the_one_that_is_found():
    """Missed at 08:00 and nobody knows why; when orders turn out late it is that incident, and nobody is paged again."""
    pager = Pager()
    pager.look(at(8, 1), missed())

    messages = pager.look(at(8, 5), late(page_at=at(8), since=at(8)))

    assert len(pager.incidents) == 1 and pager.incident.key.kind == "late"
    assert not paged(messages) and pager.incident.title == "orders are late for aggregate_profit"


def test_an_unknown_cause_merges_into_the_older_that_explains_it():
    """Orders are late since three; a missed deadline of the same figure is no second incident."""
    pager = Pager()
    other = late("aggregate_growth", page_at=at(12))
    pager.look(at(3, 5), other)
    pager.look(at(8, 1), other, missed())

    pager.look(at(8, 5), other, LATE)

    one, two = pager.incidents[1], pager.incidents[2]
    assert (one.state, two.state, two.merged_into) == (State.OPEN, State.MERGED, 1)
    assert [each.pipeline for each in one.climbed] == ["aggregate_profit"]


def test_what_the_younger_had_begun_goes_on_in_the_older():
    """The merged ladder keeps its time: the backup is paged at 08:15 and the primary not again."""
    pager = Pager()
    other = late("aggregate_growth", page_at=at(12))
    pager.look(at(3, 5), other)
    pager.look(at(8, 1), other, missed())
    pager.look(at(8, 5), other, LATE)

    messages = pager.look(at(8, 16), other, LATE)

    assert paged(messages) == [("08:15", "jill")] and "john" in pager.incident.told


def test_whoever_had_the_younger_has_the_older():
    """John works on orders of the day before; they explain today's missed figure too, so nobody else is paged for it."""
    pager = Pager()
    before = late(page_at=at(8, 2), since=at(8, 2), on=date(2026, 9, 30))
    pager.look(at(8, 1), missed())
    pager.look(at(8, 2), missed(), before)
    pager.act(acts.acknowledge, "john", at(8, 5), pager.rules, incident=2)

    messages = pager.look(at(8, 20), replace(before, affects=(*before.affects, *LATE.affects)))

    assert pager.incident.acknowledged.by == "john" and pager.incidents[2].state is State.MERGED and not paged(messages)


def test_an_unknown_cause_that_is_younger_survives_when_it_is_older():
    """Missed first, a late source's incident second: the younger one gives way, with its pipelines."""
    pager = Pager()
    pager.look(at(8, 1), missed())
    pager.look(at(8, 2), missed(), GROWTH)

    pager.look(at(8, 5), GROWTH, LATE)

    assert [each.state for each in pager.incidents.values()] == [State.OPEN, State.MERGED]
    assert pager.incident.key.kind == "late" and {each.pipeline for each in pager.incident.climbed} == {"aggregate_growth", "aggregate_profit"}


def test_a_missed_figure_whose_cause_is_known_opens_nothing():
    """Both are gathered at once: one incident, of the cause."""
    pager = Pager()

    pager.look(at(8, 1), missed(), LATE)

    assert [each.key.kind for each in pager.incidents.values()] == ["late"]


def test_a_persons_word_waits_an_hour_and_is_asked_again():
    """Resolved at 08:20 while orders are still late: silent until 09:20, then open again with a new first page."""
    pager = Pager()
    pager.look(at(8, 16), LATE)
    pager.act(acts.resolve, "looks fine", "john", at(8, 20), pager.rules)

    assert not pager.look(at(9, 19), LATE)
    messages = pager.look(at(9, 25), LATE)

    assert paged(messages) == [("09:20", "john")] and pager.incident.state is State.OPEN


def test_a_persons_word_that_was_right_stays():
    """Cleared within the hour: nothing is asked again."""
    pager = Pager()
    pager.look(at(8, 16), LATE)
    pager.act(acts.resolve, "reloaded", "john", at(8, 20), pager.rules)
    pager.look(at(8, 40))

    assert not pager.look(at(9, 30)) and pager.incident.state is State.RESOLVED and pager.timers[1] is None


def test_new_trouble_does_not_wait_for_a_recheck():
    """Another pipeline of the same cause is hit after a person resolved it: open again at once."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.act(acts.resolve, "looks fine", "john", at(8, 20), pager.rules)

    messages = pager.look(at(8, 30), LATE, replace(GROWTH, since=at(8, 30), page_at=at(8, 30)))

    assert paged(messages) == [("08:30", "john")]


def test_what_a_person_opened_stays_until_a_person_ends_it():
    """No record says that it looks wrong, so none can say that it does not."""
    pager = Pager()
    affect = Affect("aggregate_profit", "investors", "margin", "day", "2026-10-01", at(8))
    pager.record(acts.opened_by_person("aggregate_profit", [affect], "margin looks odd", "jill", 1, at(9), pager.rules))

    messages = pager.look(at(9))
    pager.look(at(9, 30))
    pager.act(acts.resolve, "a real sale", "jill", at(9, 40), pager.rules)
    pager.look(at(11))

    assert paged(messages) == [("09:00", "john")]
    assert pager.incident.state is State.RESOLVED and pager.incident.opened_by == "jill" and pager.timers[1] is None


def test_ten_thousand_unchanged_incidents_take_well_under_a_second():
    """Every signal finds its incident without a search."""
    signals = [
        replace(each, key=Key("late", f"source{number}", FIRST_DAY))
        for number in range(10_000)
        for each in (LATE, GROWTH)
    ]
    pager = Pager()
    found = [replace(each.incident, id=number + 1) for number, each in enumerate(reconcile(signals, [], [], at(3), pager.rules))]
    opened = [advance(each, at(3), pager.rules).incident for each in found]
    again = [replace(each, affects=tuple(replace(affect) for affect in each.affects)) for each in signals]

    started = time.process_time()
    decisions = reconcile(again, opened, [], at(3, 1), pager.rules)

    assert len(opened) == 10_000 and decisions == []
    assert timedelta(seconds=time.process_time() - started) < timedelta(seconds=0.9)
