"""A hold reaches exactly the days that read what it holds, and keeps its segment only along row-wise models."""

from dataclasses import replace
from datetime import date, timedelta

from graphs import CALENDAR, is_read, lineages, nth, partition
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.definitions.metric import Measure, Metric
from holdfast.definitions.model import Model, Reads
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import Days
from holdfast.releases.figures import Scope
from holdfast.releases.gate import downstream, scopes, spread, upstream, withheld
from holdfast.releases.release import Hold, HoldKind

AROUND = range(-150, 190)
"""Days looked at: no chain of seven windows leads out of here and back to the days asked about."""
ASKED = [nth(n) for n in range(-15, 35)]
SEGMENTS = ("region", "category")
UNTIL = nth(200)


@st.composite
def segmented(draw: st.DrawFn) -> list[Model]:
    """A random graph whose models are row-wise in some of the dimensions."""
    kept = st.sampled_from([SEGMENTS, SEGMENTS, ("region",), ()])
    return [replace(model, segments=draw(kept)) for model in draw(lineages())]


def a_hold(model: str, number: int, segment: str, metrics: tuple[str, ...] = ("revenue",)) -> Hold:
    """A failed check on one day of a dataset."""
    return Hold("profit", HoldKind.CHECK, "coverage", nth(number), segment, metrics, model, "half", "all")


def reached_by_looking(hold: Hold, lineage: list[Model]) -> dict[str, set[date]]:
    """Model -> days around the hold whose partitions read a reached day, asking for each pair of days."""
    reached = {hold.model: {hold.day}}
    for model in lineage:
        if model.name == hold.model:
            reached[model.name] = set(partition(model, hold.day).days())
            continue
        starts = {partition(model, nth(n)).start for n in AROUND}
        reading = {start for start in starts if any(reads_one_of(model, each, start, reached.get(each.input)) for each in model.reads)}
        reached[model.name] = {day for start in reading for day in partition(model, start).days()}
    return {name: days for name, days in reached.items() if days}


def reads_one_of(model: Model, reads: Reads, written: date, days: set[date] | None) -> bool:
    """Whether building the partition reads any of the days."""
    if not days:
        return False
    if reads.first is None:
        return is_read(model, reads, written, min(days))
    span = partition(model, written)
    read = range(reads.first, (span.end - span.start).days + reads.last)
    return any(span.start + timedelta(days=n) in days for n in read)


def keeps_segment(hold: Hold, lineage: list[Model]) -> dict[str, bool]:
    """Model -> whether every model on every way from the held one to it is row-wise in the held dimension."""
    dimension = hold.segment.partition("=")[0]
    by_name = {model.name: model for model in lineage}

    def keeps(name: str, touched: set[str]) -> bool:
        if name == hold.model:
            return bool(dimension) and (name not in by_name or dimension in by_name[name].segments)
        model = by_name[name]
        ways = [each for each in model.inputs if each in touched]
        return dimension in model.segments and all(keeps(each, touched) for each in ways)

    touched = {hold.model} | downstream([hold.model], lineage)
    return {name: keeps(name, touched) for name in touched}


@settings(deadline=None, max_examples=60)
@given(segmented(), st.data())
def test_a_hold_spreads_like_staleness(lineage, data):
    """Days come from the declared windows, through every model between; the segment survives row-wise models."""
    name = data.draw(st.sampled_from(["src.orders", *(model.name for model in lineage)]))
    segment = data.draw(st.sampled_from(["", "region=EU", "category=toys"]))
    hold = a_hold(name, data.draw(st.integers(0, 12)), segment)

    found = spread(hold, lineage, CALENDAR, UNTIL)

    expected, row_wise = reached_by_looking(hold, lineage), keeps_segment(hold, lineage)
    inside = Days.of_days(ASKED)
    for model, reach in found.items():
        assert set(reach.days & inside) == {day for day in expected.get(model, ()) if day in inside}, model
        assert reach.row_wise == row_wise[model], model
    assert {n for n, days in expected.items() if any(day in inside for day in days)} <= set(found)


@settings(deadline=None, max_examples=60)
@given(segmented(), st.data())
def test_what_waits_and_what_is_withheld_agree(lineage, data):
    """No table above or below a held value lets its doubtful days out unfiltered, nor the held day itself."""
    measure = replace(lineage[-1], period="day", segments=SEGMENTS, columns=("dimension", "member"))
    lineage = [*lineage[:-1], measure]
    pipeline = Pipeline(
        "profit", "", "investors", "james", "jill", nth(0),
        (Metric("revenue", "", "GBP", ("day",), measures={"day": Measure(measure.name, "revenue")}),), (), (measure.name,),
    )  # fmt: skip
    sources = sorted({name for model in lineage for name in model.inputs if name.startswith("src.")})
    name = data.draw(st.sampled_from([*sources, *(model.name for model in lineage)]))
    segment = data.draw(st.sampled_from(["", "region=EU"]))
    hold = a_hold(name, data.draw(st.integers(0, 12)), segment)

    waiting = scopes([hold], pipeline, lineage, CALENDAR, UNTIL)
    back = withheld([hold], pipeline, lineage, CALENDAR, UNTIL)

    reach = spread(hold, lineage, CALENDAR, UNTIL).get(measure.name)
    if reach is None:
        # No model carries it: the day itself waits, in its segment when the held dataset can tell it apart.
        apart = all("region" in model.segments for model in lineage if model.name == name)
        assert waiting == [Scope(hold.day, "revenue", segment if apart else "")]
    else:
        assert {scope.day for scope in waiting} == set(reach.days)
        assert {scope.segment for scope in waiting} == {segment if reach.row_wise else ""}
    if reach is None:
        return
    spreads = spread(hold, lineage, CALENDAR, UNTIL)
    for model in lineage:
        if model.name not in upstream([measure.name], lineage):
            continue
        # Its own doubtful days, and the held day whether or not the doubt reaches it.
        doubtful = set(spreads[model.name].days) if model.name in spreads else set()
        for day in [day for day in ASKED if day in doubtful | {hold.day}]:
            kept = back[model.name]
            assert day in kept.wholly or day in kept.keep, f"{model.name} {day} goes out"
            assert segment or day in kept.wholly
