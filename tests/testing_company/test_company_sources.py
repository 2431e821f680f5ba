"""What the generated sources look like: their layout, their rules and their realistic faults."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_company import COMPANY, Ask

from holdfast.testing.company import SOURCES, Company, add_days, read_company, write_company

DATED = [
    ("orders", "ordered_at"),
    ("refunds", "refunded_at"),
    ("costs", "incurred_at"),
    ("events", "event_time"),
    ("sessions", "started_at"),
    ("users", "registered_at"),
    ("cancellations", "cancelled_at"),
    ("assignments", "assigned_at"),
]


def london(column: str) -> str:
    """SQL for the London day of an instant."""
    return f"CAST({column} AT TIME ZONE 'Europe/London' AS DATE)"


def one(ask: Ask, question: str) -> int:
    """The single number that answers a question."""
    ((answer,),) = ask(question)
    return int(answer)


def test_the_same_company_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    """Nothing but the company's own parameters decides what is written."""
    company = replace(COMPANY, last_on=date(2026, 11, 10), orders_per_day=40, events_per_day=40)
    for name in ("once", "again"):
        write_company(company, tmp_path / name)

    once = {p.relative_to(tmp_path / "once"): p.read_bytes() for p in (tmp_path / "once").rglob("*.*")}
    again = {p.relative_to(tmp_path / "again"): p.read_bytes() for p in (tmp_path / "again").rglob("*.*")}
    assert once == again


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    """The seed reaches the orders."""
    for seed in (1, 2):
        company = replace(COMPANY, seed=seed, last_on=date(2026, 10, 22))
        write_company(company, tmp_path / str(seed), sources={"orders"})

    first, second = ((tmp_path / s / "data/orders/loaded_on=2026-10-21/part_0.parquet") for s in "12")
    assert first.read_bytes() != second.read_bytes()


@pytest.mark.parametrize(("source", "at"), DATED)
def test_an_arrival_day_holds_nothing_newer_than_the_day_before(ask: Ask, source: str, at: str) -> None:
    """The run at 03:00 of loaded_on=D finds business days through D-1."""
    assert ask(f"SELECT loaded_on FROM {source} WHERE {london(at)} >= loaded_on") == []


@pytest.mark.parametrize("source", SOURCES)
def test_rows_are_loaded_in_the_night_of_their_arrival(ask: Ask, source: str) -> None:
    """loaded_at lies between midnight and 03:00 UTC of loaded_on, for every row of every source."""
    stray = (
        f"SELECT count(*) FROM {source} WHERE NOT loaded_at BETWEEN loaded_on AND loaded_on + INTERVAL 3 HOUR"
    )
    assert one(ask, stray) == 0
    assert one(ask, f"SELECT count(*) FROM {source}") > 0


@pytest.mark.parametrize(
    ("source", "key", "at", "within"),
    [("orders", "order_id, line_no", "ordered_at", 5), ("refunds", "refund_id", "refunded_at", 7),
     ("costs", "cost_id", "incurred_at", 5)],
)  # fmt: skip
def test_late_rows_come_within_their_window(ask: Ask, source: str, key: str, at: str, within: int) -> None:
    """Some first versions come after the usual morning, none later than the source's window."""
    late = f"""SELECT max(days), count(*) FILTER (days > 0) FROM (
        SELECT min(loaded_on - {london(at)} - 1) AS days FROM {source} GROUP BY {key})"""
    ((latest, count),) = ask(late)
    assert count > 0
    assert latest <= within


def test_nothing_is_sold_on_closed_days(ask: Ask) -> None:
    """25 December and 1 January have no orders, not even wrongly booked ones; the days around them have."""
    days = {day for (day,) in ask(f"SELECT DISTINCT {london('ordered_at')} FROM orders")}
    assert not days & {date(2026, 12, 25), date(2027, 1, 1)}
    assert days >= {date(2026, 12, 24), date(2026, 12, 26), date(2026, 12, 31), date(2027, 1, 2)}


def test_black_friday_is_the_busiest_day(ask: Ask) -> None:
    """27 November 2026 has more orders than any other day."""
    ((busiest, _),) = ask(
        f"SELECT {london('ordered_at')}, count(DISTINCT order_id) AS n FROM orders GROUP BY 1 ORDER BY n DESC LIMIT 1"
    )
    assert busiest == date(2026, 11, 27)


def test_refunds_come_three_to_thirty_days_after_their_order(ask: Ask) -> None:
    """Counted in London days from the line's last version; never more than was paid."""
    days = f"""SELECT min({london("refunded_at")} - {london("ordered_at")}),
        max({london("refunded_at")} - {london("ordered_at")}), bool_and(r.amount BETWEEN 0.01 AND o.amount)
        FROM refunds r JOIN (FROM orders QUALIFY row_number() OVER
        (PARTITION BY order_id, line_no ORDER BY loaded_at DESC) = 1) o USING (order_id, line_no)"""
    assert ask(days) == [(3, 30, True)]


