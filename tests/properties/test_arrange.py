"""Whatever is built, held and let go, no shown day is lost or shown twice, and no held candidate forgotten."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from graphs import partition
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.calendars import DAY, Calendar, standard_periods
from holdfast.definitions.model import Model, Reads
from holdfast.partitions import Days
from holdfast.releases.arrange import Arrangement, arrange, to_seal
from holdfast.releases.gate import Withheld
from holdfast.releases.manifest import Part, Table

FIRST = date(2026, 1, 12)
CALENDAR = Calendar(standard_periods(FIRST - timedelta(days=40), FIRST + timedelta(days=160)))


def nth(number: int) -> date:
    """The day that many days after the first."""
    return FIRST + timedelta(days=number)


@dataclass
class Shelf:
    """One table, its parts as Python sees them: file -> day -> version of its rows."""

    model: Model
    table: Table = field(default_factory=lambda: Table("sums", "day"))
    files: dict[str, dict[date, str]] = field(default_factory=dict)
    runs: int = 0

    def release(self, plan: Arrangement, today: date) -> None:
        """Writes what was planned, as a publication does, and seals old months."""
        self.runs += 1
        shown, held = [*plan.kept, *plan.promoted], [*plan.kept_held]
        for write in plan.writes:
            version = f"{self.runs}" + ("" if write.keep == "TRUE" else " partly")
            part = self._part(write.interval, dict.fromkeys(write.interval.days(), version), write.held)
            (held if write.held else shown).append(part)
        for each in plan.rewrites:
            rows = self.files[each.part.file] | dict.fromkeys(each.replaced, f"{self.runs}")
            for part in each.freed:
                rows |= self.files[part.file]
            shown.append(self._part(each.part.interval, rows, held=False))
        self.table = replace(self.table, parts=tuple(sorted(shown)), held=tuple(sorted(held)))
        for parts in to_seal(self.table, today):
            rows = {day: version for part in parts for day, version in self.files[part.file].items()}
            (span,) = Days.of(part.interval for part in parts).intervals
            sealed = self._part(span, rows, held=False)
            self.table = replace(self.table, parts=tuple(sorted({*self.table.parts} - {*parts} | {sealed})))

    def _part(self, interval, rows: dict[date, str], held: bool) -> Part:
        name = f"{interval.start}_{interval.last}-{self.runs}-{len(self.files)}{'-held' if held else ''}"
        self.files[name] = rows
        return Part(interval, name, len(rows))

    def shown(self) -> dict[date, str]:
        """Day -> version that readers see; every part covers its own interval, and no day twice."""
        return self._rows(self.table.parts)

    def held(self) -> dict[date, str]:
        """Day -> version that is kept beside."""
        return self._rows(self.table.held)

    def _rows(self, parts: tuple[Part, ...]) -> dict[date, str]:
        found: dict[date, str] = {}
        for part in parts:
            rows = self.files[part.file]
            assert set(rows) == set(part.interval.days()), part
            assert not set(rows) & set(found), f"{part} shows a day that another part shows"
            found |= rows
        return found


def whole(model: Model, days: set[date]) -> set[date]:
    """The partitions of the model that hold the days."""
    return {each for day in days for each in partition(model, day).days()}


day_sets = st.sets(st.integers(0, 95).map(nth), max_size=4)
runs_of_days = st.one_of(
    day_sets,
    st.tuples(st.integers(0, 80), st.integers(1, 40)).map(lambda p: {nth(n) for n in range(p[0], min(sum(p), 96))}),
)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([DAY, DAY, "week", "month"]), st.data())
def test_no_sequence_of_releases_loses_or_doubles_a_day(period, data):
    """After each release: shown days are disjoint, old ones remain, withheld ones are as readers saw them."""
    model = Model("sums", "", "", (), "day", (Reads("facts"),), period=period)
    shelf, waiting, newest = Shelf(model), set(), 0
    working: dict[date, str] = {}
    for _ in range(data.draw(st.integers(1, 7), label="releases")):
        candidates = whole(model, data.draw(runs_of_days, label="built"))
        judged = candidates | waiting
        # What waits is of days judged now; a day that waited may be free.
        waiting = judged & data.draw(day_sets | runs_of_days, label="waits")
        partly = whole(model, {day for day in waiting if data.draw(st.booleans())}) if period == DAY else set()
        wholly = whole(model, waiting) - partly
        newest = max([newest, *((day - FIRST).days for day in candidates)])
        today = nth(newest + data.draw(st.integers(1, 90), label="days since"))
        before, held_before = shelf.shown(), shelf.held()
        back = Withheld(Days.of_days(wholly), dict.fromkeys(partly, "region <> 'EU'"))

        plan = arrange(
            model, shelf.table, Days.of_days(candidates), Days.of_days(judged), back, CALENDAR, today
        )
        shelf.release(plan, today)

        after, held = shelf.shown(), shelf.held()
        working |= dict.fromkeys(candidates, f"{shelf.runs}")
        assert set(before) <= set(after), "a shown day disappeared"
        for day in candidates - wholly - partly:
            assert after[day] == f"{shelf.runs}", f"{day} was built, is free, and is not shown"
            assert day not in held
        for day in wholly | partly:
            if day in before:
                assert after[day] == before[day], f"{day} waits and changed"
            elif day in partly and day in candidates:
                assert after[day] == f"{shelf.runs} partly"
            else:
                assert day not in after, f"{day} waits, was never shown, and is"
        for day in set(held_before) - candidates:
            freed = day in judged and day not in wholly | partly
            assert (held.get(day), after.get(day)) in (
                [(None, held_before[day])] if freed and period == DAY else [(held_before[day], before.get(day)), (None, held_before[day])]
            ), f"the candidate kept for {day} was lost"
        for day in set(before) - judged - whole(model, judged):
            assert after[day] == before[day], f"{day} was not judged and changed"
        assert {day: held.get(day) or after.get(day) for day in working} == working, "working rows are not those last built"
