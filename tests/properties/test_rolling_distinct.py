"""The shipped models of engagement count what a reader of their names would count, one user at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_models import Row, Tables, days

from holdfast.partitions import Interval

FIRST_ON = date(2025, 10, 1)
SPAN = 75
"""Days with data: a Wednesday in the first of a quarter's months to the third, over two month ends."""
DEVICES, REGIONS = ("android", "ios", "web"), ("EU", "UK", "US")
GRAINS = ("week", "month", "quarter")
PATIENCE = settings(max_examples=15)

USER_DAYS = "user_id BIGINT, active_on DATE, region VARCHAR"
USER_DEVICE_DAYS = "user_id BIGINT, active_on DATE, device VARCHAR, region VARCHAR"
FACT_SESSIONS = "session_date DATE, device VARCHAR, region VARCHAR, duration_s BIGINT"
SESSION_LENGTHS = "session_date DATE, dimension VARCHAR, member VARCHAR, duration_s BIGINT, sessions BIGINT"
FIRST_DAYS = "user_id BIGINT, first_on DATE, region VARCHAR"

Member = tuple[str, str]
TOTAL: Member = ("", "")


@dataclass(frozen=True)
class Activity:
    """A user was active on a day, on one device."""

    user: int
    on: date
    device: str

    @property
    def region(self) -> str:
        return REGIONS[self.user % 3]

    @property
    def members(self) -> list[Member]:
        return [TOTAL, ("region", self.region), ("device", self.device)]


offsets = st.one_of(st.integers(0, SPAN - 1), st.sampled_from([0, 4, 5, 30, 31, 60, 61, SPAN - 1]))
activities = st.sets(
    st.builds(lambda user, at, device: Activity(user, FIRST_ON + timedelta(days=at), device),
              st.integers(1, 9), offsets, st.sampled_from(DEVICES)),
    max_size=80,
)  # fmt: skip
lengths = st.lists(
    st.tuples(
        offsets.map(lambda at: FIRST_ON + timedelta(days=at)),
        st.sampled_from(DEVICES),
        st.sampled_from(REGIONS),
        st.one_of(st.none(), st.integers(0, 5), st.integers(60, 70), st.integers(0, 86_400)),
    ),
    max_size=60,
)


@st.composite
def split(draw: st.DrawFn) -> tuple[Interval, Interval, Interval]:
    """[a, c), [a, b) and [b, c), any days between the first and some after the last with data."""
    a, b, c = sorted(draw(st.sets(st.integers(0, SPAN + 5), min_size=3, max_size=3)))
    on = [FIRST_ON + timedelta(days=at) for at in (a, b, c)]
    return Interval(on[0], on[2]), Interval(on[0], on[1]), Interval(on[1], on[2])


def users_active(active: Iterable[Activity], start: date, last: date) -> dict[Member, set[int]]:
    """Who was active from `start` through `last`, per member."""
    found: dict[Member, set[int]] = defaultdict(set)
    for each in active:
        if start <= each.on <= last:
            for member in each.members:
                found[member].add(each.user)
    return found


def period_start(grain: str, on: date) -> date:
    if grain == "week":
        return on - timedelta(days=on.weekday())
    return on.replace(day=1, month=on.month if grain == "month" else on.month - (on.month - 1) % 3)


def people(active: Iterable[Activity], *more: tuple[str, str]) -> Tables:
    found = set(active)
    return Tables(
        {
            "user_days": (USER_DAYS, sorted({(each.user, each.on, each.region) for each in found})),
            "user_device_days": (USER_DEVICE_DAYS, sorted((e.user, e.on, e.device, e.region) for e in found)),
            **{name: (columns, ()) for name, columns in more},
        }
    )


def built(tables: Tables, model: str, spans: tuple[Interval, Interval, Interval]) -> list[Row]:
    """The rows of [a, c), after they were found to be those of [a, b) and of [b, c)."""
    whole, *halves = (tables.build(model, span, FIRST_ON) for span in spans)
    assert whole == sorted([row for half in halves for row in half], key=repr)
    return whole


def expected(rows: Iterator[Row]) -> list[Row]:
    return sorted(rows, key=repr)


