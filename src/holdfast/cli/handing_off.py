"""The verbs of the hand-off: the note, and the word that it was read."""

from argparse import Namespace
from pathlib import Path

from holdfast.cli.opening import app_of
from holdfast.cli.telling import to_stderr, width
from holdfast.cli.timelines import rules_of, seen


def note(arguments: Namespace) -> int:
    """Prints the note of the next hand-off, or writes it as a page."""
    from holdfast.logbook.note_page import page
    from holdfast.logbook.note_text import as_json, lines
    from holdfast.paging.handing_off import note_at

    app = app_of(arguments)
    now = seen(app)
    through = {name: app.figures.published_through(pipeline) for name, pipeline in app.project.pipelines.items()}
    found = note_at(app.world(), app.ledger, app.roster_at(now), rules_of(app, now), through, now)
    if arguments.html:
        app.write_file(Path(arguments.html), page(found))
        tell = to_stderr if arguments.json else print
        tell(f"Written: {arguments.html}.")
    elif not arguments.json:
        print("\n".join(lines(found, width=width())))
    if arguments.json:
        print(as_json(found))
    return 0


def acknowledge(arguments: Namespace) -> int:
    """Records that the incoming person takes over."""
    from holdfast.paging.handing_off import acknowledge

    app = app_of(arguments)
    now = seen(app)
    roster = app.roster_at(now)
    with app.rota_turn:
        passing = acknowledge(app.ledger, roster, arguments.note, now)
    begins = passing.at.astimezone(roster.rotation.hand_off.zone)
    print(f"{passing.incoming} has acknowledged the hand-off of {begins:%A %Y-%m-%d %H:%M} ({begins.tzinfo}).")
    left = ", ".join(str(each.id) for each in app.ledger.open_incidents())
    if left:
        print(f"Open: {left}. `holdfast incidents` tells more.")
    return 0
