"""Published figures never contradict each other, whatever was held, revised and released before."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from small_pipeline import (
    CALENDAR,
    MEASURES,
    MEMBERS,
    SEGMENTS,
    STARTS_ON,
    Cells,
    Company,
    Current,
    Key,
    divided,
    measured,
    nth,
)

from holdfast.adapters.warehouses.session import Session
from holdfast.calendars import DAY
from holdfast.partitions import Days
from holdfast.releases.figures import Scope, half_even

SPILL = Path(tempfile.gettempdir())
LOOSE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)

amounts = st.integers(-50, 200)
cells = st.dictionaries(
    st.tuples(st.sampled_from(MEMBERS["region"]), st.sampled_from(MEMBERS["category"])),
    st.tuples(amounts, amounts),
    max_size=4,
)
held_metrics = st.sampled_from([("revenue", "cost"), ("cost",), ("revenue",)])
held_segments = st.sampled_from(["", *SEGMENTS])

money = st.decimals(min_value=-(10**13), max_value=10**13, places=4)
six_places = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n).scaleb(-6))


@pytest.fixture(scope="module")
def session():
    """One engine for every division."""
    with closing(Session(SPILL, threads=1)) as opened:
        yield opened


@settings(LOOSE, max_examples=200)
@given(numerator=money | six_places, denominator=money | six_places, scale=st.integers(0, 6))
@example(Decimal("0.5"), Decimal(1), 0)
@example(Decimal("1.5"), Decimal(1), 0)
@example(Decimal("-2.5"), Decimal(1), 0)
@example(Decimal("-0.0000005"), Decimal(1), 6)
@example(Decimal("0.000001"), Decimal(2), 6)
@example(Decimal("0.000003"), Decimal(-2), 6)
@example(Decimal("0.000001"), Decimal(-3), 6)
@example(Decimal(0), Decimal(0), 6)
@example(Decimal(0), Decimal(-7), 6)
@example(Decimal(7), Decimal(0), 6)
@example(Decimal("9999999999999.9999"), Decimal("0.0001"), 6)
def test_a_ratio_is_rounded_half_even(session, numerator, denominator, scale):
    """Division in SQL equals Decimal's, ties to even, for either sign and any size; null over zero."""
    numerator = numerator.quantize(Decimal("0.000001"))
    columns = f"SELECT CAST({numerator:f} AS DECIMAL(38,6)) AS n, CAST({denominator:f} AS DECIMAL(38,6)) AS d"
    found = session.value(f"SELECT {half_even('n', 'd', scale)} FROM ({columns})")

    if denominator == 0:
        assert found is None
    else:
        with localcontext(prec=80):
            expected = (numerator / denominator).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN)
        assert found == expected


@st.composite
def scopes_on(draw: st.DrawFn, days: list[date]) -> list[Scope]:
    """What waits: on a few of the days, some metrics of one member or of all."""
    found = []
    for day in draw(st.lists(st.sampled_from(days), max_size=2, unique=True)):
        segment = draw(held_segments)
        found += [Scope(day, metric, segment) for metric in draw(held_metrics)]
    return found


def due_on(grain: str, period: str, newest: date) -> date:
    """The last day a period should count by now."""
    return date.fromisoformat(period) if grain == DAY else min(CALENDAR.named(period).interval.last, newest)


