"""The generated company's true profit, by business day and segment."""

import numpy as np

from holdfast.testing.company_plan import (
    CATEGORIES,
    NO_CATEGORY,
    NO_REGION,
    REGIONS,
    UNITS,
    Bools,
    Company,
    Ints,
)
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_trade import Costs, Lines, Refunds, chosen
from holdfast.testing.truth_periods import Period
from holdfast.testing.truth_rows import MILLIONTHS, Rows, ratios, sums_over

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

    def rows(self, periods: list[Period]) -> Rows:
        """Every figure of the periods, for the segments in which anything ever happened."""
        values = self._figures(periods)[:, self._seen, :]
        period, segment, metric = (index.ravel() for index in np.indices(values.shape))
        as_of = np.array([self._first_day + p.end - 1 for p in periods], dtype=np.int64)
        seen = np.flatnonzero(self._seen)
        return Rows(
            self.pipeline, _SEGMENTS, _METRICS, period, seen[segment], metric, values.ravel(), as_of[period]
        )

    def _figures(self, periods: list[Period]) -> Ints:
        """Millionths by period, segment and metric, in the order of the names in this module."""
        sums = sums_over(self._sums, periods)
        revenue = sums[:, :, _GROSS] - sums[:, :, _REFUNDS]
        profit = revenue - sums[:, :, _COST]
        money = (sums[:, :, _GROSS], sums[:, :, _REFUNDS], revenue, sums[:, :, _COST], profit)
        orders = sums[:, :, _ORDERS] * MILLIONTHS
        margin = ratios(profit, revenue)
        return np.stack([*(worth * (MILLIONTHS // 10_000) for worth in money), orders, margin], axis=2)
