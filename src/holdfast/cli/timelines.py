"""Verbs that tell what is wrong and what was done about it: incidents, and one incident."""

from argparse import Namespace
from datetime import UTC, datetime

from holdfast.app import App
from holdfast.cli.opening import app_of
from holdfast.cli.telling import width
from holdfast.errors import WorldError
from holdfast.incidents.incident import Incident
from holdfast.incidents.rules import Rules
from holdfast.logbook.story import Story

MOST = 8
"""Things to come that one incident's story has room for."""
FIRST = datetime.min.replace(tzinfo=UTC)


def incidents(arguments: Namespace) -> int:
    """Open ones oldest first, or with --all the newest of every state."""
    from holdfast.logbook.view import listed, listed_json

    app = app_of(arguments)
    now = seen(app)
    found = app.ledger.incidents(limit=arguments.limit) if arguments.ended_too else app.ledger.open_incidents()
    rules = rules_of(app, now) if found else None
    # A line has room for one thing to come; looking ahead is what costs time when thousands are open.
    most = MOST if arguments.json else 1
    stories = [_ahead(each, now, rules, most) for each in found]
    print(listed_json(stories, now) if arguments.json else "\n".join(listed(stories, now, width=width())))
    return 0


def incident(arguments: Namespace) -> int:
    """Everything recorded of one; WorldError where there is none of that number."""
    from dataclasses import replace

    from holdfast.logbook.view import told, told_json

    app = app_of(arguments)
    now = seen(app)
    found = app.ledger.incident(arguments.incident)
    if found is None:
        raise WorldError(f"there is no incident {arguments.incident}; `holdfast incidents --all` lists them.")
    events, posted = app.ledger.timeline(found.id), app.ledger.posted(found.id)
    story = replace(_ahead(found, now, rules_of(app, now), MOST), events=tuple(events), posted=tuple(posted))
    print(told_json(story, now) if arguments.json else "\n".join(told(story, now)))
    return 0


def seen(app: App) -> datetime:
    """The time it is for incidents: the clock's, and never before what the pager has seen."""
    return max(app.clock.now(), app.ledger.last_seen() or FIRST)


def rules_of(app: App, now: datetime) -> Rules:
    """Policies, rota and announced times as they are recorded."""
    from holdfast.paging.rulebook import rules_at

    return rules_at(app.project, app.ledger, now)


def _ahead(found: Incident, now: datetime, rules: Rules | None, most: int) -> Story:
    from holdfast.logbook.coming import coming

    return Story(found, coming=coming(found, now, rules, most) if rules else ())
