"""A draft: candidate figures in the engine, judged, and narrowed to what may go out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from holdfast.calendars import Calendar
from holdfast.checks.results import Result
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import ONE_DAY, Days
from holdfast.releases import gate
from holdfast.releases.figures import PeriodScope, Sums
from holdfast.releases.ports import Engine
from holdfast.releases.release import Hold, HoldKind
from holdfast.releases.revise import Move, day_revisions, period_revisions


@dataclass(frozen=True, slots=True)
class Verdict:
    """What waits and why; everything else of the draft may go out."""

    holds: tuple[Hold, ...]
    waiting: tuple[Hold, ...]
    """Holds nobody approved: those of this run, and open ones of other days that reach into it."""
    let_through: tuple[Hold, ...]
    """Holds a named person approved for exactly this candidate."""
    periods: tuple[PeriodScope, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Candidate figures of one run."""

    engine: Engine
    sums: Sums
    pipeline: Pipeline
    lineage: Sequence[Model]
    calendar: Calendar

    def open(self, stored_figures: str) -> None:
        """Makes candidate day values, with what readers have beside, and the view `day_values` for checks."""
        for statement in (*self.sums.load_published(stored_figures), *self.sums.candidates()):
            self.engine.run(statement)
        self.engine.run(f"CREATE OR REPLACE VIEW day_values AS {self.sums.day_values()}")

    def judge(
        self,
        results: Iterable[Result],
        evidence: Mapping[date, str],
        unexplained: Days,
        approved: gate.Approved,
        elsewhere: Sequence[Hold],
    ) -> Verdict:
        """What waits: failed checks, values that are missing, revisions that need a person.

        `elsewhere` are open holds of days this run does not judge; they still reach into it.
        """
        holds = gate.holds_of(results, self.pipeline, self.lineage, evidence)
        holds += self._missing_values(evidence)
        moves = [Move("day", str(day), *rest) for day, *rest in self.engine.rows(self.sums.moved_days())]
        holds += day_revisions(moves, self.pipeline, unexplained, evidence)
        waiting = [*gate.waiting(holds, approved), *elsewhere]
        until = self.sums.newest + ONE_DAY
        scopes = gate.scopes(waiting, self.pipeline, self.lineage, self.calendar, until)
        for statement in (*self.sums.accept(scopes), *self.sums.roll_up(self.sums.touched)):
            self.engine.run(statement)
        moved = [Move(*row) for row in self.engine.rows(self.sums.moved_periods())]
        of_periods = period_revisions(moved, self.pipeline, self.calendar)
        stuck = gate.waiting(of_periods, approved)
        every = [*holds, *of_periods]
        return Verdict(
            holds=tuple(every),
            waiting=(*waiting, *stuck),
            let_through=tuple(hold for hold in every if gate.ticket(hold) in approved),
            periods=tuple(
                PeriodScope(grain, name, metric)
                for hold in stuck
                for _, grain, name in [hold.cause.split(" ", 2)]
                for metric in hold.metrics
            ),
        )

    def settle(
        self,
        verdict: Verdict,
        releases: Mapping[date, int],
        reasons: Mapping[tuple[str, str], str],
        published_at: datetime,
        run_id: str,
    ) -> tuple[int, int]:
        """Makes `fig.fresh`, the rows to release; how many there are, and how many of them are held."""
        for statement in self.sums.fresh(verdict.periods, releases, reasons, published_at, run_id):
            self.engine.run(statement)
        found = self.engine.rows("SELECT count(*), count(*) FILTER (WHERE state = 'held') FROM fig.fresh")[0]
        return int(found[0]), int(found[1])

    def _missing_values(self, evidence: Mapping[date, str]) -> list[Hold]:
        return [
            Hold(
                pipeline=self.pipeline.name,
                kind=HoldKind.UNKNOWN,
                cause="null value",
                day=day,
                segment=segment,
                metrics=(metric,),
                model=model,
                observed="null",
                expected="a number",
                detail=f"the model has a row for {segment or 'the total'} without a value",
                evidence=evidence.get(day, ""),
            )
            for day, metric, segment, model in self.engine.rows(self.sums.unmeasured())
        ]
