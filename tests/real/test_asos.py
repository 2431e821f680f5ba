"""A retailer's 99 comparisons with their daily snapshots: which of them may be read at all."""

import duckdb
import pytest
from real_experiments import says, statistics_of, tells
from real_shop import DATA
from scipy import stats

DATASET = DATA / "asos_experiments" / "asos_digital_experiments_dataset.parquet"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return statistics_of("asos", tmp_path_factory.mktemp("asos"))


@pytest.fixture(scope="module")
def told(file):
    return {each["experiment"]: each for each in tells("--stats", file)}


@pytest.fixture(scope="module")
def counts():
    """(experiment, variant) -> users of control and treatment at the last snapshot of the first metric."""
    rows = duckdb.sql(
        "SELECT experiment_id || '-' || variant_id, arg_max(count_c, time_since_start), arg_max(count_t, time_since_start) "
        f"FROM '{DATASET}' WHERE metric_id = 1 AND least(count_c, count_t) > 1 GROUP BY ALL"
    ).fetchall()
    return {name: (control, treatment) for name, control, treatment in rows}


def test_every_comparison_is_read(told, counts):
    """All 99 of the 78 experiments, with the users of their last snapshot."""
    assert len(told) == 99
    assert len({name.split("-")[0] for name in told}) == 78
    assert {
        name: tuple(each["users"] for each in read["sample_ratio"]["variants"]) for name, read in told.items()
    } == {name: tuple(map(int, both)) for name, both in counts.items()}


def test_twelve_are_refused_for_their_split(told, counts, file):
    """Those that scipy's chi-square test against half and half rejects below 0.001, and no others."""
    wrong = {name for name, both in counts.items() if stats.chisquare(both).pvalue < 0.001}

    assert len(wrong) == 12
    assert {name for name, read in told.items() if read["refused"]} == wrong
    assert "12 of 99 are refused" in says("--stats", file)


def test_differences_are_those_of_the_published_means(told):
    """The difference at the last snapshot, back from sums, is that of the means in the file."""
    rows = duckdb.sql(
        "SELECT experiment_id || '-' || variant_id, arg_max(mean_t - mean_c, time_since_start) "
        f"FROM '{DATASET}' WHERE metric_id = 1 AND least(count_c, count_t) > 1 AND mean_c + mean_t + variance_c + variance_t "
        "IS NOT NULL GROUP BY ALL"
    ).fetchall()
    for name, difference in rows:
        for read in told[name]["comparisons"]:
            assert read["unadjusted"]["difference"] == pytest.approx(difference, rel=1e-3, abs=1e-7)


def test_daily_looks_find_less_than_peeking(told):
    """Some comparisons whose last ordinary interval leaves zero out are not proven over all their days."""
    read = [each["comparisons"][0] for each in told.values() if each["comparisons"]]
    ordinary = {at for at, each in enumerate(read) if each["unadjusted"]["p_value"] < 0.05}
    proven = {at for at, each in enumerate(read) if each["verdict"] in ("better", "worse") and each["looks"] > 1}

    assert proven < ordinary
