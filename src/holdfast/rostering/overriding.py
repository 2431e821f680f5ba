"""The manager's own word: who answers for some hours, and shifts without a primary."""

from dataclasses import replace
from datetime import date, datetime

from holdfast.errors import DefinitionError, WorldError
from holdfast.oncall.shifts import Shift, within
from holdfast.rostering.asking import Roster, because
from holdfast.rostering.exchanging import shift_on


def override(roster: Roster, start: datetime, end: datetime, primary: str | None, backup: str | None, reason: str) -> list[Shift]:
    """The manager's word for some hours; one row for each shift it touches."""
    roster.expect_manager("overrides the plan")
    for name in (primary, backup):
        if name is not None:
            roster.expect_known(name)
    if primary == backup and primary is not None:
        raise DefinitionError(f"{primary} cannot be primary and backup; name two people.")
    if not roster.now <= start < end:
        raise DefinitionError(f"an override runs from now or later to a later instant, not {start}..{end}.")
    rows = [
        replace(duty, primary=primary, backup=backup, reason=f"override: {reason}", number=0, recorded_at=None, by="")
        for duty in within(roster.rota.planned(), start, end)
    ]
    if not rows:
        raise DefinitionError("nothing is planned in that time; plan it first.")
    by = str(roster.actor())
    numbers = roster.ledger.add_overrides(rows, roster.now, by)
    roster.ledger.audit(by, "oncall override", f"{start}..{end}: {primary or 'the manager'}{because(reason)}", roster.now)
    return [replace(row, number=number) for row, number in zip(rows, numbers, strict=True)]


def end_override(roster: Roster, number: int) -> None:
    """The plan answers again from now on."""
    roster.expect_manager("ends an override")
    known = {each.row.number: each for each in roster.rota.overrides if each.taken_back_at is None}
    if number not in known or known[number].row.end <= roster.now:
        raise WorldError(f"there is no override {number} to take back.")
    by = str(roster.actor())
    roster.ledger.take_back_overrides([number], roster.now, by)
    roster.ledger.audit(by, "oncall override --take-back", f"override {number}", roster.now)


def vacate(roster: Roster, on: date, reason: str) -> Shift:
    """The manager's word that nobody is primary in that shift; the manager answers."""
    roster.expect_manager("leaves a shift vacant")
    shift = shift_on(roster, roster.rota.planned(), on)
    row = replace(shift, primary=None, reason=f"vacant: {reason}", number=0, recorded_at=None, by="")
    by = str(roster.actor())
    roster.ledger.add_shifts([row], roster.now, by)
    roster.ledger.audit(by, "oncall vacate", f"{on}{because(reason)}", roster.now)
    return row
