"""The truth of growth and engagement against a slow second count, of the simulation and of the written files."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from naive_activity import Facts, Key, Naive, Value, simulated, written
from small_company import COMPANY

from holdfast.testing.company import Company, add_days, write_company, write_truth

# Over the beginning of summer time; its first week, month and quarter begin before it does.
SPRING = Company(
    seed=3, first_on=date(2026, 3, 18), last_on=date(2026, 4, 26), orders_per_day=30, events_per_day=120
)


def truth(folder: Path) -> dict[Key, Value]:
    """The written truth of growth and engagement."""
    rows = duckdb.execute(
        f"""SELECT pipeline, grain, period, metric, segment, value, as_of FROM '{folder}/truth/figures.parquet'
            WHERE pipeline <> 'aggregate_profit'"""
    ).fetchall()
    assert len({row[:5] for row in rows}) == len(rows)
    return {row[:5]: row[5:] for row in rows}


@pytest.fixture(scope="module")
def spring() -> Facts:
    return simulated(SPRING)


@pytest.fixture(scope="module")
def from_files(company_folder: Path) -> Naive:
    return Naive(written(COMPANY, company_folder))


def test_a_slow_count_of_the_simulation_gives_the_truth(spring: Facts, tmp_path: Path) -> None:
    """Every key, value and as_of agrees, and every metric is there."""
    write_truth(SPRING, tmp_path)

    assert Naive(spring).figures() == truth(tmp_path)
    assert Counter(pipeline for pipeline, _ in {(k[0], k[3]) for k in truth(tmp_path)}) == {
        "aggregate_growth": 9,
        "aggregate_engagement": 14,
    }


def test_a_slow_count_of_the_files_gives_the_truth(from_files: Naive, company_folder: Path) -> None:
    """Files and truth were made apart; read by the contract, every key, value and as_of agrees."""
    assert from_files.figures() == truth(company_folder)


def test_every_rule_takes_out_some_events(from_files: Naive) -> None:
    """The generated company exercises each rule, and most events stay."""
    reasons = from_files.reasons()

    assert set(reasons) == {None, "unregistered", "impossible_rate", "shared_address"}
    assert reasons[None] > 0.8 * sum(reasons.values())


def test_some_addresses_and_minutes_stay_exactly_on_the_limit(from_files: Naive) -> None:
    """Twenty users at one address and sixty events in one minute are no bots, and both happen."""
    users = [
        count
        for events in from_files.events_of.values()
        for count in Counter(ip for ip, _ in {(e.ip, e.user_id) for e in events}).values()
    ]
    minutes = Counter((e.user_id, e.at.replace(second=0, microsecond=0)) for e in from_files.facts.events)

    assert users.count(20) > 0
    assert max(users) > 20
    assert 60 in minutes.values()
    assert max(minutes.values()) > 60


def test_people_come_back_and_leave_again(from_files: Naive) -> None:
    """There are resurrections, second churns, and cancellations that change nothing."""
    changes = Counter(what for _, what in from_files.changes[""])
    cancelled = len(from_files.facts.cancellations)
    people_cancelled = {from_files.user[c.user_id].identity for c in from_files.facts.cancellations}

    assert changes["resurrected"] > 0
    assert len(people_cancelled) < changes["churned"] < cancelled


def test_an_extended_company_keeps_its_days_of_growth_and_engagement(tmp_path: Path) -> None:
    """Added days change no figure of an earlier day, and the files still tell the truth."""
    company = replace(COMPANY, last_on=date(2026, 11, 20), orders_per_day=60, events_per_day=60)
    write_company(company, tmp_path)
    write_truth(company, tmp_path)
    old_days = {key: value for key, value in truth(tmp_path).items() if key[1] == "day"}

    extended = add_days(add_days(company, tmp_path, 1), tmp_path, 3)

    assert old_days.items() <= truth(tmp_path).items()
    assert Naive(written(extended, tmp_path)).figures() == truth(tmp_path)
