"""The folder that `holdfast init` writes."""

import json
from datetime import date, time, timedelta
from importlib import resources
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from team_folder import PROFIT, Team

from holdfast.definitions.check import CheckKind
from holdfast.definitions.source import Changes, OverTime
from holdfast.errors import DefinitionError
from holdfast.loading.init import write_reference


def test_the_reference_folder_has_no_problems(team: Team) -> None:
    """A new project lints in silence, held against the standard's own package too."""
    assert team.lint() == []


def test_contracts_keep_the_standards_own_schema(team: Team) -> None:
    """Every source file is valid by the JSON Schema inside the standard's package, another road than its models."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text())
    validator = jsonschema.Draft201909Validator(schema)
    files = sorted((team.folder / "sources").iterdir())
    assert len(files) == 19
    for file in files:
        assert [error.message for error in validator.iter_errors(YAML(typ="safe").load(file))] == []


def test_the_project_says_what_the_brief_says(team: Team) -> None:
    """Owners, deadlines, people and holidays are the reference team's."""
    project = team.project()
    profit = project.pipelines["aggregate_profit"]

    assert (profit.primary, profit.secondary) == ("james", "jill")
    assert (profit.day_deadline, profit.period_deadline) == (time(8), time(12))
    assert profit.starts_on == date(2025, 10, 1)
    assert profit.page_before_h == 2
    engineers = [person for person in project.people if person.role == "engineer"]
    assert [each.full_name for each in engineers] == ["John", "James", "Jill", "Davis"]
    assert sorted(each.holidays[:2] for each in engineers) == ["DE", "GB", "GB", "US"]
    assert (project.currency, project.zone.key, project.clock) == ("GBP", "Europe/London", "data")
    assert (project.business_country, project.business_subdivision) == ("GB", "ENG")


def test_sources_are_read_as_their_contracts_say(team: Team) -> None:
    """Keys in their order, how rows change, when they arrive, what is closed and what is personal."""
    sources = team.project().sources
    orders, rates, projections = sources["orders"], sources["fx_rates"], sources["projections"]

    assert orders.key == ("order_id", "line_no")
    assert (orders.changes, orders.late_rows_within) == (Changes.NEWEST_WINS, timedelta(days=5))
    assert orders.arrives_within == timedelta(hours=3)
    assert orders.retention == timedelta(days=762)
    assert date(2025, 12, 25) in orders.closed and date(2026, 1, 1) in orders.closed
    assert date(2025, 12, 26) not in orders.closed
    assert [column.name for column in orders.columns][-1] == "loaded_at"
    assert [column.name for column in orders.columns if column.personal] == ["user_id"]
    assert orders.column("currency") and orders.column("currency").accepted == ("GBP", "EUR", "USD", "BRL", "AUD")  # type: ignore[union-attr]
    assert sources["refunds"].changes is Changes.APPEND
    assert sources["ledger_totals"].business_time == "on"
    assert rates.business_time == "rate_on"
    assert date(2026, 10, 3) in rates.closed
    assert (projections.changes, projections.over_time) == (Changes.SNAPSHOT, OverTime.OVERWRITTEN)


def test_every_model_yields_its_declared_grain(team: Team) -> None:
    """Columns are known without running anything; the period models read whole periods."""
    models = team.project().models

    assert models["fact_orders"].columns == (
        "order_id", "line_no", "user_id", "order_date", "product_id", "category", "region", "business_unit",
        "amount", "source_amount", "currency",
    )  # fmt: skip
    assert models["agg_profit_segments"].key == ("order_date", "dimension", "member")
    assert models["agg_profit_segments"].segments == ("region", "category", "business_unit")
    assert models["fact_orders"].window("src.fx_rates").first == -5
    assert models["fact_refunds"].window("fact_orders").first == -35
    assert {name: model.period for name, model in models.items() if model.period != "day"} == {
        "agg_profit_weekly": "week",
        "agg_profit_monthly": "month",
        "agg_profit_quarterly": "quarter",
    }


def test_cost_coverage_holds_all_metrics_but_orders(team: Team) -> None:
    """Orders are right even when their costs are missing."""
    profit = team.project().pipelines["aggregate_profit"]
    check = next(each for each in profit.checks if each.name == "cost_coverage")

    assert check.kind is CheckKind.COVERAGE
    assert check.by == "region"
    assert set(check.holds or ()) == {metric.id for metric in profit.metrics} - {"orders"}
    assert {each.kind for each in profit.checks} == set(CheckKind)


def test_sources_that_only_a_check_reads_are_the_pipelines_too(team: Team) -> None:
    """What finance expects is read by a check's SQL alone, and must be there when it runs."""
    project = team.project()
    names = [source.name for source in project.sources_of(project.pipelines["aggregate_profit"])]

    assert names == ["costs", "fx_rates", "ledger_totals", "orders", "projections", "refunds"]


def test_the_calendar_spans_the_demo_and_a_year_on(team: Team) -> None:
    """Weeks, months and quarters from September 2025 to the end of 2027."""
    calendar = team.project().calendar

    assert calendar.grains == ("day", "month", "quarter", "week")
    assert calendar.named("2025-09") is not None
    assert calendar.named("2027-Q4") is not None
    assert calendar.named("2028-02") is None
    week = calendar.of_day("week", date(2026, 9, 17))
    assert week is not None and week.name == "2026-W38"


def test_init_refuses_a_folder_with_anything_but_data(tmp_path: Path) -> None:
    """Generated data may lie there already; somebody's notes may not, and are left alone."""
    ready = tmp_path / "ready"
    (ready / "data" / "orders").mkdir(parents=True)
    write_reference(ready, name="Ready", demo=False)
    assert (ready / "holdfast.yml").is_file()

    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    with pytest.raises(DefinitionError, match=r"not empty .*notes\.txt"):
        write_reference(taken, name="Taken", demo=False)
    assert [each.name for each in taken.iterdir()] == ["notes.txt"]


def test_a_name_with_quotes_stays_one_text(tmp_path: Path, parse_cache: Path) -> None:
    """The project's name is written as text whatever it holds."""
    write_reference(tmp_path / "it", name="Jill's: #1", demo=False)
    project = Team(tmp_path / "it", parse_cache).project()

    assert (project.name, project.demo, project.clock) == ("Jill's: #1", False, "system")


def test_the_pipelines_tests_and_texts_are_in_the_folder(team: Team) -> None:
    """Runbook, report and tests come along, for people."""
    for file in ("runbook.md", "report.md", "tests/README.md", "annotations.yml"):
        assert (team.folder / PROFIT / file).is_file()


def test_pipelines_of_one_audience_that_share_something_are_a_group(team: Team) -> None:
    """Experiments read what investors' pipelines read, from tables of their own; a decision on either leaves the other."""
    assert team.project().groups() == [
        ("aggregate_engagement", "aggregate_growth"),
        ("aggregate_profit",),
        ("daily_growth", "unit_profit"),
    ]


def test_whoever_was_shown_two_variants_has_two_rows(team: Team) -> None:
    """A second variant is another exposure, not a correction of the first."""
    assert team.project().sources["assignments"].key == ("experiment_id", "user_id", "variant")
