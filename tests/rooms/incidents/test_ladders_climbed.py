"""Two clocks: who is paged when, what an acknowledgement stops, and what passes on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from one_incident import Pager, Team, at, late, paged, told, wrong

from holdfast.definitions.rota import EscalationPolicy, EscalationStep
from holdfast.incidents import acts
from holdfast.incidents.advance import advance, unreachable
from holdfast.incidents.messages import Clock, Sort
from holdfast.incidents.spells import Spell, SpellKind

LATE = late(page_at=at(8))
REFERENCE = [
    ("08:00", "john"), ("08:15", "jill"), ("08:30", "manager"),
    ("10:00", "james"), ("10:00", "jill"), ("10:00", "manager"), ("12:00", "manager"), ("14:00", "finance_lead"),
]  # fmt: skip


def test_before_the_deadline_contact_and_room_are_told_and_nobody_is_paged():
    """A source may be late without waking anybody; the first page is due at the deadline."""
    pager = Pager()

    messages = pager.look(at(3, 5), LATE)

    assert told(messages) == ["transactions_team", "#data-eng-alerts"] and not paged(messages)
    assert pager.timers[1] == at(8)


@pytest.mark.parametrize("looks", [[at(14, 1)], [at(8, 7), at(14, 1)], [at(8), at(8, 15), at(8, 30), at(10), at(12), at(14)]])
def test_due_times_do_not_depend_on_when_anybody_looks(looks):
    """The reference policy at its own instants, whether one looks once in the afternoon or at every step."""
    pager = Pager()
    pager.look(at(3, 5), LATE)

    for now in looks:
        pager.look(now, LATE)

    assert pager.paged() == REFERENCE
    assert [each.at for each in pager.said("target_missed")] == [at(12)]


def test_an_acknowledgement_stops_the_first_clock_and_not_the_second():
    """Backup and manager sleep on; owners and manager are still paged after two hours."""
    pager = Pager()
    pager.look(at(8, 1), LATE)
    pager.act(acts.acknowledge, "john", at(8, 10), pager.rules)

    pager.look(at(10, 1), LATE)

    assert pager.paged() == [("08:00", "john"), ("10:00", "james"), ("10:00", "jill"), ("10:00", "manager")]


def test_what_was_due_before_the_acknowledgement_was_due():
    """Nobody looked between 08:00 and an acknowledgement at 08:20; both steps until then are on record."""
    pager = Pager()
    pager.look(at(3, 5), LATE)

    pager.act(acts.acknowledge, "john", at(8, 20), pager.rules)

    assert pager.paged() == [("08:00", "john"), ("08:15", "jill")]


def test_impact_that_comes_later_fires_its_step_then():
    """Six hours after the first page nothing is past its deadline; at 15:20 it is, and the lead is paged, every two hours."""
    pager = Pager()
    early = late(page_at=at(8), due_at=at(15, 20))

    pager.look(at(19, 30), early)

    assert [each for each in pager.paged() if each[1] == "finance_lead"] == [("15:20", "finance_lead"), ("17:20", "finance_lead"), ("19:20", "finance_lead")]


def test_a_first_step_that_pages_nobody_new_passes_on_at_once():
    """John has both roles: at 08:15 the manager is paged, who would else wait until 08:30; then that step has been."""
    pager = Pager(Team(roles=Team().roles | {"backup": ("john",)}))

    pager.look(at(9), LATE)

    assert pager.paged() == [("08:00", "john"), ("08:15", "manager")]
    assert "john was paged before" in pager.said("empty_step")[0].text


def test_the_last_first_step_reminds_at_its_own_time():
    """One person has every role: paged at once, reminded at the last step's time, never in between."""
    everybody = dict.fromkeys(("primary", "backup", "manager"), ("john",))
    pager = Pager(Team(roles=Team().roles | everybody))

    pager.look(at(9), LATE)

    assert pager.paged() == [("08:00", "john"), ("08:30", "john")]


def test_with_nobody_to_page_every_engineer_is():
    """No primary, no backup, no manager: the last step of the first clock is never empty."""
    pager = Pager(Team(roles={"engineers": ("john", "james")}))

    pager.look(at(8, 31), LATE)

    assert pager.paged() == [("08:00", "john"), ("08:00", "james")]


def test_one_person_wanted_twice_at_an_instant_gets_one_message():
    """Two ladders begin at ten and both want john; his message says what else it stands for."""
    pager = Pager()
    unit = late("unit_profit", page_at=at(8))

    messages = [each for each in pager.look(at(8), LATE, unit) if each.sort is Sort.PAGE]

    assert [(each.target, each.pipeline, each.stands_for) for each in messages] == [("john", "aggregate_profit", ("unit_profit/1",))]


