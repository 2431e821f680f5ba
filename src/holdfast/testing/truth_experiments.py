"""The generated company's true experiments: what every person in one came to by a day, counted person by person."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from holdfast.testing.company_people import EXPERIMENTS, People, register
from holdfast.testing.company_plan import REGIONS, Bools, Clockwork, Company, Ints
from holdfast.testing.company_rates import Rates
from holdfast.testing.company_records import Exposures, exposures_of
from holdfast.testing.company_trade import Market, Trade, chosen
from holdfast.testing.company_unusual_visits import unusual_visits
from holdfast.testing.company_visits import visits
from holdfast.testing.truth_activity import Footfall
from holdfast.testing.truth_persons import Persons, persons_of

VARIANTS = ("control", "treatment")
DAYS_BEFORE = 28
_REFUND_DAYS = 35

Cell = tuple[str, str, str]
"""Experiment, variant, segment; all segments together under ''."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a read-out reads, exact: y, x, w and `cap` in ten-thousandths of a pound, their products in the square."""

    n: int
    y: int
    yy: int
    x: int
    xx: int
    xy: int
    wy: int
    wyy: int
    wxy: int
    cap: int
    crossovers: int


@dataclass(frozen=True, slots=True)
class Bookings:
    """Revenue, refunds (less) and costs (less) of orders: the person, the day, and when the order was placed."""

    person: Ints
    day: Ints
    ordered_us: Ints
    amount: Ints
    """Ten-thousandths of a pound."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The people of one experiment as far as a day knows them, one entry each."""

    person: Ints
    day: Ints
    assigned_us: Ints
    variant: Ints
    region: Ints
    is_crossover: Bools


class ExperimentsTruth:
    """Simulates the company once; then gives the sums of any of its days."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._clockwork = Clockwork(company)
        self._people: People = register(company, self._clockwork)
        self._persons: Persons = persons_of(self._people)
        self._bookings = self._booked()
        self._before: dict[int, Ints] = {}

    def days(self, experiment: int) -> range:
        """The days on which the experiment at that place runs and the company lives."""
        plan = EXPERIMENTS[experiment]
        start = self._company.first_day + plan.starts_after
        return range(start, min(start + plan.runs_days, self._company.last_day + 1))

    def profit_of_orders(self) -> int:
        """What all orders came to by the last day, in ten-thousandths of a pound."""
        return int(self._bookings.amount.sum())

    def sums(self, experiment: int, day: int) -> dict[Cell, Sums]:
        """Every variant and segment of the experiment as of the end of the day; both variants in the total."""
        subjects = self._subjects(experiment, day)
        y, x = self._earned(subjects, day), self._covariate(subjects)
        kept = ~subjects.is_crossover
        cap = _percentile(np.abs(y[kept]))
        w = np.clip(y, -cap, cap)
        found = {}
        for variant, name in enumerate(VARIANTS):
            for segment, region in self._segments(subjects, kept & (subjects.variant == variant)):
                here = subjects.region == region if region is not None else np.full(len(y), True)
                rows = kept & here & (subjects.variant == variant)
                found[EXPERIMENTS[experiment].experiment_id, name, segment] = _sums(
                    y[rows], x[rows], w[rows], cap, int((here & subjects.is_crossover).sum())
                )
        return found

    @staticmethod
    def _segments(subjects: Subjects, rows: Bools) -> Iterator[tuple[str, int | None]]:
        yield "", None
        for region in np.unique(subjects.region[rows]).tolist():
            yield REGIONS[region], region

    def _subjects(self, experiment: int, day: int) -> Subjects:
        """Everybody exposed by the day, by their first exposure; who was in both variants by then is a crossover."""
        shown: Exposures = exposures_of(self._people, experiment, day, self._clockwork)
        person = self._persons.person[shown.account]
        order = np.lexsort((shown.account, shown.assigned_us, person))
        people, first = np.unique(person[order], return_index=True)
        rows = order[first]
        seen = np.zeros((len(self._persons.since_day), len(VARIANTS)), dtype=np.bool_)
        seen[person, shown.variant] = True
        return Subjects(
            person=people,
            day=shown.day[rows],
            assigned_us=shown.assigned_us[rows],
            variant=shown.variant[rows],
            region=shown.region[rows],
            is_crossover=np.asarray(seen[people].all(axis=1), dtype=np.bool_),
        )

    def _earned(self, subjects: Subjects, day: int) -> Ints:
        """Profit booked through the day, of orders placed at the exposure or later."""
        since = np.full(len(self._persons.since_day), np.iinfo(np.int64).max, dtype=np.int64)
        since[subjects.person] = subjects.assigned_us
        booked = self._bookings
        counts = (booked.day <= day) & (booked.ordered_us >= since[booked.person])
        return self._per_person(counts)[subjects.person]

    def _covariate(self, subjects: Subjects) -> Ints:
        """Profit booked on the 28 days before the day of the exposure."""
        shown = np.full(len(self._persons.since_day), -(10**9), dtype=np.int64)
        shown[subjects.person] = subjects.day
        back = shown[self._bookings.person] - self._bookings.day
        return self._per_person((back >= 1) & (back <= DAYS_BEFORE))[subjects.person]

    def _per_person(self, counts: Bools) -> Ints:
        total = np.zeros(len(self._persons.since_day), dtype=np.int64)
        np.add.at(total, self._bookings.person[counts], self._bookings.amount[counts])
        return total

    def _booked(self) -> Bookings:
        company = self._company
        rates, market = Rates(company), Market(company, self._people, self._clockwork)
        parts = [
            part
            for day in range(company.first_day, company.last_day + 1)
            for part in self._of_trade(market.trade(day), rates)
        ]
        return Bookings(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _of_trade(self, trade: Trade, rates: Rates) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
        """One day's orders and what follows them: person, day, instant of the order, amount with its sign."""
        lines, last = trade.lines, self._company.last_day
        if not len(lines.order_id):
            return
        order_id, first = np.unique(lines.order_id, return_index=True)
        refunds = chosen(trade.refunds, trade.refunds.day <= last)
        costs = chosen(trade.costs, (trade.costs.day <= last) & (trade.costs.order_id != 0))
        for facts, amount in (
            (lines, rates.convert(lines.amount, lines.region, lines.day)),
            (refunds, -rates.convert(refunds.amount, refunds.region, refunds.day)),
            (costs, -rates.convert(costs.amount, costs.currency, costs.day)),
        ):
            row = first[np.searchsorted(order_id, facts.order_id)]
            known = facts.day <= lines.day[row] + _REFUND_DAYS
            person = self._persons.person[lines.user[row]]
            yield person[known], facts.day[known], lines.ordered_us[row][known], amount[known]


