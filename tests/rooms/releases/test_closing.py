"""Where a period stands, read off what people did to it; expected answers from the rules on paper."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.calendars import BusinessDays, Calendar, standard_periods
from holdfast.definitions.close import CloseRule
from holdfast.definitions.metric import Measure, Metric
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.closing import (
    FINANCE,
    OWNER,
    CloseEvent,
    CloseKind,
    CloseState,
    closable_periods,
    lock_of,
    sign_by,
    standing,
    why_not_closable,
)
from holdfast.releases.decided import missed
from holdfast.releases.release import Figure, FigureState, Hold, HoldKind

AT = datetime(2026, 10, 2, 9, tzinfo=UTC)
CALENDAR = Calendar(standard_periods(date(2026, 7, 1), date(2026, 12, 31)))
PIPELINE = Pipeline(
    "profit",
    "",
    "investors",
    "james",
    "jill",
    date(2026, 7, 1),
    (Metric("profit", "", "GBP", ("day", "month", "quarter"), measures={"day": Measure("sums", "profit")}),),
    (),
    ("sums",),
    close=CloseRule(("month", "quarter"), 10, ("james",), ("finance_lead",)),
    file="pipelines/profit/pipeline.yml",
)


def event(kind: CloseKind, by: str = "james", role: str = "", evidence: str = "a", *, period: str = "2026-09", id: int = 0):  # noqa: A002
    grain = "quarter" if "Q" in period else "month"
    return CloseEvent("profit", grain, period, kind, by, by, AT, role, "because", evidence, 0, id)


def numbered(*events: CloseEvent) -> list[CloseEvent]:
    return [replace(each, id=at) for at, each in enumerate(events, 1)]


SOFT = event(CloseKind.SOFT_CLOSED)
BY_OWNER = event(CloseKind.SIGNED, "james", OWNER)
BY_FINANCE = event(CloseKind.SIGNED, "finance_lead", FINANCE)


@pytest.mark.parametrize(
    ("events", "state", "missing"),
    [
        ((), CloseState.OPEN, (OWNER, FINANCE)),
        ((SOFT,), CloseState.SOFT_CLOSED, (OWNER, FINANCE)),
        ((SOFT, BY_FINANCE), CloseState.SOFT_CLOSED, (OWNER,)),
        ((SOFT, BY_OWNER, BY_FINANCE), CloseState.SIGNED, ()),
        ((SOFT, BY_OWNER, BY_FINANCE, event(CloseKind.FINAL)), CloseState.FINAL, ()),
        ((SOFT, BY_OWNER, event(CloseKind.REOPENED)), CloseState.OPEN, (OWNER, FINANCE)),
        # A second soft close asks for both again.
        ((SOFT, BY_OWNER, event(CloseKind.REOPENED), SOFT, BY_FINANCE), CloseState.SOFT_CLOSED, (OWNER,)),
        # The figures changed after the owner signed: only the newer signature counts.
        ((SOFT, BY_OWNER, replace(BY_FINANCE, evidence="b")), CloseState.SOFT_CLOSED, (OWNER,)),
        # One person in both roles is one signature.
        ((SOFT, BY_OWNER, event(CloseKind.SIGNED, "james", FINANCE)), CloseState.SOFT_CLOSED, (OWNER,)),
        (
            (SOFT, BY_OWNER, BY_FINANCE, event(CloseKind.FINAL), event(CloseKind.RESTATED, "finance_lead", "2")),
            CloseState.RESTATED,
            (),
        ),
        ((event(CloseKind.WITHDRAWN, "jill"),), CloseState.WITHDRAWN, (OWNER, FINANCE)),
        ((event(CloseKind.WITHDRAWN, "jill"), event(CloseKind.RETURNED)), CloseState.OPEN, (OWNER, FINANCE)),
    ],
)
def test_where_a_period_stands(events, state, missing):
    """Two different people's signatures for the same figures, since the last soft close, and nothing less."""
    stands = standing(numbered(*events))

    assert (stands.state, stands.missing()) == (state, missing)


def test_a_withdrawal_ends_with_the_words_of_two_people():
    """One person's word, even in both roles, is not enough."""
    gone = event(CloseKind.WITHDRAWN, "jill")
    owner, finance = event(CloseKind.RELEASE, "james", OWNER), event(CloseKind.RELEASE, "finance_lead", FINANCE)

    assert not standing(numbered(gone, owner)).may_return
    assert not standing(numbered(gone, owner, event(CloseKind.RELEASE, "james", FINANCE))).may_return
    assert standing(numbered(gone, owner, finance)).may_return
    assert not standing(numbered(owner, finance, gone)).may_return, "words given before do not count"


def test_what_is_locked_follows_from_signatures():
    """August and September signed: days before October are; a quarter by its own signature, a week by its days."""
    signed = [
        each
        for period in ("2026-07", "2026-08", "2026-09")
        for each in (
            event(CloseKind.SOFT_CLOSED, period=period),
            event(CloseKind.SIGNED, "james", OWNER, period=period),
            event(CloseKind.SIGNED, "finance_lead", FINANCE, period=period),
        )
    ]
    lock = lock_of(PIPELINE, CALENDAR, numbered(*signed, event(CloseKind.SOFT_CLOSED, period="2026-10")))

    assert lock.until == date(2026, 10, 1)
    assert lock.is_final(CALENDAR.named("2026-09")) and not lock.is_final(CALENDAR.named("2026-10"))
    assert not lock.is_final(CALENDAR.named("2026-Q3"))
    # 28 September to 4 October.
    assert lock.is_final(CALENDAR.named("2026-W39")) and not lock.is_final(CALENDAR.named("2026-W40"))
    assert lock.soft == Days.of([CALENDAR.named("2026-10").interval])


