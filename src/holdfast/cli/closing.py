"""Verbs on a period's close: close, sign, withdraw, release, restatements."""

from argparse import Namespace
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.calendars import DAY, Period
from holdfast.cli.opening import app_of
from holdfast.cli.running import ask, building
from holdfast.cli.telling import Progress
from holdfast.clock import SystemClock
from holdfast.errors import DefinitionError
from holdfast.releases.closing import FINANCE, OWNER, CloseKind

if TYPE_CHECKING:
    from holdfast.definitions.pipeline import Pipeline
    from holdfast.signing import Signer


def close(arguments: Namespace) -> int:
    """Soft-closes a period, or with --reopen takes that back."""
    from holdfast.signing import reopen, soft_close

    app, pipeline, period = _asked(arguments)
    by, world = _signer(app, pipeline), app.world()
    if arguments.reopen:
        reopen(world, pipeline, period, by, _reason(arguments.reason))
        print(f"{period.name} of {pipeline.name} is open again; signatures given for it are void.")
        return 0
    soft_close(world, pipeline, period, by, " ".join((arguments.reason or "").split()))
    print(f"{period.name} of {pipeline.name} is soft-closed by {by.recorded}: its figures move by approval only.")
    print(_still_late(app, pipeline, period) + _sign_next(app, pipeline, period))
    return 0


def sign(arguments: Namespace) -> int:
    """One of two signatures; with both, the figures become final at once."""
    from holdfast import signing

    app, pipeline, period = _asked(arguments)
    by, world = _signer(app, pipeline), app.world()
    signature = signing.sign(world, pipeline, period, by)
    stands = signing.standing_of(world, pipeline, period)
    print(f"{period.name} of {pipeline.name} is signed by {by.recorded} as {signature.role}.")
    if stands.is_locked:
        return _make_visible(app, pipeline)
    role = stands.missing()[0]
    who = " or ".join(name for name in signing.signers(pipeline)[role] if name != by.name)
    print(f"Still missing: {role}. {who} signs with `holdfast sign {pipeline.name} {period.name}`.")
    return 0


def withdraw(arguments: Namespace) -> int:
    """Takes a period's figures back at once; readers then see what was signed before, or `withdrawn`."""
    from holdfast import signing

    app, pipeline, period = _asked(arguments)
    reason, person = _reason(arguments.reason), app.actor.person
    if person is None:
        raise DefinitionError(
            f"OS user '{app.actor.os_user}' is bound to nobody in team/people.yml, and a withdrawal names a person. "
            "Add it to a person's os_users."
        )
    figures = signing.withdraw(app.world(), pipeline, period, signing.Signer(person, str(app.actor)), reason)
    print(f"{period.name} of {pipeline.name} is withdrawn: {figures} figures that count its days, and its tables' rows.")
    print(f'Two people release it again: holdfast release {pipeline.name} {period.name} --reason "..."')
    return 0


def release(arguments: Namespace) -> int:
    """One of the two words that end a withdrawal; with both, it is built, checked and published again."""
    from holdfast import signing
    from holdfast.cli.deciding import after_a_decision

    app, pipeline, period = _asked(arguments)
    reason, by, world = _reason(arguments.reason), _signer(app, pipeline), app.world()
    word = signing.release(world, pipeline, period, by, reason)
    print(f"{by.recorded} says as {word.role} that {period.name} of {pipeline.name} may be published again.")
    if not signing.standing_of(world, pipeline, period).may_return:
        other = FINANCE if word.role == OWNER else OWNER
        print(f"The word of a second person is missing: {other}, {' or '.join(signing.signers(pipeline)[other])}.")
        return 0
    progress = Progress(1)
    app.say = progress.note
    given = {"pipeline": pipeline.name}
    return building(app, "run", given, lambda: after_a_decision(app, pipeline.name), False, progress)


