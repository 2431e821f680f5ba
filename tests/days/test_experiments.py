"""Experiments as their readers find them: equal to the truth, and never silent about what is wrong."""

import fcntl
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from experiment_company import (
    COMPANY,
    DAILY_GROWTH,
    EVE,
    NEWEST,
    UNIT_PROFIT,
    Laboratory,
    arrival,
    at,
    copied,
    new_laboratory,
)

from holdfast.errors import DefinitionError
from holdfast.testing import faults
from holdfast.testing.company_people import EXPERIMENTS
from holdfast.testing.company_plan import date_of, day_of
from holdfast.testing.truth_experiments import DailyGrowthTruth, ExperimentsTruth, Growth

PUBLISHED = {UNIT_PROFIT: ("published", 0)}
AA, ONBOARDING = "homepage_aa", "onboarding_steps"


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `eve` and `newest`: the company after the runs that bring those days."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = root / "laboratory"
    with (root / "laboratory.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "whole").exists():
            shutil.rmtree(shared, ignore_errors=True)
            new_laboratory(shared / "empty")
            eve = copied(shared / "empty", shared / "eve")
            eve.run(EVE, UNIT_PROFIT, DAILY_GROWTH)
            copied(shared / "eve", shared / "newest").run(NEWEST, UNIT_PROFIT, DAILY_GROWTH)
            (shared / "whole").touch()
    return shared


@pytest.fixture
def start(laboratory: Path, tmp_path: Path) -> Callable[[str], Laboratory]:
    """A copy of the company as one of those mornings left it."""
    return lambda name: copied(laboratory / name, tmp_path / name)


@pytest.fixture(scope="session")
def at_once(laboratory: Path, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """The company whose whole history one run has built."""
    whole = copied(laboratory / "empty", tmp_path_factory.mktemp("once") / "company")
    whole.run(NEWEST, UNIT_PROFIT, DAILY_GROWTH)
    return whole


@pytest.mark.parametrize("experiment", range(len(EXPERIMENTS)))
def test_every_sum_of_an_experiment_is_the_true_one(laboratory, experiment):
    """Counted person by person from the simulation: people, profit, covariate, squares, caps and crossovers."""
    truth, newest = ExperimentsTruth(COMPANY), Laboratory(laboratory / "newest")
    name = EXPERIMENTS[experiment].experiment_id
    days = truth.days(experiment)

    for day in {days[0], days[-1], *days[3::7]}:
        assert newest.sums(name, date_of(day)) == truth.sums(experiment, day), date_of(day)


def test_every_count_of_daily_growth_is_the_true_one(laboratory):
    """Counted person by person: who entered, became active and was there again after one and seven days."""
    truth, newest = DailyGrowthTruth(COMPANY), Laboratory(laboratory / "newest")
    columns = ", ".join(f'"{name}"' for name in Growth.__annotations__)
    rows = newest.sql(f"SELECT date, experiment, variant, segment, {columns} FROM exp_daily_growth")
    found = {}
    for row in rows:
        found.setdefault((row[0], row[1]), {})[row[1:4]] = Growth(*row[4:])

    for experiment, plan in enumerate(EXPERIMENTS):
        for day in range(day_of(COMPANY.first_on) + plan.starts_after, COMPANY.last_day + 1, 5):
            assert found[date_of(day), plan.experiment_id] == truth.growth(experiment, day), date_of(day)


def test_orders_come_to_what_was_booked_for_them(laboratory):
    """Revenue less refunds and costs whenever they came, order by order, is all that was booked."""
    [(profit, parts, repeated)] = Laboratory(laboratory / "newest").sql(
        "SELECT sum(profit), sum(revenue - refunds - cogs - fulfillment - returns - platform_fee - allocated - other),"
        " count(*) - count(DISTINCT order_id) FROM fact_unit_profit"
    )

    assert (int(profit * 10**4), repeated) == (ExperimentsTruth(COMPANY).profit_of_orders(), 0)
    assert profit == parts


@pytest.mark.slow
@pytest.mark.parametrize("table", ["fact_unit_profit", "exp_unit_profit", "exp_daily_growth"])
def test_a_day_added_equals_a_history_built_at_once(laboratory, at_once, table):
    """Late rows, refunds that reach weeks back and the newest day leave the same rows, whichever way they came."""
    query = f"SELECT * FROM {table}"

    assert sorted(map(repr, Laboratory(laboratory / "newest").sql(query))) == sorted(map(repr, at_once.sql(query)))


def test_nothing_stands_over_an_experiment_that_is_well(laboratory):
    """The A/A experiment has no banner; everybody who was exposed is counted or left out as a crossover."""
    newest = Laboratory(laboratory / "newest")

    assert not [segment for _, segment in newest.banners(NEWEST) if segment == f"experiment={AA}"]
    [(counted, people)] = newest.sql(
        f"SELECT (SELECT sum(n) + max(crossovers) FROM exp_unit_profit WHERE segment = '' AND experiment = '{AA}'"
        f" AND day = DATE '{NEWEST}'), (SELECT count(DISTINCT user_id) FROM exposures WHERE experiment = '{AA}')"
    )
    assert counted == people


def test_exposures_that_do_not_come_are_a_banner_until_they_do(start):
    """F16: a day without exposures is published under a banner; once they come the sums are the true ones."""
    eve = start("eve")
    lost = eve.data / "assignments" / f"loaded_on={arrival(NEWEST)}"
    shutil.copytree(lost, eve.folder / "kept")
    faults.drop_share(eve.data, "assignments", arrival(NEWEST), f"experiment_id = '{AA}'")

    assert eve.run(NEWEST, UNIT_PROFIT) == PUBLISHED
    assert ("exposures_come", f"experiment={AA}") in eve.banners(NEWEST)
    assert eve.sql(f"SELECT count(*) > 0 FROM exp_unit_profit WHERE experiment = '{AA}' AND day = '{NEWEST}'") == [(True,)]

    shutil.rmtree(lost)
    shutil.copytree(eve.folder / "kept", lost)
    assert eve.run(NEWEST, UNIT_PROFIT) == PUBLISHED
    assert ("exposures_come", f"experiment={AA}") not in eve.banners(NEWEST)
    assert eve.sums(AA, NEWEST) == ExperimentsTruth(COMPANY).sums(0 if EXPERIMENTS[0].experiment_id == AA else 1, day_of(NEWEST))


def test_a_split_that_is_not_the_planned_one_is_a_banner(start):
    """F38: a release that sends the day's people to one variant shows in the split; the sums are published all the same."""
    eve = start("eve")
    for on in (NEWEST - timedelta(days=days) for days in range(12)):
        faults.relabel(eve.data, "assignments", arrival(on), "variant", "'treatment'", f"experiment_id = '{AA}'")

    assert eve.run(NEWEST, UNIT_PROFIT) == PUBLISHED
    assert ("sample_ratio", f"experiment={AA}") in eve.banners(NEWEST)


def test_who_saw_two_variants_is_left_out_and_counted(start):
    """F38: a tenth of the people exposed again, to the other variant; each is a crossover and nobody else is missing."""
    eve = start("eve")
    again = eve.data / "assignments" / f"loaded_on={arrival(NEWEST)}" / "again.parquet"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (CASE variant WHEN 'control' THEN 'treatment' ELSE 'control' END AS variant,"
        f" TIMESTAMPTZ '{NEWEST} 12:00:00+00' AS assigned_at)"
        f" FROM '{eve.data}/assignments/loaded_on={arrival(EVE - timedelta(days=10))}/*.parquet'"
        f" WHERE experiment_id = '{AA}') TO '{again}' (FORMAT parquet)"
    )
    [(people,)] = duckdb.sql(f"SELECT count(*) FROM '{again}'").fetchall()

    assert people > 10
    assert eve.run(NEWEST, UNIT_PROFIT) == PUBLISHED

    [(crossed, accounts, everybody)] = eve.sql(
        "SELECT (SELECT max(crossovers) FROM exp_unit_profit"
        f" WHERE experiment = '{AA}' AND day = '{NEWEST}' AND segment = ''),"
        " (SELECT count(*) FROM (SELECT user_id FROM exposures"
        f" WHERE experiment = '{AA}' GROUP BY user_id HAVING count(DISTINCT variant) > 1)),"
        f" (SELECT count(DISTINCT user_id) FROM exposures WHERE experiment = '{AA}')"
    )
    assert crossed == accounts >= people
    assert sum(each.n for cell, each in eve.sums(AA, NEWEST).items() if not cell[2]) == everybody - crossed
    assert ("users_in_two_variants", f"experiment={AA}") in eve.banners(NEWEST)


@pytest.mark.slow
def test_a_variant_that_no_plan_names_is_a_banner_and_a_row(start):
    """F38, C22: a tag spelled otherwise is counted where it stands, with a planned share of zero."""
    eve = start("eve")
    faults.relabel(eve.data, "assignments", arrival(NEWEST), "variant", "'treatmnt'", "variant = 'treatment'")

    assert eve.run(NEWEST, UNIT_PROFIT, DAILY_GROWTH) == {UNIT_PROFIT: ("published", 0), DAILY_GROWTH: ("published", 0)}
    assert {("variants_planned", f"experiment={name}") for name in (AA, ONBOARDING)} <= eve.banners(NEWEST)
    assert ("sample_ratio", f"experiment={AA}") in eve.banners(NEWEST)
    assert ("entrants_planned", f"experiment={AA}") in eve.banners(NEWEST, DAILY_GROWTH)
    [(share, people)] = eve.sql(
        f"SELECT planned_share, n FROM exp_unit_profit WHERE day = '{NEWEST}' AND experiment = '{AA}'"
        " AND variant = 'treatmnt' AND segment = ''"
    )
    assert (share, people > 0) == (0, True)


@pytest.mark.slow
def test_a_revision_of_any_size_is_released(start):
    """What investors would wait for, experimenters see: half the people of a day that come late move it by themselves."""
    eve = start("eve")
    lost = eve.data / "assignments" / f"loaded_on={arrival(NEWEST)}"
    shutil.copytree(lost, eve.folder / "kept")
    faults.drop_share(eve.data, "assignments", arrival(NEWEST))
    eve.run(NEWEST, DAILY_GROWTH)
    shutil.rmtree(lost)
    shutil.copytree(eve.folder / "kept", lost)

    assert eve.run(NEWEST, DAILY_GROWTH) == {DAILY_GROWTH: ("published", 0)}
    [(exposed,)] = eve.sql(f"SELECT sum(exposed) FROM exp_daily_growth WHERE date = '{NEWEST}' AND segment = ''")
    assert exposed > 0


def test_the_lake_has_one_file_a_day_equal_to_the_table(laboratory):
    """Every day with rows is a file with exactly these rows, its own day only."""
    newest = Laboratory(laboratory / "newest")

    read = f"read_parquet('{newest.lake}/*.parquet', filename=true)"
    rows = duckdb.sql(f"SELECT filename, * EXCLUDE (filename) FROM {read}").fetchall()

    assert {row[0].rpartition("exp_daily_growth-")[2] for row in rows} == {f"{row[1]}.parquet" for row in rows}
    table = newest.sql("SELECT * FROM exp_daily_growth")
    assert sorted(map(repr, (row[1:] for row in rows))) == sorted(map(repr, table))


def test_the_day_so_far_is_told_as_unchecked(start):
    """Exposures of the morning that have landed are shown at noon, to experimenters only, and nothing is published."""
    eve = start("eve")
    came = eve.data / "assignments" / f"loaded_on={NEWEST}" / "this_morning.parquet"
    tomorrow = eve.data / "assignments" / f"loaded_on={arrival(NEWEST)}"
    duckdb.sql(
        f"COPY (SELECT * FROM '{tomorrow}/*.parquet' WHERE assigned_at < TIMESTAMPTZ '{NEWEST} 09:00:00+00')"
        f" TO '{came}' (FORMAT parquet)"
    )
    eve.run(EVE, UNIT_PROFIT, DAILY_GROWTH)
    [(shown,)] = duckdb.sql(f"SELECT count(*) FROM '{came}' WHERE experiment_id = '{AA}'").fetchall()

    found = eve.so_far(at(EVE) + timedelta(hours=9))

    assert found.day == NEWEST
    exposed = sum(row["exposed"] for row in eve.rows(found) if row["experiment"] == AA and not row["segment"])
    assert 0 < exposed <= shown
    assert eve.sql(f"SELECT count(*) FROM exp_daily_growth WHERE date >= '{NEWEST}'") == [(0,)]
    with pytest.raises(DefinitionError, match="once it is over and checked"):
        eve.so_far(at(EVE), "aggregate_profit", "agg_profit_daily")


def test_files_of_the_lake_are_deleted_after_their_time(start):
    """With ten days to keep, the next run takes the older files away and its index no longer lists them."""
    eve = start("eve")
    settings = eve.folder / "pipelines/daily_growth/pipeline.yml"
    settings.write_text(settings.read_text().replace("keep: 400d", "keep: 10d"))
    had = len(list(eve.lake.glob("*.parquet")))

    eve.run(NEWEST, DAILY_GROWTH)

    days = sorted(path.stem.removeprefix("exp_daily_growth-") for path in eve.lake.glob("*.parquet"))
    assert had > len(days)
    assert days == [f"{arrival(NEWEST) - timedelta(days=back)}" for back in range(10, 0, -1)]
    index = (eve.lake / "daily_growth-growth_lake.delivered.json").read_text()
    assert index.count(".parquet") == len(days)
    assert '"kept_days": 10' in index