def assert_nothing_contradicts(company: Company) -> None:
    """Totals equal their segments at one as_of, roll-ups equal their days, ratios their parts."""
    current = company.current()
    shown = {key: now for key, now in current.items() if now.version > 0}
    for (grain, period, metric, segment), total in shown.items():
        if segment or metric not in MEASURES:
            continue
        for dimension in MEMBERS:
            members = {
                key: now for key, now in shown.items() if key[:3] == (grain, period, metric) and key[3].startswith(f"{dimension}=")
            }
            assert {now.as_of for now in members.values()} <= {total.as_of}, (grain, period, metric, dimension)
            assert sum(now.value for now in members.values()) == total.value, (grain, period, metric, dimension)
    for (grain, period, metric, segment), now in shown.items():
        where = (grain, period, metric, segment)
        if metric == "share":
            parts = [shown.get((grain, period, part, segment)) for part in ("cost", "revenue")]
            if now.state == "preliminary":
                assert now.value == divided(parts[0].value, parts[1].value), where
        elif grain != DAY:
            first = max(CALENDAR.named(period).interval.start, STARTS_ON)
            counted = [first + timedelta(days=n) for n in range((now.as_of - first).days + 1)]
            days = [shown.get((DAY, str(day), metric, segment)) for day in counted]
            # A member without a total may stop at a gap; it is held then, and shows its last good value.
            stopped = segment and now.state == "held" and (grain, period, metric, "") not in shown
            assert stopped or now.value == sum(day.value for day in days if day), where
            # A total counts unbroken days only; a member may have been unknown at first.
            assert segment or all(days), where
        late = now.as_of is None or now.as_of < due_on(grain, period, max(company.days))
        assert (now.state == "held") >= late, where
    for key, now in current.items():
        assert (now.version == 0) == (now.value is None and now.as_of is None) or key[2] == "share", key
        assert now.version > 0 or now.state == "held", key


def assert_whole_or_not_at_all(before: dict[Key, Current], after: dict[Key, Current]) -> None:
    """A period whose total readers had moves with every key of its metric, or with none."""
    for (grain, period, metric, segment), total in before.items():
        if segment or total.version == 0 or metric not in MEASURES:
            continue
        keys = [key for key in before if key[:3] == (grain, period, metric) and before[key].version > 0]
        moved = {key for key in keys if after[key].as_of != before[key].as_of}
        assert moved in (set(), set(keys)), (grain, period, metric)


def assert_versions_count_revisions(before: dict[Key, Current], after: dict[Key, Current], counted_anew: dict[Key, Decimal]) -> None:
    """A version grows by one when the days already counted have another sum now, and else stays."""
    for key, old in before.items():
        new = after[key]
        if old.version == 0:
            assert new.version in (0, 1), key
        elif new.state == "held" and new[:1] + new[2:] == old[:1] + old[2:]:
            continue  # its last good value; whether it may still stand is for the sums to say
        elif new.as_of < old.as_of:
            # A member that ran ahead of a total not there yet goes back to it: days already counted are gone.
            assert key[3] and (new.version == old.version + 1 or old.value is None), key
        elif key in counted_anew:
            assert new.version - old.version == (counted_anew[key] != old.value), key


def days_counted_by(before: dict[Key, Current], after: dict[Key, Current]) -> dict[Key, Decimal]:
    """Key -> what readers' days, as they are now, say of the days the earlier figure counted."""
    found = {}
    for (grain, period, metric, segment), old in before.items():
        if old.version == 0 or metric not in MEASURES:
            continue
        first = old.as_of if grain == DAY else max(CALENDAR.named(period).interval.start, STARTS_ON)
        days = [first + timedelta(days=n) for n in range((old.as_of - first).days + 1)]
        values = [after.get((DAY, str(day), metric, segment)) for day in days]
        found[grain, period, metric, segment] = sum((v.value for v in values if v and v.version > 0), Decimal(0))
    return found


def release_and_compare(data: st.DataObject) -> None:
    """Several releases of random days; after each, every figure is compared with every other."""
    with closing_company() as company:
        held: list[Scope] = []
        for _ in range(data.draw(st.integers(2, 6), label="releases")):
            fresh = [nth(len(company.days) + n) for n in range(data.draw(st.integers(0 if company.days else 1, 4), label="new days"))]
            revised = data.draw(st.lists(st.sampled_from(sorted(company.days)), max_size=2, unique=True)) if company.days else []
            for day in [*fresh, *revised]:
                company.days[day] = data.draw(cells, label=str(day))
            # A day that waits is judged again by every run.
            changed = sorted({*fresh, *revised, *(scope.day for scope in held)})
            if not changed:
                continue
            held = data.draw(scopes_on(changed), label="what waits")
            before, history = company.current(), company.history()

            company.release(changed, held, day_by_day=data.draw(st.booleans(), label="as history"), new=changed)

            after = company.current()
            assert_nothing_contradicts(company)
            assert_whole_or_not_at_all(before, after)
            assert_versions_count_revisions(before, after, days_counted_by(before, after))
            assert {day for day in fresh if (DAY, str(day), "cost", "") not in after} == set()
            assert set(history) <= set(company.history())
            assert company.release(changed, held) == 0, "released again although nothing changed"


