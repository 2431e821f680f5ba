"""The rules of growth and engagement at their boundaries, on companies small enough to count on one's fingers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from activity_by_hand import Account, Visit, by_day, engagement, growth, lived, utc

LONG_AGO = utc("2025-01-01 12:00")
# Monday 1 June to Wednesday 10 June: the month begins with it.
JUNE = lived(date(2026, 6, 1), date(2026, 6, 10))


def june(day: int, time: str = "12:00") -> datetime:
    return utc(f"2026-06-{day:02d} {time}")


def logs_in(user_id: int, *days: int, device: str = "web") -> list[Visit]:
    return [Visit(user_id, [("login", june(day))], ip=user_id, device=device) for day in days]


def test_two_accounts_are_one_person_of_the_first_ones_channel_and_region() -> None:
    """Both accounts' activity is one person's; the earlier registration decides, not the smaller user_id."""
    later = Account("ann", june(3), channel="email", region="EU")
    earlier = Account("ann", june(2), channel="social", region="US")
    visits = [*logs_in(1, 5, device="ios"), *logs_in(2, 5, device="web")]

    new = growth(JUNE, [later, earlier], visits)
    active = engagement(JUNE, [later, earlier], visits)

    assert new["day", "2026-06-02", "new_users", "channel=social"][0] == 1
    assert new["month", "2026-06", "new_users", ""][0] == 1
    assert not [key for key in new if key[3] in {"channel=email", "region=EU"}]
    for segment in ("", "device=ios", "device=web", "region=US"):
        assert active["day", "2026-06-05", "dau", segment][0] == 1
    assert active["day", "2026-06-05", "sessions", ""][0] == 2


def test_of_accounts_registered_at_one_instant_the_smaller_user_id_is_first() -> None:
    """A tie has one answer."""
    accounts = [Account("ann", june(2), channel="email"), Account("ann", june(2), channel="social")]

    assert growth(JUNE, accounts, [])["day", "2026-06-02", "new_users", "channel=email"][0] == 1


@pytest.mark.parametrize(
    ("cancelled", "active", "churned", "back"),
    [
        ((3,), (3,), {3}, set()),  # active on the day of leaving: not back
        ((3,), (3, 5), {3}, {5}),
        ((3,), (5, 6), {3}, {5}),  # back once
        ((3, 5), (), {3}, set()),  # leaves twice without having come back
        ((3, 5), (6,), {3}, {6}),
        ((3, 5), (4,), {3, 5}, {4}),
        ((3, 5), (5,), {3, 5}, {5}),  # back and gone again on one day
        ((3, 5), (5, 6), {3, 5}, {5, 6}),
        ((3, 5), (4, 8), {3, 5}, {4, 8}),
        ((3, 5), (3, 6), {3}, {6}),  # was there when leaving, and not since
    ],
)  # fmt: skip
def test_who_leaves_and_comes_back(cancelled, active, churned, back) -> None:
    """A cancellation takes effect on whoever was there since the last; the first activity on a later day is a return."""
    first, second = (date(2026, 6, cancelled[i]) if i < len(cancelled) else None for i in (0, 1))
    figures = growth(
        JUNE, [Account("ann", LONG_AGO, cancelled_on=first, recancelled_on=second)], logs_in(1, *active)
    )

    assert {day + 1 for day, n in enumerate(by_day(figures, "churned_users")) if n} == churned
    assert {day + 1 for day, n in enumerate(by_day(figures, "resurrected_users")) if n} == back
    there = 1
    for day, at_start in enumerate(by_day(figures, "active_at_start"), start=1):
        assert at_start == there
        there += (day in back) - (day in churned)


def test_two_accounts_cancelled_on_one_day_are_one_churn() -> None:
    """Several cancellations of one person on one day count once; a later one without activity not at all."""
    accounts = [
        Account("ann", LONG_AGO, cancelled_on=date(2026, 6, 3)),
        Account("ann", june(1), cancelled_on=date(2026, 6, 3)),
        Account("ann", june(2), cancelled_on=date(2026, 6, 4)),
    ]

    figures = growth(JUNE, accounts, [])

    assert figures["month", "2026-06", "churned_users", ""][0] == 1
    assert figures["month", "2026-06", "churn_rate", ""][0] == 1


def test_who_left_before_the_first_day_counts_on_no_day_and_can_come_back() -> None:
    """The company's history only says who is there."""
    accounts = [
        Account("ann", LONG_AGO, cancelled_on=date(2026, 5, 20)),
        Account("bob", LONG_AGO),
    ]

    figures = growth(JUNE, accounts, logs_in(1, 4))

    assert by_day(figures, "active_at_start")[:5] == [1, 1, 1, 1, 2]
    assert figures["month", "2026-06", "churned_users", ""][0] == 0
    assert figures["month", "2026-06", "new_users", ""][0] == 0
    assert figures["month", "2026-06", "resurrected_users", ""][0] == 1
    assert figures["month", "2026-06", "quick_ratio", ""] == (None, date(2026, 6, 10))


