"""status, figures, explain, verify."""

import shutil
from decimal import Decimal

import duckdb

from holdfast.cli import main

KEYS = {
    "pipeline", "grain", "period", "metric", "segment", "value", "unit", "state", "version", "as_of", "published_at",
}  # fmt: skip


def test_figures_are_the_truth(holdfast, finished):
    """Every figure of a month and of its days, as JSON, equals what the simulation counted."""
    truth = {
        row[:3]: row[3]
        for row in duckdb.sql(
            f"SELECT period, metric, segment, value FROM '{finished}/truth/figures.parquet' "
            "WHERE pipeline = 'aggregate_profit'"
        ).fetchall()
    }
    for period in ("2025-10", "2025-11-09", "2025-W44", "2025-Q4"):
        found = holdfast("figures", "-C", finished, "aggregate_profit", "--period", period, "--json").json

        assert len(found) > 100 and KEYS <= set(found[0])
        assert all(Decimal(f["value"]) == truth[f["period"], f["metric"], f["segment"]] for f in found if f["value"])


def test_without_a_period_the_newest_of_each_grain_are_shown(holdfast, finished):
    """A year is thousands of rows; a person sees the newest totals and how to see more."""
    answer = holdfast("figures", "-C", finished, "aggregate_profit")

    assert answer.code == 0 and len(answer.out.splitlines()) < 120
    for said in ("per day", "per week", "per month", "per quarter", "2025-11-09", "--period"):
        assert said in answer.out
    assert "2025-10-20" not in answer.out


def test_figures_can_be_narrowed(holdfast, finished):
    """By metric, by a dimension, by a member, to the total, and by grain."""
    base = ("figures", "-C", finished, "aggregate_profit", "--json")
    month = (*base, "--period", "2025-10", "--metric", "profit")

    regions = holdfast(*month, "--segment", "region").json
    assert {f["metric"] for f in regions} == {"profit"} and all(f["segment"].startswith("region=") for f in regions)
    assert [f["segment"] for f in holdfast(*month, "--segment", "region=UK").json] == ["region=UK"]
    assert [f["segment"] for f in holdfast(*month, "--segment", "total").json] == [""]
    weeks = holdfast(*base, "--grain", "week", "--metric", "orders", "--segment", "total").json
    assert [f["period"] for f in weeks] == sorted(f["period"] for f in weeks) and len(weeks) == 6


def test_a_name_that_is_none_gets_the_nearest(holdfast, finished):
    """Pipeline, period, metric, segment and grain."""
    figures = ("figures", "-C", finished)
    for arguments, near in (
        (("aggregat_profit",), "aggregate_profit"),
        (("aggregate_profit", "--period", "2025-1"), "2025-1"),
        (("aggregate_profit", "--metric", "profits"), "profit"),
        (("aggregate_profit", "--period", "2025-10", "--segment", "region=APACK"), "region=APAC"),
        (("aggregate_profit", "--grain", "weeks"), "week"),
    ):
        answer = holdfast(*figures, *arguments)
        assert answer.code == 1 and near in answer.err and answer.out == ""


def test_history_shows_every_version(holdfast, finished):
    """Late rows revised a day: its versions are told apart, oldest first."""
    shown = holdfast(
        "figures", "-C", finished, "aggregate_profit", "--period", "2025-11-07", "--metric", "orders", "--segment",
        "total", "--history", "--json",
    ).json  # fmt: skip
    versions = [f["version"] for f in shown]

    assert versions == list(range(1, len(versions) + 1))


def test_a_plot_is_an_svg_file(holdfast, finished, tmp_path):
    """A picture stands in its own file; other endings are refused."""
    base = ("figures", "-C", finished, "aggregate_profit", "--metric", "profit", "--segment", "region", "--plot")

    assert holdfast(*base, tmp_path / "profit.svg").code == 0
    assert (tmp_path / "profit.svg").read_text().startswith("<svg")
    assert ".svg" in holdfast(*base, tmp_path / "profit.png").err


def test_status_says_what_is_published_and_due_next(holdfast, finished):
    """A finished demo owes nothing; its next deadline is that of the day going on."""
    seen = holdfast("status", "-C", finished, "--json").json
    [pipeline] = seen["pipelines"]

    assert seen["now"] == "2025-11-10T03:00:00Z" and seen["builder"] is None
    assert pipeline["published_through"] == "2025-11-09"
    assert pipeline["held"] == [] and pipeline["due"] == []
    assert pipeline["deadline"]["period"] == "2025-11-10" and pipeline["deadline"]["reachable"]
    assert pipeline["last_run"]["state"] == "published"