def restatements(arguments: Namespace) -> int:
    """What waits, what was restated, adjusted, corrected beside, and withdrawn."""
    from holdfast.releases.restatements import as_json, corrections_of, lines

    app = app_of(arguments)
    names = [app.pipeline(arguments.pipeline).name] if arguments.pipeline else sorted(app.project.pipelines)
    found = []
    for name in names:
        pipeline, events = app.project.pipelines[name], app.ledger.close_events(name)
        restated = sorted({event.period for event in events if event.kind is CloseKind.RESTATED})
        history = app.figures.of_period(pipeline, restated, history=True) if restated else []
        found.append(
            corrections_of(
                name,
                app.ledger.open_holds(name),
                events,
                app.ledger.adjustments(name),
                app.ledger.errata(name),
                history,
                app.project.calendar,
            )
        )
    print(as_json(found) if arguments.json else "\n".join(line for each in found for line in lines(each)))
    return 0


def _asked(arguments: Namespace) -> "tuple[App, Pipeline, Period]":
    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    return app, pipeline, _period(app, pipeline, arguments.period)


def _signer(app: App, pipeline: "Pipeline") -> "Signer":
    """The person at the keyboard, who may sign for the pipeline; DefinitionError for anybody else."""
    from holdfast.signing import Signer, signers

    people = signers(pipeline)
    who = " or ".join(dict.fromkeys(name for names in people.values() for name in names)) or "nobody"
    if app.actor.on_behalf:
        raise DefinitionError(
            f"{pipeline.name} is signed by {who}. You act on behalf of {app.actor.person}, and that never counts."
        )
    if app.actor.person is None:
        raise DefinitionError(
            f"{pipeline.name} is signed by {who}. OS user '{app.actor.os_user}' is bound to nobody in "
            "team/people.yml; they run this from their own account."
        )
    if not any(app.actor.person in names for names in people.values()):
        raise DefinitionError(f"{pipeline.name} is signed by {who}; you are {app.actor.person}.")
    return Signer(app.actor.person, str(app.actor))


def _make_visible(app: App, pipeline: "Pipeline") -> int:
    """Publishes what was signed as final and delivers it, or has the builder beside do it."""
    from holdfast.books import close_books
    from holdfast.handing_over import deliver

    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        return ask(app, "run", {"pipeline": pipeline.name})
    with app.lock.acquire("sign", SystemClock().now()):
        world = app.world()
        close_books(world, [pipeline])
        deliver(world, [pipeline])
    return 0


def _period(app: App, pipeline: "Pipeline", name: str) -> Period:
    from holdfast.loading.problems import nearest

    period = app.project.calendar.named(name)
    if period is not None and (period.grain == DAY or period.grain in pipeline.grains):
        return period
    known = [p.name for p in app.project.calendar.periods if p.grain in pipeline.grains]
    near = nearest(name, known)
    hint = f" Did you mean '{near}'?" if near else ""
    raise DefinitionError(f"'{name}' is no period of {pipeline.name}.{hint} calendar.csv names them.")


def _reason(text: str | None) -> str:
    reason = " ".join((text or "").split())
    if not reason:
        raise DefinitionError("--reason is empty; readers and auditors will ask why. Say it in a sentence.")
    return reason


def _still_late(app: App, pipeline: "Pipeline", period: Period) -> str:
    """Which sources may still bring rows in time for the period."""
    today = app.clock.now().date()
    until = {source.name: period.interval.end + source.late_rows_within for source in app.project.sources_of(pipeline)}
    latest = max(until.values(), default=today)
    if latest <= today:
        return ""
    names = ", ".join(name for name, day in sorted(until.items()) if day == latest)
    return f"Rows may still come late, {names} until {latest}: what comes after the signatures is an adjustment.\n"


def _sign_next(app: App, pipeline: "Pipeline", period: Period) -> str:
    from holdfast.signing import signers, standing_of

    stands, people = standing_of(app.world(), pipeline, period), signers(pipeline)
    by = f" by {stands.sign_by:%Y-%m-%d %H:%M} UTC" if stands.sign_by else ""
    return (
        f"To sign{by}: {' or '.join(people[OWNER])} as owner and {' or '.join(people[FINANCE])} for finance, each with "
        f"`holdfast sign {pipeline.name} {period.name}`."
    )
