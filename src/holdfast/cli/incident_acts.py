"""Verbs by which people answer incidents: open, ack, take, snooze, resolve, escalate, page, note, outage, maintenance."""

from argparse import Namespace
from collections.abc import Callable
from datetime import datetime

from holdfast.app import App, instant
from holdfast.cli.opening import app_of
from holdfast.cli.telling import to_stderr, width
from holdfast.definitions.pipeline import INVESTORS
from holdfast.errors import DefinitionError
from holdfast.incidents.ladders import next_steps
from holdfast.incidents.messages import Message
from holdfast.incidents.spells import Spell, SpellKind
from holdfast.loading.fields import as_duration
from holdfast.paging import acts, announcing, reaching
from holdfast.paging.responding import Done
from holdfast.releases.text_table import aligned

TEST = "test"


def open_incident(arguments: Namespace) -> int:
    """Opens it and says whom it pages."""
    app = _app(arguments)
    done = acts.open_incident(app.responder, arguments.pipeline, arguments.text, arguments.period, arguments.metric)
    print(f"Incident {done.incident.id} is open: {done.incident.title}")
    print(f"{_paged(done.pages)} {_sending(app)}")
    return 0


def ack(arguments: Namespace) -> int:
    """Acknowledges each incident given, or the only open one, or test pages."""
    app = _app(arguments)
    if arguments.incidents == [TEST]:
        for each in reaching.acknowledge_test(app.responder):
            print(f"The test page to {each.person} by {each.channel}, sent {_shown(each.sent_at)}, is acknowledged.")
        return 0
    asked: list[int | None] = [_number(each) for each in arguments.incidents]
    for incident_id in asked or [None]:
        done = acts.acknowledge(app.responder, incident_id)
        print(f"{app.responder.acting()} has incident {_named(done, incident_id)}.")
        print(f"Steps for whoever has not answered rest. {_steps(app, done)}".rstrip())
    return 0


def take(arguments: Namespace) -> int:
    """Takes it, or gives it to somebody."""
    app = _app(arguments)
    if arguments.to:
        done = acts.assign(app.responder, arguments.incident, arguments.to)
        print(f"Incident {_named(done, arguments.incident)} is given to {arguments.to}, who is told. {_sending(app)}")
        return 0
    done = acts.take(app.responder, arguments.incident)
    print(f"Incident {_named(done, arguments.incident)} is taken by {app.responder.acting()}. {_steps(app, done)}".rstrip())
    return 0


def snooze(arguments: Namespace) -> int:
    """Sets it aside for a time."""
    app = _app(arguments)
    until = _until(app, arguments)
    done = acts.snooze(app.responder, arguments.incident, until)
    print(f"Incident {_named(done, arguments.incident)} sleeps until {_shown(until)}; then it pages again. {_steps(app, done)}".rstrip())
    return 0


def resolve(arguments: Namespace) -> int:
    """Ends it, with a reason."""
    app = _app(arguments)
    done = acts.resolve(app.responder, arguments.incident, arguments.reason)
    recheck = done.incident.ending.recheck_at if done.incident.ending else None
    print(f"Incident {_named(done, arguments.incident)} is resolved.")
    if recheck:
        print(f"If it still holds at {_shown(recheck)}, it opens again.")
    if done.incident.told:
        print(f"Told that it ended: {', '.join(done.incident.told)}. {_sending(app)}")
    return 0


def escalate(arguments: Namespace) -> int:
    """Fires the next step now."""
    app = _app(arguments)
    done = acts.escalate(app.responder, arguments.incident)
    print(f"Incident {_named(done, arguments.incident)} is escalated. {_paged(done.pages)} {_sending(app)}")
    return 0


def page(arguments: Namespace) -> int:
    """Pages a person about an incident, or tests whether one is reached."""
    app = _app(arguments)
    if arguments.person == TEST:
        message = reaching.send_test(app.responder, arguments.tested)
        print(f"A test page to {message.target} waits to be sent. {_sending(app)}")
        print(f"{message.target} answers it with: holdfast ack test")
        return 0
    if arguments.tested:
        raise DefinitionError(f"one person at a time: holdfast page {arguments.person}, then holdfast page {arguments.tested}.")
    done = acts.page(app.responder, arguments.incident, arguments.person, arguments.text)
    print(f"{_paged(done.pages)} It is about incident {_named(done, arguments.incident)}. {_sending(app)}")
    return 0


