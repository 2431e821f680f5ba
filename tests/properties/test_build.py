"""A build of what is stale leaves the same rows as a build of everything, and builds nothing else."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from graphs import (
    CALENDAR,
    SOURCES,
    STARTS_ON,
    PlainBench,
    Rows,
    built_anew,
    content,
    is_read,
    lineages,
    nth,
    partition,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.definitions.model import Model, Reads
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.runs.build import build, daily
from holdfast.runs.plan import Known, due
from holdfast.runs.run import ModelDay, Run, SourceDay

NO_DAYS = Days()


@dataclass
class Team:
    """A project over time: source days by landing, what was built of them, and what is recorded of it."""

    lineage: list[Model]
    source_days: dict[str, dict[date, SourceDay]] = field(default_factory=lambda: {name: {} for name in SOURCES})
    model_days: dict[str, dict[date, ModelDay]] = field(default_factory=dict)
    seq: int = 0
    bench: PlainBench = field(init=False)

    def __post_init__(self) -> None:
        self.bench = PlainBench(self.lineage, {name: {} for name in SOURCES})

    def land(self, source: str, changed: Rows) -> None:
        """A landing after which these days count so."""
        self.seq += 1
        for day, value in changed.items():
            self.bench.sources[source][day] = value
            self.source_days[source][day] = SourceDay(source, day, self.seq, 1, value)

    def due(self, end: date) -> list[Run]:
        """What the plan says is owed of the days before `end`."""
        known = Known({name: list(days.values()) for name, days in self.source_days.items()}, self.model_days)
        return due("profit", self.lineage, SOURCES, known, Interval(STARTS_ON, end), CALENDAR)

    def run(self, run: Run, end: date, always: Days = NO_DAYS) -> dict[str, Days]:
        """Builds, publishes and records the run, as a day does; the days rebuilt per model."""
        last_days = [last for model in daily(self.lineage) if (last := self.bench.last_day(model))]
        span = Interval(STARTS_ON, min(max([run.newest, *last_days]) + ONE_DAY, end))
        built = build(self.lineage, run.stale, always, span, CALENDAR, self.bench)
        assert {name: set(days) for name, days in built.rebuilt.items()} == {
            name: days for name, days in self.bench.computed.items() if days
        }
        self.bench.keep()
        for name, days in built.rebuilt.items():
            rows = {day: ModelDay(name, day, self.seq, self.hash_of(name), "r") for day in days if day < span.end and day >= STARTS_ON}
            self.model_days.setdefault(name, {}).update(rows)
        return built.rebuilt

    def hash_of(self, name: str) -> str:
        """The definition of the model as it stands."""
        return next(model.definition_hash for model in self.lineage if model.name == name)

    def rows(self) -> dict[str, Rows]:
        """What readers have."""
        return {model.name: self.bench.working.get(model.name, {}) for model in self.lineage}

    def anew(self, end: date) -> dict[str, Rows]:
        """What they should have."""
        return built_anew(self.lineage, self.bench.sources, end)


values = st.integers(0, 3)


def source_changes(last: int) -> st.SearchStrategy[Rows]:
    """Values for a few days up to the one numbered `last`, some of them before the pipeline's first day."""
    return st.dictionaries(st.integers(-5, last).map(nth), values, max_size=4)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Model], list[tuple[int, str, Rows]]]:
    """A graph, and landings in order: how many days are over by then, of which source, what it changes."""
    lineage = draw(lineages())
    days, landings = draw(st.integers(1, 18)), []
    for _ in range(draw(st.integers(1, 5))):
        source = draw(st.sampled_from(sorted(SOURCES)))
        landings.append((days, source, draw(source_changes(days + 1))))
        days += draw(st.sampled_from([0, 0, 1, 1, 2, 9]))
    return lineage, landings


@settings(deadline=None, max_examples=80)
@given(histories(), st.data())
def test_building_what_is_stale_equals_building_everything(history, data):
    """After every landing each partition is what a build of everything from all that counts gives."""
    lineage, landings = history
    team = Team(lineage)
    for days, source, changed in landings:
        team.land(source, changed)
        end = nth(days)
        if data.draw(st.booleans(), label="run now, or wait for the next landing"):
            for run in team.due(end):
                team.run(run, end)
            assert team.rows() == team.anew(end)
            assert team.due(end) == []


@settings(deadline=None, max_examples=35)
@given(histories())
def test_ranges_and_single_days_end_in_the_same_rows(history):
    """Built each day as it ends, or all at once in ranges, the tables are the same."""
    lineage, landings = history
    live, ranges, ended = Team(lineage), Team(lineage), 0
    for days, source, changed in landings:
        live.land(source, changed)
        ranges.land(source, changed)
        for number in range(min(ended + 1, days), days + 1):
            for run in live.due(nth(number)):
                live.run(run, nth(number))
        ended = days
    end = nth(landings[-1][0])
    for run in ranges.due(end):
        ranges.run(run, end)

    assert live.rows() == ranges.rows() == ranges.anew(end)


def in_reach(lineage: list[Model], changed: dict[str, set[date]], new: set[date], end: date) -> dict[str, set[date]]:
    """Model -> days whose windows hold a changed day, directly or through others; by asking every pair of days."""
    reached = {f"src.{name}": days for name, days in changed.items()}
    every = [nth(n) for n in range((end - STARTS_ON).days)]
    for model in lineage:
        days = {
            day
            for day in every
            if day in new or any(is_read(model, reads, day, read) for reads in model.reads for read in reached[reads.input])
        }
        reached[model.name] = {each for day in days for each in partition(model, day).days()}
    return reached


