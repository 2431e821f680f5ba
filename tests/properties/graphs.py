"""Random model graphs over random sources, and a workbench that keeps their rows in plain dictionaries."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from holdfast.calendars import DAY, Calendar, standard_periods
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.source import Changes, Source
from holdfast.partitions import Days, Interval

STARTS_ON = date(2026, 1, 20)
"""A Tuesday, so that the first week, month and quarter are not whole."""
SPAN = 24
CALENDAR = Calendar(standard_periods(STARTS_ON - timedelta(days=60), STARTS_ON + timedelta(days=SPAN + 60)))
SOURCES = {
    name: Source(name, "", (), (), Changes.APPEND, "", business_time="day") for name in ("orders", "rates")
}
Rows = dict[date, int]
"""First day of a partition -> its content, as one number."""


def nth(number: int) -> date:
    """The day that many days after the first."""
    return STARTS_ON + timedelta(days=number)


def days_until(end: date) -> Iterator[date]:
    """Every day a pipeline that starts on STARTS_ON has before `end`."""
    return (nth(n) for n in range((end - STARTS_ON).days))


def partition(model: Model, day: date) -> Interval:
    """The partition of the model that holds the day, worked out from the date alone."""
    if model.period == "week":
        first = day - timedelta(days=day.weekday())
        return Interval(first, first + timedelta(days=7))
    if model.period == "month":
        return Interval(day.replace(day=1), (day.replace(day=1) + timedelta(days=31)).replace(day=1))
    return Interval.of_day(day)


def is_read(model: Model, reads: Reads, written: date, read: date) -> bool:
    """Whether building the partition that holds `written` reads day `read` of the input."""
    span = partition(model, written)
    earliest = date.min if reads.first is None else span.start + timedelta(days=reads.first)
    return earliest <= read <= span.last + timedelta(days=reads.last)


def content(model: Model, at: date, inputs: Mapping[str, tuple[Model | None, Rows]]) -> int:
    """What the model says of the partition that holds `at`: a number made of everything in its windows."""
    seen = []
    for reads in model.reads:
        above, rows = inputs[reads.input]
        for first, value in sorted(rows.items()):
            covered = partition(above, first) if above else Interval.of_day(first)
            if any(is_read(model, reads, at, day) for day in covered.days()):
                seen.append(f"{reads.input} {first} {value}")
    # Few different values, so that changes sometimes cancel out on the way.
    return zlib.crc32(f"{model.name} {partition(model, at).start} {seen}".encode()) % (2 if model.layer == "coarse" else 50)


def built_anew(lineage: list[Model], sources: Mapping[str, Rows], end: date) -> dict[str, Rows]:
    """Every model's rows, each partition computed once from all that counts."""
    by_name = {model.name: model for model in lineage}
    rows: dict[str, Rows] = {}
    for model in lineage:
        inputs = {
            reads.input: (by_name.get(reads.input), rows.get(reads.input) or sources.get(reads.input.removeprefix("src."), {}))
            for reads in model.reads
        }
        rows[model.name] = {
            partition(model, day).start: content(model, day, inputs) for day in days_until(end)
        }
    return rows


@dataclass
class PlainBench:
    """Implements runs.build.Workbench over dictionaries."""

    lineage: list[Model]
    sources: Mapping[str, Rows]
    working: dict[str, Rows] = field(default_factory=dict)
    candidates: dict[str, Rows] = field(default_factory=dict)
    computed: dict[str, set[date]] = field(default_factory=dict)
    """Every day of every interval asked for."""

    def rows(self, name: str) -> Rows:
        """What a reader of the table finds in this run."""
        if name.startswith("src."):
            return dict(self.sources[name.removeprefix("src.")])
        return {**self.working.get(name, {}), **self.candidates.get(name, {})}

    def build(self, model: Model, interval: Interval) -> None:
        by_name = {each.name: each for each in self.lineage}
        inputs = {reads.input: (by_name.get(reads.input), self.rows(reads.input)) for reads in model.reads}
        for day in interval.days():
            start = partition(model, day).start
            self.candidates.setdefault(model.name, {})[start] = content(model, day, inputs)
            self.computed.setdefault(model.name, set()).add(day)

    def unchanged(self, model: Model, days: Days) -> Days:
        mine, old = self.candidates.get(model.name, {}), self.working.get(model.name, {})
        same = [day for day in days if mine.get(s := partition(model, day).start) == old.get(s) and s in old]
        for start in {partition(model, day).start for day in same}:
            mine.pop(start, None)
        return Days.of_days(same)

    def last_day(self, model: Model) -> date | None:
        return max((partition(model, first).last for first in self.working.get(model.name, {})), default=None)

    def keep(self) -> None:
        """Makes the candidates the working rows, as a publication does."""
        for name, rows in self.candidates.items():
            self.working.setdefault(name, {}).update(rows)
        self.candidates.clear()
        self.computed.clear()


windows = st.one_of(
    st.sampled_from([(0, 0), (-3, 0), (0, 2), (None, 0), (-2, 1), (-1, -1), (1, 1), (None, -1)]),
    st.tuples(st.integers(-4, 2), st.integers(0, 3)).map(lambda pair: (pair[0], sum(pair))),
)


@st.composite
def lineages(draw: st.DrawFn) -> list[Model]:
    """Three to seven models, inputs before those that read them; one in three of longer periods."""
    models: list[Model] = []
    for number in range(draw(st.integers(3, 7))):
        available = ["src.orders", "src.rates", *(model.name for model in models)]
        # The newest table is likelier, so that chains grow long.
        inputs = draw(st.lists(st.sampled_from([*available, available[-1]]), min_size=1, max_size=3, unique=True))
        models.append(
            Model(
                name=f"m{number}",
                sentence="",
                sql="",
                key=(),
                day="day",
                reads=tuple(Reads(name, *draw(windows)) for name in sorted(inputs)),
                period=draw(st.sampled_from([DAY, DAY, DAY, DAY, "week", "month"])),
                layer=draw(st.sampled_from(["fine", "fine", "coarse"])),
                definition_hash="1",
            )
        )
    return models
