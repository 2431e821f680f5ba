"""Signed figures keep their word: whatever arrives, is approved, closed, withdrawn and released in whatever order."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from closing_company import CALENDAR, MONTH, QUARTER, SEGMENTS_AND_TOTAL, ClosingCompany
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_pipeline import MEASURES, MEMBERS, Cells, Current, Key, divided, nth

from holdfast.adapters.ledgers.sqlite import open_ledger
from holdfast.calendars import DAY
from holdfast.partitions import Days
from holdfast.releases.release import HoldKind

LOOSE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
MANY = settings(LOOSE, max_examples=150)
cells = st.dictionaries(
    st.tuples(st.sampled_from(MEMBERS["region"]), st.sampled_from(MEMBERS["category"])),
    st.tuples(st.integers(100, 20_000), st.integers(0, 10_000)),
    min_size=1,
    max_size=4,
)
"""Revenue and cost in cents."""
tweaks = st.sampled_from([1, -1, 40, -40, 3_000, 50_000])
STEPS = ("days", "late", "late", "late", "sign", "sign", "approve", "redefine", "withdraw", "release")


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """An empty ledger, migrated once."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    open_ledger(path).close()
    return path


@contextmanager
def company_of(template: Path) -> Iterator[ClosingCompany]:
    with tempfile.TemporaryDirectory() as folder:
        company = ClosingCompany(Path(folder), template)
        try:
            yield company
        finally:
            company.close()


def final_of(current: dict[Key, Current]) -> dict[Key, Current]:
    return {key: now for key, now in current.items() if now.state == "final"}


def assert_figures_add_up(company: ClosingCompany) -> None:
    """Totals equal their members; periods equal their days and what is booked in them; ratios their parts."""
    current, booked = company.current(), company.ledger.adjustments("profit")
    # A held figure keeps its last good value, and periods count that.
    shown = {key: now for key, now in current.items() if now.version > 0 and now.state != "withdrawn"}
    for (grain, period, metric, segment), now in shown.items():
        if now.state == "held":
            continue
        where = (grain, period, metric, segment)
        if metric == "share":
            parts = [shown[grain, period, part, segment] for part in ("cost", "revenue")]
            assert now.value == divided(parts[0].value, parts[1].value), where
            continue
        if not segment:
            for dimension in MEMBERS:
                members = [
                    each.value
                    for key, each in shown.items()
                    if key[:3] == (grain, period, metric) and key[3].startswith(f"{dimension}=")
                ]
                assert sum(members) == now.value, (*where, dimension)
        if grain != DAY:
            span = CALENDAR.named(period).interval
            days = [
                each.value
                for key, each in shown.items()
                if key[0] == DAY and key[2:] == (metric, segment) and date.fromisoformat(key[1]) in span
            ]
            adjusted = [
                each.delta
                for each in booked
                if grain in ("month", "quarter") and each.booked_on in span and each.booked_on <= now.as_of
                if (each.metric, each.segment) == (metric, segment)
            ]
            assert now.value == sum(days) + sum(adjusted), where


def assert_signed_and_booked_equal_a_rebuild(company: ClosingCompany) -> None:
    """Of every signed month that waits for nobody: its own days, and what is booked for it, are all its rows."""
    current, lock = company.current(), company.lock
    waiting = {hold.cause for hold in company.ledger.open_holds("profit")}
    for period in CALENDAR.periods:
        if period.grain != "month" or period.interval.end > lock.until:
            continue
        touched = Days.of([period.interval]) & (lock.withdrawn | lock.returning)
        if f"restatement month {period.name}" in waiting or touched:
            continue
        for metric in MEASURES:
            for segment in SEGMENTS_AND_TOTAL:
                days = [
                    now.value
                    for key, now in current.items()
                    if key[0] == DAY and key[2:] == (metric, segment) and date.fromisoformat(key[1]) in period.interval
                ]
                adjusted = [
                    each.delta
                    for each in company.ledger.adjustments("profit")
                    if (each.origin, each.metric, each.segment) == (period.name, metric, segment)
                ]
                true = company.true_sum(period, metric, segment)
                assert sum(days, Decimal(0)) + sum(adjusted) == true, (period.name, metric, segment)


