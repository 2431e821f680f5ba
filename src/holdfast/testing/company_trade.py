"""What happens in the generated company's trade on one business day: orders, and the refunds and costs they cause."""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from holdfast.testing.company_people import People
from holdfast.testing.company_plan import (
    CATEGORIES,
    LOCAL_PRICE_PCT,
    NO_CATEGORY,
    NO_REGION,
    NO_UNIT,
    REGION_SHARES,
    REGIONS,
    UNITS,
    Bools,
    Clockwork,
    Company,
    Ints,
    Stream,
    generator,
    growth,
    is_closed,
    number_of,
    pick,
    volume,
)

COST_KINDS = ("cogs", "fulfillment", "returns", "platform_fee", "allocated", "other")
COGS, FULFILLMENT, RETURNS, PLATFORM_FEE, ALLOCATED, OTHER = range(len(COST_KINDS))
NOTHING, CORRECTED, REPLAYED, MOVED = range(4)

_PRODUCTS = 120
_GROUPS = len(CATEGORIES) * len(UNITS)
_GROUP_SHARES = np.outer([0.16, 0.2, 0.12, 0.14, 0.2, 0.18], [0.6, 0.3, 0.1]).ravel()
_USUAL_ORDER_PENCE = 6600
# Regions overseas keep the London night busy, so the hour between the two midnights of summer shows.
_HOUR_SHARES = np.array(
    [6.0, 4, 3, 2, 2, 2, 3, 5, 7, 9, 10, 10, 11, 11, 10, 10, 10, 11, 12, 14, 15, 14, 11, 8]
)


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines as they really were, and how the transaction database told of them.

    Amounts are hundredths of the region's currency. `due` is the arrival day of the first version;
    `then` says what follows it `then_after` days later: a correction of the amount `first_amount`, a replay,
    or a move back to the real day from `first_us` on the day after.
    """

    order_id: Ints
    line_no: Ints
    user: Ints
    day: Ints
    ordered_us: Ints
    product: Ints
    category: Ints
    region: Ints
    unit: Ints
    amount: Ints
    first_amount: Ints
    first_us: Ints
    due: Ints
    then: Ints
    then_after: Ints


@dataclass(frozen=True, slots=True)
class Refunds:
    """Refunds on their own day, with the segments of their order line; amounts as in Lines."""

    refund_id: Ints
    order_id: Ints
    line_no: Ints
    day: Ints
    refunded_us: Ints
    amount: Ints
    category: Ints
    region: Ints
    unit: Ints
    due: Ints
    replay_after: Ints


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs on their own day, with the segments they count in; order_id 0 stands for none.

    `written_region` is what the row itself says, which for a few is the warehouse's and not the order's.
    The currency is the written region's, pounds where it has none.
    """

    cost_id: Ints
    order_id: Ints
    kind: Ints
    day: Ints
    incurred_us: Ints
    amount: Ints
    written_region: Ints
    category: Ints
    region: Ints
    unit: Ints
    due: Ints
    replay_after: Ints

    @property
    def currency(self) -> Ints:
        """Index of each cost's currency."""
        return np.where(self.written_region == NO_REGION, 0, self.written_region)


@dataclass(frozen=True, slots=True)
class Trade:
    """One day's orders with everything they cause, on later days too."""

    lines: Lines
    refunds: Refunds
    costs: Costs


Facts = TypeVar("Facts", Lines, Refunds, Costs)


def joined(parts: list[Facts]) -> Facts:
    """Several days' facts as one."""
    return type(parts[0])(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(parts[0])}
    )