def test_rates_have_no_weekends_and_convert_exactly(ask: Ask) -> None:
    """A rate has two decimals, as amounts have, so a product has four; pounds are worth a pound."""
    assert one(ask, "SELECT count(*) FROM fx_rates WHERE isodow(rate_on) > 5") == 0
    assert one(ask, "SELECT count(*) FROM fx_rates WHERE rate_on = '2026-12-25'") == 0
    assert one(ask, "SELECT count(*) FROM fx_rates WHERE rate <> round(rate, 2)") == 0
    assert ask("SELECT DISTINCT rate::VARCHAR FROM fx_rates WHERE currency = 'GBP'") == [("1.000000",)]
    assert ask("SELECT min(rate_on) <= DATE '2026-10-13' FROM fx_rates") == [(True,)]
    moved = """SELECT avg((rate <> previous)::INTEGER) > 0.5 FROM (SELECT rate, lag(rate) OVER
        (PARTITION BY currency ORDER BY rate_on) AS previous FROM fx_rates WHERE currency <> 'GBP')"""
    assert ask(moved) == [(True,)]


def test_an_order_is_one_user_region_and_day(ask: Ask) -> None:
    """Lines of an order differ in product, category and business unit only."""
    mixed = f"""SELECT count(*) FROM (SELECT order_id FROM (FROM orders QUALIFY row_number() OVER
        (PARTITION BY order_id, line_no ORDER BY loaded_at DESC) = 1) GROUP BY order_id
        HAVING count(DISTINCT (user_id, region, currency, {london("ordered_at")})) > 1)"""
    assert one(ask, mixed) == 0


def test_nobody_orders_before_registering(ask: Ask) -> None:
    """Every order's user is known, and registered before."""
    early = """SELECT count(*) FROM orders LEFT JOIN users USING (user_id)
        WHERE registered_at IS NULL OR registered_at >= ordered_at"""
    assert one(ask, early) == 0


def test_lines_are_corrected_replayed_and_moved(ask: Ask) -> None:
    """A correction has another amount, a replay the same content, a move another London day."""
    kinds = f"""SELECT count(*) FILTER (amounts > 1), count(*) FILTER (days > 1),
        count(*) FILTER (amounts = 1 AND days = 1) FROM (SELECT count(DISTINCT amount) AS amounts,
        count(DISTINCT {london("ordered_at")}) AS days FROM orders GROUP BY order_id, line_no HAVING count(*) > 1)"""
    ((corrected, moved, replayed),) = ask(kinds)
    assert corrected > 0
    assert moved > 0
    assert replayed > 0


@pytest.mark.parametrize(
    ("source", "key"), [("refunds", "refund_id"), ("costs", "cost_id"), ("events", "event_id")]
)
def test_a_row_of_an_append_source_only_comes_again_unchanged(ask: Ask, source: str, key: str) -> None:
    """Some keys come twice, and then with the same content."""
    again = f"SELECT count(*) FROM (SELECT {key} FROM {source} GROUP BY 1 HAVING count(*) > 1)"
    changed = f"""SELECT count(*) FROM (SELECT {key} FROM (SELECT DISTINCT * EXCLUDE (loaded_at, loaded_on)
        FROM {source}) GROUP BY 1 HAVING count(*) > 1)"""
    assert one(ask, again) > 0
    assert one(ask, changed) == 0


def test_some_people_are_on_two_channels(ask: Ask) -> None:
    """About 3 % of user ids share a login with another one, from another channel."""
    shared = """SELECT count(*) FROM (SELECT identity FROM users GROUP BY 1
        HAVING count(DISTINCT user_id) > 1 AND count(DISTINCT channel) > 1)"""
    users = one(ask, "SELECT count(DISTINCT user_id) FROM users")
    assert 0.02 * users < one(ask, shared) < 0.04 * users


def test_sessions_of_one_event_last_no_time(ask: Ask) -> None:
    """They exist, start and end at once, and no session runs backwards."""
    single = """SELECT count(*) FILTER (ended_at = started_at) > 0, bool_and(ended_at >= started_at)
        FROM sessions JOIN (SELECT session_id FROM events GROUP BY 1 HAVING count(DISTINCT event_id) = 1)
        USING (session_id)"""
    assert ask(single) == [(True, True)]


