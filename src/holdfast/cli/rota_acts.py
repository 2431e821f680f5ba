"""Verbs that change the rota: time off, absence, swap, cover, override, vacancy, and words to exchanges."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from holdfast.app import App, instant
from holdfast.cli.opening import app_of, day, span_of
from holdfast.cli.telling import width
from holdfast.errors import DefinitionError
from holdfast.oncall.absences import TimeOff
from holdfast.oncall.exchanges import Exchange, State
from holdfast.oncall.leave import feed_name, from_calendar, from_csv
from holdfast.releases.text_table import aligned
from holdfast.rostering import exchanging, overriding, time_off


def act(arguments: Namespace) -> int:
    """One act on the rota, in a turn: what it checks still holds when it is recorded."""
    app = app_of(arguments)
    with app.rota_turn:
        return _ACTS[arguments.act](app, arguments)


def _off(app: App, arguments: Namespace) -> int:
    """Time off by hand, from a CSV or a calendar, or taken back."""
    if arguments.take_back is not None:
        gone = time_off.withdraw(app.roster, arguments.take_back)
        print(f"Time off {arguments.take_back} ({gone}) is taken back. Exchanges that were accepted stay as they are.")
        return 0
    if arguments.csv or arguments.ics:
        return _followed(app, arguments)
    if not (arguments.name and arguments.first and arguments.last):
        raise DefinitionError("say whose and when: holdfast oncall off NAME --from DAY --to DAY; or give --csv or --ics.")
    span = span_of(arguments)
    off_id, proposed = time_off.take_off(app.roster, TimeOff(arguments.name, span.start, span.last, arguments.reason))
    print(f"Time off {off_id}: {arguments.name}, {span}.")
    _tell(app, proposed, "Nothing in the plan has to change.")
    return 0


def _followed(app: App, arguments: Namespace) -> int:
    place = arguments.csv or arguments.ics
    feed = feed_name(place)
    if arguments.csv:
        reading = from_csv(_text(place), place, app.project.people)
    else:
        rota = app.roster.rota
        reading = from_calendar(app.calendar_feed(place), feed, app.project.people, rota.zone_of, arguments.name)
    for line in reading.skipped:
        print(f"Skipped: {line}")
    added, withdrawn, proposed = time_off.take_off_from(app.roster, reading, feed)
    for each in added:
        print(f"Time off {each.id}: {each}.")
    for each in withdrawn:
        print(f"Withdrawn: time off {each.id}, {each}.")
    if not added and not withdrawn:
        print("Nothing new.")
    _tell(app, proposed, "Nothing in the plan has to change.")
    return 0


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{file}: cannot be read as text ({error}).") from error


def _absent(app: App, arguments: Namespace) -> int:
    """Records it and says who answers now."""
    off_id, answer = time_off.absent(app.roster, arguments.name, day(arguments.last, "--to"), arguments.reason)
    print(f"Time off {off_id}: {arguments.name} is gone from now through {arguments.last}.")
    print(f"{answer.answering} answers; backup: {answer.duty.backup or 'the manager'}. {answer.duty.reason}.")
    _tell(app, time_off.mend(app.roster), "No later shift has to change.")
    return 0


def _swap(app: App, arguments: Namespace) -> int:
    """Proposes the swap; whoever proposes has said yes to it."""
    one, other = day(arguments.one, "the first DAY"), day(arguments.other, "the second DAY")
    _tell(app, [exchanging.swap(app.roster, one, other, arguments.reason)], "")
    return 0


def _cover(app: App, arguments: Namespace) -> int:
    """Proposes the cover."""
    span = span_of(arguments)
    _tell(app, [exchanging.cover(app.roster, arguments.giver, arguments.taker, span.start, span.last, arguments.reason)], "")
    return 0


def _override(app: App, arguments: Namespace) -> int:
    """Records the manager's word."""
    if arguments.take_back is not None:
        overriding.end_override(app.roster, arguments.take_back)
        print(f"Override {arguments.take_back} ends now; the plan answers again.")
        return 0
    start = instant(arguments.start) or app.roster.now
    end = instant(arguments.end)
    if end is None or not arguments.reason:
        raise DefinitionError("an override needs --to INSTANT and --reason; people will ask why.")
    for row in overriding.override(app.roster, start, end, arguments.primary, arguments.backup, arguments.reason):
        print(f"Override {row.number}: {row.primary or 'the manager'} from {_shown(app, row.start)} to {_shown(app, row.end)}.")
    return 0