def test_a_message_that_stands_for_both_clocks_lasts_as_long_as_the_longer():
    """Manager of the first clock and of the second at one instant: an acknowledgement must not drop the second."""
    steps = (
        EscalationStep(timedelta(0), "unacknowledged", ("primary",)),
        EscalationStep(timedelta(minutes=30), "unacknowledged", ("manager",)),
        EscalationStep(timedelta(minutes=30), "unresolved", ("manager",)),
    )
    pager = Pager(policies={"aggregate_profit": EscalationPolicy("both", steps)})

    message = [each for each in pager.look(at(8, 30), LATE) if each.target == "manager"][0]

    assert (message.target, message.clock, message.stands_for) == ("manager", Clock.SECOND, ("aggregate_profit/3",))


def test_a_pipeline_joins_with_its_own_steps_from_its_own_deadline():
    """Unit-level profit joins at ten: its primary is paged then, within its hours, its backup an hour later."""
    pager = Pager()
    unit = late("unit_profit", page_at=at(10))
    pager.look(at(9), LATE, unit)

    messages = [each for each in pager.look(at(11, 30), LATE, unit) if each.pipeline == "unit_profit"]

    assert paged(messages) == [("10:00", "john"), ("11:00", "jill")]


def test_an_investors_pipeline_that_joins_voids_the_acknowledgement():
    """Somebody has the experiments' incident in hand; when an investor figure falls due the first clock begins anew."""
    pager = Pager()
    unit = late("unit_profit", page_at=at(8))
    pager.look(at(8), unit, late(page_at=at(9)))
    pager.act(acts.acknowledge, "john", at(8, 5), pager.rules)

    messages = pager.look(at(9, 16), unit, late(page_at=at(9)))

    assert paged(messages) == [("09:00", "john"), ("09:15", "jill")]
    assert pager.incident.acknowledged is None and pager.incident.round == 2


def test_an_experiments_pipeline_that_joins_leaves_it():
    """The other way round nothing is voided: the work goes on."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.act(acts.acknowledge, "john", at(8, 5), pager.rules)

    messages = pager.look(at(9), LATE, late("unit_profit", page_at=at(8, 30)))

    assert not paged(messages) and pager.incident.acknowledged


def test_a_figure_that_turns_out_wrong_voids_the_acknowledgement():
    """Missing was known; now something wrong is visible."""
    pager = Pager()
    pager.look(at(8), LATE)
    pager.act(acts.acknowledge, "john", at(8, 5), pager.rules)

    messages = pager.look(at(8, 20), wrong(LATE))

    assert paged(messages) == [("08:20", "john")]


def test_a_deadline_that_passes_meanwhile_voids_nothing():
    """Paged two hours before the deadline and acknowledged: that it passes was known."""
    pager = Pager()
    ours = late(page_at=at(6), due_at=at(8))
    pager.look(at(6), ours)
    pager.act(acts.acknowledge, "john", at(6, 5), pager.rules)

    messages = pager.look(at(8, 30), ours)

    assert paged(messages) == [("08:00", "james"), ("08:00", "jill"), ("08:00", "manager")]
    assert [each.at for each in pager.said("impact")] == [at(8)]


def test_a_pipeline_whose_figures_are_back_is_climbed_no_further():
    """The other's steps go on; when it is missed again its own begin anew, with keys of their own."""
    pager = Pager()
    growth = late("aggregate_growth", page_at=at(8))
    first = pager.look(at(8), LATE, growth)
    pager.look(at(8, 10), LATE)

    again = replace(growth, since=at(9), page_at=at(9))
    messages = [each for each in pager.look(at(9, 16), LATE, again) if each.pipeline == "aggregate_growth"]

    assert paged(messages) == [("09:00", "john"), ("09:15", "jill")]
    assert not {each.key for each in first} & {each.key for each in messages}


def test_nothing_fires_while_the_clock_cannot_be_believed():
    """A pass after a jump changes nothing by time."""
    pager = Pager(fires=False)
    pager.look(at(3, 5), LATE)

    assert advance(pager.incident, at(9), pager.rules) is None


def test_after_a_late_start_the_overdue_go_together_and_the_others_wait():
    """An engine that starts at 11:00 marks what is more than five minutes overdue; stakeholders wait until 11:15."""
    pager = Pager(started_at=at(11))

    messages = pager.look(at(11), LATE)

    steps = [each for each in messages if each.step >= 0]
    assert all(each.is_late for each in steps) and [each.not_before for each in steps if each.sort is Sort.PAGE] == [None] * 6
    assert [each.not_before for each in steps if each.target == "investor_relations"] == [at(11, 15)]


def test_late_pages_go_to_whoever_is_there_now():
    """Due before the hand-off, sent after it: the new primary has the shift."""
    team = Team(hand_offs={at(0): "davis", at(9): "john"})
    pager = Pager(team, started_at=at(10))

    first = pager.look(at(10), LATE)[0]

    assert (first.step, first.role, first.target, first.is_late) == (0, "primary", "john", True)