@settings(deadline=None, max_examples=60)
@given(histories())
def test_nothing_outside_the_declared_windows_is_rebuilt(history):
    """Each rebuilt day is new, or its window holds a day that changed: of the source, or, downstream, for real."""
    lineage, landings = history
    team, ended = Team(lineage), 0
    for days, source, changed in landings:
        before = team.rows()
        before = {name: dict(rows) for name, rows in before.items()}
        team.land(source, changed)
        end = nth(days)
        new = {nth(n) for n in range(ended, days)}
        reach = in_reach(lineage, {source: set(changed), **{n: set() for n in SOURCES if n != source}}, new, end)
        rebuilt: dict[str, set[date]] = {}
        runs = team.due(end)
        for run in runs:
            for name, some in team.run(run, end).items():
                rebuilt.setdefault(name, set()).update(some)
        for name, some in rebuilt.items():
            assert some <= reach[name], name
        if len(runs) == 1:
            assert_spread_stops(team, before, runs[0], rebuilt)
        ended = days


def assert_spread_stops(team: Team, before: dict[str, Rows], run: Run, rebuilt: dict[str, set[date]]) -> None:
    """Beyond days stale by themselves, a day is rebuilt only when a day it reads now has other rows."""
    by_name = {model.name: model for model in team.lineage}
    after = team.rows()
    for model in team.lineage:
        spread = rebuilt.get(model.name, set()) - set(run.stale.get(model.name, Days()))
        for start in {partition(model, day).start for day in spread}:
            own = set(partition(model, start).days()) & set(run.stale.get(model.name, Days()))
            moved = [
                day
                for reads in model.reads
                if reads.input in by_name
                for first in {*after[reads.input], *before[reads.input]}
                if after[reads.input].get(first) != before[reads.input].get(first)
                for day in partition(by_name[reads.input], first).days()
                if is_read(model, reads, start, day)
            ]
            assert own or moved, f"{model.name} {start} was rebuilt for nothing"


@settings(deadline=None, max_examples=35)
@given(histories(), st.data())
def test_a_changed_definition_rebuilds_its_model_and_what_really_changes(history, data):
    """A model whose definition changed is built again whole; afterwards nothing is owed."""
    lineage, landings = history
    team = Team(lineage)
    for days, source, changed in landings:
        team.land(source, changed)
    end = nth(landings[-1][0])
    for run in team.due(end):
        team.run(run, end)
    place = data.draw(st.integers(0, len(lineage) - 1))
    name = lineage[place].name
    lineage[place] = replace(lineage[place], definition_hash="2", layer="coarse" if lineage[place].layer == "fine" else "fine")

    rebuilt: dict[str, set[date]] = {}
    for run in team.due(end):
        for model, some in team.run(run, end).items():
            rebuilt.setdefault(model, set()).update(some)

    assert {nth(n) for n in range((end - STARTS_ON).days)} <= rebuilt[name]
    assert team.rows() == team.anew(end)
    assert team.due(end) == []


@settings(deadline=None, max_examples=35)
@given(histories(), st.sets(st.integers(0, 17).map(nth), max_size=3))
def test_days_that_wait_are_candidates_again_with_their_whole_period(history, waiting):
    """A day in `always` that is rebuilt stays a candidate with every day of its partition, equal rows or not."""
    lineage, landings = history
    team = Team(lineage)
    for _, source, changed in landings:
        team.land(source, changed)
    end = nth(landings[-1][0])
    for run in team.due(end):
        team.run(run, end)
    always = Days.of_days(day for day in waiting if day < end)
    if not always:
        return
    stale = {model.name: always for model in lineage}

    built = build(lineage, stale, always, Interval(STARTS_ON, end), CALENDAR, team.bench)

    for model in lineage:
        for day in always:
            assert set(partition(model, day).days()) <= set(built.changed[model.name])
            assert partition(model, day).start in team.bench.candidates[model.name]
    team.bench.keep()
    assert team.rows() == team.anew(end)


def test_an_unchanged_day_stops_the_spread():
    """A source day that changes without changing the facts rebuilds the facts' day and nothing behind it."""
    facts, daily_sums, weekly = lineage_of_three()
    team = Team([facts, daily_sums, weekly])
    team.land("orders", {nth(n): 0 for n in range(5)})
    for run in team.due(nth(5)):
        team.run(run, nth(5))
    working = team.bench.working["m0"][nth(2)]
    same = next(v for v in range(1, 200) if content_of_day(facts, nth(2), v) == working)
    other = next(v for v in range(1, 200) if content_of_day(facts, nth(2), v) != working)

    team.land("orders", {nth(2): same})
    (run,) = team.due(nth(5))
    assert {name: str(days) for name, days in team.run(run, nth(5)).items()} == {"m0": "2026-01-22"}

    team.land("orders", {nth(2): other})
    (run,) = team.due(nth(5))
    assert {name: str(days) for name, days in team.run(run, nth(5)).items()} == {
        "m0": "2026-01-22",
        "m1": "2026-01-22..2026-01-24",
        "m2": "2026-01-19..2026-01-25",
    }


def lineage_of_three() -> tuple[Model, Model, Model]:
    """Facts of a day, sums over three days, and a week of them."""
    plain = {"sentence": "", "sql": "", "key": (), "day": "day", "definition_hash": "1"}
    return (
        Model("m0", reads=(Reads("src.orders"),), layer="coarse", **plain),
        Model("m1", reads=(Reads("m0", -2, 0),), **plain),
        Model("m2", reads=(Reads("m1"),), period="week", **plain),
    )


def content_of_day(model: Model, day: date, value: int) -> int:
    """What the model says of a day on which the source says `value`."""
    return content(model, day, {"src.orders": (None, {day: value, day - timedelta(days=400): 0})})
