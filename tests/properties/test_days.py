"""Days, intervals, calendars and zones behave as plain Python sets of dates say."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.calendars import DAY, Calendar, Period, day_of, offsets, standard_periods, starts_at
from holdfast.definitions.model import Model, Reads
from holdfast.partitions import ONE_DAY, Days, Interval

FIRST = date(2025, 12, 20)
SPAN = 40
"""Days that random sets are drawn from: a year's end and a month that starts on a Thursday."""

day_numbers = st.integers(0, SPAN - 1)
sets_of_dates = st.frozensets(day_numbers.map(lambda n: FIRST + timedelta(days=n)), max_size=25)
intervals = st.tuples(day_numbers, st.integers(1, 9)).map(
    lambda pair: Interval(FIRST + timedelta(days=pair[0]), FIRST + timedelta(days=sum(pair)))
)


def is_canonical(days: Days) -> bool:
    """Whether the intervals are sorted, disjoint and not touching."""
    return all(a.end < b.start for a, b in pairwise(days.intervals))


@given(sets_of_dates, sets_of_dates)
def test_sets_of_days_agree_with_sets_of_dates(left, right):
    """Union, intersection, difference, membership, size and order are those of Python's own sets."""
    mine, theirs = Days.of_days(left), Days.of_days(right)

    for found, expected in (
        (mine | theirs, left | right),
        (mine & theirs, left & right),
        (mine - theirs, left - right),
    ):
        assert list(found) == sorted(expected)
        assert len(found) == len(expected)
        assert bool(found) == bool(expected)
        assert is_canonical(found)
    assert all((FIRST + timedelta(days=n) in mine) == (FIRST + timedelta(days=n) in left) for n in range(SPAN))


@given(st.lists(intervals, max_size=8))
def test_a_union_of_intervals_has_one_spelling(some):
    """However the intervals overlap and touch, equal sets of days are equal values with equal text."""
    days = Days.of(some)

    assert set(days) == {day for each in some for day in each.days()}
    assert is_canonical(days)
    assert Days.of(reversed(some)) == days == Days.of_days(days)
    assert str(Days.of_days(days)) == str(days)


@given(intervals, intervals)
def test_the_meeting_of_two_intervals_is_their_common_days(one, other):
    """`meet` is None exactly when no day is in both."""
    common = set(one.days()) & set(other.days())
    met = one.meet(other)

    assert (set(met.days()) if met else set()) == common
    assert one.length == len(list(one.days())) and one.last == max(one.days())


def test_an_interval_is_never_empty():
    """An interval without a day is refused: emptiness is an empty `Days`."""
    with pytest.raises(ValueError, match="start < end"):
        Interval(FIRST, FIRST)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 800))
