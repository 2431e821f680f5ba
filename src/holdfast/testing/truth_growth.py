"""The generated company's true growth: who came, who left, who came back."""

import numpy as np

from holdfast.testing.company_people import CHANNELS
from holdfast.testing.company_plan import REGIONS, Company, Ints
from holdfast.testing.truth_activity import Activity
from holdfast.testing.truth_periods import Period
from holdfast.testing.truth_persons import Cancellations, Persons
from holdfast.testing.truth_rows import MILLIONTHS, Rows, members_seen, ratios, sums_over

_METRICS = (
    "new_users",
    "churned_users",
    "resurrected_users",
    "net_new",
    "net_growth",
    "active_at_start",
    "churn_rate",
    "growth_rate",
    "quick_ratio",
)
_QUICK_RATIO = _METRICS.index("quick_ratio")
_SEGMENTS = ("", *(f"channel={name}" for name in CHANNELS), *(f"region={name}" for name in REGIONS))
_CHANNEL_AT = 1
_REGION_AT = _CHANNEL_AT + len(CHANNELS)
_NEW, _CHURNED, _RESURRECTED = range(3)
_NEVER = -(10**8)


class GrowthTruth:
    """Lives through the days and keeps of each person when they last cancelled and were last active.

    A cancellation takes effect when it is the first or the person was active since the one before; whoever is
    active for the first time since a cancellation, on a later day, is back.
    """

    pipeline = "aggregate_growth"

    def __init__(self, company: Company, persons: Persons, cancellations: Cancellations) -> None:
        self._persons = persons
        self._cancellations = cancellations
        self._first_day = company.first_day
        told = np.concatenate([persons.since_day, cancellations.day])
        self._base = int(told.min(initial=company.first_day))
        days = company.last_day - self._base + 1
        self._changes = np.zeros((days, len(_SEGMENTS), 3), dtype=np.int64)
        count = len(persons.since_day)
        self._cancelled_on: Ints = np.full(count, _NEVER, dtype=np.int64)
        self._active_on: Ints = np.full(count, _NEVER, dtype=np.int64)
        self._add(_NEW, persons.since_day, np.arange(count))
        for day in range(self._base, company.first_day):
            self._cancel(day)

    def count(self, activity: Activity) -> None:
        """Count the next day; from the company's first to its last, none left out."""
        active = np.unique(activity.person)
        left = self._cancelled_on[active]
        is_back = (left > _NEVER) & (self._active_on[active] <= left)
        self._add(_RESURRECTED, np.full(int(is_back.sum()), activity.day), active[is_back])
        self._active_on[active] = activity.day
        self._cancel(activity.day)

    def _cancel(self, day: int) -> None:
        start, end = np.searchsorted(self._cancellations.day, [day, day + 1])
        person = self._cancellations.person[start:end]
        before = self._cancelled_on[person]
        takes_effect = (before == _NEVER) | (self._active_on[person] > before)
        self._add(_CHURNED, np.full(int(takes_effect.sum()), day), person[takes_effect])
        self._cancelled_on[person] = day

    def _add(self, change: int, day: Ints, person: Ints) -> None:
        everything = np.zeros(len(person), dtype=np.int64)
        channel, region = self._persons.channel[person], self._persons.region[person]
        for segment in (everything, _CHANNEL_AT + channel, _REGION_AT + region):
            np.add.at(self._changes[:, :, change], (day - self._base, segment), 1)

    def rows(self, periods: list[Period]) -> Rows:
        """Every figure of the periods."""
        lived = self._changes[self._first_day - self._base :]
        changes = sums_over(lived, periods)
        new, churned, resurrected = (changes[:, :, c] for c in (_NEW, _CHURNED, _RESURRECTED))
        growth = new + resurrected - churned
        at_start = self._active_before([p.opens for p in periods])
        counts = (new, churned, resurrected, new - churned, growth, at_start)
        rates = (ratios(churned, at_start), ratios(growth, at_start), ratios(new + resurrected, churned))
        values = np.stack([*(count * MILLIONTHS for count in counts), *rates], axis=2)

        days = range(self._first_day, self._first_day + len(lived))
        seen = lived.any(axis=2) | (self._active_before(days) > 0)
        there = np.repeat(members_seen(seen, periods)[:, :, None], len(_METRICS), axis=2)
        there[[p.grain == "day" for p in periods], :, _QUICK_RATIO] = False
        period, segment, metric = np.nonzero(there)
        as_of = np.array([self._first_day + p.end - 1 for p in periods], dtype=np.int64)
        return Rows(self.pipeline, _SEGMENTS, _METRICS, period, segment, metric, values[there], as_of[period])

    def _active_before(self, days: list[int] | range) -> Ints:
        """By day and segment: persons registered and not churned before the day's first instant."""
        change = self._changes[:, :, _NEW] - self._changes[:, :, _CHURNED] + self._changes[:, :, _RESURRECTED]
        until = np.concatenate([np.zeros((1, len(_SEGMENTS)), dtype=np.int64), change.cumsum(axis=0)])
        before: Ints = until[np.maximum(np.array(days) - self._base, 0)]
        return before