def _percentile(sizes: Ints) -> int:
    """The discrete 99th percentile: the smallest value that at least 99 in 100 do not exceed; 0 of nothing."""
    if not len(sizes):
        return 0
    return int(np.sort(sizes)[-(-99 * len(sizes) // 100) - 1])


def _sums(y: Ints, x: Ints, w: Ints, cap: int, crossovers: int) -> Sums:
    """In Python's integers: a square of ten-thousandths, summed, is beyond 64 bits."""
    ys, xs, ws = y.astype(object), x.astype(object), w.astype(object)
    return Sums(
        n=len(y),
        y=int(ys.sum()),
        yy=int((ys * ys).sum()),
        x=int(xs.sum()),
        xx=int((xs * xs).sum()),
        xy=int((xs * ys).sum()),
        wy=int(ws.sum()),
        wyy=int((ws * ws).sum()),
        wxy=int((ws * xs).sum()),
        cap=cap,
        crossovers=crossovers,
    )


@dataclass(frozen=True, slots=True)
class Growth:
    """One day of one experiment, variant and segment: who entered, and what they did."""

    exposed: int
    new: int
    activated: int
    cohort_d1: int
    retained_d1: int
    cohort_d7: int
    retained_d7: int


class DailyGrowthTruth:
    """Lives through the days and keeps for each person on which days they were active."""

    def __init__(self, company: Company) -> None:
        self._clockwork = Clockwork(company)
        self._people = register(company, self._clockwork)
        self._persons = persons_of(self._people)
        self._first_day = company.first_day
        footfall = Footfall(self._persons, self._clockwork)
        days = range(company.first_day, company.last_day + 1)
        self._active = np.zeros((len(self._persons.since_day), len(days)), dtype=np.bool_)
        for day in days:
            usual = visits(company, self._people, self._clockwork, day)
            unusual = unusual_visits(company, self._people, self._clockwork, usual, day)
            self._active[footfall.on(day, usual, unusual).person, day - company.first_day] = True

    def growth(self, experiment: int, day: int) -> dict[Cell, Growth]:
        """Every variant and segment with anybody in it, and both variants in the total."""
        found: dict[Cell, list[int]] = {}
        entrants = self._entrants(experiment, day)
        for name in VARIANTS:
            found[EXPERIMENTS[experiment].experiment_id, name, ""] = [0] * len(fields(Growth))
        for person, entered, opened, variant, region in entrants:
            said = self._said(person, entered, opened, day)
            segments = ["", REGIONS[region]] if any(said) else []
            for segment in segments:
                cell = EXPERIMENTS[experiment].experiment_id, VARIANTS[variant], segment
                found[cell] = [a + b for a, b in zip(found.get(cell, [0] * len(said)), said, strict=True)]
        return {cell: Growth(*counts) for cell, counts in found.items()}

    def _entrants(self, experiment: int, day: int) -> list[tuple[int, int, int, int, int]]:
        """Person, day of the first exposure, day the account registered, variant and region; seven days back."""
        shown = exposures_of(self._people, experiment, day, self._clockwork)
        person = self._persons.person[shown.account]
        found: dict[int, tuple[int, int, int, int, int]] = {}
        for row in np.lexsort((shown.account, shown.assigned_us)).tolist():
            registered = int(self._persons.opened_day[shown.account[row]])
            entry = (int(person[row]), int(shown.day[row]), registered, int(shown.variant[row]), int(shown.region[row]))
            found.setdefault(int(person[row]), entry)
        return [entry for entry in found.values() if day - 7 <= entry[1] <= day]

    def _said(self, person: int, entered: int, opened: int, day: int) -> list[int]:
        age = day - entered
        active = self._active[person]
        since = active[entered - self._first_day : day - self._first_day + 1]
        is_active = bool(since[-1])
        return [
            int(age == 0),
            int(age == 0 and opened >= entered - 1),
            int(is_active and not since[:-1].any()),
            int(age == 1),
            int(age == 1 and is_active),
            int(age == 7),
            int(age == 7 and is_active),
        ]
