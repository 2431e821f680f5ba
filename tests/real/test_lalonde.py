"""A training programme of the seventies: the published effect on earnings, through the product."""

import duckdb
import pytest
import statsmodels.api as sm
from real_experiments import says, statistics_of, tells
from real_shop import DATA
from scipy import stats

PUBLISHED = 1794.34
"""Dehejia and Wahba (1999)."""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return statistics_of("lalonde", tmp_path_factory.mktemp("lalonde"))


@pytest.fixture(scope="module")
def read(file):
    return tells("nsw", "--stats", file)["comparisons"][0]


@pytest.fixture(scope="module")
def men():
    return duckdb.sql(f"SELECT treat, re75, re78 FROM '{DATA}/lalonde/nsw_mixtape.parquet'").df().astype(float)


def test_the_effect_is_the_published_one(read):
    """1,794.34 dollars, as published in 1999."""
    assert read["unadjusted"]["difference"] == pytest.approx(PUBLISHED, abs=0.01)


def test_its_interval_is_scipys(read, men):
    """Welch's interval and p-value on the 445 men themselves."""
    test = stats.ttest_ind(men.re78[men.treat == 1], men.re78[men.treat == 0], equal_var=False)
    interval = test.confidence_interval()

    assert read["unadjusted"]["p_value"] == pytest.approx(test.pvalue, rel=1e-5)
    assert (read["unadjusted"]["low"], read["unadjusted"]["high"]) == pytest.approx(interval, rel=1e-5)


def test_cuped_is_near_regression_with_the_covariate(read, men):
    """Ordinary least squares with earnings of 1975 beside the treatment comes to the same within a standard error's hundredth."""
    fitted = sm.OLS(men.re78, sm.add_constant(men[["treat", "re75"]])).fit()
    assert read["cuped"]["difference"] == pytest.approx(fitted.params["treat"], abs=fitted.bse["treat"] / 100)


def test_a_single_look_decides(file):
    """There was one look, so the ordinary interval gives the verdict, in the first line."""
    assert says("nsw", "--stats", file).startswith("nsw through 1978-12-31: training earns more than control, +1,747")