def test_a_first_partial_period_starts_with_who_was_there_before_the_calendar_period() -> None:
    """A company that begins on Wednesday: who registered on Monday is not there at the week's start, nor new in it."""
    company = lived(date(2026, 6, 10), date(2026, 6, 14))
    accounts = [
        Account("ann", utc("2026-06-07 12:00")),
        Account("bob", utc("2026-06-08 12:00")),
        Account("cat", utc("2026-06-10 12:00")),
    ]

    figures = growth(company, accounts, [])

    assert figures["week", "2026-W24", "active_at_start", ""][0] == 1
    assert figures["month", "2026-06", "active_at_start", ""][0] == 0
    assert figures["month", "2026-06", "growth_rate", ""][0] is None
    assert figures["day", "2026-06-10", "active_at_start", ""][0] == 2
    assert figures["week", "2026-W24", "new_users", ""][0] == 1


def test_a_channel_is_there_from_its_first_period() -> None:
    """A channel first seen on Wednesday 3 June has no row for the days before, and one for its first week."""
    accounts = [Account("ann", LONG_AGO), Account("bob", june(3), channel="email")]

    figures = growth(JUNE, accounts, [])

    assert len(by_day(figures, "new_users")) == len(by_day(figures, "new_users", "channel=search")) == 10
    assert by_day(figures, "new_users", "channel=email") == [1, 0, 0, 0, 0, 0, 0, 0]
    assert ("week", "2026-W23", "new_users", "channel=email") in figures


def test_a_device_is_there_from_its_first_period_even_with_page_views_alone() -> None:
    """A kept session makes a device seen; page views make nobody active."""
    visits = [
        *logs_in(1, 1),
        Visit(1, [("page_view", june(9)), ("page_view", june(9, "12:10"))], ip=1, device="ios"),
    ]

    figures = engagement(JUNE, [Account("ann", LONG_AGO)], visits)

    assert by_day(figures, "dau", "device=ios") == [0, 0]
    assert by_day(figures, "sessions", "device=ios") == [1, 0]
    assert ("week", "2026-W23", "wau", "device=ios") not in figures
    assert figures["week", "2026-W24", "wau", "device=ios"][0] == 0
    assert not [key for key in figures if key[3] == "device=android"]


def test_retention_is_of_the_first_active_day_and_waits_for_the_day_of_return() -> None:
    """Ann and Bob begin on the 1st, Ann on two devices; Ann is back the day after, Bob a week after."""
    accounts = [Account("ann", LONG_AGO), Account("bob", LONG_AGO, region="US")]
    visits = [*logs_in(1, 1, 2), *logs_in(1, 1, device="ios"), *logs_in(2, 1, 8, device="ios")]

    figures = engagement(JUNE, accounts, visits)

    half = Decimal("0.5")
    assert figures["day", "2026-06-01", "retention_d1", ""] == (half, date(2026, 6, 2))
    assert figures["day", "2026-06-01", "retention_d1", "device=ios"][0] == half
    assert figures["day", "2026-06-01", "retention_d1", "device=web"][0] == 1
    assert figures["day", "2026-06-01", "retention_d7", ""] == (half, date(2026, 6, 8))
    assert figures["day", "2026-06-01", "retention_d7", "region=US"][0] == 1
    assert figures["day", "2026-06-02", "retention_d1", ""] == (None, date(2026, 6, 3))
    assert ("day", "2026-06-09", "retention_d1", "") in figures
    assert ("day", "2026-06-10", "retention_d1", "") not in figures
    assert ("day", "2026-06-04", "retention_d7", "") not in figures


def test_windows_and_averages_of_a_sparse_month() -> None:
    """Ann on the 1st and 8th, Bob on the 2nd: seven days end with the day itself, averages count quiet days."""
    accounts = [Account("ann", LONG_AGO), Account("bob", LONG_AGO)]

    figures = engagement(JUNE, accounts, [*logs_in(1, 1, 8), *logs_in(2, 2)])

    assert by_day(figures, "wau_7d") == [1, 2, 2, 2, 2, 2, 2, 2, 1, 1]
    assert by_day(figures, "mau_to_date") == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    assert figures["month", "2026-06", "dau_avg", ""][0] == Decimal("0.3")
    assert figures["week", "2026-W23", "dau_avg", ""][0] == Decimal("0.285714")
    assert figures["month", "2026-06", "stickiness", ""][0] == Decimal("0.15")
    assert figures["day", "2026-06-08", "stickiness", ""][0] == Decimal("0.5")
    assert figures["quarter", "2026-Q2", "qau", ""] == (2, date(2026, 6, 10))


