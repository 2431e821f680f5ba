"""Where columns come from: small SQL whose answer is plain, and the reference team's metrics, traced by hand."""

from pathlib import Path

import pytest

from holdfast.catalog import lineage
from holdfast.catalog.lineage import Origin, followed, metric_edges, origins
from holdfast.definitions.pipeline import Project
from holdfast.loading.cache import ParseCache

SHAPES = {"src.orders": ["id", "amount", "region"], "orders": ["id", "amount"], "days": ["on_day", "amount"]}


@pytest.mark.parametrize(
    ("sql", "made_of"),
    [
        ("SELECT o.amount AS a FROM src.orders AS o", [["src.orders", "amount"]]),
        ("SELECT amount AS a FROM src.orders", [["src.orders", "amount"]]),
        ("SELECT o.amount * d.amount AS a FROM orders AS o JOIN days AS d ON TRUE", [["days", "amount"], ["orders", "amount"]]),
        ("WITH c AS (SELECT SUM(o.amount) AS s FROM src.orders AS o) SELECT c.s - 1 AS a FROM c", [["src.orders", "amount"]]),
        ("SELECT o.id AS a FROM src.orders AS o UNION ALL SELECT o.amount AS a FROM orders AS o", [["orders", "amount"], ["src.orders", "id"]]),
        ("SELECT CASE WHEN o.region = 'EU' THEN o.amount END AS a FROM src.orders AS o", [["src.orders", "amount"], ["src.orders", "region"]]),
        ("SELECT COUNT(*) AS a FROM src.orders AS o", [["src.orders", ""]]),
        ("SELECT COUNT(*) AS a FROM src.orders AS o JOIN orders AS p ON o.id = p.id", [["src.orders", ""], ["orders", ""]]),
        ("SELECT 'GBP' AS a FROM src.orders AS o", []),
        ("SELECT d.day AS a FROM calendar_days AS d", [["calendar_days", "day"]]),
        ("SELECT SUM(o.amount) OVER (PARTITION BY o.region) AS a FROM src.orders AS o", [["src.orders", "amount"], ["src.orders", "region"]]),
        ("SELECT nowhere.b AS a FROM src.orders AS o", [["src.orders", ""]]),
    ],
)
def test_a_column_is_followed_to_tables(sql: str, made_of: list[list[str]]) -> None:
    """A source and a model of one name stay apart; what cannot be followed is made of its inputs' rows."""
    assert sorted(followed(sql, ["a"], SHAPES)["a"]) == sorted(made_of)


def test_profit_is_traced_to_the_sources(reference: Project, tmp_path: Path) -> None:
    """Read off the models by hand: amounts of three sources and the rate that converts them."""
    columns = origins(reference, ParseCache(tmp_path))
    profit = reference.pipelines["aggregate_profit"]

    edges = metric_edges(reference, profit, profit.metric("profit"), columns)

    leaves = {a for a, _ in edges} - {b for _, b in edges}
    assert leaves == {"src.orders.amount", "src.refunds.amount", "src.costs.amount", "src.fx_rates.rate"}
    assert ("agg_profit_segments.profit", "profit") in edges
    assert ("fact_orders.amount", "agg_profit_by_dimension.gross_revenue") in edges


def test_a_ratio_is_made_of_its_parts(reference: Project, tmp_path: Path) -> None:
    """Margin is profit over revenue, and both are followed on."""
    profit = reference.pipelines["aggregate_profit"]

    edges = metric_edges(reference, profit, profit.metric("margin"), origins(reference, ParseCache(tmp_path)))

    assert {("profit", "margin"), ("revenue", "margin"), ("agg_profit_segments.revenue", "revenue")} <= set(edges)


def test_counted_rows_are_traced_to_the_sources_too(reference: Project, tmp_path: Path) -> None:
    """Active users are counted rows of days, which are made of events and registrations."""
    engagement = reference.pipelines["aggregate_engagement"]

    edges = metric_edges(reference, engagement, engagement.metric("mau_30d"), origins(reference, ParseCache(tmp_path)))

    assert {a for a, _ in edges} - {b for _, b in edges} == {"rows of src.events", "rows of src.users"}


def test_every_column_of_every_model_has_an_answer(reference: Project, tmp_path: Path) -> None:
    """In terms of tables that the model declares it reads, and columns that these have."""
    known = lineage.columns_of(reference)
    for name, columns in origins(reference, ParseCache(tmp_path)).items():
        model = reference.models[name]
        assert tuple(columns) == model.columns
        for made_of in columns.values():
            for each in made_of:
                assert each.table in {*model.inputs, *lineage.CALENDARS}, (name, each)
                assert not each.column or each.column in {**known, **lineage.CALENDARS}[each.table], (name, each)


def test_an_unchanged_model_is_not_parsed_again(reference: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second site takes everything from the cache."""
    first = origins(reference, ParseCache(tmp_path))

    def refuse(*_: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(lineage, "followed", refuse)
    assert origins(reference, ParseCache(tmp_path)) == first
    assert first["fact_orders"]["currency"] == (Origin("src.orders", "currency"),)