def test_status_names_what_is_held_and_why(holdfast, held):
    """Check, region and coverage; the days already published stay published."""
    [pipeline] = holdfast("status", "-C", held, "--json").json["pipelines"]
    coverage = next(hold for hold in pipeline["held"] if "coverage" in hold["check"])

    assert coverage["region"] == "UK" and Decimal(coverage["observed"]) < 1
    assert pipeline["published_through"] == "2025-11-09"
    assert "holdfast approve" in holdfast("status", "-C", held).out


def test_a_hold_keeps_its_region_and_totals_and_no_other_region(holdfast, held):
    """Half of UK's costs: UK, the total and other dimensions wait, other regions go out, orders all go out."""
    shown = holdfast("figures", "-C", held, "aggregate_profit", "--period", "2025-11-10", "--json").json
    waiting = {(f["metric"], f["segment"]) for f in shown if f["state"] == "held"}
    published = {(f["metric"], f["segment"]) for f in shown if f["state"] != "held"}

    for metric in ("gross_revenue", "refunds", "revenue", "cost", "profit", "margin"):
        assert {(metric, ""), (metric, "region=UK"), (metric, "category=toys")} <= waiting
        assert (metric, "region=EU") in published
    assert {metric for metric, _ in waiting}.isdisjoint({"orders"})


def test_explain_tells_rows_models_checks_and_release(holdfast, finished):
    """From the sources' rows to the release, and as one object."""
    text = holdfast("explain", "-C", finished, "aggregate_profit", "2025-10", "margin")
    told = holdfast("explain", "-C", finished, "aggregate_profit", "2025-10", "profit", "--segment", "region=EU", "--json")

    assert text.code == 0 and "figure = profit / revenue" in text.out
    for heading in ("Rows", "Models", "Checks", "Release"):
        assert f"\n{heading}\n" in text.out
    assert {row["source"] for row in told.json["rows"]} == {"orders", "refunds", "costs", "fx_rates"}
    assert told.json["figure"]["segment"] == "region=EU" and told.json["release"]["receipt"]["definitions"]


def test_explain_counts_the_rows_that_are_published(holdfast, finished):
    """The rows said of a model are the rows its table has on the figure's days."""
    told = holdfast("explain", "-C", finished, "aggregate_profit", "2025-10-05", "profit", "--json").json
    said = {step["model"]: step["rows"] for step in told["models"]}
    counted = holdfast("sql", "-C", finished, "SELECT count(*) AS n FROM fact_orders WHERE order_date = '2025-10-05'", "--json")

    assert said["fact_orders"] == counted.json[0]["n"]


def test_verify_rebuilds_equal_figures(holdfast, finished):
    """A month, a week that crosses two chunks of history, a day that was revised, and the running quarter."""
    for period in ("2025-10", "2025-W44", "2025-11-07", "2025-Q4"):
        answer = holdfast("verify", "-C", finished, "aggregate_profit", period, "--json")

        assert answer.code == 0 and answer.json["finding"] == "equal" and answer.json["compared"] > 100, answer.out


def test_verify_compares_what_was_released_with_what_was_read_then(holdfast, project):
    """Rows landed after the release, and not built yet, do not make it different."""
    main(["demo", str(project), "--add-days", "1"])
    holdfast("run", "-C", project)

    assert holdfast("verify", "-C", project, "aggregate_profit", "2025-10").code == 0


def test_verify_says_when_inputs_are_gone(holdfast, project):
    """Without the landed rows nothing can be said, and that is not the same as different."""
    shutil.rmtree(project / ".holdfast/landing/costs")

    answer = holdfast("verify", "-C", project, "aggregate_profit", "2025-10")

    assert answer.code == 1 and "inputs expired" in answer.out and "costs" in answer.out


def test_verify_does_not_pretend_with_another_definition(holdfast, project):
    """A model that changed since is named, with the definition the release had."""
    model = project / "pipelines/aggregate_profit/models/fact_refunds.sql"
    model.write_text(model.read_text().replace("WHERE", "WHERE 1 = 1 AND", 1))

    answer = holdfast("verify", "-C", project, "aggregate_profit", "2025-10")

    assert answer.code == 1 and "definition changed" in answer.out and "fact_refunds" in answer.out
    assert "fact_orders was" not in answer.out


def test_verify_sees_a_figure_that_was_tampered_with(holdfast, project):
    """A published value that its rows do not give is named with both values."""
    for file in (project / ".holdfast/store/investors/parts/figures").glob("*.parquet"):
        duckdb.sql(
            f"COPY (SELECT * REPLACE (CASE WHEN period = '2025-10' AND metric = 'profit' AND segment = '' "
            f"THEN value + 1 ELSE value END AS value) FROM '{file}') TO '{file}.new' (FORMAT parquet)"
        )
        file.with_name(file.name + ".new").replace(file)

    answer = holdfast("verify", "-C", project, "aggregate_profit", "2025-10", "--json")

    assert answer.code == 1 and answer.json["finding"] == "different"
    assert [(d["metric"], d["segment"]) for d in answer.json["differences"]] == [("profit", "")]