def chosen(facts: Facts, rows: Bools) -> Facts:
    """The facts in the rows that are true."""
    return type(facts)(**{f.name: getattr(facts, f.name)[rows] for f in fields(facts)})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The products, sorted by group (category and business unit): group g owns `start[g]` to `start[g + 1]`."""

    pence: Ints
    start: Ints

    def products(self, rng: np.random.Generator, groups: Ints) -> Ints:
        """One product of each given group."""
        size = self.start[groups + 1] - self.start[groups]
        return self.start[groups] + (rng.random(len(groups)) * size).astype(np.int64)


def catalogue(company: Company) -> Catalogue:
    """About 120 products, a few in each group; list prices in pence."""
    rng = generator(company, 0, Stream.CATALOGUE)
    start = (np.arange(_GROUPS + 1) * _PRODUCTS) // _GROUPS
    return Catalogue(pence=rng.integers(6, 78, _PRODUCTS) * 100 - 1, start=start)


@dataclass(frozen=True, slots=True)
class _Orders:
    """One day's orders; `first` is each one's first line, `pence` its worth at list prices."""

    order_id: Ints
    region: Ints
    ordered_us: Ints
    category: Ints
    unit: Ints
    pence: Ints
    due: Ints


class Market:
    """Simulates the trade of any one day, the same whichever days are asked for."""

    def __init__(self, company: Company, people: People, clockwork: Clockwork) -> None:
        self._company = company
        self._people = people
        self._clockwork = clockwork
        self._catalogue = catalogue(company)

    def trade(self, day: int) -> Trade:
        """The day's orders, their refunds 3 to 30 days later, and the costs of all of them."""
        lines, orders = self._orders(day)
        rng = generator(self._company, day, Stream.AFTERMATH)
        refunds = self._refunds(rng, day, lines, orders)
        costs = [
            self._order_costs(rng, day, orders),
            self._return_costs(rng, day, refunds, lines, orders),
            self._overheads(rng, day, orders),
        ]
        return Trade(lines, refunds, joined(costs))

    def _orders(self, day: int) -> tuple[Lines, _Orders]:
        rng = generator(self._company, day, Stream.ORDERS)
        expected = self._company.orders_per_day * volume(self._company, day) * rng.normal(1.0, 0.03)
        count = 0 if is_closed(day) else max(1, round(expected))
        order_id = number_of(day) * 1_000_000 + 1 + np.arange(count)
        user = self._people.active(rng, count, day)
        region = self._people.region[user]
        hours = (pick(rng, _HOUR_SHARES, count) + rng.random(count)) / 24
        days = np.full(count, day, dtype=np.int64)
        ordered_us = self._clockwork.instants_us(days, np.sort(hours))

        size = 1 + pick(rng, np.array([0.60, 0.25, 0.10, 0.05]), count)
        of = np.repeat(np.arange(count), size)
        first = np.cumsum(size) - size
        group = np.where(
            (rng.random(count) < 0.25)[of],
            pick(rng, _GROUP_SHARES, len(of)),
            pick(rng, _GROUP_SHARES, count)[of],
        )
        product = self._catalogue.products(rng, group)
        category = np.where(rng.random(len(of)) < 0.005, NO_CATEGORY, group // len(UNITS))
        unit = group % len(UNITS)
        quantity = np.where(unit == 2, 2 + pick(rng, np.ones(3), len(of)), 1)
        pence = self._catalogue.pence[product] * rng.integers(90, 111, len(of)) * quantity // 100
        pence = pence * (100 + self._people.lift_pct(user, day))[of] // 100
        amount = pence * LOCAL_PRICE_PCT[region][of] // 100

        due, moved, first_us = self._reported(day, ordered_us)
        then, then_after, first_amount = _followed(self._company, day, amount, due[of] > day + 1, moved[of])
        lines = Lines(
            order_id=order_id[of],
            line_no=np.arange(len(of)) - first[of] + 1,
            user=user[of],
            day=days[of],
            ordered_us=ordered_us[of],
            product=product,
            category=category,
            region=region[of],
            unit=unit,
            amount=amount,
            first_amount=first_amount,
            first_us=first_us[of],
            due=due[of],
            then=then,
            then_after=then_after,
        )
        orders = _Orders(
            order_id=order_id,
            region=region,
            ordered_us=ordered_us,
            category=_agreed(category, first, NO_CATEGORY),
            unit=_agreed(unit, first, NO_UNIT),
            pence=np.add.reduceat(pence, first) if count else pence,
            due=due,
        )
        return lines, orders

    def _reported(self, day: int, ordered_us: Ints) -> tuple[Ints, Bools, Ints]:
        """When each order's first version is due, whether it names the next day instead, and the instant it names.

        Three in a thousand orders come one to four days late, one in two thousand is first booked a day on.
        """
        rng = generator(self._company, day, Stream.ARRIVALS)
        count = len(ordered_us)
        moved = (rng.random(count) < 0.0005) & (not is_closed(day + 1))
        late = np.where(rng.random(count) < 0.003, rng.integers(1, 5, count), 0)
        tomorrow = np.full(count, day + 1, dtype=np.int64)
        booked = self._clockwork.instants_us(tomorrow, rng.random(count) * 0.5)
        return day + 1 + np.where(moved, 1, late), moved, np.where(moved, booked, ordered_us)

    def _refunds(self, rng: np.random.Generator, day: int, lines: Lines, orders: _Orders) -> Refunds:
        """About one line in 25 comes back, seven in ten of them in full; one refund in 50 is one to six days late."""
        source = chosen(lines, rng.random(len(lines.order_id)) < 0.04)
        count = len(source.order_id)
        days = day + rng.integers(3, 31, count)
        paid_pct = np.where(rng.random(count) < 0.7, 100, rng.integers(10, 91, count))
        late = np.where(rng.random(count) < 0.02, rng.integers(1, 7, count), 0)
        return Refunds(
            refund_id=number_of(day) * 1_000_000 + 1 + np.arange(count),
            order_id=source.order_id,
            line_no=source.line_no,
            day=days,
            refunded_us=self._clockwork.instants_us(days, rng.random(count)),
            amount=np.maximum(source.amount * paid_pct // 100, 1),
            category=source.category,
            region=source.region,
            unit=source.unit,
            due=np.maximum(days + 1 + late, source.due),
            replay_after=_replays(rng, count),
        )

    def _order_costs(self, rng: np.random.Generator, day: int, orders: _Orders) -> Costs:
        """Goods at the order's own instant, arriving with it, and fulfillment up to two days later."""
        count = len(orders.order_id)
        shipped = day + rng.integers(0, 3, count)
        shipped_us = self._clockwork.instants_us(shipped, rng.random(count))
        shipped_us = np.where(shipped == day, orders.ordered_us, shipped_us)
        goods_pence = orders.pence * rng.integers(60, 67, count) // 100
        shipping_pence = 250 + orders.pence * 2 // 100
        kind = np.repeat([COGS, FULFILLMENT], count)
        written = _written_region(rng, np.tile(orders.region, 2))
        late = _late(rng, count)
        return Costs(
            cost_id=number_of(day) * 10_000_000 + 1 + np.arange(2 * count),
            order_id=np.tile(orders.order_id, 2),
            kind=kind,
            day=np.concatenate([np.full(count, day), shipped]),
            incurred_us=np.concatenate([orders.ordered_us, shipped_us]),
            amount=np.concatenate([goods_pence, shipping_pence]) * LOCAL_PRICE_PCT[written] // 100,
            written_region=written,
            category=np.tile(orders.category, 2),
            region=np.tile(orders.region, 2),
            unit=np.tile(orders.unit, 2),
            due=np.concatenate([orders.due, np.maximum(shipped + 1 + late, orders.due)]),
            replay_after=_replays(rng, 2 * count),
        )

    def _return_costs(
        self, rng: np.random.Generator, day: int, refunds: Refunds, lines: Lines, orders: _Orders
    ) -> Costs:
        """Handling what came back, at the instant of its refund, with the segments of the whole order."""
        count = len(refunds.order_id)
        order = refunds.order_id - (number_of(day) * 1_000_000 + 1)
        written = _written_region(rng, refunds.region)
        return Costs(
            cost_id=number_of(day) * 10_000_000 + 5_000_001 + np.arange(count),
            order_id=refunds.order_id,
            kind=np.full(count, RETURNS),
            day=refunds.day,
            incurred_us=refunds.refunded_us,
            amount=rng.integers(220, 420, count) * LOCAL_PRICE_PCT[written] // 100,
            written_region=written,
            category=orders.category[order],
            region=refunds.region,
            unit=orders.unit[order],
            due=np.maximum(refunds.day + 1 + _late(rng, count), orders.due[order]),
            replay_after=_replays(rng, count),
        )

    def _overheads(self, rng: np.random.Generator, day: int, orders: _Orders) -> Costs:
        """A platform fee and an allocated share per region, and two other costs of no region; closed days too."""
        regions = len(REGIONS)
        worth = np.zeros(regions, dtype=np.int64)
        np.add.at(worth, orders.region, orders.pence)
        usual = int(self._company.orders_per_day * growth(self._company, day) * _USUAL_ORDER_PENCE)
        shares = (REGION_SHARES * 100).round().astype(np.int64)
        allocated = usual * shares * rng.integers(55, 66, regions) // 100_000
        other = usual * rng.integers(8, 13, 2) // 1000
        written = np.array([*range(regions), *range(regions), NO_REGION, NO_REGION])
        pence = np.concatenate([1000 + worth * 2 // 100, allocated, other])
        local_pct = np.append(LOCAL_PRICE_PCT, 100)[written]
        count = len(written)
        days = np.full(count, day, dtype=np.int64)
        return Costs(
            cost_id=number_of(day) * 10_000_000 + 9_000_001 + np.arange(count),
            order_id=np.zeros(count, dtype=np.int64),
            kind=np.repeat([PLATFORM_FEE, ALLOCATED, OTHER], [regions, regions, 2]),
            day=days,
            incurred_us=self._clockwork.instants_us(days, np.full(count, 0.5)),
            amount=pence * local_pct // 100,
            written_region=written,
            category=np.full(count, NO_CATEGORY),
            region=written,
            unit=np.full(count, NO_UNIT),
            due=days + 1 + _late(rng, count),
            replay_after=_replays(rng, count),
        )


def _followed(
    company: Company, day: int, amount: Ints, is_late: Bools, moved: Bools
) -> tuple[Ints, Ints, Ints]:
    """What follows each line's first version, how many days after, and the amount that version had.

    Late lines come once. Of the others three in a thousand are corrected and five replayed.
    """
    rng = generator(company, day, Stream.CORRECTIONS)
    chance = rng.random(len(amount))
    then = np.where(chance < 0.003, CORRECTED, np.where(chance < 0.008, REPLAYED, NOTHING))
    then = np.where(moved, MOVED, np.where(is_late, NOTHING, then))
    wrong = amount * rng.integers(60, 140, len(amount)) // 100 + 1
    after = rng.integers(1, 4, len(amount))
    # An order moves as a whole: its lines are put right in one arrival.
    return then, np.where(then == MOVED, 1, after), np.where(then == CORRECTED, wrong, amount)


def _agreed(values: Ints, first: Ints, otherwise: int) -> Ints:
    """Per order the value on which all its lines agree, else `otherwise`."""
    if not len(first):
        return values
    least = np.minimum.reduceat(values, first)
    return np.where(least == np.maximum.reduceat(values, first), least, otherwise)


def _late(rng: np.random.Generator, count: int) -> Ints:
    """Days late: one to four for three rows in a thousand, else 0."""
    return np.where(rng.random(count) < 0.003, rng.integers(1, 5, count), 0)


def _replays(rng: np.random.Generator, count: int) -> Ints:
    """How many days after its arrival a row comes again; 0 for the 995 in a thousand that do not."""
    return np.where(rng.random(count) < 0.005, rng.integers(1, 4, count), 0)


def _written_region(rng: np.random.Generator, regions: Ints) -> Ints:
    """The regions, one in a hundred replaced by the next one: the warehouse's."""
    return np.where(rng.random(len(regions)) < 0.01, (regions + 1) % len(REGIONS), regions)
