"""Verbs that keep what is not in git: backup, restore, ledger check."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path

from holdfast.app import App
from holdfast.cli.opening import app_of
from holdfast.cli.telling import to_stderr
from holdfast.definitions.destination import OWN, LocalFolder
from holdfast.definitions.pipeline import Project
from holdfast.errors import DefinitionError, StoreError
from holdfast.loading.folder import ENVIRONMENT_ROOT

SHOWN = 10


def backup(arguments: Namespace) -> int:
    """Writes the backup; a builder may go on meanwhile."""
    app, target = app_of(arguments), Path(arguments.file)
    if not target.parent.is_dir():
        raise StoreError(f"{target.parent} is no folder; make it first.")
    outputs = _folders_of_outputs(app.project)
    kept = app.keeping.backup(target, app.stores.values(), app.open_copy, sorted(app.project.sources), outputs)
    size = target.stat().st_size
    print(
        f"Written: {target}, {size:,} bytes: the ledger, {kept.parts} store files, {kept.landed} landed files, "
        f"{kept.outputs} outputs. The folder itself is in git."
    )
    return 0


def _folders_of_outputs(project: Project) -> list[str]:
    """Folders below .holdfast that outputs are written to; what lies at other places is kept by others."""
    outputs = [output for pipeline in project.pipelines.values() for output in pipeline.outputs]
    inner = {each.name: each.path for each in project.destinations.values() if isinstance(each, LocalFolder)}
    roots = {output.to if output.destination == OWN else inner.get(output.destination, ENVIRONMENT_ROOT) for output in outputs}
    return sorted(each for each in roots if not each.startswith(ENVIRONMENT_ROOT))


def restore(arguments: Namespace) -> int:
    """Brings the state back and looks whether it is whole."""
    folder = Path(arguments.directory)
    if not (folder / "holdfast.yml").is_file():
        raise DefinitionError(f"{folder} holds no holdfast.yml: check the project out first, then restore into it.")
    app = app_of(arguments)
    app.keeping.restore(Path(arguments.file))
    print(f"Restored into {app.state}.")
    return _checked(app)


def check(arguments: Namespace) -> int:
    """0 when everything is there and whole, and the pager owes nobody anything."""
    app = app_of(arguments)
    if not (app.state / "ledger.db").is_file():
        raise StoreError(f"{app.state} has no ledger yet. `holdfast run` makes it, `holdfast restore FILE` brings one back.")
    return max(_checked(app), _pager_checked(app))


def _pager_checked(app: App) -> int:
    now = _pager_now(app)
    if now is None:
        return 0
    found = [*app.ledger.pager_findings(now), *_lost_timers(app, now)]
    for each in found:
        to_stderr(each)
    if not found:
        print("Incidents and messages are in order.")
    return 1 if found else 0


def _pager_now(app: App) -> datetime | None:
    """The latest instant that counts; None where no pager has ever seen one, and the data say none."""
    seen = app.ledger.last_seen()
    asks_data = app.project.clock == "data" and not app.is_time_given
    clock = None if asks_data else app.clock.now()
    return max((each for each in (seen, clock) if each), default=None)


def _lost_timers(app: App, now: datetime) -> list[str]:
    """Open incidents that time would change, whose row does not say when."""
    from holdfast.incidents.advance import next_at
    from holdfast.paging.rulebook import rules_at

    rules, timers = rules_at(app.project, app.ledger, now), app.ledger.timers()
    lost = [each.id for each in app.ledger.open_incidents() if timers[each.id] is None and next_at(each, rules, now)]
    return [f"{len(lost)} open incident(s) have lost the time at which they move on: {', '.join(map(str, lost))}"] if lost else []


def _checked(app: App) -> int:
    found = app.keeping.check(app.stores.values(), app.ledger, sorted(app.project.sources))
    for name in found.missing[:SHOWN]:
        to_stderr(f"{name} is missing. Restore it from a backup.")
    if len(found.missing) > SHOWN:
        to_stderr(f"and {len(found.missing) - SHOWN} more")
    said = f"{found.parts} store files, {found.landed} landed files"
    print(f"The ledger is whole; {said}, {len(found.missing) or 'none'} missing.")
    return 1 if found.missing else 0
