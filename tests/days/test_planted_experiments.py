"""What the generated company planted in its experiments is what their read-outs find."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from holdfast.app import App
from holdfast.cli import main
from holdfast.clock import data_clock
from holdfast.day import run_day
from holdfast.loading import init
from holdfast.testing.company import Company, write_company
from holdfast.testing.company_people import EXPERIMENTS

UNIT_PROFIT = "unit_profit"
PIPELINES = Path(init.__file__).parent / "reference" / "pipelines"
FIRST_ON = date(2026, 1, 5)
LAST_ON = FIRST_ON + timedelta(days=91)
"""Two days after the longest experiment's last."""
LIFT = {each.experiment_id: each.lift_pct / 100 for each in EXPERIMENTS}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PIPELINES / UNIT_PROFIT).is_dir(), reason=f"the reference team has no pipeline {UNIT_PROFIT}"
    ),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Path:
    """Three months of the company, of which only unit-level profit is built."""
    folder = tmp_path_factory.mktemp("planted") / "demo"
    write_company(Company(first_on=FIRST_ON, last_on=LAST_ON, orders_per_day=400, events_per_day=50), folder)
    init.write_reference(folder, name="demo", demo=True)
    settings = folder / "pipelines" / UNIT_PROFIT / "pipeline.yml"
    settings.write_text(settings.read_text().replace("starts_on: 2025-10-01", f"starts_on: {FIRST_ON}"))
    app = App(folder, environ={}, say=lambda _: None)
    run_day(app.world(data_clock(LAST_ON + timedelta(days=1))), [UNIT_PROFIT])
    app.close()
    return folder


@pytest.fixture
def told(company, capsys):
    """An experiment's read-out as data."""

    def of(name: str):
        assert main(["experiment", "-C", str(company), name, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return of


def planted_profit_lift(company: Path) -> float:
    """What 8 % more bought is in profit: goods, two per cent of shipping and refunds grow along, the rest does not."""
    app = App(company, environ={}, say=lambda _: None)
    with app.queries() as queries:
        select = (
            "SELECT SUM(profit), SUM(fulfillment) + SUM(returns) - SUM(revenue) * CAST('0.02' AS DECIMAL(3, 2)) "
            "FROM fact_unit_profit"
        )
        [(profit, fixed)] = queries.select(select, limit=1, timeout_s=60).rows
    app.close()
    return LIFT["checkout_button"] * float((profit + fixed) / profit)


def test_the_planted_lift_lies_inside_the_interval(told, company):
    """The treated buy 8 % more, which is 8.9 % more profit; the percentage's intervals hold that."""
    [read] = told("checkout_button")["comparisons"]
    planted = planted_profit_lift(company)

    assert planted == pytest.approx(0.089, abs=0.002)
    for interval in (read["always_valid"], read["cuped"]):
        assert interval["relative_low"] < planted < interval["relative_high"]
    assert read["looks"] > 50


def test_the_planted_split_is_refused(told):
    """Fifty-five of a hundred get the treatment where half should: no number, the reason, and a banner."""
    read = told("onboarding_steps")
    assert read["comparisons"] == []
    assert "planned shares" in read["refused"]
    assert "sample_ratio" in {each["check"] for each in read["banners"]}


def test_two_equal_variants_differ_in_nothing(told):
    """The A/A experiment finds nothing, neither over everybody nor in a segment."""
    read = told("homepage_aa")
    assert [each["verdict"] for each in read["comparisons"]] == ["inconclusive"]
    assert not any(each["differs"] for each in read["segments"])
    assert len(read["segments"]) > 2
