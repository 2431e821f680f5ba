"""Any sequence of publications leaves the ledger as a few lines of plain Python say."""

import tempfile
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_values import AT, MONDAY, a_hold, a_release, a_result, prepared_for
from ledgers_under_test import LEDGERS

from holdfast.adapters.ledgers.sqlite import Ledger
from holdfast.checks.results import Outcome, Result
from holdfast.errors import WorldError
from holdfast.partitions import Days
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Approval, Hold, HoldState
from holdfast.runs.run import ModelDay

DAYS = [MONDAY + timedelta(days=number) for number in range(3)]
PIPELINE = "aggregate_profit"


@dataclass
class Model:
    """The ledger, told naively: every publication is kept, and every read goes through all of them."""

    prepared: dict[str, Prepared] = field(default_factory=dict)
    published: list[Prepared] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    def publish(self, manifest: str) -> bool:
        """Whether the manifest may be published."""
        if any(each.manifest == manifest for each in self.published):
            return True
        if manifest not in self.prepared:
            return False
        publication = self.prepared.pop(manifest)
        self.published.append(publication)
        found = {(_identity(hold)): hold for hold in publication.holds}
        for number, hold in enumerate(self.holds):
            if hold.state is not HoldState.OPEN or _identity(hold) in found:
                continue
            replaced = any(_identity(other)[:-1] == _identity(hold)[:-1] for other in found.values())
            if replaced or hold.day in publication.evaluated:
                self.holds[number] = replace(hold, state=HoldState.CLEARED)
        for hold in found.values():
            self._meet(hold)
        return True

    def _meet(self, hold: Hold) -> None:
        for number, known in enumerate(self.holds):
            if _identity(known) == _identity(hold) and known.state is not HoldState.CLEARED:
                if known.state is HoldState.OPEN:
                    self.holds[number] = replace(hold, id=known.id, opened_at=known.opened_at)
                return
        self.holds.append(replace(hold, id=len(self.holds) + 1))

    def results(self) -> set[Result]:
        """Of each check and day, those of the last publication that speaks of it."""
        newest: dict[tuple[str, date], set[Result]] = {}
        for publication in self.published:
            spoken: dict[tuple[str, date], set[Result]] = {}
            for result in publication.results:
                spoken.setdefault((result.check, result.day), set()).add(result)
            newest |= spoken
        return {result for results in newest.values() for result in results}

    def model_days(self) -> dict[date, ModelDay]:
        """The last one published of each day."""
        return {each.day: each for publication in self.published for each in publication.model_days}


def _identity(hold: Hold) -> tuple[object, ...]:
    return (hold.pipeline, hold.kind, hold.cause, hold.day, hold.segment, hold.evidence)


days = st.sampled_from(DAYS)
holds = st.builds(
    lambda day, segment, evidence, observed: a_hold(
        day, segment=segment, evidence=evidence, observed=observed
    ),
    days,
    st.sampled_from(["", "region=EU"]),
    st.sampled_from(["candidate-1", "candidate-2"]),
    st.sampled_from(["0.5", "0.6"]),
)
results = st.builds(
    lambda check, day, outcome, segment, names: a_result(check, day, outcome, segment=segment, holds=names),
    st.sampled_from(["coverage", "unique"]),
    days,
    st.sampled_from(Outcome),
    st.sampled_from(["", "region=EU"]),
    st.sampled_from([None, (), ("profit",)]),
)
# One hold per kind, cause, day and segment: the gate never gives two.
contents = st.tuples(
    st.lists(results, max_size=4, unique=True),
    st.lists(holds, max_size=3, unique_by=lambda hold: (hold.day, hold.segment)),
    st.sets(days),
    st.sets(days, max_size=2),
)
manifests = st.sampled_from(["m1", "m2", "m3", "m4"])
steps = st.one_of(
    st.tuples(st.just("prepare"), manifests, contents),
    st.tuples(st.just("publish"), manifests, st.none()),
    st.tuples(st.just("both"), manifests, contents),
    st.tuples(st.just("drop"), st.one_of(st.none(), manifests), st.none()),
    st.tuples(st.just("approve"), st.integers(0, 3), st.none()),
    st.tuples(st.just("reopen"), st.none(), st.none()),
)


@settings(max_examples=30, deadline=None)
@given(sequence=st.lists(steps, max_size=14))
def test_any_sequence_of_publications_is_as_the_model_says(
    sequence: list[tuple[str, object, object]],
) -> None:
    """Prepare, publish, drop and approve in any order: reads equal those of the naive model after each step."""
    for opened in LEDGERS.values():
        with tempfile.TemporaryDirectory() as folder:
            model = Model()
            ledger = opened(Path(folder)).__enter__()
            for number, (verb, name, content) in enumerate(sequence, start=1):
                if verb == "reopen":
                    ledger.close()
                    ledger = opened(Path(folder)).__enter__()
                _take(ledger, model, number, verb, name, content)
                _compare(ledger, model)
            ledger.close()


def _take(ledger: Ledger, model: Model, number: int, verb: str, name: object, content: object) -> None:
    if verb in ("prepare", "both") and not any(each.manifest == name for each in model.published):
        prepared = _prepared(str(name), number, content)
        ledger.prepare(prepared)
        model.prepared[str(name)] = prepared
    if verb in ("publish", "both"):
        _publish(ledger, model, str(name))
    if verb == "drop":
        left = {manifest: each for manifest, each in model.prepared.items() if manifest == name}
        assert ledger.drop_prepared(None if name is None else str(name)) == len(model.prepared) - len(left)
        model.prepared = left
    if verb == "approve":
        _approve(ledger, model, name)


def _publish(ledger: Ledger, model: Model, manifest: str) -> None:
    may = model.publish(manifest)
    try:
        ledger.publish(manifest)
    except WorldError:
        assert not may
    else:
        assert may


def _approve(ledger: Ledger, model: Model, which: object) -> None:
    still_open = [hold for hold in model.holds if hold.state is HoldState.OPEN]
    assert isinstance(which, int)
    if still_open:
        hold = still_open[which % len(still_open)]
        ledger.approve(Approval(hold.id, "davis", "davis", "seen", AT))
        model.holds[hold.id - 1] = replace(hold, state=HoldState.APPROVED)


def _prepared(manifest: str, number: int, content: object) -> Prepared:
    assert isinstance(content, tuple)
    found, held, evaluated, built = content
    return prepared_for(
        manifest,
        releases=(a_release(number, manifest),),
        model_days=tuple(
            ModelDay("fact_costs", day, number, "hash", f"run-{number}") for day in sorted(built)
        ),
        results=tuple(found),
        holds=tuple(held),
        evaluated=Days.of_days(evaluated),
    )


def _compare(ledger: Ledger, model: Model) -> None:
    releases = [release for publication in model.published for release in publication.releases]
    assert ledger.releases(PIPELINE) == sorted(releases, key=lambda release: -release.id)
    assert ledger.prepared_manifests() == sorted(model.prepared)
    read = ledger.results(PIPELINE)
    assert set(read) == model.results()
    assert len(read) == len(set(read))
    still_open = [hold for hold in model.holds if hold.state is HoldState.OPEN]
    assert ledger.open_holds(PIPELINE) == sorted(still_open, key=lambda hold: (hold.day, hold.id))
    assert [ledger.hold(hold.id) for hold in model.holds] == model.holds
    assert ledger.hold(len(model.holds) + 1) is None
    assert ledger.model_days("investors", ["fact_costs"])["fact_costs"] == model.model_days()
