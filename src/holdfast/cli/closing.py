"""Verbs on a period's close: close, sign, withdraw, release, restatements."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast.app import App
from holdfast.calendars import DAY, Period, day_of
from holdfast.cli.opening import app_of
from holdfast.cli.running import ask
from holdfast.clock import SystemClock
from holdfast.errors import DefinitionError, WorldError
from holdfast.releases.closing import (
    FINANCE,
    OWNER,
    ROLES,
    CloseEvent,
    CloseKind,
    CloseState,
    Standing,
    business_days,
    by_period,
    evidence_of,
    sign_by,
    standing,
    why_not_closable,
)

if TYPE_CHECKING:
    from holdfast.definitions.pipeline import Pipeline
    from holdfast.releases.release import Figure


def close(arguments: Namespace) -> int:
    """Soft-closes a period: from now on what readers have of it moves by a person's word only."""
    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(app, pipeline, arguments.period)
    if arguments.reopen:
        return _reopen(app, pipeline, period, arguments.reason or "")
    stands = standing_of(app, pipeline, period)
    if stands.state is not CloseState.OPEN:
        raise WorldError(f"{period.name} of {pipeline.name} is {stands.state.value} already.")
    event = soft_close(app, pipeline, period, _signer(app, pipeline), arguments.reason or "")
    print(f"{period.name} of {pipeline.name} is soft-closed by {event.recorded}: its figures move by approval only.")
    print(_still_late(app, pipeline, period) + _sign_next(app, pipeline, period))
    return 0


def sign(arguments: Namespace) -> int:
    """One of two signatures; with both, the figures become final at once."""
    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(app, pipeline, arguments.period)
    signature = add_signature(app, pipeline, period, _signer(app, pipeline))
    stands = standing_of(app, pipeline, period)
    print(f"{period.name} of {pipeline.name} is signed by {signature.recorded} as {signature.role}.")
    if not stands.is_locked:
        role = stands.missing()[0]
        assert pipeline.close is not None
        who = " or ".join(name for name in pipeline.close.signers(role) if name != signature.by)
        print(f"Still missing: {role}. {who} signs with `holdfast sign {pipeline.name} {period.name}`.")
        return 0
    return _make_visible(app, pipeline, "sign")


def withdraw(arguments: Namespace) -> int:
    """Takes a period's figures back at once; readers then see the version signed before, or `withdrawn`."""
    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(app, pipeline, arguments.period)
    reason = _reason(arguments.reason)
    person = app.actor.person
    if person is None:
        raise DefinitionError(
            f"OS user '{app.actor.os_user}' is bound to nobody in team/people.yml, and a withdrawal names a person. "
            "Add it to a person's os_users."
        )
    if standing_of(app, pipeline, period).withdrawn is not None:
        raise WorldError(f"{period.name} of {pipeline.name} is withdrawn already; see `holdfast restatements`.")
    if not any(figure.version for figure in app.figures.of_period(pipeline, [period.name])):
        raise WorldError(f"nothing of {period.name} of {pipeline.name} is published, so there is nothing to withdraw.")
    figures = _withdraw(app, pipeline, period, person, reason)
    app.ledger.audit(str(app.actor), "withdraw", f"{pipeline.name} {period.name}: {reason}", app.clock.now())
    print(f"{period.name} of {pipeline.name} is withdrawn: {figures} figures that count its days, and its tables' rows.")
    print(f'Two people release it again: holdfast release {pipeline.name} {period.name} --reason "..."')
    return 0


def release(arguments: Namespace) -> int:
    """One of the two words that end a withdrawal; with both, it is built, checked and published again."""
    from holdfast.cli.deciding import after_a_decision
    from holdfast.cli.running import building
    from holdfast.cli.telling import Progress

    app = app_of(arguments)
    pipeline = app.pipeline(arguments.pipeline)
    period = _period(app, pipeline, arguments.period)
    reason = _reason(arguments.reason)
    stands = standing_of(app, pipeline, period)
    if stands.withdrawn is None:
        raise WorldError(f"{period.name} of {pipeline.name} is not withdrawn; there is nothing to release.")
    person = _signer(app, pipeline)
    role = _role(app, pipeline, person, {word.role: word.by for word in stands.release_words}, "release")
    _record(app, pipeline, period, CloseKind.RELEASE, person, reason, role=role)
    words = standing_of(app, pipeline, period)
    print(f"{app.actor} says as {role} that {period.name} of {pipeline.name} may be published again.")
    if not words.may_return:
        print(f"A second person's word is missing: {' or '.join(r for r in ROLES if r != role)}.")
        return 0
    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        return ask(app, "run", {"pipeline": pipeline.name})
    progress = Progress(1)
    app.say = progress.note
    return building(app, "release", {}, lambda: after_a_decision(app, pipeline.name), False, progress)


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
    if arguments.json:
        print(as_json(found))
    else:
        print("\n".join(line for each in found for line in lines(each)))
    return 0