def _vacate(app: App, arguments: Namespace) -> int:
    """Records the manager's word."""
    if not arguments.reason:
        raise DefinitionError("--reason is missing; a vacant shift says why it is vacant.")
    row = overriding.vacate(app.roster, day(arguments.on, "DAY"), arguments.reason)
    print(f"The shift of {row.on} is vacant: the manager answers, {row.backup or 'nobody'} backs up.")
    return 0


def _mend(app: App, arguments: Namespace) -> int:
    """Proposes what is missing."""
    _tell(app, time_off.mend(app.roster), "Nothing to mend: nobody is planned while away, or a proposal is open.")
    return 0


def _accept(app: App, arguments: Namespace) -> int:
    """Records the yes."""
    _tell(app, [exchanging.accept(app.roster, arguments.exchange)], "")
    return 0


def _decline(app: App, arguments: Namespace) -> int:
    """Records the no."""
    declined = exchanging.decline(app.roster, arguments.exchange, arguments.reason)
    print(f"Exchange {declined.id} is declined. `holdfast oncall mend` proposes another if somebody is still away.")
    return 0


def _take_back(app: App, arguments: Namespace) -> int:
    """Ends or undoes it."""
    ended = exchanging.take_back(app.roster, arguments.exchange)
    print(f"Exchange {ended.id} is taken back.")
    return 0


def _exchanges(app: App, arguments: Namespace) -> int:
    """Every exchange, open ones first, then the newest."""
    found = [each.at(app.roster.now) for each in app.roster.rota.exchanges]
    found.sort(key=lambda each: (each.state is not State.PROPOSED, -each.id))
    if arguments.json:
        print(json.dumps([_as_object(each) for each in found], indent=2))
        return 0
    rows = [(str(each.id), each.state.value, ", ".join(each.waits_for) if each.state is State.PROPOSED else "", _moves(each), each.cause) for each in found]
    print("\n".join(aligned(("id", "state", "waits for", "moves", "why"), rows, width=width())) if rows else "No exchanges.")
    return 0


def _as_object(exchange: Exchange) -> dict[str, object]:
    return {
        "id": exchange.id,
        "state": exchange.state.value,
        "kind": exchange.kind,
        "why": exchange.cause,
        "needs": list(exchange.needs),
        "words": {name: word.value for name, word in exchange.words.items()},
        "waits_for": list(exchange.waits_for),
        "proposed_at": exchange.proposed_at.isoformat(),
        "expires_at": exchange.expires_at.isoformat(),
        "proposed_by": exchange.proposed_by,
        "time_off": exchange.off_id or None,
        "warning": exchange.warning or None,
        "moves": [
            {"on": move.on.isoformat(), "start": move.start.isoformat(), "end": move.end.isoformat(), "role": move.role, "from": move.giver, "to": move.taker}
            for move in exchange.moves
        ],
    }  # fmt: skip


def _tell(app: App, found: Sequence[Exchange], otherwise: str) -> None:
    if not found and otherwise:
        print(otherwise)
    for each in found:
        print(f"Exchange {each.id}, {each.state.value}: {_moves(each)}. {each.cause}.")
        if each.warning:
            print(f"  Warning: {each.warning}.")
        if each.state is State.PROPOSED:
            until = _shown(app, each.expires_at)
            print(f"  Waits for {' and '.join(each.waits_for)}: holdfast oncall accept {each.id} (or decline), until {until}.")


def _moves(exchange: Exchange) -> str:
    return ", ".join(
        f"{_days(move.on, move.start, move.end)} {move.role} {move.giver or 'the manager'} -> {move.taker or 'the manager'}"
        for move in exchange.moves
    )


def _days(on: date, start: datetime, end: datetime) -> str:
    days = (end - start).total_seconds() / 86400
    return str(on) if days > 6.9 else f"{on} (part)"


def _shown(app: App, at: datetime) -> str:
    zone = app.roster.rotation.hand_off.zone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone})"


_ACTS: dict[str, Callable[[App, Namespace], int]] = {
    "off": _off,
    "absent": _absent,
    "swap": _swap,
    "cover": _cover,
    "override": _override,
    "vacate": _vacate,
    "mend": _mend,
    "exchanges": _exchanges,
    "accept": _accept,
    "decline": _decline,
    "take-back": _take_back,
}
