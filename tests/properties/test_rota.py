"""What holds of every rota: hand-offs tile time, one person answers at every instant, nobody while away."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.definitions.people import Person
from holdfast.definitions.rota import HandOff, Rotation
from holdfast.oncall.absences import Absence, TimeOff
from holdfast.oncall.burden import Year, burdens
from holdfast.oncall.planning import Slot, Standing, puzzle_of, reason_of
from holdfast.oncall.record import Override, Rota
from holdfast.oncall.round_robin import RoundRobin
from holdfast.oncall.shifts import Shift, at_instant, hand_off_at, laid_over, shift_day_of, spans
from holdfast.oncall.verify import verify

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
SAMPLE = ("Europe/London", "America/St_Johns", "Pacific/Apia", "Pacific/Kwajalein", "Australia/Lord_Howe", "Africa/Casablanca",
          "Asia/Tehran", "America/Sao_Paulo", "Asia/Beirut", "UTC", "Antarctica/Troll", "America/Scoresbysund")  # fmt: skip
FIRST, LAST = date(1995, 1, 2), date(2035, 1, 1)
FOUR = ("john", "james", "jill", "davis")
MONDAY = date(2027, 1, 4)
LONDON = ZoneInfo("Europe/London")


def a_rotation(zone=LONDON, at=time(9), every="week", people=FOUR):
    return Rotation(people, HandOff(0, at, zone), FIRST, LAST, every=every, shifts_between=min(2, len(people) - 1))


def assert_tiles(name: str, every: str, at: time, first=FIRST, last=LAST) -> None:
    zone = ZoneInfo(name)
    rotation = a_rotation(zone, at, every)
    found = spans(rotation, first, last)
    for (on, start, end), (_, after, _) in zip(found, found[1:], strict=False):
        assert start < end == after, f"{name}: {on}"
    assert found[0][1] == hand_off_at(rotation.hand_off, first)
    assert found[-1][2] == hand_off_at(rotation.hand_off, last)
    # The other road: an instant read on the zone's clock shows the hand-off's time, unless clocks skip it.
    for on, start, _ in found:
        shown = start.astimezone(zone)
        skipped = datetime.combine(on, at, tzinfo=zone).astimezone(UTC).astimezone(zone).time() != at
        assert (shown.date(), shown.time()) == (on, at) or skipped, f"{name}: {on}"


@pytest.mark.parametrize("name", SAMPLE)
@pytest.mark.parametrize("at", [time(9), time(0), time(2, 30)])
def test_weekly_hand_offs_tile_time_in_odd_zones(name, at):
    """Forty years of weeks follow each other without gap or overlap where clocks do strange things."""
    assert_tiles(name, "week", at)


@pytest.mark.parametrize("name", random.Random(7).sample(ZONES, 24))
def test_daily_hand_offs_tile_time_in_some_zones(name):
    """Days too, in a sample of all zones; all of them are the slow test's."""
    assert_tiles(name, "day", time(9), date(2005, 1, 3), date(2015, 1, 5))


@pytest.mark.slow
@pytest.mark.parametrize("every", ["week", "day"])
def test_hand_offs_tile_time_in_every_zone(every):
    """All zones, forty years, weekly and daily."""
    for name in ZONES:
        assert_tiles(name, every, time(9))


@given(st.sampled_from(SAMPLE), st.datetimes(datetime(1995, 2, 1), datetime(2034, 12, 1)), st.sampled_from(["week", "day"]))
@settings(max_examples=150, deadline=None)
def test_every_instant_lies_in_the_shift_that_is_named(name, at, every):
    """The shift of an instant has begun by then and has not ended."""
    rotation = a_rotation(ZoneInfo(name), every=every)
    at = at.replace(tzinfo=UTC)

    on = shift_day_of(rotation, at)

    assert hand_off_at(rotation.hand_off, on) <= at
    assert at < hand_off_at(rotation.hand_off, on + timedelta(days=rotation.shift_days))


people = st.sampled_from([*FOUR, None])
leaves = st.lists(
    st.tuples(st.sampled_from(FOUR), st.integers(0, 70), st.integers(0, 20)).map(
        lambda each: TimeOff(each[0], MONDAY + timedelta(each[1]), MONDAY + timedelta(each[1] + each[2]))
    ),
    max_size=8,
)
hours = st.integers(0, 24 * 60)


@st.composite
def overrides(draw):
    start = datetime(2027, 1, 4, 9, tzinfo=UTC) + timedelta(hours=draw(hours))
    end = start + timedelta(hours=draw(st.integers(1, 300)))
    primary = draw(people)
    backup = draw(people.filter(lambda name: name is None or name != primary))
    taken_back = draw(st.none() | st.integers(-10, 300).map(lambda late: start + timedelta(hours=late)))
    return Override(Shift(MONDAY, start, end, primary, backup, "override: x"), taken_back)