def soft_close(app: App, pipeline: "Pipeline", period: Period, person: str, reason: str) -> CloseEvent:
    """Records the soft close; WorldError with every reason why it cannot be."""
    figures = _refuse_unless_closable(app, pipeline, period)
    return _record(app, pipeline, period, CloseKind.SOFT_CLOSED, person, reason, evidence=evidence_of(figures))


def add_signature(app: App, pipeline: "Pipeline", period: Period, person: str) -> CloseEvent:
    """Records the signature for the figures as they are; WorldError or DefinitionError when it cannot be given."""
    stands = standing_of(app, pipeline, period)
    if stands.is_locked:
        raise WorldError(f"{period.name} of {pipeline.name} is signed by both already.")
    figures = _refuse_unless_closable(app, pipeline, period)
    if stands.soft_closed is None:
        raise WorldError(
            f"{period.name} of {pipeline.name} is open, and its figures may still move by themselves. "
            f"Close it first: holdfast close {pipeline.name} {period.name}"
        )
    evidence = evidence_of(figures)
    for each in stands.signatures:
        if each.evidence != evidence:
            app.say(f"The figures have changed since {each.by} signed; that signature does not count any more.")
    standing_words = {each.role: each.by for each in stands.signatures if each.evidence == evidence}
    role = _role(app, pipeline, person, standing_words, "sign")
    return _record(app, pipeline, period, CloseKind.SIGNED, person, "", role=role, evidence=evidence)


def standing_of(app: App, pipeline: "Pipeline", period: Period) -> Standing:
    """Where the period stands, with its deadline."""
    events = by_period(app.ledger.close_events(pipeline.name)).get((period.grain, period.name), [])
    return standing(events, sign_by(period, pipeline, business_days(app.project, pipeline, [period])))


def _refuse_unless_closable(app: App, pipeline: "Pipeline", period: Period) -> "Sequence[Figure]":
    figures = app.figures.of_period(pipeline, [period.name])
    why = why_not_closable(
        period,
        pipeline,
        figures,
        app.ledger.open_holds(pipeline.name),
        app.ledger.close_events(pipeline.name),
        app.project.calendar,
        day_of(app.clock.now(), app.project.zone),
    )
    if why:
        raise WorldError(f"{period.name} of {pipeline.name} cannot be closed. " + " ".join(why))
    return figures


def _reopen(app: App, pipeline: "Pipeline", period: Period, reason: str) -> int:
    stands = standing_of(app, pipeline, period)
    if stands.is_locked:
        raise WorldError(f"{period.name} of {pipeline.name} is signed; what it says changes by restatement only.")
    if stands.soft_closed is None:
        raise WorldError(f"{period.name} of {pipeline.name} is open already.")
    _record(app, pipeline, period, CloseKind.REOPENED, _signer(app, pipeline), _reason(reason))
    print(f"{period.name} of {pipeline.name} is open again; signatures given for it are void.")
    return 0


def _record(
    app: App,
    pipeline: "Pipeline",
    period: Period,
    kind: CloseKind,
    person: str,
    reason: str,
    *,
    role: str = "",
    evidence: str = "",
) -> CloseEvent:
    event = CloseEvent(
        pipeline.name,
        period.grain,
        period.name,
        kind,
        person,
        str(app.actor) if app.actor.person == person else person,
        app.clock.now(),
        role,
        " ".join(reason.split()),
        evidence,
    )
    app.ledger.record_close(event)
    app.ledger.audit(event.recorded, kind.value, f"{pipeline.name} {period.name} {role} {event.reason}".rstrip(), event.at)
    return event


def _signer(app: App, pipeline: "Pipeline") -> str:
    """The person at the keyboard, who may sign for the pipeline; DefinitionError for anybody else."""
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
    return app.actor.person