def test_registrations_are_sign_up_events(ask: Ask) -> None:
    """Every user registered in the company's days has exactly one sign-up event, on that day."""
    wrong = f"""SELECT count(*) FROM (SELECT DISTINCT user_id, {london("registered_at")} AS day FROM users
        WHERE {london("registered_at")} >= '2026-10-20') u FULL JOIN (SELECT DISTINCT event_id, user_id,
        {london("event_time")} AS day FROM events WHERE event_type = 'signup') e USING (user_id, day)
        WHERE event_id IS NULL OR u.user_id IS NULL"""
    assert one(ask, wrong) == 0


def test_bots_are_unregistered_and_come_from_one_network(ask: Ask) -> None:
    """A few ids nobody registered make many events from one /24."""
    bots = """SELECT count(DISTINCT user_id), count(DISTINCT split_part(ip, '.', 3)) FROM events
        WHERE user_id NOT IN (SELECT user_id FROM users)"""
    assert ask(bots) == [(3, 1)]


def test_the_finance_system_agrees_with_the_truth(ask: Ask, company_folder: Path) -> None:
    """Its last version of each day and region is within a hundredth of a per cent; some had an earlier one."""
    off = f"""SELECT count(*) FROM (FROM ledger_totals QUALIFY row_number() OVER
        (PARTITION BY "on", region ORDER BY loaded_at DESC) = 1) l
        JOIN '{company_folder}/truth/figures.parquet' t ON grain = 'day' AND period = "on"::VARCHAR
        AND segment = 'region=' || region AND metric IN ('revenue', 'cost')
        WHERE abs((CASE metric WHEN 'revenue' THEN revenue ELSE cost END) - value) > 0.0001 * abs(value)"""
    assert one(ask, off) == 0
    assert one(ask, 'SELECT count(*) - count(DISTINCT ("on", region)) FROM ledger_totals') > 0


def test_a_folder_holds_one_company(tmp_path: Path) -> None:
    """Another company's files are refused, and so are fewer days; the same ones may be written again."""
    company = Company(last_on=date(2025, 10, 3), orders_per_day=20, events_per_day=20)
    write_company(company, tmp_path, sources={"orders"})
    write_company(company, tmp_path, sources={"orders", "refunds"})

    with pytest.raises(ValueError, match="another company"):
        write_company(replace(company, seed=8), tmp_path)
    with pytest.raises(ValueError, match="another company"):
        write_company(replace(company, last_on=date(2025, 10, 2)), tmp_path)
    assert read_company(tmp_path) == company


def test_only_sources_the_folder_has_are_extended(tmp_path: Path) -> None:
    """A company written with two sources lives on with two."""
    company = Company(last_on=date(2025, 10, 10), orders_per_day=20, events_per_day=20)
    write_company(company, tmp_path, sources={"orders", "costs"})

    add_days(company, tmp_path, 2)

    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["costs", "orders"]


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    """A misspelt source is refused with the names there are."""
    with pytest.raises(ValueError, match="no such source: ordrs"):
        write_company(COMPANY, tmp_path, sources={"ordrs"})


def test_an_account_is_first_seen_on_the_day_it_registers(ask: Ask) -> None:
    """first_seen_on is the London day of registered_at, for every account."""
    assert one(ask, f"SELECT count(*) FROM users WHERE first_seen_on <> {london('registered_at')}") == 0


def test_a_cancellation_has_an_id_and_an_entry_in_the_churn_log_of_its_own(ask: Ask) -> None:
    """Ids are unique, some accounts cancel twice on different days, and the log follows within five minutes."""
    assert one(ask, "SELECT count(*) - count(DISTINCT cancellation_id) FROM cancellations") == 0
    twice = f"""SELECT count(*), bool_and(days = 2) FROM (SELECT count(DISTINCT {london("cancelled_at")}) AS days
        FROM cancellations GROUP BY user_id HAVING count(*) > 1)"""
    ((accounts, apart),) = ask(twice)
    assert accounts > 0
    assert apart
    alone = """SELECT count(*) FROM cancellations c FULL JOIN churn_log l ON c.user_id = l.user_id
        AND c.loaded_on = l.loaded_on AND churned_at BETWEEN cancelled_at AND cancelled_at + INTERVAL 5 MINUTE
        WHERE c.user_id IS NULL OR l.user_id IS NULL"""
    assert one(ask, alone) == 0


def test_some_cancellations_are_told_late(ask: Ask) -> None:
    """About one in sixty of the company's own days comes one to three days after the usual morning."""
    late = f"""SELECT count(*), count(*) FILTER (days > 0), max(days) FROM (SELECT
        loaded_on - {london("cancelled_at")} - 1 AS days FROM cancellations
        WHERE {london("cancelled_at")} >= '2026-10-20')"""
    ((count, told_late, latest),) = ask(late)
    assert 0 < told_late < count / 20
    assert latest <= 3