def test_maintenance_makes_a_ladder_wait_and_the_other_not():
    """Pages of the pipeline wait for its end; one that the other ladder wants too goes at once."""
    spell = Spell(SpellKind.MAINTENANCE, "aggregate_profit", at(7), at(9), "new disks", "james")
    pager = Pager(spells=(spell,))

    messages = [each for each in pager.look(at(8, 15), LATE, late("unit_profit", page_at=at(8))) if each.sort is Sort.PAGE]

    assert [(each.target, each.pipeline, each.not_before) for each in messages] == [
        ("john", "unit_profit", None), ("jill", "aggregate_profit", at(9)),
    ]  # fmt: skip


def test_maintenance_of_investors_pipelines_ends_after_eight_hours():
    """Announced for a day; what investors miss is paged after eight hours all the same."""
    spell = Spell(SpellKind.MAINTENANCE, "aggregate_profit", at(6), at(23), "new disks", "james")
    pager = Pager(spells=(spell,))

    message = [each for each in pager.look(at(8), LATE) if each.sort is Sort.PAGE][0]

    assert message.not_before == at(14)


def test_whoever_cannot_be_reached_is_passed_over_at_once():
    """All of john's channels refuse: jill is paged now, and not again at 08:15."""
    pager = Pager()
    page = [each for each in pager.look(at(8), LATE) if each.sort is Sort.PAGE][0]

    pager.record(unreachable(pager.incident, page, "no such address", at(8, 1), pager.rules))
    pager.look(at(8, 20), LATE)

    assert pager.paged() == [("08:00", "john"), ("08:01", "jill")]


def test_an_unreachable_persons_page_moves_every_ladder_it_stood_for():
    """John's one page stood for profit and for unit-level profit: both go on to jill, in one message again."""
    pager = Pager()
    unit = late("unit_profit", page_at=at(8))
    page = [each for each in pager.look(at(8), LATE, unit) if each.sort is Sort.PAGE][0]

    pager.record(unreachable(pager.incident, page, "no such address", at(8, 1), pager.rules))

    assert (pager.messages[-1].target, pager.messages[-1].stands_for) == ("jill", ("unit_profit/2",))


def test_an_unreachable_primary_after_a_hand_off_moves_on_too():
    """No step made the page, but somebody was to answer it: the next step that is left comes now."""
    pager = Pager(Team(hand_offs={at(0): "john", at(8, 10): "davis"}))
    pager.look(at(8), LATE)
    page = [each for each in pager.look(at(8, 10), LATE) if each.target == "davis"][0]

    pager.record(unreachable(pager.incident, page, "no such address", at(8, 11), pager.rules))

    assert pager.paged()[-1] == ("08:11", "jill")


def test_an_unreachable_person_wakes_nobody_once_it_is_acknowledged():
    """Somebody has it: the failure is a line in the timeline."""
    pager = Pager()
    page = [each for each in pager.look(at(8), LATE) if each.sort is Sort.PAGE][0]
    pager.act(acts.acknowledge, "james", at(8, 1), pager.rules)

    decision = unreachable(pager.incident, page, "no such address", at(8, 2), pager.rules)

    assert not decision.messages and decision.events[0].kind == "unreachable"


def test_experiments_wait_for_the_morning_and_for_a_working_day():
    """Missed on Friday at 22:00 in London: primary on Saturday at 08:00, backup at nine, owner on Monday at 08:00."""
    pager = Pager()
    unit = late("unit_profit", page_at=at(21))

    for day in range(6):
        pager.look(at(21) + timedelta(days=day), unit)

    first = [(f"{each.due_at:%a %H:%M}", each.target) for each in pager.messages if each.sort is Sort.PAGE]
    assert first == [("Sat 07:00", "john"), ("Sat 08:00", "jill"), ("Mon 07:00", "james")]


def test_policies_are_frozen_when_a_pipeline_joins():
    """A policy that is changed at night changes nothing for what is already climbing."""
    pager = Pager()
    pager.look(at(8), LATE)
    slow = (EscalationStep(timedelta(hours=5), "unresolved", ("lead",)),)
    pager.rules = replace(pager.rules, policies={"": EscalationPolicy("slow", slow)})

    pager.look(at(8, 31), LATE)

    assert pager.paged() == REFERENCE[:3]


def test_what_touches_no_pipeline_climbs_the_teams_own_ladder():
    """A vacancy pages by the team's policy."""
    pager = Pager()
    vacancy = replace(late("", page_at=at(8)), affects=())

    assert paged(pager.look(at(8, 15), vacancy)) == [("08:00", "john"), ("08:15", "jill")]
