"""The true figures of the generated company, counted while it is simulated and never from its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from holdfast.testing.company_people import register
from holdfast.testing.company_plan import (
    CATEGORIES,
    NO_CATEGORY,
    NO_REGION,
    REGIONS,
    UNITS,
    Bools,
    Clockwork,
    Company,
    Ints,
    date_of,
)
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_trade import Costs, Lines, Market, Refunds, chosen

MILLIONTHS = 10**6
_GROSS, _REFUNDS, _COST, _ORDERS = range(4)
_METRICS = ("gross_revenue", "refunds", "revenue", "cost", "profit", "orders", "margin")
_SEGMENTS = (
    "",
    *(f"region={member}" for member in (*REGIONS, "unallocated")),
    *(f"category={member}" for member in (*CATEGORIES, "unallocated")),
    *(f"business_unit={member}" for member in (*UNITS, "unallocated")),
)
_REGION_AT = 1
_CATEGORY_AT = _REGION_AT + NO_REGION + 1
_UNIT_AT = _CATEGORY_AT + NO_CATEGORY + 1


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or quarter, as far as the company has lived it: rows `start` to `end` of its days."""

    grain: str
    name: str
    start: int
    end: int


class ProfitTruth:
    """Adds up what happened by business day and segment: money in ten-thousandths of a pound, and orders."""

    pipeline = "aggregate_profit"

    def __init__(self, company: Company) -> None:
        self._first_day = company.first_day
        self._days = company.last_day - company.first_day + 1
        self._sums = np.zeros((self._days, len(_SEGMENTS), 4), dtype=np.int64)
        self._seen: Bools = np.zeros(len(_SEGMENTS), dtype=np.bool_)

    def count(self, lines: Lines, refunds: Refunds, costs: Costs, rates: Rates) -> None:
        """Count one day's orders, and its refunds and costs on their own days where the company lives to see them."""
        refunds = chosen(refunds, refunds.day < self._first_day + self._days)
        costs = chosen(costs, costs.day < self._first_day + self._days)
        self._add(lines, _GROSS, rates.convert(lines.amount, lines.region, lines.day))
        self._add(refunds, _REFUNDS, rates.convert(refunds.amount, refunds.region, refunds.day))
        self._add(costs, _COST, rates.convert(costs.amount, costs.currency, costs.day))
        self._count_orders(lines)

    def _add(self, facts: Lines | Refunds | Costs, metric: int, worth: Ints) -> None:
        day = facts.day - self._first_day
        everything = np.zeros(len(day), dtype=np.int64)
        for segment in (
            everything,
            _REGION_AT + facts.region,
            _CATEGORY_AT + facts.category,
            _UNIT_AT + facts.unit,
        ):
            np.add.at(self._sums[:, :, metric], (day, segment), worth)
            self._seen[segment] = True

    def _count_orders(self, lines: Lines) -> None:
        """An order counts once in every segment in which it has a line."""
        if not len(lines.order_id):
            return
        order = np.cumsum(lines.line_no == 1) - 1
        has_line = np.zeros((int(order[-1]) + 1, len(_SEGMENTS)), dtype=np.bool_)
        has_line[:, 0] = True
        for segment in (_REGION_AT + lines.region, _CATEGORY_AT + lines.category, _UNIT_AT + lines.unit):
            has_line[order, segment] = True
        self._sums[int(lines.day[0]) - self._first_day, :, _ORDERS] += has_line.sum(axis=0)

    def figures(self, periods: list[Period]) -> Ints:
        """Millionths by period, segment and metric, in the order of the names in this module.

        The margin of a period without revenue is the lowest int64, which stands for null.
        """
        until = np.concatenate(
            [np.zeros((1, *self._sums.shape[1:]), dtype=np.int64), self._sums.cumsum(axis=0)]
        )
        sums = until[[p.end for p in periods]] - until[[p.start for p in periods]]
        revenue = sums[:, :, _GROSS] - sums[:, :, _REFUNDS]
        profit = revenue - sums[:, :, _COST]
        money = (sums[:, :, _GROSS], sums[:, :, _REFUNDS], revenue, sums[:, :, _COST], profit)
        margin = _ratio(profit.ravel(), revenue.ravel()).reshape(revenue.shape)
        orders = sums[:, :, _ORDERS] * MILLIONTHS
        return np.stack([*(worth * (MILLIONTHS // 10_000) for worth in money), orders, margin], axis=2)

    @property
    def seen(self) -> Ints:
        """Indexes of the segments in which anything ever happened."""
        return np.flatnonzero(self._seen)


NULL = np.iinfo(np.int64).min


def _ratio(numerators: Ints, denominators: Ints) -> Ints:
    """Millionths of the quotients, half to even, by Python's exact integers; NULL for a denominator of 0."""
    pairs = zip(numerators.tolist(), denominators.tolist(), strict=True)
    return np.array([_half_even(n * MILLIONTHS, d) if d else NULL for n, d in pairs], dtype=np.int64)


def _half_even(numerator: int, denominator: int) -> int:
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        return whole + 1
    return whole


def periods_of(company: Company) -> list[Period]:
    """Every day, ISO week, month and quarter the company lived in, clipped to its days; by grain, then in time."""
    dates = [date_of(day) for day in range(company.first_day, company.last_day + 1)]
    return [period for grain in ("day", "week", "month", "quarter") for period in _periods(grain, dates)]


def _periods(grain: str, dates: list[date]) -> Iterator[Period]:
    start = 0
    names = [_name(grain, on) for on in dates]
    for row, name in enumerate(names):
        if row + 1 == len(names) or names[row + 1] != name:
            yield Period(grain, name, start, row + 1)
            start = row + 1


def _name(grain: str, on: date) -> str:
    if grain == "week":
        year, week, _ = on.isocalendar()
        return f"{year}-W{week:02d}"
    if grain == "quarter":
        return f"{on.year}-Q{(on.month + 2) // 3}"
    return f"{on:%Y-%m}" if grain == "month" else on.isoformat()


def write_truth(company: Company, folder: Path) -> None:
    """Count the company's true figures into `folder`/truth/figures.parquet, one row per key.

    Columns: pipeline, grain, period, metric, segment, value DECIMAL(38, 6) (null where a ratio has no
    denominator) and as_of, the last day counted. Every row that ever arrives is counted.
    """
    clockwork = Clockwork(company)
    rates = Rates(company)
    market = Market(company, register(company, clockwork), clockwork)
    profit = ProfitTruth(company)
    for day in range(company.first_day, company.last_day + 1):
        trade = market.trade(day)
        profit.count(trade.lines, trade.refunds, trade.costs, rates)
    path = folder / "truth" / "figures.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(profit, company, path)


def _write(profit: ProfitTruth, company: Company, path: Path) -> None:
    periods = periods_of(company)
    values = profit.figures(periods)[:, profit.seen, :]
    period, segment, metric = (index.ravel() for index in np.indices(values.shape))
    as_of = np.array([company.first_day + p.end - 1 for p in periods], dtype=np.int64)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    connection.register(
        "counted",
        {
            "period": period,
            "segment": profit.seen[segment],
            "metric": metric,
            "value": values.ravel(),
            "as_of": as_of[period],
        },
    )
    connection.execute(
        f"""
        COPY (
            SELECT
                '{profit.pipeline}' AS pipeline,
                {_words([p.grain for p in periods])}[period + 1] AS grain,
                {_words([p.name for p in periods])}[period + 1] AS period,
                {_words(_METRICS)}[metric + 1] AS metric,
                {_words(_SEGMENTS)}[segment + 1] AS segment,
                CAST(nullif(value, {NULL})::DECIMAL(19, 0) * 0.000001 AS DECIMAL(38, 6)) AS value,
                DATE '1970-01-01' + as_of::INTEGER AS as_of
            FROM counted
        ) TO '{str(path).replace("'", "''")}' (FORMAT parquet)
        """
    )
    connection.close()


def _words(words: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