def live(company: ClosingCompany, data: st.DataObject, steps: int) -> None:
    """Random steps; after each, what readers were promised is looked at."""
    for _ in range(steps):
        before, rows = company.current(), company.history()
        step = data.draw(st.sampled_from(STEPS if company.truth else ("days",)), label="step")
        may_change = take(step, company, data)

        after = company.current()
        assert set(rows) <= set(company.history()), "published history is append-only"
        for key, was in final_of(before).items():
            now = after[key]
            if may_change is None or not may_change(key):
                assert now == was, (step, key)
            else:
                assert now.version > was.version or now == was or now.state == "withdrawn", (step, key)
        assert_figures_add_up(company)
        assert_signed_and_booked_equal_a_rebuild(company)


def take(step: str, company: ClosingCompany, data: st.DataObject):
    """Does the step; which final figures it may change, or None."""
    fresh: dict[date, Cells] = {}
    if step == "days":
        count = data.draw(st.integers(1, MONTH), label="how many")
        fresh = {nth(len(company.truth) + n): data.draw(cells, label="new") for n in range(count) if len(company.truth) + n < 2 * QUARTER}
        for day, each in fresh.items():
            company.run({day: each})
    elif step in ("late", "redefine"):
        day = data.draw(st.sampled_from(sorted(company.truth)), label="of")
        cell = data.draw(st.sampled_from(sorted(company.truth[day])), label="cell")
        revenue, cost = company.truth[day][cell]
        company.run({day: {**company.truth[day], cell: (revenue + data.draw(tweaks, label="by"), cost)}}, late=step == "late")
    elif step == "sign":
        company.sign_next()
    elif step == "approve":
        return approve(company, data)
    elif step == "withdraw":
        return withdraw(company, data)
    elif step == "release":
        gone = [CALENDAR.named(name) for (_, name) in withdrawn(company)]
        if gone:
            period = data.draw(st.sampled_from(gone), label="which")
            company.release(period)
            return overlapping(period)
    return None


def approve(company: ClosingCompany, data: st.DataObject):
    holds = company.ledger.open_holds("profit")
    if not holds:
        return None
    hold = data.draw(st.sampled_from(holds), label="hold")
    company.approve(hold)
    company.run({})
    if hold.kind is HoldKind.RESTATEMENT:
        return overlapping(CALENDAR.named(hold.cause.rpartition(" ")[2]))
    return None


def withdraw(company: ClosingCompany, data: st.DataObject):
    out = {name for _, name in withdrawn(company)}
    shown = sorted({key[1] for key, now in company.current().items() if now.version and key[0] != "week"} - out)
    period = CALENDAR.named(data.draw(st.sampled_from(shown), label="which"))
    if any(CALENDAR.named(name).interval.meet(period.interval) for name in out):
        return None
    company.withdraw(period)
    return overlapping(period)


def withdrawn(company: ClosingCompany) -> list[tuple[str, str]]:
    from holdfast.releases.closing import by_period, standing  # noqa: PLC0415

    return [key for key, some in by_period(company.events).items() if standing(some).withdrawn]


def overlapping(period):
    """Which keys share a day with the period."""

    def shares(key: Key) -> bool:
        its = CALENDAR.named(key[1])
        return its is not None and its.interval.meet(period.interval) is not None

    return shares


@settings(LOOSE, max_examples=3)
@given(data=st.data())
def test_a_signed_figure_changes_by_approval_only(template, data):
    """Random late rows, new definitions, closes, approvals, withdrawals; history only grows, and all adds up."""
    with company_of(template) as company:
        live(company, data, 9)


@pytest.mark.slow
@MANY
@given(data=st.data())
def test_no_history_ever_breaks_a_signature(template, data):
    """The same over many more and longer histories."""
    with company_of(template) as company:
        live(company, data, 20)


