"""The generated company's true engagement: who is active, how long they stay, who returns."""

from collections.abc import Callable

import numpy as np

from holdfast.testing.company_plan import REGIONS, Bools, Company, Ints, date_of, day_of
from holdfast.testing.company_visits import DEVICES
from holdfast.testing.truth_activity import Activity
from holdfast.testing.truth_periods import GRAINS, Period, opens
from holdfast.testing.truth_persons import Persons
from holdfast.testing.truth_rows import MILLIONTHS, NULL, Rows, members_seen, ratios, sums_over

_METRICS = (
    "dau",
    "wau_7d",
    "mau_30d",
    "mau_to_date",
    "dau_avg",
    "wau",
    "mau",
    "qau",
    "stickiness",
    "sessions",
    "session_seconds_median",
    "retention_d1",
    "retention_d7",
    "retention_d28",
)
_GRAINS_OF = {
    "dau": ("day",),
    "wau_7d": ("day",),
    "mau_30d": ("day",),
    "mau_to_date": ("day",),
    "dau_avg": ("week", "month", "quarter"),
    "wau": ("week",),
    "mau": ("month",),
    "qau": ("quarter",),
    "stickiness": ("day", "month"),
    "sessions": GRAINS,
    "session_seconds_median": GRAINS,
    "retention_d1": ("day",),
    "retention_d7": ("day",),
    "retention_d28": ("day",),
}
_RETURNS_AFTER = {"retention_d1": 1, "retention_d7": 7, "retention_d28": 28}
_SEGMENTS = ("", *(f"device={name}" for name in DEVICES), *(f"region={name}" for name in REGIONS))
_DEVICE_AT = 1
_REGION_AT = _DEVICE_AT + len(DEVICES)
_NEVER = -(10**8)
# The first day counted, as of each day.
_WINDOWS: dict[str, Callable[[int], int]] = {
    "dau": lambda day: day,
    "wau_7d": lambda day: day - 6,
    "mau_30d": lambda day: day - 29,
    "week": lambda day: day_of(opens("week", date_of(day))),
    "month": lambda day: day_of(opens("month", date_of(day))),
    "quarter": lambda day: day_of(opens("quarter", date_of(day))),
}


