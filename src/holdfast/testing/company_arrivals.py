"""How the generated company's trade reaches its sources: late rows, corrections and replays, each on its day."""

import numpy as np

from holdfast.testing.company_landing import Landing
from holdfast.testing.company_ledger import Ledger
from holdfast.testing.company_plan import DAY_US, SECOND_US, Clockwork, Ints
from holdfast.testing.company_trade import CORRECTED, MOVED, NOTHING, Costs, Lines, Refunds, Trade, chosen

_FIRST_LOAD_S = 1800
_SECOND_LOAD_S = 5400
_LOAD_S = 3600


def loaded_us(arrivals: Ints, ids: Ints, again: bool = False) -> Ints:
    """When rows were loaded: from 00:30 UTC of their arrival day, or from 01:30 for what corrects or repeats."""
    start_s = _SECOND_LOAD_S if again else _FIRST_LOAD_S
    loaded: Ints = arrivals * DAY_US + (start_s + ids * 7919 % _LOAD_S) * SECOND_US
    return loaded


def land_trade(trade: Trade, clockwork: Clockwork, landing: Landing, ledger: Ledger) -> None:
    """Hand the rows of one day's trade to the landing, and their worth to the ledger."""
    _land_lines(trade.lines, clockwork, landing, ledger)
    _land_refunds(trade.refunds, clockwork, landing, ledger)
    _land_costs(trade.costs, clockwork, landing, ledger)


def _land_lines(lines: Lines, clockwork: Clockwork, landing: Landing, ledger: Ledger) -> None:
    """First versions, then what follows them. A move that is caught up before the wrong booking replaces it."""
    booked_day = lines.day + (lines.then == MOVED)
    first = clockwork.arrivals(booked_day, lines.due)
    followed = lines.then != NOTHING
    second = np.where(followed, clockwork.arrivals(lines.day, lines.due + lines.then_after), first)

    told = second >= first
    _land_versions(chosen(lines, told), booked_day[told], first[told], False, landing)
    _land_versions(chosen(lines, followed), lines.day[followed], second[followed], True, landing)

    ledger.sell(booked_day[told], lines.region[told], first[told], lines.first_amount[told])
    changed = (lines.then == CORRECTED) | (lines.then == MOVED)
    undone = changed & told
    ledger.sell(booked_day[undone], lines.region[undone], second[undone], -lines.first_amount[undone])
    ledger.sell(lines.day[changed], lines.region[changed], second[changed], lines.amount[changed])


def _land_versions(lines: Lines, days: Ints, arrivals: Ints, again: bool, landing: Landing) -> None:
    """One version of each line: as first told, or as it really was."""
    columns = {
        "order_id": lines.order_id,
        "line_no": lines.line_no,
        "user_id": lines.user + 1,
        "ordered_us": lines.ordered_us if again else lines.first_us,
        "product_id": lines.product + 1,
        "category": lines.category,
        "region": lines.region,
        "unit": lines.unit,
        "amount": lines.amount if again else lines.first_amount,
        "loaded_us": loaded_us(arrivals, lines.order_id, again),
    }
    landing.add("orders", arrivals, columns)


def _land_refunds(refunds: Refunds, clockwork: Clockwork, landing: Landing, ledger: Ledger) -> None:
    arrivals = clockwork.arrivals(refunds.day, refunds.due)
    ledger.sell(refunds.day, refunds.region, arrivals, -refunds.amount)
    replayed = refunds.replay_after > 0
    again = clockwork.arrivals(refunds.day, refunds.due + refunds.replay_after)[replayed]
    for rows, on, repeats in ((refunds, arrivals, False), (chosen(refunds, replayed), again, True)):
        columns = {
            "refund_id": rows.refund_id,
            "order_id": rows.order_id,
            "line_no": rows.line_no,
            "refunded_us": rows.refunded_us,
            "amount": rows.amount,
            "currency": rows.region,
            "loaded_us": loaded_us(on, rows.refund_id, repeats),
        }
        landing.add("refunds", on, columns)


def _land_costs(costs: Costs, clockwork: Clockwork, landing: Landing, ledger: Ledger) -> None:
    arrivals = clockwork.arrivals(costs.day, costs.due)
    ledger.spend(costs.day, costs.region, arrivals, costs.amount, costs.currency)
    replayed = costs.replay_after > 0
    again = clockwork.arrivals(costs.day, costs.due + costs.replay_after)[replayed]
    for rows, on, repeats in ((costs, arrivals, False), (chosen(costs, replayed), again, True)):
        columns = {
            "cost_id": rows.cost_id,
            "order_id": rows.order_id,
            "kind": rows.kind,
            "incurred_us": rows.incurred_us,
            "region": rows.written_region,
            "amount": rows.amount,
            "currency": rows.currency,
            "loaded_us": loaded_us(on, rows.cost_id, repeats),
        }
        landing.add("costs", on, columns)
