"""How late the rows of a source really come, learned from what was landed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.partitions import ONE_DAY
from holdfast.runs.run import RowArrival

STEPS = (1, 2, 3, 7, 30)
"""Days after the first arrival at which rows are counted."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Rows of one source by how long after their business day's first rows they came."""

    source: str
    rows: int
    after: tuple[tuple[int, int], ...]
    """(days, rows that came so many days after the first ones, or later)"""
    most_days: int
    """The longest that a row came after the first ones of its day."""
    within: timedelta
    """The contract's lateRowsWithin."""
    beyond: int
    """Rows that came later than that."""

    def share(self, rows: int) -> float:
        """Rows as a share of the source's; 0 when it has none."""
        return rows / self.rows if self.rows else 0.0


def lateness(source: str, within: timedelta, arrivals: Sequence[RowArrival]) -> Lateness:
    """What the arrivals teach. Replays count as rows that arrived; a day has its first rows when any came.

    `beyond` is measured as the gate measures it: from the morning after the business day, not from the
    day's first rows, for a day that was wholly late has no rows on time to be compared with.
    """
    with_rows = [each for each in arrivals if each.rows]
    first: dict[date, date] = {}
    for each in with_rows:
        first[each.day] = min(each.arrived_on, first.get(each.day, each.arrived_on))
    delays: Counter[int] = Counter()
    for each in with_rows:
        delays[(each.arrived_on - first[each.day]).days] += each.rows
    return Lateness(
        source,
        delays.total(),
        tuple((step, sum(rows for days, rows in delays.items() if days >= step)) for step in STEPS),
        max(delays, default=0),
        within,
        sum(each.rows for each in arrivals if each.arrived_on - each.day > within + ONE_DAY),
    )