def a_figure(state: FigureState = FigureState.PRELIMINARY, as_of: date | None = date(2026, 9, 30)) -> Figure:
    return Figure("profit", "month", "2026-09", "profit", "", 1, "GBP", state, 1, as_of, AT, 7)


def signatures_of(*periods: str) -> list[CloseEvent]:
    return [
        each
        for period in periods
        for each in (
            event(CloseKind.SOFT_CLOSED, period=period),
            event(CloseKind.SIGNED, "james", OWNER, period=period),
            event(CloseKind.SIGNED, "finance_lead", FINANCE, period=period),
        )
    ]


HOLD = Hold("profit", HoldKind.CHECK, "margin", date(2026, 9, 17), "", ("profit",), "sums", "", "", id=12)


@pytest.mark.parametrize(
    ("period", "figures", "holds", "signed", "today", "said"),
    [
        ("2026-09", [a_figure()], [], ("2026-07", "2026-08"), date(2026, 10, 1), None),
        ("2026-09", [a_figure()], [], ("2026-07", "2026-08"), date(2026, 9, 30), "runs until 2026-09-30"),
        ("2026-09", [a_figure()], [HOLD], ("2026-07", "2026-08"), date(2026, 10, 1), "12 (margin, 2026-09-17)"),
        ("2026-09", [a_figure(FigureState.HELD)], [], ("2026-07", "2026-08"), date(2026, 10, 1), "1 of its 1 figures"),
        ("2026-09", [a_figure(as_of=date(2026, 9, 29))], [], ("2026-07", "2026-08"), date(2026, 10, 1), "not published to"),
        ("2026-09", [], [], ("2026-07", "2026-08"), date(2026, 10, 1), "0 of its 0 figures"),
        ("2026-09", [a_figure(FigureState.WITHDRAWN)], [], ("2026-07", "2026-08"), date(2026, 10, 1), "withdrawn; release"),
        ("2026-09", [a_figure()], [], ("2026-07",), date(2026, 10, 1), "Not signed before it: 2026-08."),
        ("2026-Q3", [a_figure()], [], ("2026-07", "2026-08"), date(2026, 10, 1), "Not signed before it: 2026-09."),
        ("2026-Q3", [a_figure()], [], ("2026-07", "2026-08", "2026-09"), date(2026, 10, 1), None),
        ("2026-W39", [a_figure()], [], (), date(2026, 10, 1), "closes each month and quarter"),
    ],
)
def test_what_keeps_a_period_from_being_closed(period, figures, holds, signed, today, said):
    """It is over, whole, not held, not withdrawn, and those before it are signed; else each reason is said."""
    events = numbered(*signatures_of(*signed))

    why = why_not_closable(CALENDAR.named(period), PIPELINE, figures, holds, events, CALENDAR, today)

    assert (said is None and why == []) or (said is not None and said in " ".join(why))


def test_signatures_are_due_so_many_business_days_after_the_period():
    """The tenth business day after September 2026, with 5 October off: Thursday the 15th, at noon."""
    business = BusinessDays(frozenset({date(2026, 10, 5)}))

    assert sign_by(CALENDAR.named("2026-09"), PIPELINE, business) == datetime(2026, 10, 15, 12, tzinfo=UTC)
    assert sign_by(CALENDAR.named("2026-W39"), PIPELINE, business) is None


def test_periods_are_signed_shorter_ones_first():
    """What ends on one day comes month before quarter; nothing that is not over."""
    names = [period.name for period in closable_periods(PIPELINE, CALENDAR, date(2026, 10, 1))]

    assert names == ["2026-07", "2026-08", "2026-09", "2026-Q3"]


def test_a_missed_deadline_is_recorded_once_and_only_while_somebody_watched():
    """Due on the 14th: nothing on the 14th before noon, once after; never when publishing began later."""
    period, due = CALENDAR.named("2026-09"), datetime(2026, 10, 14, 12, tzinfo=UTC)
    since = datetime(2026, 7, 2, 3, tzinfo=UTC)

    assert missed(PIPELINE, [(period, due)], [], since, due) == []
    [found] = missed(PIPELINE, [(period, due)], [], since, due + timedelta(hours=1))
    assert (found.kind, found.period, found.reason) == (
        CloseKind.MISSED,
        "2026-09",
        "unsigned by owner and finance at 2026-10-14 12:00 UTC",
    )
    assert missed(PIPELINE, [(period, due)], numbered(found), since, due + timedelta(days=1)) == []
    assert missed(PIPELINE, [(period, due)], signatures_of("2026-09"), since, due + timedelta(days=1)) == []
    assert missed(PIPELINE, [(period, due)], [], due + timedelta(days=3), due + timedelta(days=4)) == []


def test_what_a_reader_is_told_of_it():
    """Preliminary before the deadline, unsigned after, final with both names, restated with the reason."""
    due = datetime(2026, 10, 14, 12, tzinfo=UTC)
    events = signatures_of("2026-09")

    assert standing([], due).sentence(due - timedelta(days=1)) == "preliminary"
    assert standing([], due).sentence(due + timedelta(days=1)) == "preliminary, unsigned"
    assert standing(numbered(*events), due).sentence(due) == "final, signed by james (owner) and finance_lead (finance)"
    restated = numbered(*events, event(CloseKind.FINAL), event(CloseKind.RESTATED, "finance_lead", "2"))
    assert standing(restated, due).sentence(due).startswith("final, restated on 2026-10-02: because")