@PATIENCE
@given(activities, split())
def test_windows_are_the_distinct_users_of_their_days(active, spans):
    """One pass over the gaps gives, on every day and for every member, the users of the 1, 7 and 30 days to it."""

    def naive() -> Iterator[Row]:
        for on in days(spans[0]):
            counts = [users_active(active, on - timedelta(days=back), on) for back in (0, 6, 29)]
            for member, month in counts[2].items():
                yield (on, *member, len(counts[0][member]), len(counts[1][member]), len(month))

    with people(active) as tables:
        assert built(tables, "agg_engagement_windows", spans) == expected(naive())


@pytest.mark.parametrize("grain", GRAINS)
@PATIENCE
@given(activities, split())
def test_users_to_date_are_the_distinct_users_of_the_period_so_far(grain, active, spans):
    """The running sum of first days in a period is its distinct count on every day, from the company's first day on."""

    def naive() -> Iterator[Row]:
        for on in days(spans[0]):
            start = period_start(grain, on)
            counted = days(Interval(max(start, FIRST_ON), on + timedelta(days=1)))
            each_day = [users_active(active, day, day) for day in counted]
            for member, users in users_active(active, start, on).items():
                dau_sum = sum(len(day[member]) for day in each_day)
                yield (on, *member, len(users), dau_sum, len(counted), len(users) * len(counted))

    with people(active) as tables:
        assert built(tables, f"agg_engagement_to_date_{grain}", spans) == expected(naive())


@pytest.mark.slow
@pytest.mark.parametrize("grain", GRAINS)
@PATIENCE
@given(lengths, split())
def test_medians_to_date_are_read_off_the_plain_list(grain, sessions, spans):
    """The length found by ranges is the lower median of all sessions of the period so far; those without end are left out."""

    def of(member: Member, sessions: Sequence[Row], start: date, on: date) -> list[int]:
        dimension, name = member
        at = {"": None, "device": 1, "region": 2}[dimension]
        return [
            s[3]
            for s in sessions
            if start <= s[0] <= on and s[3] is not None and (at is None or s[at] == name)
        ]

    def naive() -> Iterator[Row]:
        members = [TOTAL, *(("device", each) for each in DEVICES), *(("region", each) for each in REGIONS)]
        for on in days(spans[0]):
            for member in members:
                if found := of(member, sessions, period_start(grain, on), on):
                    yield (on, *member, median_low(found))

    tables = Tables({"fact_sessions": (FACT_SESSIONS, sessions), "session_lengths": (SESSION_LENGTHS, ())})
    with tables:
        everything = Interval(FIRST_ON, FIRST_ON + timedelta(days=SPAN))
        tables.keep("session_lengths", tables.build("session_lengths", everything, FIRST_ON))
        assert built(tables, f"agg_session_length_to_date_{grain}", spans) == expected(naive())


@pytest.mark.slow
@PATIENCE
@given(activities, split())
def test_retention_counts_who_is_active_exactly_so_many_days_after_the_first(active, spans):
    """Cohorts are the users of one first day, on a device those who used it that day; coming back counts on any device."""
    firsts = {
        user: min(each.on for each in active if each.user == user) for user in {each.user for each in active}
    }
    cohorts: dict[tuple[date, Member], set[int]] = defaultdict(set)
    for each in active:
        if each.on == firsts[each.user]:
            for member in each.members:
                cohorts[each.on, member].add(each.user)
    seen = {(each.user, each.on) for each in active}

    def first_days() -> Iterator[Row]:
        for user, on in firsts.items():
            if spans[0].start <= on < spans[0].end:
                yield (user, on, REGIONS[user % 3])

    def naive() -> Iterator[Row]:
        for on in days(spans[0]):
            for member in {member for _, member in cohorts}:
                counts = []
                for age in (1, 7, 28):
                    cohort = cohorts.get((on - timedelta(days=age), member), set())
                    counts += [len(cohort), sum((user, on) in seen for user in cohort)]
                if any(counts):
                    yield (on, *member, *counts)

    with people(active, ("first_days", FIRST_DAYS)) as tables:
        assert built(tables, "first_days", spans) == expected(first_days())
        tables.keep("first_days", tables.build("first_days", Interval(FIRST_ON, spans[0].end), FIRST_ON))
        assert built(tables, "agg_retention", spans) == expected(naive())