@settings(LOOSE, max_examples=6)
@given(st.data())
def test_no_release_contradicts_itself_or_another(data):
    """Random days, holds that come and go, and revisions, over several releases."""
    release_and_compare(data)


@pytest.mark.slow
@settings(LOOSE, max_examples=200)
@given(st.data())
def test_no_release_ever_contradicts_itself_or_another(data):
    """The same over many more histories."""
    release_and_compare(data)


def test_a_member_that_ran_ahead_goes_back_to_its_total():
    """EU counted the 4th before the week had a total; when the total starts with the 3rd alone, EU does too.

    Else EU's 5 would stand beside a total of 2 that does not hold it.
    """
    with closing_company() as company:
        company.days.update({nth(0): {("US", "toys"): (200, 0)}, nth(1): {("EU", "toys"): (500, 0)}})
        whole, all_but_eu = Scope(nth(0), "revenue", ""), Scope(nth(1), "revenue", "region=US")
        company.release([nth(0), nth(1)], [whole, all_but_eu])
        week = ("week", "week 0", "revenue")
        assert company.current()[(*week, "region=EU")] == Current(Decimal(5), "preliminary", 1, nth(1))

        company.release([nth(0), nth(1)], [Scope(nth(1), "revenue", "")])

        current = company.current()
        assert current[(*week, "")] == Current(Decimal(2), "held", 1, nth(0))
        assert current[(*week, "region=US")] == Current(Decimal(2), "held", 1, nth(0))
        assert current[(*week, "region=EU")] == Current(Decimal(0), "held", 2, nth(0))


def test_a_member_first_published_after_its_held_days_leaves_none_out():
    """EU was held on the 3rd, in an earlier range; published on the 4th, it has no week as long as the 3rd waits.

    Else the week would show EU's 5 as all there is, where it also had 2.
    """
    with closing_company() as company:
        company.days[nth(0)] = {("EU", "toys"): (200, 0)}
        company.release([nth(0)], [Scope(nth(0), "revenue", "")], day_by_day=True, new=[nth(0)])
        company.days[nth(1)] = {("EU", "toys"): (500, 0)}
        company.release([nth(1)], [], day_by_day=True, new=[nth(1)])

        current = company.current()
        assert current[(DAY, str(nth(1)), "revenue", "region=EU")] == Current(Decimal(5), "preliminary", 1, nth(1))
        assert current[("week", "week 0", "revenue", "region=EU")] == Current(None, "held", 0, None)

        company.release([nth(0)], [])

        assert company.current()[("week", "week 0", "revenue", "region=EU")] == Current(Decimal(7), "preliminary", 1, nth(1))


@contextmanager
def closing_company() -> Iterator[Company]:
    """A company whose engine is closed at the end."""
    company = Company(SPILL)
    try:
        yield company
    finally:
        company.session.close()