def signers(pipeline: "Pipeline") -> dict[str, tuple[str, ...]]:
    """Role -> who may sign; of a pipeline that closes nothing, its owners and its metrics' approvers."""
    if pipeline.close is not None:
        return {role: pipeline.close.signers(role) for role in ROLES}
    approvers = tuple(dict.fromkeys(metric.approver for metric in pipeline.metrics if metric.approver))
    return {OWNER: (pipeline.primary, pipeline.secondary), FINANCE: approvers}


def _role(app: App, pipeline: "Pipeline", person: str, given: dict[str, str], verb: str) -> str:
    """The role in which the person speaks: one that nobody has spoken in yet, and only one."""
    mine = [role for role, names in signers(pipeline).items() if person in names]
    if person in given.values():
        raise DefinitionError(f"{person} has done that already; the other word must come from another person.")
    free = [role for role in mine if role not in given]
    if not free:
        raise DefinitionError(f"{given[mine[0]]} has spoken as {mine[0]} already; {person} may not {verb} as another.")
    return free[0]


def _withdraw(app: App, pipeline: "Pipeline", period: Period, person: str, reason: str) -> int:
    from holdfast.day import deliver
    from holdfast.partitions import Days, Interval
    from holdfast.releases.decided import decide, withdrawal, without_days
    from holdfast.releases.manifest import Manifest, Part

    world = app.world()
    now = world.clock.now()
    word = CloseEvent(
        pipeline.name, period.grain, period.name, CloseKind.WITHDRAWN, person, str(app.actor), now, reason=reason
    )
    # Not the builder's place but a turn at the books: a figure that is wrong does not wait for a long run.
    with world.turn():
        store, bench = world.stores[pipeline.audience], app.bench(pipeline.audience)
        stored = bench.figures_sql(store.current().figures_of(pipeline.name))
        events = app.ledger.close_events(pipeline.name)
        decision = withdrawal(pipeline, period, app.project.calendar, events, stored, word)
        periods = {name: app.project.models[name].period for name in pipeline.models}

        def hidden(manifest: Manifest, run_id: str) -> Manifest:
            def cut(name: str, part: Part, interval: Interval, held: bool) -> Part:
                return bench.cut(name, part, interval, run_id, held=held)

            days = Days.of([period.interval])
            return without_days(manifest, pipeline.models, periods, days, app.project.calendar, cut)

        row = decide(decision, app.project, store, bench, app.ledger, now, hidden)
    deliver(world, [pipeline])
    return row.figures


def _make_visible(app: App, pipeline: "Pipeline", verb: str) -> int:
    """Publishes what was signed as final and delivers it, or has the builder beside do it."""
    from holdfast.day import close_books, deliver

    holder = app.lock.holder()
    if holder is not None and holder.serves_requests:
        return ask(app, "run", {"pipeline": pipeline.name})
    with app.lock.acquire(verb, SystemClock().now()):
        world = app.world()
        close_books(world, [pipeline])
        deliver(world, [pipeline])
    return 0


def _period(app: App, pipeline: "Pipeline", name: str) -> Period:
    import difflib

    period = app.project.calendar.named(name)
    if period is not None and (period.grain == DAY or period.grain in pipeline.grains):
        return period
    known = [p.name for p in app.project.calendar.periods if p.grain in pipeline.grains]
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise DefinitionError(f"'{name}' is no period of {pipeline.name}.{hint} calendar.csv names them.")


def _reason(text: str) -> str:
    reason = " ".join((text or "").split())
    if not reason:
        raise DefinitionError("--reason is empty; readers and auditors will ask why. Say it in a sentence.")
    return reason


def _still_late(app: App, pipeline: "Pipeline", period: Period) -> str:
    """Which sources may still bring rows in time for the period."""
    today = app.clock.now().date()
    open_until = {
        source.name: period.interval.end + source.late_rows_within
        for source in app.project.sources_of(pipeline)
        if period.interval.end + source.late_rows_within > today
    }
    if not open_until:
        return ""
    latest = max(open_until.values())
    names = ", ".join(name for name, until in sorted(open_until.items()) if until == latest)
    return f"Rows may still come late, {names} until {latest}: what comes after the signatures is an adjustment.\n"


def _sign_next(app: App, pipeline: "Pipeline", period: Period) -> str:
    stands = standing_of(app, pipeline, period)
    by = f" by {stands.sign_by:%Y-%m-%d %H:%M} UTC" if stands.sign_by else ""
    people = signers(pipeline)
    return (
        f"To sign{by}: {' or '.join(people[OWNER])} as owner and {' or '.join(people[FINANCE])} for finance, each with "
        f"`holdfast sign {pipeline.name} {period.name}`."
    )
