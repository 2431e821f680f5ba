"""Profit figures worked out a second way: plain SQL over the generated files, one decision per named piece.

Replace a piece to see what a figure becomes when that one decision is wrong.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions behind the figures, each as the SQL that makes it; the defaults are right."""

    zone: str = "Europe/London"
    order_version: str = "row_number() OVER (PARTITION BY order_id, line_no ORDER BY loaded_at DESC) = 1"
    refund_once: str = "row_number() OVER (PARTITION BY refund_id ORDER BY loaded_at) = 1"
    cost_once: str = "row_number() OVER (PARTITION BY cost_id ORDER BY loaded_at) = 1"
    arrived: str = "true"
    refund_on: str = "r.on_day"
    refund_rate_on: str = "r.on_day"
    rate_for: str = "f.rate_on <= d.day ORDER BY f.rate_on DESC"
    cost_join: str = "LEFT JOIN"
    cost_region: str = "CASE WHEN c.order_id IS NULL THEN c.region ELSE o.region END"
    order_key: str = "order_id"
    category: str = "coalesce(category, 'unallocated')"
    category_rows: str = "true"


def figures(folder: Path, decisions: Decisions) -> dict[Key, Decimal | None]:
    """Every figure by grain, period, metric and segment, from the files under `folder`/data."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for statement in _statements(folder, decisions):
        connection.execute(statement)
    rows = connection.execute(_FIGURES).fetchall()
    return {
        (grain, period, metric, segment): _value(metric, value, revenue)
        for grain, period, segment, metric, value, revenue in rows
    }


def _value(metric: str, value: Decimal, revenue: Decimal) -> Decimal | None:
    if metric != "margin":
        return value
    return (value / revenue).quantize(Decimal("0.000001")) if revenue else None


def _statements(folder: Path, d: Decisions) -> list[str]:
    def files(source: str) -> str:
        return f"read_parquet('{folder}/data/{source}/*/*.parquet', hive_partitioning = true)"

    def on_day(column: str) -> str:
        return f"CAST({column} AT TIME ZONE '{d.zone}' AS DATE)"

    return [
        f"""CREATE TABLE lines AS
            SELECT *, {on_day("ordered_at")} AS on_day FROM
            (SELECT * FROM {files("orders")} WHERE {_arrived(d, "ordered_at")} QUALIFY {d.order_version})""",
        f"""CREATE TABLE refunds AS
            SELECT *, {on_day("refunded_at")} AS on_day FROM
            (SELECT * FROM {files("refunds")} WHERE {_arrived(d, "refunded_at")} QUALIFY {d.refund_once})""",
        f"""CREATE TABLE costs AS
            SELECT *, {on_day("incurred_at")} AS on_day FROM
            (SELECT * FROM {files("costs")} WHERE {_arrived(d, "incurred_at")} QUALIFY {d.cost_once})""",
        "CREATE TABLE days AS SELECT DISTINCT on_day AS day FROM costs",
        f"""CREATE TABLE rates AS
            SELECT d.day, c.currency,
                (SELECT f.rate FROM {files("fx_rates")} f WHERE f.currency = c.currency AND {d.rate_for} LIMIT 1)
                AS rate
            FROM days d, (SELECT DISTINCT currency FROM {files("fx_rates")}) c""",
        f"""CREATE TABLE whole_orders AS
            SELECT order_id, any_value(region) AS region, any_value(on_day) AS on_day,
                CASE WHEN count(DISTINCT {d.category}) = 1 THEN min({d.category}) ELSE 'unallocated' END AS category,
                CASE WHEN count(DISTINCT business_unit) = 1 THEN min(business_unit) ELSE 'unallocated' END AS unit
            FROM lines GROUP BY order_id""",
        f"""CREATE TABLE sold AS
            SELECT l.on_day, l.region, {d.category} AS category, l.business_unit AS unit,
                {d.order_key} AS order_key, l.amount * rate AS worth
            FROM lines l JOIN rates ON day = l.on_day AND rates.currency = l.currency WHERE {d.category_rows}""",
        f"""CREATE TABLE returned AS
            SELECT {d.refund_on} AS on_day, l.region, coalesce(l.category, 'unallocated') AS category,
                l.business_unit AS unit, r.amount * rate AS worth
            FROM refunds r JOIN lines l USING (order_id, line_no)
            JOIN rates ON day = {d.refund_rate_on} AND rates.currency = r.currency""",
        f"""CREATE TABLE spent AS
            SELECT c.on_day, coalesce({d.cost_region}, 'unallocated') AS region,
                coalesce(o.category, 'unallocated') AS category, coalesce(o.unit, 'unallocated') AS unit,
                c.amount * rate AS worth
            FROM costs c {d.cost_join} whole_orders o ON o.order_id = c.order_id
            JOIN rates ON day = c.on_day AND rates.currency = c.currency""",
    ]


def _arrived(d: Decisions, at: str) -> str:
    """The rows that count by when they came; `d.arrived` may speak of `at`."""
    return d.arrived.format(at=at)


_FIGURES = """
WITH facts AS (
    SELECT on_day, region, category, unit, 'gross_revenue' AS metric, worth, NULL AS order_key FROM sold
    UNION ALL BY NAME SELECT on_day, region, category, unit, 'refunds' AS metric, worth FROM returned
    UNION ALL BY NAME SELECT on_day, region, category, unit, 'cost' AS metric, worth FROM spent
    UNION ALL BY NAME SELECT on_day, region, category, unit, 'orders' AS metric, order_key FROM sold
), segmented AS (
    SELECT *, unnest(['', 'region=' || region, 'category=' || category, 'business_unit=' || unit]) AS segment
    FROM facts
), periods AS (
    SELECT day, unnest(['day', 'week', 'month', 'quarter']) AS grain, unnest([
        strftime(day, '%Y-%m-%d'), strftime(day, '%G-W%V'), strftime(day, '%Y-%m'),
        year(day) || '-Q' || quarter(day)]) AS period
    FROM days
), keys AS (
    SELECT DISTINCT grain, period, segment FROM periods, (SELECT DISTINCT segment FROM segmented)
), sums AS (
    SELECT grain, period, segment,
        sum(worth) FILTER (metric = 'gross_revenue') AS gross, sum(worth) FILTER (metric = 'refunds') AS refunds,
        sum(worth) FILTER (metric = 'cost') AS cost, count(DISTINCT order_key) AS orders
    FROM segmented JOIN periods ON day = on_day GROUP BY ALL
), filled AS (
    SELECT keys.*, coalesce(gross, 0) AS gross, coalesce(refunds, 0) AS refunds, coalesce(cost, 0) AS cost,
        coalesce(orders, 0) AS orders
    FROM keys LEFT JOIN sums USING (grain, period, segment)
)
SELECT grain, period, segment,
    unnest(['gross_revenue', 'refunds', 'revenue', 'cost', 'profit', 'orders', 'margin']) AS metric,
    unnest([gross, refunds, gross - refunds, cost, gross - refunds - cost, orders::DECIMAL(38, 6),
        gross - refunds - cost]) AS value,
    gross - refunds AS revenue
FROM filled
"""