def test_below_materiality_late_rows_are_booked_and_above_they_wait(template):
    """A month of 600 is signed; +40 is booked in the open month, +100 more waits; approved, it is version 2.

    By hand: 10 % of 600 is 60. After the restatement the month says 740 and its booking of 40 is taken back.
    """
    with company_of(template) as company:
        for n in range(MONTH):
            company.run({nth(n): {("EU", "toys"): (10_000, 0)}})
        company.run({nth(MONTH): {("EU", "toys"): (10_000, 0)}})
        signed = company.sign_next()
        assert signed.name == "month-0"
        month, open_month = ("month", "month-0", "revenue", ""), ("month", "month-1", "revenue", "")

        assert company.run({nth(2): {("EU", "toys"): (14_000, 0)}}) == "published"
        assert company.current()[month] == Current(Decimal(600), "final", 1, nth(MONTH - 1))
        assert company.current()[open_month].value == Decimal(140)
        booked = company.ledger.adjustments("profit")
        assert {(each.origin, each.booked, each.delta) for each in booked if each.metric == "revenue"} == {
            ("month-0", "month-1", Decimal(40))
        }

        assert company.run({nth(3): {("EU", "toys"): (20_000, 0)}}) == "held"
        assert company.current()[month] == Current(Decimal(600), "final", 1, nth(MONTH - 1))
        hold = company.ledger.open_holds("profit")[0]
        assert (hold.cause, hold.observed) == ("restatement month month-0", "revenue 600 -> 740")

        company.approve(hold)
        company.run({})
        assert company.current()[month] == Current(Decimal(740), "final", 2, nth(MONTH - 1))
        assert company.current()[open_month].value == Decimal(100)
        versions = company.session.rows(
            "SELECT version, value FROM history WHERE period = 'month-0' AND metric = 'revenue' AND segment = '' "
            "AND state = 'final' ORDER BY release"
        )
        assert versions == [(1, Decimal(600)), (2, Decimal(740))]


def test_many_small_late_rows_count_together(template):
    """Materiality is cumulative: three times +25 is 75 of 600, and the third waits although each is 4 %."""
    with company_of(template) as company:
        for n in range(MONTH + 1):
            company.run({nth(n): {("EU", "toys"): (10_000, 0)}})
        company.sign_next()

        states = [company.run({nth(n): {("EU", "toys"): (12_500, 0)}}) for n in (0, 1, 2)]

        assert states == ["published", "published", "held"]
        assert sum(each.delta for each in company.ledger.adjustments("profit") if (each.metric, each.segment) == ("revenue", "")) == 50


def test_a_new_definition_waits_whatever_its_size(template):
    """One cent that no late row explains is no adjustment: the definition of a signed figure changed."""
    with company_of(template) as company:
        for n in range(MONTH + 1):
            company.run({nth(n): {("EU", "toys"): (10_000, 0)}})
        company.sign_next()

        assert company.run({nth(1): {("EU", "toys"): (10_001, 0)}}, late=False) == "held"
        assert company.ledger.adjustments("profit") == []
        assert [hold.cause for hold in company.ledger.open_holds("profit")] == ["restatement month month-0"]


def test_a_withdrawn_restatement_shows_what_was_signed_before(template):
    """Version 2 is taken back: readers see version 1's value, marked withdrawn; released by two, version 2's again."""
    with company_of(template) as company:
        for n in range(MONTH + 1):
            company.run({nth(n): {("EU", "toys"): (10_000, 0)}})
        period = company.sign_next()
        company.run({nth(3): {("EU", "toys"): (50_000, 0)}})
        company.approve(company.ledger.open_holds("profit")[0])
        company.run({})
        month = ("month", "month-0", "revenue", "")
        assert company.current()[month].value == Decimal(1000)

        company.withdraw(period)
        assert company.current()[month][:2] == (Decimal(600), "withdrawn")
        assert company.store.manifest.table("sums").days & Days.of([period.interval]) == Days()
        company.run({nth(MONTH + 1): {("EU", "toys"): (10_000, 0)}})
        assert company.current()[month][:2] == (Decimal(600), "withdrawn"), "a run changes nothing of it"
        assert company.current()[("day", str(nth(MONTH + 1)), "revenue", "")].state == "preliminary"

        company.release(period)
        assert company.current()[month][:2] == (Decimal(1000), "final")
        assert Days.of([period.interval]) - company.store.manifest.table("sums").days == Days()
