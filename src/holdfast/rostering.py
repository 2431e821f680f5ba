"""What people do to the rota: plan it, take time off, exchange shifts; each act checked, then recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Protocol

from holdfast.calendars import BusinessDays, deadline, public_holidays
from holdfast.definitions.people import Actor, Person
from holdfast.definitions.pipeline import INVESTORS, Project
from holdfast.definitions.rota import BACKUP, PRIMARY, WEEK, Rotation
from holdfast.errors import Bug, DefinitionError, WorldError
from holdfast.oncall.absences import NOTICE, TimeOff, absence
from holdfast.oncall.burden import Burden, Close, Year, burdens, mean
from holdfast.oncall.exchanges import (
    COVER,
    SWAP,
    Exchange,
    Move,
    State,
    Word,
    moved,
    outdated,
    proposal,
    reversed_moves,
    said,
)
from holdfast.oncall.exchanges import TIME_OFF as MENDS
from holdfast.oncall.leave import Reading, changes
from holdfast.oncall.ownership import departed, owned_on
from holdfast.oncall.planning import (
    ANYBODY,
    NOBODY,
    Pair,
    Plan,
    Planner,
    Puzzle,
    Slot,
    Standing,
    puzzle_of,
    reason_of,
)
from holdfast.oncall.record import Rota, RotaLog, rota_of
from holdfast.oncall.repair import EXCHANGE, Repair, repair
from holdfast.oncall.shifts import (
    Shift,
    at_instant,
    hand_off_days,
    laid_over,
    shift_day_of,
    shift_span,
    spans,
    within,
)
from holdfast.oncall.standing_in import next_free
from holdfast.oncall.verify import AGREED, OWNER, Finding, running_out, verify
from holdfast.partitions import Days, Interval

MONTH_DAYS, QUARTER_DAYS = 27, 80
"""A period of so many days is as long as a month, as a quarter."""
MONTH_POINTS, QUARTER_POINTS = 1, 3
CYCLES_BEFORE = 3


class Ledger(RotaLog, Protocol):
    """The rota's records, and the audit that every act goes into."""

    def audit(self, actor: str, verb: str, text: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it was recorded, and what it does to everybody."""

    plan: Plan
    rows: tuple[Shift, ...]
    clashes: tuple[str, ...]
    """Weeks without anybody, and whom of the people what keeps."""
    in_plan: dict[str, Burden]
    in_all: dict[str, Burden]
    """With what was carried before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call."""

    duty: Shift
    manager: Person | None

    @property
    def answering(self) -> str:
        """The one person who answers."""
        return self.duty.primary or (self.manager.name if self.manager else "nobody")


@dataclass
class Roster:
    """The rota of one project at one instant, and the person who acts on it."""

    project: Project
    ledger: Ledger
    now: datetime
    actor: Callable[[], Actor]
    """Asked for when somebody acts; reading needs nobody."""

    @cached_property
    def rotation(self) -> Rotation:
        """The team's rotation; DefinitionError without one."""
        if self.project.team.rotation is None:
            raise DefinitionError("team/rotation.yml says nothing, so nobody takes turns; write the rotation down.")
        return self.project.team.rotation

    @property
    def rota(self) -> Rota:
        """Everything recorded, read anew."""
        found = rota_of(replace(self.project.team, rotation=self.rotation), self.project.people, self.ledger.recorded())
        if found is None:
            raise Bug("there is a rotation and no rota of it")
        return found

    # Reading.

    def answer(self, at: datetime) -> Answer:
        """Who answers at that instant: always exactly one person, the manager where nobody is planned."""
        rota = self.rota
        duty = at_instant(rota.duties(), at)
        if duty is None:
            on = shift_day_of(self.rotation, at)
            start, end = shift_span(self.rotation, on) or (at, at)
            duty = Shift(on, start, end, None, None, "no plan: the manager answers; run `holdfast oncall plan`")
        return Answer(duty, rota.manager)

    def answers(self, start: datetime, until: datetime) -> list[Answer]:
        """Every duty that touches that time, uncut, oldest first; gaps are answered by the manager."""
        found, at = [], start
        while at < until:
            found.append(self.answer(at))
            at = found[-1].duty.end
        return found

    def findings(self) -> list[Finding]:
        """What is wrong from now to the plan's end, and what belongs to people who have left."""
        rota = self.rota
        duties = rota.duties()
        ends_at = duties[-1].end if duties else None
        found = running_out(ends_at, self.now)
        if ends_at and ends_at > self.now:
            start = max(self.now, duties[0].start)
            found += verify(duties, self.rotation, self.project.people, rota.absences(), start, ends_at)
            found += self._waiting(rota)
        today = self.now.astimezone(self.rotation.hand_off.zone).date()
        for owned, name in departed(owned_on(self.project.team, today), self.project.people, today):
            found.append(Finding(OWNER, True, self.now, f"{owned.subject} belongs to {name}, who is not in the team; hand it over"))
        return found

    def _waiting(self, rota: Rota) -> list[Finding]:
        """Shifts whose people are away, and who stands in as long as no exchange mends them."""
        return [
            Finding("clash", False, duty.start, f"{duty.on}: {name} is planned and away; somebody stands in. See `holdfast oncall exchanges`")
            for duty in rota.planned()
            for name in duty.people
            if any(off.person == name and off.meets(duty.start, duty.end) and off.end > self.now for off in rota.absences())
        ]

    def year(self, first_on: date, until_on: date) -> Year:
        """Holidays and closes around these days."""
        years = range(first_on.year - 1, until_on.year + 2)
        holidays = {}
        for person in self.project.people:
            if person.name in self.rotation.engineers and person.holidays:
                country, _, subdivision = person.holidays.partition("-")
                holidays[person.name] = _holidays(country, subdivision or None, years).holidays
        return Year(holidays, self._closes(first_on, until_on))

    def _closes(self, first_on: date, until_on: date) -> tuple[Close, ...]:
        """When the long periods of pipelines for investors are due; by their own calendar."""
        project = self.project
        business = _holidays(
            project.business_country, project.business_subdivision, range(first_on.year - 1, until_on.year + 2)
        )
        days = Days.of([Interval(first_on - timedelta(days=7), until_on)])
        found = set()
        for pipeline in project.pipelines.values():
            if pipeline.audience != INVESTORS:
                continue
            for grain in pipeline.grains:
                for period in project.calendar.periods_of(grain, days):
                    if period.interval.length >= MONTH_DAYS:
                        at = deadline(
                            period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business
                        )
                        points = QUARTER_POINTS if period.interval.length >= QUARTER_DAYS else MONTH_POINTS
                        found.add((at, points))
        return tuple(Close(at, points) for at, points in sorted(found))

    def burdens(self, start: datetime | None = None, until: datetime | None = None) -> dict[str, Burden]:
        """What each engineer carried in that time; from the first shift on with what they brought."""
        rota = self.rota
        duties = rota.duties()
        if not duties:
            return dict.fromkeys(self.rotation.engineers, Burden())
        first, last = start or duties[0].start, until or duties[-1].end
        return self._burdens(rota, within(duties, first, last), carried=start is None)

    def _burdens(self, rota: Rota, duties: Sequence[Shift], *, carried: bool) -> dict[str, Burden]:
        people = self.rotation.engineers
        if not duties:
            found = dict.fromkeys(people, Burden())
        else:
            year = self.year(duties[0].start.date(), duties[-1].end.date())
            found = burdens(duties, people, self.rotation, year)
        return {who: found[who] + rota.carried.get(who, Burden()) for who in people} if carried else found

    # Planning.

    def next_unplanned(self) -> date:
        """The first hand-off from which nothing is planned; the next one when there is no plan."""
        duties = self.rota.planned()
        at = max([self.now, *(duty.end for duty in duties)]) if duties else self.now
        on = shift_day_of(self.rotation, at)
        span = shift_span(self.rotation, on)
        return on if span and span[0] >= at else on + timedelta(days=self.rotation.shift_days)

    def plan(self, first_on: date, weeks: int, planner: Planner) -> Planned:
        """Fills these weeks and records the rows; history is never planned again.

        Raises DefinitionError when the day is no hand-off, or its shift has begun and is planned.
        """
        rota, slots = self.rota, self._slots(first_on, weeks)
        self._refuse_history(rota, slots[0])
        newcomers = self._newcomers(rota, slots)
        rota = replace(rota, carried={**rota.carried, **newcomers})
        puzzle = self._puzzle(rota, slots)
        plan = planner.plan(puzzle)
        names = [*puzzle.people, None]  # NOBODY is -1: the last
        rows = [
            Shift(s.on, s.start, s.end, names[pair.primary], names[pair.backup], reason_of(puzzle, plan.pairs, at))
            for at, (s, pair) in enumerate(zip(slots, plan.pairs, strict=True))
        ]
        self._refuse_broken(rota, rows)
        by = str(self.actor())
        self.ledger.carry(newcomers, "new in the rotation: the mean of the others", self.now, by)
        self.ledger.add_shifts(rows, self.now, by)
        self.ledger.audit(by, "oncall plan", f"{first_on}, {weeks} weeks, {plan.planner}", self.now)
        return self._planned(plan, puzzle, rows)

    def _slots(self, first_on: date, weeks: int) -> list[Slot]:
        if weeks < 1:
            raise DefinitionError(f"--weeks {weeks}: plan at least one.")
        if self.rotation.every == WEEK and first_on not in hand_off_days(self.rotation, first_on, first_on + timedelta(days=1)):
            (near,) = hand_off_days(self.rotation, first_on, first_on + timedelta(days=7))
            raise DefinitionError(f"--from {first_on}: no shift begins on that day; the next one begins on {near}.")
        return [Slot(*each) for each in spans(self.rotation, first_on, first_on + timedelta(weeks=weeks))]

    def _refuse_history(self, rota: Rota, slot: Slot) -> None:
        if slot.start < self.now and at_instant(rota.planned(), slot.start) is not None:
            raise DefinitionError(
                f"--from {slot.on}: that shift has begun, and history is never planned again. The first that can be "
                f"planned begins on {shift_day_of(self.rotation, self.now) + timedelta(days=self.rotation.shift_days)}."
            )

    def _newcomers(self, rota: Rota, slots: Sequence[Slot]) -> dict[str, Burden]:
        """Engineers without a shift so far, who begin with what the others carry on average."""
        before = [duty for duty in rota.duties() if duty.start < slots[0].start]
        seen = {name for duty in before for name in duty.people} | set(rota.carried)
        others = [who for who in self.rotation.engineers if who in seen]
        new = [who for who in self.rotation.engineers if who not in seen]
        if not others or not new:
            return {}
        carried = self._burdens(rota, within(before, before[0].start, slots[0].start), carried=True) if before else rota.carried
        return dict.fromkeys(new, mean({who: carried[who] for who in others}))

    def _puzzle(self, rota: Rota, slots: Sequence[Slot]) -> Puzzle:
        planned = rota.planned()
        history = [duty for duty in rota.duties() if duty.start < slots[0].start]
        carried = self._burdens(rota, within(history, history[0].start, slots[0].start), carried=True) if history else dict(rota.carried)
        here = {person.name: (person.joined_on, person.left_on) for person in self.project.people}
        standing = Standing(carried, here, rota.leave())
        puzzle = puzzle_of(
            self.rotation,
            slots,
            standing,
            self.year(slots[0].on, slots[-1].on + timedelta(days=7)),
            before=self._neighbours(planned, slots[0].on, -CYCLES_BEFORE * len(self.rotation.engineers)),
            after=self._neighbours(planned, slots[-1].on, self.rotation.shifts_between + 1),
        )
        kept, reasons = self._kept(planned, puzzle)
        return replace(puzzle, kept=kept, reasons=reasons)

    def _neighbours(self, planned: Sequence[Shift], on: date, count: int) -> list[Pair]:
        """Pairs of the shifts planned before (count below 0) or after that day's, up to the first that is not."""
        step = 1 if count > 0 else -1
        found = []
        for distance in range(step, count + step, step):
            span = shift_span(self.rotation, on + timedelta(days=self.rotation.shift_days * distance))
            duty = at_instant(planned, span[0]) if span else None
            if duty is None:
                break
            found.append(self._pair(duty))
        return found if step > 0 else found[::-1]

    def _pair(self, duty: Shift | None) -> Pair:
        people = self.rotation.engineers
        if duty is None:
            return Pair(NOBODY, NOBODY)

        def number(name: str | None) -> int:
            return people.index(name) if name in people else NOBODY

        return Pair(number(duty.primary), number(duty.backup))

    def _kept(self, planned: Sequence[Shift], puzzle: Puzzle) -> tuple[dict[int, Pair], dict[int, str]]:
        """Shifts that people agreed on, as long as nobody in them is away."""
        kept: dict[int, Pair] = {}
        reasons: dict[int, str] = {}
        for s, slot in enumerate(puzzle.slots):
            duty = at_instant(planned, slot.start)
            if duty and duty.end == slot.end and duty.reason.startswith(AGREED):
                pair = self._pair(duty)
                if all(who == NOBODY or puzzle.free[who][s] for who in (pair.primary, pair.backup)):
                    kept[s], reasons[s] = pair, duty.reason
        by_day = {slot.on: s for s, slot in enumerate(puzzle.slots)}
        for swap in self.project.team.swaps:
            for on, taker in ((swap.on, swap.other), (swap.other_on, swap.person)):
                agreed = by_day.get(on)
                if agreed is not None and agreed not in kept and taker in puzzle.people:
                    who = puzzle.people.index(taker)
                    if puzzle.free[who][agreed]:
                        kept[agreed], reasons[agreed] = Pair(who, ANYBODY), "swap agreed in team/swaps.yml"
        return kept, reasons

    def _refuse_broken(self, rota: Rota, rows: Sequence[Shift]) -> None:
        """The verifier's word on a fresh plan; it shares nothing with the planners."""
        duties = laid_over([*rota.planned(), *rows])
        found = verify(duties, self.rotation, self.project.people, rota.leave(), rows[0].start, rows[-1].end)
        wrong = [each.text for each in found if each.is_error and each.kind in ("gap", "clash")]
        if wrong:
            raise Bug(f"the plan breaks a rule and was not recorded: {'; '.join(wrong[:3])}")

    def _planned(self, plan: Plan, puzzle: Puzzle, rows: Sequence[Shift]) -> Planned:
        clashes = [f"{row.on}: {row.reason}" for row in rows if row.primary is None or row.backup is None]
        start, end = rows[0].start, rows[-1].end
        return Planned(plan, tuple(rows), tuple(clashes), self.burdens(start, end), self.burdens(until=end))

    # Time off.

    def take_off(self, off: TimeOff) -> tuple[int, list[Exchange]]:
        """Records the time off and proposes what mends the plan; its id and the proposals.

        Raises DefinitionError when it is asked for later than two weeks ahead by anybody but the manager.
        """
        self._expect_known(off.person)
        self._expect_self_or_manager(off.person, "asks for time off")
        starts = absence(off, self.rotation, self.rota.zone_of(off.person)).start
        if starts - self.now < NOTICE and not self._is_manager():
            raise DefinitionError(
                f"{off} begins in less than {NOTICE.days} days; that needs the manager, who runs this --as {off.person}."
            )
        by = str(self.actor())
        (off_id,) = self.ledger.add_time_off([off], self.now, by)
        self.ledger.audit(by, "oncall off", f"time off {off_id}: {off}{_because(off.reason)}", self.now)
        return off_id, self.mend()

    def take_off_from(self, reading: Reading, feed: str) -> tuple[list[TimeOff], list[TimeOff], list[Exchange]]:
        """Follows a CSV or a calendar: what is new in it, what is gone, and the proposals that mend the plan.

        Raises DefinitionError for anybody but the manager and the one person whose time off it is.
        """
        people = {off.person for off in reading.found}
        if not self._is_manager() and people - {self.actor().person}:
            raise DefinitionError("this calendar holds other people's time off; the manager runs this.")
        found = changes(self.rota.time_off, reading, feed)
        # What is over needs no record: nothing reaches back.
        new = [off for off in found.added if off.last_on >= self.now.astimezone(self.rotation.hand_off.zone).date()]
        by = str(self.actor())
        ids = self.ledger.add_time_off(new, self.now, by)
        self.ledger.withdraw_time_off([off.id for off in found.withdrawn], self.now, by)
        recorded = [replace(off, id=each) for off, each in zip(new, ids, strict=True)]
        self.ledger.audit(by, "oncall off", f"{feed}: {len(new)} added, {len(found.withdrawn)} withdrawn", self.now)
        return recorded, list(found.withdrawn), self.mend()

    def withdraw(self, off_id: int) -> TimeOff:
        """The person is there after all; proposals that would have mended the plan end."""
        off = next((each for each in self.rota.time_off if each.id == off_id), None)
        if off is None or not off_id:
            raise WorldError(f"there is no time off {off_id}; see `holdfast oncall verify` and team/time_off.yml.")
        self._expect_self_or_manager(off.person, "takes time off back")
        by = str(self.actor())
        self.ledger.withdraw_time_off([off_id], self.now, by)
        for each in self.rota.open_exchanges(self.now):
            if each.off_id == off_id:
                self.ledger.end_exchange(each.id, State.TAKEN_BACK)
        self.ledger.audit(by, "oncall off --take-back", f"time off {off_id}: {off}", self.now)
        return off

    def absent(self, person: str, last_on: date, reason: str) -> tuple[int, Answer]:
        """Somebody is gone from now through the last day: whoever steps up, steps up at once.

        Any bound person of the rotation may say so, for whoever is gone may not be able to.
        """
        self._expect_known(person)
        actor = self.actor()
        if actor.person not in (*self.rotation.engineers, person) and not self._is_manager():
            raise DefinitionError("only somebody of the rotation or the manager says that somebody is gone.")
        today = self.now.astimezone(self.rota.zone_of(person)).date()
        if last_on < today:
            raise DefinitionError(f"--to {last_on} is over already; give the last day of the absence.")
        off = TimeOff(person, today, last_on, reason, sudden_at=self.now)
        (off_id,) = self.ledger.add_time_off([off], self.now, str(actor))
        self.ledger.audit(str(actor), "oncall absent", f"time off {off_id}: {off}{_because(reason)}", self.now)
        return off_id, self.answer(self.now)

    def mend(self) -> list[Exchange]:
        """Proposes the smallest exchange for each shift that somebody in it can no longer do.

        Shifts for which a proposal is open already are left to it, so this can be run again at any time.
        """
        rota = self.rota
        planned, slots = rota.planned(), self._future_slots(rota.planned())
        if not slots:
            return []
        puzzle = _without_refusals(self._puzzle(rota, slots), rota.exchanges)
        pairs = [self._pair(at_instant(planned, slot.start)) for slot in slots]
        pending = {(move.on, move.giver) for each in rota.open_exchanges(self.now) for move in each.moves}
        found = []
        for off in rota.time_off:
            if off.person not in puzzle.people:
                continue
            who, gone = puzzle.people.index(off.person), absence(off, self.rotation, rota.zone_of(off.person))
            for s, slot in enumerate(slots):
                mine = who in (pairs[s].primary, pairs[s].backup) and gone.meets(slot.start, slot.end)
                better = repair(puzzle, pairs, who, s) if mine and (slot.on, off.person) not in pending else None
                if better is not None:
                    found.append(self._propose(self._mending(off, better, _moves(puzzle, pairs, better.pairs))))
                    pairs = list(better.pairs)
        return found

    def _mending(self, off: TimeOff, better: Repair, moves: Sequence[Move]) -> Exchange:
        warning = "leaves one shift between two of one person" if better.is_near else ""
        if better.kind != EXCHANGE:
            warning = "nobody can give a shift in return; the next plan evens it out"
        cause, by = f"time off {off.id} of {off}", str(self.actor())
        return proposal(MENDS, moves, cause, self.now, by, off_id=off.id, warning=warning)

    def _future_slots(self, planned: Sequence[Shift]) -> list[Slot]:
        """Whole shifts of the rotation that are planned and have not begun."""
        if not planned or planned[-1].end <= self.now:
            return []
        first = shift_day_of(self.rotation, max(self.now, planned[0].start))
        slots = []
        for on, start, end in spans(self.rotation, first, planned[-1].end.date() + timedelta(days=1)):
            if start >= self.now:
                if at_instant(planned, start) is None:
                    break
                slots.append(Slot(on, start, end))
        return slots

    # Exchanges.

    def swap(self, one_on: date, other_on: date, reason: str) -> Exchange:
        """Proposes that the primaries of two shifts take each other's."""
        planned = self.rota.planned()
        one, other = self._shift_on(planned, one_on), self._shift_on(planned, other_on)
        if one.primary is None or other.primary is None or one.primary == other.primary:
            raise DefinitionError(f"{one_on} and {other_on} have no two primaries to swap.")
        moves = [*_swap_in(one, other.primary), *_swap_in(other, one.primary)]
        return self._asked(SWAP, moves, f"{one.primary} and {other.primary} swap {one_on} and {other_on}{_because(reason)}")

    def cover(self, giver: str, taker: str, first_on: date, last_on: date, reason: str) -> Exchange:
        """Proposes that somebody takes over what another has in these days; each shift's part stays its own."""
        for name in (giver, taker):
            self._expect_known(name)
        rota = self.rota
        zone = rota.zone_of(giver)
        start = datetime.combine(first_on, time(0), tzinfo=zone).astimezone(UTC)
        end = datetime.combine(last_on + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
        parts = [duty for duty in within(rota.planned(), max(start, self.now), end) if giver in duty.people]
        if not parts:
            raise DefinitionError(f"{giver} has no role in {first_on}..{last_on}; nothing to cover.")
        moves = [move for part in parts for move in self._covered(rota, part, giver, taker)]
        return self._asked(COVER, moves, f"{taker} covers for {giver}{_because(reason)}")

    def _covered(self, rota: Rota, part: Shift, giver: str, taker: str) -> list[Move]:
        role = PRIMARY if part.primary == giver else BACKUP
        moves = [Move(part.on, part.start, part.end, role, giver, taker)]
        if taker in part.people:
            # A backup who steps up is replaced by the next free person, else the manager.
            freed = BACKUP if role == PRIMARY else PRIMARY
            if freed == PRIMARY:
                raise DefinitionError(f"{taker} is primary on {part.on} and cannot back up as well.")
            after = next_free(self.rotation, taker, part.people, rota.leave(), part)
            moves.append(Move(part.on, part.start, part.end, freed, taker, after))
        return moves

    def override(self, start: datetime, end: datetime, primary: str | None, backup: str | None, reason: str) -> list[Shift]:
        """The manager's word for some hours; one row for each shift it touches."""
        self._expect_manager("overrides the plan")
        for name in (primary, backup):
            if name is not None:
                self._expect_known(name)
        if primary == backup and primary is not None:
            raise DefinitionError(f"{primary} cannot be primary and backup; name two people.")
        if not self.now <= start < end:
            raise DefinitionError(f"an override runs from now or later to a later instant, not {start}..{end}.")
        rows = [
            replace(duty, primary=primary, backup=backup, reason=f"override: {reason}", number=0, recorded_at=None, by="")
            for duty in within(self.rota.planned(), start, end)
        ]
        if not rows:
            raise DefinitionError("nothing is planned in that time; plan it first.")
        by = str(self.actor())
        numbers = self.ledger.add_overrides(rows, self.now, by)
        self.ledger.audit(by, "oncall override", f"{start}..{end}: {primary or 'the manager'}{_because(reason)}", self.now)
        return [replace(row, number=number) for row, number in zip(rows, numbers, strict=True)]

    def end_override(self, number: int) -> None:
        """The plan answers again from now on."""
        self._expect_manager("ends an override")
        known = {each.row.number: each for each in self.rota.overrides if each.taken_back_at is None}
        if number not in known or known[number].row.end <= self.now:
            raise WorldError(f"there is no override {number} to take back.")
        by = str(self.actor())
        self.ledger.take_back_overrides([number], self.now, by)
        self.ledger.audit(by, "oncall override --take-back", f"override {number}", self.now)

    def vacate(self, on: date, reason: str) -> Shift:
        """The manager's word that nobody is primary in that shift; the manager answers."""
        self._expect_manager("leaves a shift vacant")
        shift = self._shift_on(self.rota.planned(), on)
        row = replace(shift, primary=None, reason=f"vacant: {reason}", number=0, recorded_at=None, by="")
        by = str(self.actor())
        self.ledger.add_shifts([row], self.now, by)
        self.ledger.audit(by, "oncall vacate", f"{on}{_because(reason)}", self.now)
        return row

    def accept(self, exchange_id: int) -> Exchange:
        """Records the yes of whoever acts; the last one makes the exchange happen."""
        exchange, person = self._open(exchange_id), self._consenting(exchange_id)
        if exchange.words.get(person) is Word.ACCEPTED:
            return exchange
        after = said(exchange, person, Word.ACCEPTED)
        rota, by = self.rota, str(self.actor())
        planned = rota.planned()
        if why := outdated(exchange, planned) or self._broken_by(rota, exchange):
            self.ledger.end_exchange(exchange.id, State.EXPIRED)
            raise WorldError(f"exchange {exchange.id} is void: {why}. Ask for a new one.")
        rows = moved(planned, after.moves, after.reason) if after.state is State.ACCEPTED else []
        plan, over = ([], rows) if after.kind == COVER else (rows, [])
        self.ledger.say(after, person, Word.ACCEPTED, self.now, by, "", plan, over)
        self.ledger.audit(by, "oncall accept", f"exchange {exchange.id}: {exchange.cause}", self.now)
        return after

    def decline(self, exchange_id: int, reason: str) -> Exchange:
        """Records the no of whoever acts, which ends the exchange."""
        exchange, person = self._open(exchange_id), self._consenting(exchange_id)
        after = said(exchange, person, Word.DECLINED)
        by = str(self.actor())
        if person in exchange.words:
            self.ledger.end_exchange(exchange.id, State.DECLINED)
        else:
            self.ledger.say(after, person, Word.DECLINED, self.now, by, reason)
        self.ledger.audit(by, "oncall decline", f"exchange {exchange.id}: {exchange.cause}{_because(reason)}", self.now)
        return after

    def take_back(self, exchange_id: int) -> Exchange:
        """Ends a proposal, or puts the rows of an accepted exchange back before the first of them begins."""
        exchange = self._exchange(exchange_id)
        state = exchange.at(self.now).state
        person = self.actor().person
        if person not in exchange.needs and not self._is_manager():
            raise DefinitionError(f"exchange {exchange_id} concerns {_and(exchange.needs)}; one of them takes it back.")
        if state not in (State.PROPOSED, State.ACCEPTED):
            raise WorldError(f"exchange {exchange_id} is {state.value} already.")
        by = str(self.actor())
        after = replace(exchange, state=State.TAKEN_BACK)
        if state is State.PROPOSED:
            self.ledger.end_exchange(exchange_id, State.TAKEN_BACK)
        else:
            self._put_back(exchange, after, by)
        self.ledger.audit(by, "oncall take-back", f"exchange {exchange_id}: {exchange.cause}", self.now)
        return after

    def _put_back(self, exchange: Exchange, after: Exchange, by: str) -> None:
        if exchange.starts_at <= self.now:
            raise WorldError(f"exchange {exchange.id} has begun; propose a new one for what is left.")
        rota = self.rota
        undone = replace(exchange, moves=reversed_moves(exchange))
        if why := outdated(undone, rota.planned()):
            raise WorldError(f"exchange {exchange.id} cannot be taken back: {why}.")
        if exchange.kind == COVER:
            numbers = [each.row.number for each in rota.overrides if each.row.reason == exchange.reason]
            self.ledger.undo(after, [], numbers, self.now, by)
        else:
            rows = [
                replace(row, reason=_reason_before(rota, row, exchange))
                for row in moved(rota.planned(), undone.moves, exchange.reason)
            ]
            self.ledger.undo(after, rows, [], self.now, by)

    def _asked(self, kind: str, moves: Sequence[Move], cause: str) -> Exchange:
        """A proposal by one of those it moves, which is their yes, or by the manager, which is nobody's."""
        if min(move.start for move in moves) < self.now:
            raise DefinitionError("a shift that has begun cannot be exchanged; `holdfast oncall cover` takes what is left.")
        actor = self.actor()
        wanted = proposal(kind, moves, cause, self.now, str(actor))
        if actor.person not in wanted.needs and not self._is_manager():
            raise DefinitionError(f"this concerns {_and(wanted.needs)}; one of them, or the manager, proposes it.")
        rota = self.rota
        if why := self._broken_by(rota, wanted):
            raise DefinitionError(f"that cannot be: {why}.")
        found = self._propose(replace(wanted, warning=self._near(rota, wanted)))
        return self.accept(found.id) if actor.person in found.needs else found

    def _propose(self, exchange: Exchange) -> Exchange:
        exchange_id = self.ledger.propose(exchange)
        self.ledger.audit(exchange.proposed_by, "oncall propose", f"exchange {exchange_id}: {exchange.cause}", self.now)
        return replace(exchange, id=exchange_id)

    def _broken_by(self, rota: Rota, exchange: Exchange) -> str:
        """The hard rule that the exchange would break; empty when it breaks none."""
        return "; ".join(each.text for each in self._new_findings(rota, exchange) if each.is_error)

    def _near(self, rota: Rota, exchange: Exchange) -> str:
        return "; ".join(
            each.text for each in self._new_findings(rota, exchange) if not each.is_error and each.kind == "clash"
        )

    def _new_findings(self, rota: Rota, exchange: Exchange) -> list[Finding]:
        planned = rota.planned()
        after = laid_over([*planned, *moved(planned, exchange.moves, exchange.reason)])
        start, end = planned[0].start, planned[-1].end

        def found(duties: Sequence[Shift]) -> list[Finding]:
            return verify(duties, self.rotation, self.project.people, rota.leave(), max(start, self.now), end)

        before = {(each.kind, each.text) for each in found(planned)}
        return [each for each in found(after) if (each.kind, each.text) not in before]

    def _shift_on(self, planned: Sequence[Shift], on: date) -> Shift:
        span = shift_span(self.rotation, shift_day_of(self.rotation, datetime.combine(on, time(23, 59), tzinfo=self.rotation.hand_off.zone)))
        duty = at_instant(planned, span[0]) if span else None
        if duty is None:
            raise DefinitionError(f"no shift is planned on {on}; run `holdfast oncall plan` first.")
        if duty.start < self.now:
            raise DefinitionError(f"the shift of {duty.on} has begun; `holdfast oncall cover` takes what is left of it.")
        return duty

    def _exchange(self, exchange_id: int) -> Exchange:
        rota = self.rota
        found = next((each for each in rota.exchanges if each.id == exchange_id), None)
        if found is None:
            there = ", ".join(str(each.id) for each in rota.open_exchanges(self.now)) or "none"
            raise WorldError(f"there is no exchange {exchange_id}. Open ones: {there}.")
        return found

    def _open(self, exchange_id: int) -> Exchange:
        exchange = self._exchange(exchange_id)
        state = exchange.at(self.now).state
        if state is State.EXPIRED and exchange.state is State.PROPOSED:
            self.ledger.end_exchange(exchange_id, State.EXPIRED)
        if state is not State.PROPOSED:
            raise WorldError(f"exchange {exchange_id} is {state.value} already; propose a new one.")
        return exchange

    # Who acts.

    def _consenting(self, exchange_id: int) -> str:
        """The person whose word it is; DefinitionError for anybody whom the exchange does not move."""
        exchange, person = self._exchange(exchange_id), self.actor().person
        if person is None or person not in exchange.needs:
            raise DefinitionError(
                f"exchange {exchange_id} waits for {_and(exchange.waits_for or exchange.needs)}; you are {self.actor()}. "
                "They run this from their own account, or the manager runs it --as one of them."
            )
        return person

    def _is_manager(self) -> bool:
        actor = self.actor()
        bound = next((each for each in self.project.people if each.name == actor.person), None)
        return actor.on_behalf or bool(bound and bound.role == "manager")

    def _expect_manager(self, what: str) -> None:
        if not self._is_manager():
            raise DefinitionError(f"only the manager {what}; you are {self.actor()}.")

    def _expect_self_or_manager(self, person: str, what: str) -> None:
        if self.actor().person != person and not self._is_manager():
            raise DefinitionError(f"{person} {what} from their own account, or the manager does; you are {self.actor()}.")

    def _expect_known(self, name: str) -> None:
        if name not in {person.name for person in self.project.people}:
            raise DefinitionError(f"'{name}' is nobody in team/people.yml.")


def _holidays(country: str, subdivision: str | None, years: range) -> BusinessDays:
    return public_holidays(country, subdivision, years)


def _without_refusals(puzzle: Puzzle, exchanges: Sequence[Exchange]) -> Puzzle:
    """The puzzle in which nobody is free for what they said no to."""
    refused = {
        (move.taker, move.on)
        for each in exchanges
        for move in each.moves
        if each.state is State.DECLINED and move.taker is not None and each.words.get(move.taker) is Word.DECLINED
    }
    free = tuple(
        tuple(is_free and (who, slot.on) not in refused for is_free, slot in zip(row, puzzle.slots, strict=True))
        for who, row in zip(puzzle.people, puzzle.free, strict=True)
    )
    return replace(puzzle, free=free)


def _moves(puzzle: Puzzle, before: Sequence[Pair], after: Sequence[Pair]) -> list[Move]:
    names = [*puzzle.people, None]
    moves = []
    for slot, old, new in zip(puzzle.slots, before, after, strict=True):
        for role, giver, taker in ((PRIMARY, old.primary, new.primary), (BACKUP, old.backup, new.backup)):
            if giver != taker:
                moves.append(Move(slot.on, slot.start, slot.end, role, names[giver], names[taker]))
    return moves


def _swap_in(shift: Shift, taker: str) -> list[Move]:
    """The taker becomes primary; if they were the backup, the two change roles."""
    moves = [Move(shift.on, shift.start, shift.end, PRIMARY, shift.primary, taker)]
    if shift.backup == taker:
        moves.append(Move(shift.on, shift.start, shift.end, BACKUP, taker, shift.primary))
    return moves


def _reason_before(rota: Rota, row: Shift, exchange: Exchange) -> str:
    """What the shift's row said before the exchange, so that it counts again as what it was."""
    earlier = [each.reason for each in rota.rows if each.start == row.start and each.reason != exchange.reason]
    return f"{earlier[-1] if earlier else 'rotation'}; {exchange.reason} taken back"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) or "nobody"