def note(arguments: Namespace) -> int:
    """Writes a line into the timeline."""
    app = _app(arguments)
    done = acts.note(app.responder, arguments.incident, " ".join(arguments.text))
    print(f"Noted in incident {_named(done, arguments.incident)}.")
    return 0


def outage(arguments: Namespace) -> int:
    """Announces, ends or lists known outages of sources."""
    return _announced(arguments, SpellKind.OUTAGE, "source", announcing.outage)


def maintenance(arguments: Namespace) -> int:
    """Announces, ends or lists maintenance of pipelines."""
    return _announced(arguments, SpellKind.MAINTENANCE, "pipeline", announcing.maintenance)


def _app(arguments: Namespace) -> App:
    """The project; says so when the time given is over, for nothing is recorded before what was recorded already."""
    app = app_of(arguments)
    given, now = instant(arguments.at), app.responder.now
    if given and given < now:
        to_stderr(f"It is taken to be {_shown(now)}: the pager has seen that instant already.")
    return app


def _announced(arguments: Namespace, kind: SpellKind, what: str, announce: Callable[..., Spell]) -> int:
    app = _app(arguments)
    if arguments.end is not None:
        spell = announcing.end_early(app.responder, kind, arguments.end)
        print(f"{kind.value.capitalize()} {spell.id} of {spell.subject} ends now instead of {_shown(spell.end)}.")
        return 0
    if arguments.subject is None:
        return _list(app, kind, what)
    end = instant(arguments.until)
    if end is None:
        raise DefinitionError(f"say until when: holdfast {kind.value} {arguments.subject} --until INSTANT --reason TEXT.")
    spell = announce(app.responder, arguments.subject, instant(arguments.start), end, arguments.reason)
    print(f"{kind.value.capitalize()} {spell.id}: {spell.subject} from {_shown(spell.start)} until {_shown(spell.end)}.")
    print(_effect(app, spell))
    print(f"End it earlier with: holdfast {kind.value} --end {spell.id}")
    return 0


def _effect(app: App, spell: Spell) -> str:
    if spell.kind is SpellKind.OUTAGE:
        return "What it delays opens silently until then. A deadline that is missed still pages."
    readers = app.project.pipelines[spell.subject].audience
    held = "Nothing held is released by it, and the clocks go on"
    return f"Pages about {spell.subject} wait until then. {held}{'; investors are told nothing sooner' if readers == INVESTORS else ''}."


def _list(app: App, kind: SpellKind, what: str) -> int:
    found = [each for each in app.ledger.spells(app.responder.now) if each.kind is kind]
    rows = [(str(each.id), each.subject, _shown(each.start), _shown(each.end), each.by, each.reason) for each in found]
    head = ("id", what, "from", "until", "announced by", "reason")
    print("\n".join(aligned(head, rows, width=width())) if rows else f"No {kind.value} is announced.")
    return 0


def _until(app: App, arguments: Namespace) -> datetime:
    until = instant(arguments.until)
    if until is not None:
        return until
    span = as_duration(arguments.length)
    if span is None:
        raise DefinitionError(f"--for {arguments.length}: that is no duration; write it like 30min or 2h.")
    return app.responder.now + span


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DefinitionError(f"'{text}' is no incident's number; `holdfast incidents` lists them, and `holdfast ack test` answers a test page.")
    return int(text)


def _named(done: Done, asked: int | None) -> str:
    """Its number and title; and that it was merged, when the number given was another."""
    merged = f", which incident {asked} was merged into" if asked not in (None, done.incident.id) else ""
    return f"{done.incident.id}{merged} ({done.incident.title})"


def _steps(app: App, done: Done) -> str:
    """What comes next although somebody has it."""
    soonest = min(next_steps(done.incident, app.responder.rules()), key=lambda each: each.at, default=None)
    if soonest is None:
        return ""
    whom = ", ".join((*soonest.step.page, *soonest.step.tell)).replace("_", " ")
    return f"Next: {soonest.name} at {_shown(max(soonest.at, app.responder.now))} ({whom})."


def _paged(messages: tuple[Message, ...]) -> str:
    whom = ", ".join(dict.fromkeys(each.target for each in messages))
    return f"Paged: {whom}." if whom else "Nobody new is paged by it."


def _sending(app: App) -> str:
    """Who sends what now lies in the outbox."""
    if app.pager_lock.holder() is not None:
        return "The pager sends it now."
    return "No pager is running here: `holdfast watch --once` sends it, `holdfast up` keeps one running."


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