def test_standard_periods_tile_the_span_they_were_made_for(first, length):
    """Every day lies in exactly one ISO week, month and quarter, named as its own calendar date says."""
    last = first + timedelta(days=length)
    periods = standard_periods(first, last)
    calendar = Calendar(periods)

    for grain in ("week", "month", "quarter"):
        mine = sorted(p.interval for p in periods if p.grain == grain)
        assert all(a.end == b.start for a, b in pairwise(mine))
        assert mine[0].start <= first < mine[0].end and last in mine[-1]
    for day in (first, last, first + timedelta(days=length // 2)):
        year, week, _ = day.isocalendar()
        assert calendar.of_day("week", day).name == f"{year}-W{week:02d}"
        assert calendar.of_day("month", day).name == f"{day.year}-{day.month:02d}"
        assert calendar.of_day("quarter", day).name == f"{day.year}-Q{(day.month - 1) // 3 + 1}"
        assert calendar.of_day(DAY, day).interval == Interval.of_day(day)
    assert {p.interval.length for p in periods if p.grain == "week"} == {7}


CALENDAR = Calendar(
    (
        *standard_periods(FIRST, FIRST + timedelta(days=SPAN)),
        # A team's own grain may leave days out.
        Period("sprint", "S1", Interval(FIRST + timedelta(days=3), FIRST + timedelta(days=9))),
        Period("sprint", "S2", Interval(FIRST + timedelta(days=14), FIRST + timedelta(days=28))),
    )
)
grains = st.sampled_from([DAY, "week", "month", "quarter", "sprint"])


def periods_by_looking(grain: str, days: frozenset[date]) -> list[Period]:
    """Every period of the grain, asked one by one whether it holds any of the days."""
    return [p for p in CALENDAR.periods if p.grain == grain and any(day in p.interval for day in days)]


@given(grains, sets_of_dates)
def test_widening_takes_whole_periods_and_no_others(grain, days):
    """Widened days are all days of the periods that hold one of them; a day of no period is dropped."""
    widened = CALENDAR.widen(grain, Days.of_days(days))
    expected = set(days) if grain == DAY else {d for p in periods_by_looking(grain, days) for d in p.interval.days()}

    assert set(widened) == expected
    assert CALENDAR.widen(grain, widened) == widened
    found = CALENDAR.periods_of(grain, Days.of_days(days))
    assert [p.interval.start for p in found] == sorted(p.interval.start for p in found)
    if grain != DAY:
        assert {p.name for p in found} == {p.name for p in periods_by_looking(grain, days)}


windows = st.one_of(
    st.tuples(st.integers(-9, 9), st.integers(0, 6)).map(lambda pair: (pair[0], sum(pair))),
    st.tuples(st.none(), st.integers(-2, 2)),
)


@given(windows, grains, day_numbers, day_numbers)
def test_a_day_is_touched_exactly_when_it_reads_the_changed_day(window, grain, written_number, changed_number):
    """`days_touched` is the inverse of `days_read`, for single days and for models of whole periods."""
    reads = Reads("orders", *window)
    model = Model("m", "", "", (), "day", (reads,), period=grain)
    written, changed = (FIRST + timedelta(days=n) for n in (written_number, changed_number))
    period = CALENDAR.of_day(grain, written)
    if period is None:
        return

    read = model.days_read(reads, Interval.of_day(written), CALENDAR)
    touched = model.days_touched(reads, Days.of_days([changed]), CALENDAR)

    assert (written in touched) == (changed in read)
    first, last = window
    offsets_read = range(-200 if first is None else first, last + 1)
    by_hand = {day + timedelta(days=n) for day in period.interval.days() for n in offsets_read}
    gaps = first is not None and last < first
    assert gaps or {d for d in read.days() if d >= FIRST - timedelta(days=100)} == {
        d for d in by_hand if d >= FIRST - timedelta(days=100)
    }


# Europe, both Americas, half-hour shift, shift at midnight, odd offsets, no shift, and a skipped day.
SAMPLE_ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Lisbon",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Nuuk",
    "America/Scoresbysund",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Antarctica/Casey",
    "Pacific/Apia",
    "Pacific/Chatham",
)


def every_instant(zone: ZoneInfo, start: date, end: date) -> list[datetime]:
    """Instants over the span: every 6 hours, and each local midnight and clock change with their neighbours."""
    at, until = datetime(start.year, start.month, start.day, tzinfo=UTC), datetime(end.year, end.month, end.day, tzinfo=UTC)
    instants = []
    step = timedelta(hours=6)
    while at < until:
        instants.append(at)
        if at.astimezone(zone).utcoffset() != (at + step).astimezone(zone).utcoffset():
            instants += [at + timedelta(minutes=15 * n, seconds=s) for n in range(24) for s in (0, 30, 59)]
            instants += [at + timedelta(minutes=n) for n in range(360)]
        at += step
    return sorted(set(instants))


def assert_days_tile_time(name: str, start: date, end: date) -> None:
    """Days follow each other without gap or overlap, and an instant's day is the one that holds it."""
    zone = ZoneInfo(name)
    starts = {}
    day = start - timedelta(days=2)
    while day <= end + timedelta(days=2):
        starts[day] = starts_at(day, zone)
        day += ONE_DAY
    for earlier, later in pairwise(starts):
        length = starts[later] - starts[earlier]
        assert timedelta(0) <= length <= timedelta(hours=31), f"{name}: {earlier} lasts {length}"
    for at in every_instant(zone, start, end):
        holder = day_of(at, zone)
        assert starts[holder] <= at < starts[holder + ONE_DAY], f"{name}: {at} is said to be of {holder}"
        local = at.astimezone(zone).date()
        # Only where clocks go back across midnight is the local date not the business day.
        assert holder in (local, local + ONE_DAY), f"{name}: {at}"
    for day, at in starts.items():
        if starts.get(day + ONE_DAY, at) > at:
            assert day_of(at, zone) == day, f"{name}: {day} starts at {at}, which is of {day_of(at, zone)}"
            assert day_of(at - timedelta(microseconds=1), zone) < day, name


def assert_offsets_give_the_day(name: str, start: date, end: date) -> None:
    """An instant plus the offset valid at it has the instant's business day as its date."""
    zone = ZoneInfo(name)
    shifts = offsets(Interval(start, end), zone)
    assert [at for at, _ in shifts] == sorted({at for at, _ in shifts})
    first, until = starts_at(start, zone), starts_at(end, zone)
    for at in every_instant(zone, start, end):
        if first <= at < until:
            offset = next(each for valid_from, each in reversed(shifts) if valid_from <= at)
            assert (at + offset).date() == day_of(at, zone), f"{name}: {at}"


@pytest.mark.parametrize("name", SAMPLE_ZONES)
def test_business_days_of_a_zone_tile_time(name):
    """Three years with every clock change in them, and the span in which Samoa skipped a day."""
    for start, end in ((date(2023, 1, 1), date(2026, 1, 1)), (date(2011, 9, 1), date(2012, 4, 15))):
        assert_days_tile_time(name, start, end)
        assert_offsets_give_the_day(name, start, end)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        # Clocks went back at 00:01, so the local date ran backwards for 59 minutes.
        ("America/St_Johns", date(2009, 10, 25), date(2009, 11, 10)),
        # Clocks went back three hours at 02:00 on 5 March.
        ("Antarctica/Casey", date(2010, 2, 25), date(2010, 3, 15)),
        # Clocks went from 23:30 to 00:30: the day began half an hour late.
        ("America/Toronto", date(1919, 3, 20), date(1919, 4, 10)),
        # The whole of 30 December 2011 was skipped.
        ("Pacific/Apia", date(2011, 12, 20), date(2012, 1, 10)),
    ],
)
def test_days_tile_time_where_clocks_change_across_midnight(name, start, end):
    """Each instant belongs to exactly one day also where the local date repeats, jumps or is skipped."""
    assert_days_tile_time(name, start, end)
    assert_offsets_give_the_day(name, start, end)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SAMPLE_ZONES), st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1)))
def test_an_instant_lies_within_its_own_day(name, naive):
    """At any second of 32 years the day of an instant starts at or before it, and the next one after it."""
    zone, at = ZoneInfo(name), naive.replace(tzinfo=UTC)
    day = day_of(at, zone)

    assert starts_at(day, zone) <= at < starts_at(day + ONE_DAY, zone)


def spans_with_changes(zone: ZoneInfo, start: date, end: date) -> list[tuple[date, date]]:
    """A week around each day over which the offset changes."""
    spans, noon = [], datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
    while noon.date() < end:
        later = noon + ONE_DAY
        if noon.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            spans.append((noon.date() - 3 * ONE_DAY, noon.date() + 4 * ONE_DAY))
        noon = later
    return spans


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime", "Factory"}))
def test_business_days_of_every_zone_tile_time(name):
    """All zones of the zone database, around every clock change from 1970 to 2037."""
    for start, end in spans_with_changes(ZoneInfo(name), date(1970, 1, 10), date(2037, 1, 1)):
        assert_days_tile_time(name, start, end)
        assert_offsets_give_the_day(name, start, end)