def test_the_median_is_a_length_that_was_seen() -> None:
    """Of four the second, in whole seconds that have passed; of none nothing."""
    accounts = [Account("ann", LONG_AGO)]
    seconds = (9.9, 30, 20, 100)
    visits = [
        Visit(1, [("login", june(2))], ends_at=june(2) + timedelta(seconds=length)) for length in seconds
    ]

    figures = engagement(JUNE, accounts, visits)

    assert by_day(figures, "session_seconds_median")[:3] == [None, 20, None]
    assert engagement(JUNE, accounts, visits[:1])["day", "2026-06-02", "session_seconds_median", ""][0] == 9


def test_days_are_londons_when_the_clocks_go_back() -> None:
    """25 October 2026 lasts from 23:00 UTC of the 24th to midnight UTC of the 26th: 25 hours, one day's activity."""
    company = lived(date(2026, 10, 24), date(2026, 10, 26))
    accounts = [Account(name, LONG_AGO) for name in ("ann", "bob", "cat", "dan")]
    instants = ("2026-10-24 22:59:59", "2026-10-24 23:00:00", "2026-10-25 23:59:59", "2026-10-26 00:00:00")
    visits = [Visit(user, [("login", utc(at))], ip=user) for user, at in enumerate(instants, start=1)]

    assert by_day(engagement(company, accounts, visits), "dau") == [1, 2, 1]


def test_an_event_after_midnight_counts_on_its_own_day_and_its_session_on_the_day_of_its_start() -> None:
    """A session from 23:50 to 00:10 in London is the first day's; its last event makes the person active on both."""
    visits = [Visit(1, [("login", june(3, "22:50")), ("purchase", june(3, "23:10"))])]

    figures = engagement(JUNE, [Account("ann", LONG_AGO)], visits)

    assert by_day(figures, "dau")[2:5] == [1, 1, 0]
    assert by_day(figures, "sessions")[2:5] == [1, 0, 0]


@pytest.mark.parametrize(("in_a_minute", "dau"), [(60, 1), (61, 0)])
def test_more_than_sixty_events_in_a_minute_take_out_the_accounts_day(in_a_minute: int, dau: int) -> None:
    """Sixty are allowed; one more takes out the account's other session of the day, and nothing of the next day."""
    minute = june(3)
    script = [("search", minute + timedelta(seconds=i * 59 / in_a_minute)) for i in range(in_a_minute)]
    visits = [Visit(1, script), *logs_in(1, 4), Visit(1, [("login", june(3, "18:00"))], ip=7)]

    figures = engagement(JUNE, [Account("ann", LONG_AGO)], visits)

    assert by_day(figures, "dau")[2:5] == [dau, 1, 0]
    assert by_day(figures, "sessions")[2:5] == [2 * dau, 1, 0]


def test_a_minute_is_the_clocks() -> None:
    """A hundred events within sixty seconds over two clock minutes are no script."""
    events = [("search", june(3, "12:00:30") + timedelta(milliseconds=590 * i)) for i in range(100)]

    assert by_day(engagement(JUNE, [Account("ann", LONG_AGO)], [Visit(1, events)]), "dau")[2] == 1


@pytest.mark.parametrize(("users", "dau"), [(20, 20), (21, 1)])
def test_more_than_twenty_users_at_an_address_take_out_the_address(users: int, dau: int) -> None:
    """Twenty share an address in peace. Of 21, one is also there from home, and counts for that visit."""
    accounts = [Account(f"person {i}", LONG_AGO) for i in range(users)]
    office = [Visit(i + 1, [("login", june(3))], ip=99) for i in range(users)]
    home = Visit(1, [("login", june(3, "20:00"))], ip=1)

    figures = engagement(JUNE, accounts, [*office, home])

    assert by_day(figures, "dau")[2] == dau
    assert by_day(figures, "sessions")[2] == dau + (users == 20)


def test_unregistered_users_share_an_address_like_others_and_never_count() -> None:
    """Twenty accounts and an id nobody registered are 21 at one address."""
    accounts = [Account(f"person {i}", LONG_AGO) for i in range(20)]
    visits = [
        Visit(user, [("login", june(3))], ip=99) for user in [*range(1, 21), 9_000_000_001]
    ]

    assert by_day(engagement(JUNE, accounts, visits), "dau")[2] == 0
    assert by_day(engagement(JUNE, accounts, visits[:-1]), "dau")[2] == 20


def test_an_account_counts_from_the_day_it_registers() -> None:
    """Activity in the name of an account that registers on the next day is nobody's; on the day itself it counts."""
    account = Account("ann", june(4, "18:00"))

    assert by_day(engagement(JUNE, [account], logs_in(1, 3, 4)), "dau")[2:5] == [0, 1, 0]
