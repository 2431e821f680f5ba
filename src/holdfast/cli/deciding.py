"""Verbs by which a person decides: approve, annotate."""

from argparse import Namespace
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.opening import app_of, span_of
from holdfast.cli.running import ask, building
from holdfast.cli.telling import Progress
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError, WorldError
from holdfast.releases.release import Approval, Hold, HoldKind, HoldState

if TYPE_CHECKING:
    from holdfast.releases.produce import Produced


def approve(arguments: Namespace) -> int:
    """Records the word of the metrics' approver, and runs so that it counts at once."""
    app = app_of(arguments)
    hold = _open_hold(app, arguments.hold)
    by = _prove(app, hold)
    reason = " ".join(arguments.reason.split())
    if not reason:
        raise DefinitionError("--reason is empty; readers and auditors will ask why. Say it in a sentence.")
    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        given = {"hold": str(hold.id), "by": by, "reason": reason}
        return ask(app, "approve", given | ({"no_run": "yes"} if arguments.no_run else {}))
    record(app, hold.id, by, str(app.actor), reason)
    said = f"Hold {hold.id} ({hold.cause}, {hold.day}) is approved by {app.actor}."
    if arguments.no_run:
        print(f"{said} The next `holdfast run` releases it.")
        return 0
    print(f"{said} Running {hold.pipeline} to release it.")
    progress = Progress(1)
    app.say = progress.note
    return building(app, "approve", {}, lambda: after_a_decision(app, hold.pipeline), False, progress)


def record(app: App, hold_id: int, by: str, recorded: str, reason: str) -> Hold:
    """Writes the approval and its line in the audit; the hold it lets through."""
    hold, now = _open_hold(app, hold_id), app.clock.now()
    for each in (hold, *_failing_with(app, hold, by)):
        app.ledger.approve(Approval(each.id, by, recorded, reason, now))
        app.ledger.audit(recorded, "approve", f"hold {each.id} ({each.cause}, {each.day}): {reason}", now)
    return hold


def _failing_with(app: App, hold: Hold, by: str) -> list[Hold]:
    """Checks that fail on the days of a restatement: whoever approves it has read them in it."""
    period = app.project.calendar.named(hold.cause.rpartition(" ")[2])
    if hold.kind is not HoldKind.RESTATEMENT or period is None:
        return []
    pipeline = app.pipeline(hold.pipeline)
    return [
        each
        for each in app.ledger.open_holds(hold.pipeline)
        if each.kind in (HoldKind.CHECK, HoldKind.UNKNOWN)
        and each.day in period.interval
        and approvers_of(each, pipeline) == {by}
    ]


def annotate(arguments: Namespace) -> int:
    """Adds the annotation to the pipeline's file, for the next commit."""
    from holdfast.loading.new import add_annotation

    app = app_of(arguments)
    pipeline, span = app.pipeline(arguments.pipeline), span_of(arguments)
    author = app.actor.person
    if author is None:
        raise DefinitionError(
            f"OS user '{app.actor.os_user}' is bound to nobody in team/people.yml, and an annotation names its "
            "author. Add it to a person's os_users, or act --as NAME where you may."
        )
    metrics = tuple(arguments.metric) if arguments.metric else None
    file = add_annotation(app.folder, pipeline.name, span, arguments.reason, author, metrics)
    app.ledger.audit(str(app.actor), "annotate", f"{pipeline.name} {span}: {arguments.reason}", app.clock.now())
    print(f"Added to {file}. It excuses deviations on {span}, nothing else. Commit it with the folder.")
    return 0


def _open_hold(app: App, hold_id: int) -> Hold:
    hold = app.ledger.hold(hold_id)
    if hold is None:
        known = [each.id for name in app.project.pipelines for each in app.ledger.open_holds(name)]
        there = f"Open holds: {', '.join(map(str, known[:12]))}." if known else "Nothing is held."
        raise WorldError(f"there is no hold {hold_id}. {there}")
    if hold.state is not HoldState.OPEN:
        raise WorldError(f"hold {hold.id} ({hold.cause}, {hold.day}) is {hold.state.value} already; nothing to approve.")
    return hold


def _prove(app: App, hold: Hold) -> str:
    """The approver at the keyboard; DefinitionError for anybody else, and for a word given on behalf."""
    approvers = approvers_of(hold, app.pipeline(hold.pipeline))
    who = " and ".join(sorted(approvers)) or "nobody"
    what = f"hold {hold.id} keeps {', '.join(hold.metrics)}, which {who} may approve"
    if app.actor.on_behalf:
        raise DefinitionError(f"{what}. You act on behalf of {app.actor.person}, and that never counts as an approval.")
    if app.actor.person is None:
        raise DefinitionError(
            f"{what}. OS user '{app.actor.os_user}' is bound to nobody in team/people.yml; "
            "the approver runs this from their own account."
        )
    if approvers != {app.actor.person}:
        raise DefinitionError(f"{what}; you are {app.actor.person}. They run this from their own account.")
    return app.actor.person


def approvers_of(hold: Hold, pipeline: Pipeline) -> set[str]:
    """Who approves the metrics that it keeps back."""
    found = [metric for name in hold.metrics if (metric := pipeline.metric(name)) is not None]
    return {metric.approver for metric in found if metric.approver}


def after_a_decision(app: App, pipeline: str) -> "list[Produced]":
    """The day, for the pipeline and those that read what it reads: a hold may have reached them too."""
    from holdfast.day import run_day

    group = next(names for names in app.project.groups() if pipeline in names)
    return run_day(app.world(), group)