def planned(rotation, leave, weeks=10):
    slots = [Slot(*each) for each in spans(rotation, MONDAY, MONDAY + timedelta(weeks=weeks))]
    rota = Rota(rotation, (), time_off=tuple(leave))
    puzzle = puzzle_of(rotation, slots, Standing({}, {}, rota.leave()), Year())
    pairs = RoundRobin().plan(puzzle).pairs
    named = [*puzzle.people, None]
    return tuple(
        Shift(s.on, s.start, s.end, named[pair.primary], named[pair.backup], reason_of(puzzle, pairs, at))
        for at, (s, pair) in enumerate(zip(slots, pairs, strict=True))
    )


@given(leaves)
@settings(max_examples=120, deadline=None)
def test_a_plan_keeps_every_hard_rule(leave):
    """Whatever leave people take, the verifier, which shares nothing with the planner, has no complaint."""
    rotation = a_rotation()
    rows = planned(rotation, leave)
    team = [Person(name, name, "engineer", email="x") for name in FOUR] + [Person("boss", "Boss", "manager", email="x")]

    found = verify(rows, rotation, team, Rota(rotation, (), time_off=tuple(leave)).leave(), rows[0].start, rows[-1].end)

    assert [each for each in found if each.is_error] == []


@given(leaves, leaves, st.lists(overrides(), max_size=5), hours)
@settings(max_examples=150, deadline=None)
def test_at_every_instant_one_person_answers_and_nobody_who_is_away(leave, later, over, hour):
    """Over plan, overrides and leave that came after the plan: duties tile, and nobody in them is away."""
    rotation = a_rotation()
    rota = Rota(rotation, (), planned(rotation, leave), tuple(over), (*leave, *later))

    duties = rota.duties()

    whole = [duty for duty in duties if duty.start < rota.rows[-1].end]
    assert all(a.end == b.start for a, b in zip(whole, whole[1:], strict=False))
    at = rota.rows[0].start + timedelta(hours=hour)
    assert sum(duty.start <= at < duty.end for duty in duties) == 1
    absences = rota.absences()
    for duty in duties:
        assert duty.primary is None or duty.primary != duty.backup
        for name in duty.people:
            assert not any(off.person == name and off.meets(duty.start, duty.end) for off in absences)


@given(st.lists(overrides(), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_an_override_ends_when_its_end_begins(over):
    """At the end of the last override, by time, the plan's own engineer is on call again."""
    rotation = a_rotation()
    rows = planned(rotation, [], weeks=20)
    rota = Rota(rotation, (), rows, tuple(over))
    ends = max(each.row.end for each in over)

    now, plan = at_instant(rota.duties(), ends), at_instant(laid_over(rows), ends)
    assert (now.primary, now.backup, now.reason, now.end) == (plan.primary, plan.backup, plan.reason, plan.end)


@given(leaves, st.lists(overrides(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_plan_replayed_from_its_rows_is_the_same(leave, over):
    """Rows laid one over the other, in any number of portions, give the same duties."""
    rows = [*planned(a_rotation(), leave), *(each.row for each in over)]

    portions = laid_over([])
    for row in rows:
        portions = laid_over([*portions, row])

    assert portions == laid_over(rows)


@given(leaves, st.lists(overrides(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_no_time_is_counted_twice_or_lost(leave, over):
    """Primary days of all people and the manager's add up to the days of the plan."""
    rotation = a_rotation()
    rows = planned(rotation, leave)
    duties = [each for each in Rota(rotation, (), rows, tuple(over), tuple(leave)).duties() if each.end <= rows[-1].end]
    named = [
        Shift(each.on, each.start, each.end, each.primary or "boss", each.backup, each.reason) for each in duties
    ]

    found = burdens(named, [*FOUR, "boss"], rotation, Year())

    whole = burdens(
        [Shift(r.on, r.start, r.end, "x", None, "") for r in rows if r.start < duties[-1].end], ["x"], rotation, Year()
    )["x"].primary
    if duties[-1].end == rows[-1].end:
        assert sum(each.primary for each in found.values()) == whole
    assert all(each.primary >= 0 for each in found.values())


def test_absences_are_half_open():
    """An absence that ends as a shift begins does not touch it."""
    noon = datetime(2027, 1, 4, 12, tzinfo=UTC)
    off = Absence("john", noon - timedelta(hours=1), noon)

    assert not off.meets(noon, noon + timedelta(hours=1))
    assert off.meets(noon - timedelta(seconds=1), noon)