class EngagementTruth:
    """Lives through the days and keeps when each person was last active, at all and on each device.

    Distinct persons since some day are then those last active on it or later.
    """

    pipeline = "aggregate_engagement"

    def __init__(self, company: Company, persons: Persons) -> None:
        self._region = persons.region
        self._first_day = company.first_day
        self._days = company.last_day - company.first_day + 1
        count = len(persons.region)
        self._active_on: Ints = np.full(count, _NEVER, dtype=np.int64)
        self._active_on_device: Ints = np.full((len(DEVICES), count), _NEVER, dtype=np.int64)
        self._cohort_on: Ints = np.full(count, _NEVER, dtype=np.int64)
        self._cohort_device: Bools = np.zeros((len(DEVICES), count), dtype=np.bool_)
        shape = (self._days, len(_SEGMENTS))
        self._distinct = {window: np.zeros(shape, dtype=np.int64) for window in _WINDOWS}
        self._cohort: Ints = np.zeros(shape, dtype=np.int64)
        self._returned = {metric: np.zeros(shape, dtype=np.int64) for metric in _RETURNS_AFTER}
        self._sessions: list[tuple[Ints, Ints, Ints]] = []

    def count(self, activity: Activity) -> None:
        """Count the next day; from the company's first to its last, none left out."""
        row = activity.day - self._first_day
        active = np.unique(activity.person)
        self._active_on[active] = activity.day
        self._active_on_device[activity.device, activity.person] = activity.day
        for window, first_of in _WINDOWS.items():
            first = first_of(activity.day)
            self._distinct[window][row] = self._by_segment(
                self._active_on >= first, self._active_on_device >= first
            )
        self._count_cohort(row, activity)
        self._count_returns(active, activity.day)
        self._sessions.append(
            (activity.session_s, activity.session_device, self._region[activity.session_person])
        )

    def _by_segment(self, person: Bools, person_by_device: Bools) -> Ints:
        """How many of the persons, on each device, and in each region."""
        regions = np.bincount(self._region[person], minlength=len(REGIONS))
        return np.array([person.sum(), *person_by_device.sum(axis=1), *regions], dtype=np.int64)

    def _count_cohort(self, row: int, activity: Activity) -> None:
        """Who is active for the first time, with the devices of the day."""
        is_first = self._cohort_on[activity.person] == _NEVER
        self._cohort_on[activity.person[is_first]] = activity.day
        self._cohort_device[activity.device[is_first], activity.person[is_first]] = True
        cohort = self._cohort_on == activity.day
        self._cohort[row] = self._by_segment(cohort, self._cohort_device & cohort)

    def _count_returns(self, active: Ints, day: int) -> None:
        """Who of an earlier day's cohort is active again, by the segments of that day."""
        for metric, after in _RETURNS_AFTER.items():
            row = day - after - self._first_day
            if row >= 0:
                back = active[self._cohort_on[active] == day - after]
                regions = np.bincount(self._region[back], minlength=len(REGIONS))
                self._returned[metric][row] = [
                    len(back),
                    *self._cohort_device[:, back].sum(axis=1),
                    *regions,
                ]

    def rows(self, periods: list[Period]) -> Rows:
        """Every figure of the periods; retention only of cohorts whose day of return is counted."""
        values = np.stack([self._values(metric, periods) for metric in _METRICS], axis=2)
        sessions = self._session_counts()
        there = members_seen((self._distinct["dau"] > 0) | (sessions > 0), periods)[:, :, None] & np.array(
            [[[p.grain in _GRAINS_OF[metric] for metric in _METRICS]] for p in periods]
        )
        as_of = np.array([[self._first_day + p.end - 1] * len(_METRICS) for p in periods], dtype=np.int64)
        as_of += [_RETURNS_AFTER.get(metric, 0) for metric in _METRICS]
        there &= (as_of < self._first_day + self._days)[:, None, :]
        period, segment, metric = np.nonzero(there)
        return Rows(
            self.pipeline, _SEGMENTS, _METRICS, period, segment, metric, values[there], as_of[period, metric]
        )

    def _values(self, metric: str, periods: list[Period]) -> Ints:
        """By period and segment; of periods whose grain the metric does not have, anything."""
        last = [p.end - 1 for p in periods]
        if metric == "sessions":
            return sums_over(self._session_counts(), periods) * MILLIONTHS
        if metric == "session_seconds_median":
            return self._medians(periods)
        if metric in _RETURNS_AFTER:
            return ratios(self._returned[metric][last], self._cohort[last])
        sums = sums_over(self._distinct["dau"], periods)
        lengths = np.array([[p.end - p.start] for p in periods], dtype=np.int64)
        if metric == "dau_avg":
            return ratios(sums, np.broadcast_to(lengths, sums.shape))
        if metric == "stickiness":
            is_day = np.array([[p.grain == "day"] for p in periods])
            window = np.where(is_day, self._distinct["mau_30d"][last], self._distinct["month"][last])
            return ratios(sums, lengths * window)
        to_date = {"wau": "week", "mau": "month", "qau": "quarter", "mau_to_date": "month"}
        return self._distinct[to_date.get(metric, metric)][last] * MILLIONTHS

    def _session_counts(self) -> Ints:
        """By day and segment."""
        return np.array(
            [
                [
                    len(seconds),
                    *np.bincount(device, minlength=len(DEVICES)),
                    *np.bincount(region, minlength=len(REGIONS)),
                ]
                for seconds, device, region in self._sessions
            ],
            dtype=np.int64,
        )

    def _medians(self, periods: list[Period]) -> Ints:
        """Of n values the one at position ceil(n / 2) of the sorted, from 1; NULL of none."""
        seconds, device, region = (np.concatenate(column) for column in zip(*self._sessions, strict=True))
        starts = np.cumsum([0, *(len(day[0]) for day in self._sessions)])
        medians = np.full((len(periods), len(_SEGMENTS)), NULL, dtype=np.int64)
        for row, period in enumerate(periods):
            span = slice(starts[period.start], starts[period.end])
            by_length = np.argsort(seconds[span], kind="stable")
            lengths, devices, regions = (c[span][by_length] for c in (seconds, device, region))
            members = [
                np.ones(len(lengths), dtype=np.bool_),
                *(devices == each for each in range(len(DEVICES))),
                *(regions == each for each in range(len(REGIONS))),
            ]
            for segment, member in enumerate(members):
                own = lengths[member]
                if len(own):
                    medians[row, segment] = own[(len(own) + 1) // 2 - 1] * MILLIONTHS
        return medians
