"""Verbs about what is handed over: deliver, deliveries."""

from argparse import Namespace
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.cli.opening import app_of
from holdfast.cli.running import ask
from holdfast.clock import SystemClock
from holdfast.errors import DefinitionError
from holdfast.loading.problems import suggestion

if TYPE_CHECKING:
    from holdfast.definitions.pipeline import Pipeline
    from holdfast.serving import Answer


def deliver(arguments: Namespace) -> int:
    """Hands over what is due, or has the builder beside do it; 1 when something stays stale."""
    app = app_of(arguments, lambda _: None)
    given = {"pipeline": arguments.pipeline} | ({"output": arguments.output} if arguments.output else {})
    _check(app, given)
    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        return ask(app, "deliver", given)
    with app.lock.acquire("deliver", SystemClock().now()):
        good, text = hand_over(app, given)
    print(text)
    return 0 if good else 1


def hand_over(app: App, given: dict[str, str]) -> "Answer":
    """What `holdfast deliver` does, for whoever holds the builder's lock."""
    from holdfast.handing_over import deliver as hand_out

    pipeline = _check(app, given)
    done = hand_out(app.world(), [pipeline], [given["output"]] if "output" in given else None)
    return not any(each.problem for each in done), "\n".join(map(str, done)) or "Nothing is due."


def deliveries(arguments: Namespace) -> int:
    """Where every output stands, from the ledger; no destination is asked."""
    from holdfast.releases.handed_over import as_json, lines
    from holdfast.standing import outputs_of

    app = app_of(arguments)
    pipelines = [app.pipeline(arguments.pipeline)] if arguments.pipeline else app.project.in_order()
    world = app.world()
    found = [each for pipeline in pipelines for each in outputs_of(world, pipeline)]
    print(as_json(found) if arguments.json else "\n".join(lines(found)))
    return 0


def _check(app: App, given: dict[str, str]) -> "Pipeline":
    pipeline = app.pipeline(given["pipeline"])
    known = [each.name for each in pipeline.outputs]
    if "output" in given and given["output"] not in known:
        raise DefinitionError(
            f"{pipeline.name} has no output '{given['output']}'. {suggestion(given['output'], known, 'Outputs')}"
        )
    return pipeline