@pytest.mark.slow
@settings(LOOSE, max_examples=8)
@given(st.lists(cells, min_size=1, max_size=14), st.data())
def test_history_in_a_range_equals_history_day_by_day(values, data):
    """Released in one range or one day at a time, with the same days held, readers end with the same figures."""
    days = [nth(n) for n in range(len(values))]
    held = data.draw(scopes_on(days), label="what waits")
    with closing_company() as live, closing_company() as ranges:
        for day, each in zip(days, values, strict=True):
            live.days[day] = each
            waiting = [scope for scope in held if scope.day <= day]
            live.release(sorted({day, *(scope.day for scope in waiting)}), waiting)
            assert_nothing_contradicts(live)
        ranges.days.update(zip(days, values, strict=True))
        ranges.release(days, held, day_by_day=True, new=days)

        assert_nothing_contradicts(ranges)
        assert ranges.current() == live.current()
        # Every extension is a row of its own, as the days would have shown it.
        names = "grain, period, metric, segment, value, as_of, state"
        shown = [set(each.session.rows(f"SELECT {names} FROM history WHERE version > 0")) for each in (live, ranges)]
        assert held or shown[0] == shown[1]


@settings(LOOSE, max_examples=8)
@given(st.lists(cells, min_size=2, max_size=10), st.data())
def test_in_two_ranges_or_one_the_figures_are_equal(values, data):
    """A range may be cut anywhere: the same figures come out, and a member found late gets its zeros.

    With days that wait, too: each range judges its own days alone.
    """
    days = [nth(n) for n in range(len(values))]
    cut = data.draw(st.integers(1, len(values) - 1))
    held = data.draw(scopes_on(days), label="what waits")
    with closing_company() as whole, closing_company() as halves:
        whole.days.update(zip(days, values, strict=True))
        whole.release(days, held, day_by_day=True, new=days)
        for some in (days[:cut], days[cut:]):
            halves.days.update({day: values[days.index(day)] for day in some})
            halves.release(some, [scope for scope in held if scope.day in some], day_by_day=True, new=some)

        assert halves.current() == whole.current()


@settings(LOOSE, max_examples=8)
@given(st.lists(cells, min_size=1, max_size=10))
def test_without_holds_every_figure_is_the_plain_sum(values):
    """Each total and each known member, of each grain, counted cell by cell in Python."""
    days: dict[date, Cells] = {nth(n): each for n, each in enumerate(values)}
    with closing_company() as company:
        company.days.update(days)
        company.release(sorted(days), [])
        current = company.current()

    for (grain, period, metric, segment), now in current.items():
        span = Days.of_days([date.fromisoformat(period)]) if grain == DAY else Days.of([CALENDAR.named(period).interval])
        if metric in MEASURES:
            expected = sum(measured(day, days[day], metric, segment) for day in span if day in days)
            assert (now.value, now.state, now.version) == (expected, "preliminary", 1), (grain, period, segment)
    assert {key[1] for key in current if key[0] == DAY} == {str(day) for day in days}


def test_a_member_seen_only_while_its_day_was_held_goes_on_with_its_total():
    """EU had nothing on the 3rd; a correction that gives it a row waits, and is taken back with the next day.

    Its month was shown as nothing meanwhile, so it must count the 4th with the total, or the two would be as of
    different days.
    """
    with closing_company() as company:
        company.days[nth(0)] = {}
        company.release([nth(0)], [])
        company.days[nth(0)] = {("EU", "toys"): (0, 0)}
        company.release([nth(0)], [Scope(nth(0), "revenue", ""), Scope(nth(0), "cost", "")])
        company.days.update({nth(0): {}, nth(1): {}})
        company.release([nth(0), nth(1)], [])

        assert_nothing_contradicts(company)


def test_a_member_that_went_back_with_its_total_begins_no_earlier():
    """EU's first day is the 4th; held there, its week goes back to the 3rd, and the next run adds no day before it."""
    with closing_company() as company:
        company.days.update({nth(0): {}, nth(1): {("EU", "toys"): (0, 0)}})
        both = [nth(0), nth(1)]
        waiting = [Scope(nth(0), m, "") for m in ("revenue", "cost")] + [Scope(nth(1), m, "region=US") for m in ("revenue", "cost")]
        company.release(both, waiting)
        waiting = [Scope(nth(0), "cost", ""), Scope(nth(1), "revenue", ""), Scope(nth(1), "cost", "")]
        company.release(both, waiting)

        assert_nothing_contradicts(company)
        assert company.release(both, waiting) == 0
