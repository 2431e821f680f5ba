"""A period closed, signed, withdrawn and released, each by a named person; the verbs and the demo call this."""

from dataclasses import dataclass

from holdfast.calendars import Period, day_of
from holdfast.definitions.pipeline import Pipeline
from holdfast.errors import DefinitionError, WorldError
from holdfast.handing_over import deliver
from holdfast.partitions import Days, Interval
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
    closable_periods,
    evidence_of,
    sign_by,
    standing,
    why_not_closable,
)
from holdfast.releases.decided import decide, withdrawal, without_days
from holdfast.releases.manifest import Manifest, Part
from holdfast.releases.release import Figure
from holdfast.world import World


@dataclass(frozen=True, slots=True)
class Signer:
    """A bound person at the keyboard, and how the record names them."""

    name: str
    recorded: str


def signers(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """Role -> who may sign; of a pipeline that closes nothing, its owners and its metrics' approvers."""
    if pipeline.close is not None:
        return {role: pipeline.close.signers(role) for role in ROLES}
    approvers = tuple(dict.fromkeys(metric.approver for metric in pipeline.metrics if metric.approver))
    return {OWNER: (pipeline.primary, pipeline.secondary), FINANCE: approvers}


def standing_of(world: World, pipeline: Pipeline, period: Period) -> Standing:
    """Where the period stands, with its deadline."""
    events = by_period(world.ledger.close_events(pipeline.name)).get((period.grain, period.name), [])
    return standing(events, sign_by(period, pipeline, business_days(world.project, pipeline, [period])))


def soft_close(world: World, pipeline: Pipeline, period: Period, by: Signer, reason: str = "") -> CloseEvent:
    """From now on what readers have of the period moves by a person's word only.

    Raises WorldError with every reason why it cannot be closed.
    """
    stands = standing_of(world, pipeline, period)
    if stands.state is not CloseState.OPEN:
        raise WorldError(f"{period.name} of {pipeline.name} is {stands.state.value} already.")
    figures = _refuse_unless_closable(world, pipeline, period)
    return _record(world, pipeline, period, CloseKind.SOFT_CLOSED, by, reason, evidence=evidence_of(figures))


def reopen(world: World, pipeline: Pipeline, period: Period, by: Signer, reason: str) -> CloseEvent:
    """Takes a soft close back, and with it every signature given since."""
    stands = standing_of(world, pipeline, period)
    if stands.is_locked:
        raise WorldError(f"{period.name} of {pipeline.name} is signed; what it says changes by restatement only.")
    if stands.soft_closed is None:
        raise WorldError(f"{period.name} of {pipeline.name} is open already.")
    return _record(world, pipeline, period, CloseKind.REOPENED, by, reason)


def sign(world: World, pipeline: Pipeline, period: Period, by: Signer) -> CloseEvent:
    """One signature, for the figures as they are now.

    A signature given for other figures does not count any more. Raises WorldError when the period cannot be
    signed, DefinitionError when the person may not.
    """
    stands = standing_of(world, pipeline, period)
    if stands.is_locked:
        raise WorldError(f"{period.name} of {pipeline.name} is signed by both already.")
    figures = _refuse_unless_closable(world, pipeline, period)
    if stands.soft_closed is None:
        raise WorldError(
            f"{period.name} of {pipeline.name} is open, and its figures may still move by themselves. "
            f"Close it first: holdfast close {pipeline.name} {period.name}"
        )
    evidence = evidence_of(figures)
    for each in stands.signatures:
        if each.evidence != evidence:
            world.say(f"The figures have changed since {each.by} signed; that signature does not count any more.")
    given = {each.role: each.by for each in stands.signatures if each.evidence == evidence}
    role = _role(pipeline, by.name, given, "sign")
    return _record(world, pipeline, period, CloseKind.SIGNED, by, "", role=role, evidence=evidence)


def withdraw(world: World, pipeline: Pipeline, period: Period, by: Signer, reason: str) -> int:
    """Takes back every figure that counts a day of the period, and its tables' rows; how many figures.

    At once, by one person, also beside a builder at work: it takes a turn at the books, not the builder's place.
    """
    if standing_of(world, pipeline, period).withdrawn is not None:
        raise WorldError(f"{period.name} of {pipeline.name} is withdrawn already; see `holdfast restatements`.")
    if not any(figure.version for figure in world.figures.of_periods(pipeline, period.grain, [period.name])):
        raise WorldError(f"nothing of {period.name} of {pipeline.name} is published, so there is nothing to withdraw.")
    now, calendar = world.clock.now(), world.project.calendar
    word = CloseEvent(
        pipeline.name, period.grain, period.name, CloseKind.WITHDRAWN, by.name, by.recorded, now, reason=reason
    )
    periods = {name: world.project.models[name].period for name in pipeline.models}
    with world.turn():
        store, bench = world.stores[pipeline.audience], world.bench(pipeline.audience, 1)
        stored = bench.figures_sql(store.current().figures_of(pipeline.name))
        decision = withdrawal(pipeline, period, calendar, world.ledger.close_events(pipeline.name), stored, word)

        def hidden(manifest: Manifest, run_id: str) -> Manifest:
            def cut(name: str, part: Part, interval: Interval, held: bool) -> Part:
                return bench.cut(name, part, interval, run_id, held=held)

            return without_days(manifest, pipeline.models, periods, Days.of([period.interval]), calendar, cut)

        row = decide(decision, store, bench, world.ledger, now, hidden)
        world.ledger.audit(by.recorded, "withdraw", f"{pipeline.name} {period.name}: {reason}", now)
    deliver(world, [pipeline])
    return row.figures


def release(world: World, pipeline: Pipeline, period: Period, by: Signer, reason: str) -> CloseEvent:
    """One of the two words that end a withdrawal; with both, the next run builds, checks and publishes it again."""
    stands = standing_of(world, pipeline, period)
    if stands.withdrawn is None:
        raise WorldError(f"{period.name} of {pipeline.name} is not withdrawn; there is nothing to release.")
    role = _role(pipeline, by.name, {word.role: word.by for word in stands.release_words}, "release it")
    return _record(world, pipeline, period, CloseKind.RELEASE, by, reason, role=role)


def close_and_sign(world: World, pipeline: Pipeline, due: list[Period], recorded_as: str) -> list[Period]:
    """Every one of the periods closed and signed by the first owner and the first of finance: for the demo.

    One that cannot be closed is said and ends it, as periods are signed in order.
    """
    done = []
    people = signers(pipeline)
    owner, finance = (Signer(people[role][0], recorded_as.format(people[role][0])) for role in ROLES)
    for period in due:
        if standing_of(world, pipeline, period).is_locked:
            continue
        try:
            soft_close(world, pipeline, period, owner)
            for each in (owner, finance):
                sign(world, pipeline, period, each)
        except WorldError as error:
            world.say(str(error))
            break
        done.append(period)
    return done


def ready_to_sign(world: World, pipeline: Pipeline) -> list[Period]:
    """Periods that are over and for which no source may bring rows in time any more, oldest first."""
    today = day_of(world.clock.now(), world.project.zone)
    late = max((source.late_rows_within for source in world.project.sources_of(pipeline)), default=None)
    over = closable_periods(pipeline, world.project.calendar, today)
    return [period for period in over if late is None or period.interval.end + late < today]


def _refuse_unless_closable(world: World, pipeline: Pipeline, period: Period) -> list[Figure]:
    figures = world.figures.of_periods(pipeline, period.grain, [period.name])
    why = why_not_closable(
        period,
        pipeline,
        figures,
        world.ledger.open_holds(pipeline.name),
        world.ledger.close_events(pipeline.name),
        world.project.calendar,
        day_of(world.clock.now(), world.project.zone),
    )
    if why:
        raise WorldError(f"{period.name} of {pipeline.name} cannot be closed. " + " ".join(why))
    return figures


def _role(pipeline: Pipeline, person: str, given: dict[str, str], what: str) -> str:
    """The role in which the person speaks: one that nobody has spoken in yet, and only one."""
    mine = [role for role, names in signers(pipeline).items() if person in names]
    if person in given.values():
        raise DefinitionError(f"{person} has done that already; the other word must come from another person.")
    free = [role for role in mine if role not in given]
    if not free:
        said = f"{given[mine[0]]} has spoken as {mine[0]} already" if mine else f"{person} is no signer of {pipeline.name}"
        raise DefinitionError(f"{said}; {person} may not {what}.")
    return free[0]


def _record(
    world: World,
    pipeline: Pipeline,
    period: Period,
    kind: CloseKind,
    by: Signer,
    reason: str,
    *,
    role: str = "",
    evidence: str = "",
) -> CloseEvent:
    event = CloseEvent(
        pipeline.name, period.grain, period.name, kind, by.name, by.recorded, world.clock.now(), role, reason, evidence
    )
    world.ledger.record_close(event)
    text = " ".join(part for part in (pipeline.name, period.name, role, reason) if part)
    world.ledger.audit(by.recorded, kind.value, text, event.at)
    return event
