"""Everything written down about the rota, and what follows from it: who answers when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from holdfast.definitions.people import Person
from holdfast.definitions.rota import PlannedShift, Rotation, Team
from holdfast.oncall.absences import Absence, TimeOff, absence
from holdfast.oncall.burden import Burden
from holdfast.oncall.exchanges import Exchange, State, Word
from holdfast.oncall.feeds import Edition
from holdfast.oncall.shifts import Shift, laid_over, shift_span
from holdfast.oncall.standing_in import stood_in_for


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Time off that was taken back, and when."""

    off: TimeOff
    at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """Hours in which other people answer than the plan says, until it is taken back."""

    row: Shift
    taken_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """The record as it was read: rows, overrides and time off, each in the order in which it was recorded."""

    rotation: Rotation
    people: tuple[Person, ...]
    rows: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    carried: Mapping[str, Burden] = field(default_factory=dict)

    def planned(self) -> list[Shift]:
        """Who has which role by the plan and its overrides, whoever is away."""
        plan = laid_over(self.rows)
        over = laid_over([row for row in (_until_taken_back(each) for each in self.overrides) if row])
        return laid_over([*plan, *over])

    def duties(self) -> list[Shift]:
        """Who answers in the end: nobody is on call while away."""
        return stood_in_for(self.planned(), self.rotation, self.absences())

    def absences(self) -> tuple[Absence, ...]:
        """The instants in which people can have no role.

        Nothing reaches back: time off counts from when it was recorded, and withdrawn time off until then.
        """
        found = [_recorded(self._absence(off), off, None) for off in self.time_off]
        found += [_recorded(self._absence(each.off), each.off, each.at) for each in self.withdrawn]
        return tuple(each for each in found if each.start < each.end)

    def leave(self) -> tuple[Absence, ...]:
        """The absences as they were meant, for whoever plans ahead."""
        return tuple(self._absence(off) for off in self.time_off)

    def _absence(self, off: TimeOff) -> Absence:
        return absence(off, self.rotation, self.zone_of(off.person))

    def zone_of(self, name: str) -> ZoneInfo:
        """The person's own zone, or the hand-off's."""
        zones = {person.name: person.zone for person in self.people}
        return ZoneInfo(zones[name]) if zones.get(name) else self.rotation.hand_off.zone

    @property
    def manager(self) -> Person | None:
        """Who answers when nobody else does: the first manager of people.yml."""
        return next((person for person in self.people if person.role == "manager"), None)

    def open_exchanges(self, now: datetime) -> list[Exchange]:
        """Proposals that still wait for somebody."""
        return [each for each in self.exchanges if each.at(now).state is State.PROPOSED]

    def editions(self) -> list[Edition]:
        """What the plan said after each record, oldest first; for calendars that have to tell changes."""
        stamps = {at for at in self._stamps() if at is not None}
        shipped = [row for row in self.rows if row.recorded_at is None]
        first = min([row.start for row in shipped], default=None)
        found = [Edition(first, tuple(laid_over(shipped)))] if first else []
        return found + [Edition(at, tuple(self._as_of(at).duties())) for at in sorted(stamps)]

    def _stamps(self) -> list[datetime | None]:
        rows = [row.recorded_at for row in self.rows]
        overrides = [at for each in self.overrides for at in (each.row.recorded_at, each.taken_back_at)]
        offs = [off.recorded_at for off in self.time_off]
        return [*rows, *overrides, *offs, *(at for each in self.withdrawn for at in (each.off.recorded_at, each.at))]

    def _as_of(self, at: datetime) -> "Rota":
        """The record as it was at that instant."""
        offs = [off for off in self.time_off if _by(off.recorded_at, at)]
        offs += [each.off for each in self.withdrawn if _by(each.off.recorded_at, at) and each.at > at]
        return replace(
            self,
            rows=tuple(row for row in self.rows if _by(row.recorded_at, at)),
            overrides=tuple(
                replace(each, taken_back_at=each.taken_back_at if _by(each.taken_back_at, at) else None)
                for each in self.overrides
                if _by(each.row.recorded_at, at)
            ),
            time_off=tuple(offs),
            withdrawn=tuple(each for each in self.withdrawn if each.at <= at),
        )


def rota_of(rotation: Rotation, team: Team, people: Sequence[Person], record: "Recorded") -> Rota:
    """The team's own plan with the ledger's rows over it."""
    declared = [TimeOff(each.person, each.first_on, each.last_on, each.reason) for each in team.time_off]
    shipped = [row for row in (_shipped(rotation, each) for each in team.plan) if row]
    return Rota(
        rotation,
        tuple(people),
        rows=(*shipped, *record.rows),
        overrides=record.overrides,
        time_off=(*declared, *record.time_off),
        withdrawn=record.withdrawn,
        exchanges=record.exchanges,
        carried=record.carried,
    )


def _shipped(rotation: Rotation, planned: PlannedShift) -> Shift | None:
    span = shift_span(rotation, planned.on)
    return Shift(planned.on, *span, planned.primary, planned.backup, planned.reason) if span else None


def _until_taken_back(override: Override) -> Shift | None:
    """What counts of an override; one taken back before it began never was."""
    if override.taken_back_at is None:
        return override.row
    end = min(override.row.end, override.taken_back_at)
    return replace(override.row, end=end) if override.row.start < end else None


def _recorded(meant: Absence, off: TimeOff, until: datetime | None) -> Absence:
    start = max(meant.start, off.recorded_at) if off.recorded_at else meant.start
    end = min(meant.end, until) if until else meant.end
    return replace(meant, start=start, end=end)


def _by(recorded_at: datetime | None, at: datetime) -> bool:
    return recorded_at is None or recorded_at <= at


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger holds of the rota."""

    rows: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    carried: Mapping[str, Burden] = field(default_factory=dict)


class RotaLog(Protocol):
    """Keeps the rota; every call is one transaction, and nothing recorded is ever changed or deleted."""

    def recorded(self) -> Recorded: ...

    def add_shifts(self, rows: Sequence[Shift], at: datetime, by: str) -> None: ...

    def add_overrides(self, rows: Sequence[Shift], at: datetime, by: str) -> list[int]: ...

    def take_back_overrides(self, numbers: Sequence[int], at: datetime, by: str) -> None: ...

    def add_time_off(self, offs: Sequence[TimeOff], at: datetime, by: str) -> list[int]: ...

    def withdraw_time_off(self, ids: Sequence[int], at: datetime, by: str) -> None: ...

    def propose(self, exchange: Exchange) -> int: ...

    def say(
        self,
        exchange: Exchange,
        person: str,
        word: Word,
        at: datetime,
        by: str,
        reason: str,
        rows: Sequence[Shift] = (),
        overrides: Sequence[Shift] = (),
    ) -> None: ...

    def end_exchange(self, exchange_id: int, state: State) -> None: ...

    def undo(
        self, exchange: Exchange, rows: Sequence[Shift], overrides: Sequence[int], at: datetime, by: str
    ) -> None: ...

    def carry(self, burdens: Mapping[str, Burden], reason: str, at: datetime, by: str) -> None: ...
