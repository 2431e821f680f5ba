"""A draft: candidate figures in the engine, judged, and narrowed to what may go out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from holdfast.calendars import Calendar
from holdfast.checks.results import Result
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases import gate
from holdfast.releases.closing import Adjustment, Lock
from holdfast.releases.corrections import Correction, corrections, notes_of
from holdfast.releases.figures import PeriodScope, Sums
from holdfast.releases.ports import Engine
from holdfast.releases.release import Hold, HoldKind
from holdfast.releases.revise import Move, day_revisions, period_revisions

_OF_ROWS = (HoldKind.CHECK, HoldKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What waits and why; everything else of the draft may go out."""

    holds: tuple[Hold, ...]
    waiting: tuple[Hold, ...]
    """Holds nobody approved: those of this run, and open ones of other days that reach into it."""
    let_through: tuple[Hold, ...]
    """Holds a named person approved for exactly this candidate."""
    periods: tuple[PeriodScope, ...] = ()
    corrections: tuple[Correction, ...] = ()
    """What late rows come to in the signed periods this run looked at."""
    free: Days = field(default_factory=Days)
    """Signed or withdrawn days whose change people let through."""

    def restates(self, correction: Correction) -> bool:
        """Whether a person let the correction through as a restatement."""
        return correction.hold is not None and correction.hold in self.let_through


@dataclass(frozen=True, slots=True)
class Draft:
    """Candidate figures of one run."""

    engine: Engine
    sums: Sums
    pipeline: Pipeline
    lineage: Sequence[Model]
    calendar: Calendar
    lock: Lock = field(default_factory=Lock)
    booked: Sequence[Adjustment] = ()
    """Adjustments of the pipeline so far."""

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
        not_late: Days,
        restating: frozenset[str],
    ) -> Verdict:
        """What waits: failed checks, values that are missing, revisions and restatements that need a person.

        `elsewhere` are open holds of days this run does not judge; they still reach into it. `not_late` are days
        that something else than late rows moved, `restating` the causes of restatements that wait or were approved.
        """
        holds = gate.holds_of(results, self.pipeline, self.lineage, evidence)
        if gate.keeps_back(self.pipeline):
            holds += self._missing_values(evidence)
            holds += self._day_revisions(unexplained, evidence)
        waiting = [*gate.waiting(holds, approved), *elsewhere]
        found = self._corrections(waiting, not_late, restating)
        restatements = [each.hold for each in found if each.hold is not None]
        through = [
            each.period.interval
            for each in found
            if each.hold is not None and gate.ticket(each.hold) in approved and not each.failing
        ]
        free = self.lock.returning | Days.of(through)
        until = self.sums.newest + ONE_DAY
        scopes = gate.scopes(_doubtful(waiting), self.pipeline, self.lineage, self.calendar, until)
        waiting += [hold for hold in restatements if gate.ticket(hold) not in approved or hold.day not in free]
        for statement in (
            *(self.sums.set_aside(free) if self._has_fixed_days else ()),
            *self.sums.accept(scopes),
            *self.sums.roll_up(self.sums.touched, self.booked),
        ):
            self.engine.run(statement)
        moved = [Move(*row) for row in self.engine.rows(self.sums.moved_periods())]
        of_periods = (
            period_revisions(self._by_themselves(moved, free), self.pipeline, self.calendar)
            if gate.keeps_back(self.pipeline)
            else []
        )
        stuck = gate.waiting(of_periods, approved)
        every = [*holds, *restatements, *of_periods]
        return Verdict(
            holds=tuple(every),
            waiting=(*waiting, *stuck),
            let_through=tuple(
                hold
                for hold in every
                if gate.ticket(hold) in approved and (hold.kind is not HoldKind.RESTATEMENT or hold.day in free)
            ),
            periods=tuple(
                PeriodScope(grain, name, metric)
                for hold in stuck
                for _, grain, name in [hold.cause.split(" ", 2)]
                for metric in hold.metrics
            ),
            corrections=tuple(found),
            free=free,
        )

    def _day_revisions(self, unexplained: Days, evidence: Mapping[date, str]) -> list[Hold]:
        moves = [Move("day", str(day), *rest) for day, *rest in self.engine.rows(self.sums.moved_days())]
        own = Days.of([Interval(self.lock.until, date.max)]) - self.lock.withdrawn - self.lock.returning
        open_moves = [move for move in moves if date.fromisoformat(move.period) in own]
        return day_revisions(open_moves, self.pipeline, unexplained, evidence)

    @property
    def _has_fixed_days(self) -> bool:
        fixed = self.lock.withdrawn
        if self.lock.until > date.min:
            fixed |= Days.of([Interval(date.min, self.lock.until)])
        return bool(self.sums.touched & fixed)

    def _corrections(
        self, waiting: Sequence[Hold], not_late: Days, restating: frozenset[str]
    ) -> list[Correction]:
        """What the candidates would make of signed figures, were they not signed.

        A check that fails on a signed day does not hide what the day would change: it makes a person decide.
        """
        looked_at = self.lock.base_periods(self.sums.touched, self.calendar)
        if not looked_at:
            return []
        on_signed = [hold for hold in waiting if hold.day < self.lock.until and hold.kind in _OF_ROWS]
        others = [hold for hold in _doubtful(waiting) if hold not in on_signed]
        scopes = gate.scopes(others, self.pipeline, self.lineage, self.calendar, self.sums.newest + ONE_DAY)
        for statement in (*self.sums.accept(scopes), *self.sums.roll_up(self.sums.touched, self.booked)):
            self.engine.run(statement)
        rows = self.engine.rows(self.sums.would_be())
        return corrections(
            [(Move(*row[:6]), row[6]) for row in rows],
            looked_at,
            self.pipeline,
            self.calendar,
            self.lock,
            not_late,
            restating,
            on_signed,
        )

    def _by_themselves(self, moves: Iterable[Move], free: Days) -> list[Move]:
        """Roll-ups that would move without anybody's word: none that is signed, withdrawn, or let through."""
        found = []
        for move in moves:
            period = self.calendar.named(move.period)
            if period is None:
                continue
            days = Days.of([period.interval])
            if not self.lock.is_final(period) and not days & (self.lock.withdrawn | free):
                found.append(move)
        return found

    def settle(
        self,
        verdict: Verdict,
        releases: Mapping[date, int],
        reasons: Mapping[tuple[str, str], str],
        published_at: datetime,
        run_id: str,
        new: Sequence[Adjustment] = (),
    ) -> tuple[int, int]:
        """Makes `fig.fresh`, the rows to release; how many there are, and how many of them are held.

        `new` are adjustments that this release books.
        """
        booked = [*self.booked, *new]
        # Judged without them: what corrects another period is no revision of this one.
        if new:
            for statement in self.sums.roll_up(self.sums.touched, booked):
                self.engine.run(statement)
        notes = [
            (n.grain, n.period, n.metric, n.segment, n.text)
            for n in notes_of(booked, self.pipeline, self.calendar)
        ]
        for statement in self.sums.fresh(
            verdict.periods, releases, reasons, published_at, run_id, verdict.free, notes
        ):
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


def _doubtful(holds: Iterable[Hold]) -> list[Hold]:
    """Those that keep figures back.

    A restatement that waits casts no doubt on what is built of later days: readers keep what was signed.
    """
    return [hold for hold in holds if hold.kind is not HoldKind.RESTATEMENT]
