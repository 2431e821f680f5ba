"""Where every pipeline stands, gathered from records; nothing is landed, built or changed."""

from collections.abc import Iterable
from datetime import date, datetime

from holdfast.calendars import BusinessDays, Period, day_of, deadline
from holdfast.checks.results import Outcome
from holdfast.day import runs_due
from holdfast.definitions.channel import expiring_soon
from holdfast.definitions.pipeline import Pipeline
from holdfast.definitions.report import Report
from holdfast.definitions.source import Source
from holdfast.errors import HoldfastError
from holdfast.loading.graph import source_hash
from holdfast.partitions import ONE_DAY, Days, Interval
from holdfast.releases import gate
from holdfast.releases.banners import Banner, banners
from holdfast.releases.closing import Standing, business_days, by_period, closable_periods, sign_by, standing
from holdfast.releases.handed_over import OutputStanding, standings
from holdfast.releases.status import Deadline, PipelineStatus, StatusView
from holdfast.reports.outputs import pack_outputs, pack_release
from holdfast.runs.landing import Arrivals, not_yet_landed
from holdfast.runs.ports import Holder
from holdfast.world import World


def status_of(
    world: World,
    business: BusinessDays,
    published_through: dict[str, date | None],
    holder: Holder | None,
) -> StatusView:
    """Every pipeline as of the world's clock; what breaks one is shown with it and hides no other."""
    now = world.clock.now()
    return StatusView(
        now,
        tuple(
            _of_pipeline(world, pipeline, business, published_through.get(name), now)
            for name, pipeline in sorted(world.project.pipelines.items())
        ),
        _building(holder),
        tuple(expiring_soon(world.project.pager.expiring, day_of(now, world.project.zone))),
    )


def outputs_of(world: World, pipeline: Pipeline) -> list[OutputStanding]:
    """Where each output stands, from the ledger alone; no destination is asked.

    Those of the pipeline, and of the reports of several pipelines that name it first.
    """
    packs = [pack for pack in world.project.packs if pack.pipelines[:1] == (pipeline.name,)]
    return [*_own_outputs(world, pipeline), *(each for pack in packs for each in _outputs_of_pack(world, pack))]


def _outputs_of_pack(world: World, pack: Report) -> list[OutputStanding]:
    ledger = world.ledger
    release = pack_release(pack, [row for name in pack.pipelines for row in ledger.releases(name, 1)])
    if release is None:
        return []
    failed = ledger.failed_attempts(pack.name, release.id)
    return standings(pack.name, pack_outputs(pack), [release], ledger.deliveries(pack.name), failed)


def _own_outputs(world: World, pipeline: Pipeline) -> list[OutputStanding]:
    ledger, name = world.ledger, pipeline.name
    delivered, newest = ledger.deliveries(name), ledger.releases(name, 1)
    found = standings(name, pipeline.outputs, newest, delivered, ())
    if not any(each.stale_since for each in found):
        return found
    # Only since when asks for every release, which are many.
    failed = ledger.failed_attempts(name, newest[0].id)
    return standings(name, pipeline.outputs, ledger.releases(name), delivered, failed)


def is_behind(world: World) -> bool:
    """Whether any output lacks the newest release."""
    return any(each.stale_since for pipeline in world.project.pipelines.values() for each in outputs_of(world, pipeline))


def to_land(world: World, pipelines: Iterable[Pipeline]) -> dict[str, Arrivals]:
    """Source -> files that the next run would land; sources with none are left out."""
    today = world.clock.now().date()
    sources = {source.name: source for pipeline in pipelines for source in world.project.sources_of(pipeline)}
    found = {name: _to_land_of(source, world, today) for name, source in sorted(sources.items())}
    return {name: arrivals for name, arrivals in found.items() if arrivals}


def _to_land_of(source: Source, world: World, today: date) -> Arrivals:
    landed = world.ledger.landed_files(source.name)
    slices = world.lander.in_slices(source, world.sources.arrivals(source), landed, today)
    return not_yet_landed(slices, landed, today, source_hash(source))


def next_deadline(
    pipeline: Pipeline, world: World, business: BusinessDays, through: date | None, now: datetime
) -> Deadline | None:
    """The earliest deadline among periods that readers do not have whole, a missed one included."""
    zone, calendar = world.project.zone, world.project.calendar
    first = through + ONE_DAY if through else pipeline.starts_on
    today = max(day_of(now, zone), first)
    open_periods: list[Period] = []
    for grain in pipeline.grains:
        open_periods += calendar.periods_of(grain, Days.of([Interval(first, today + ONE_DAY)]))[:1]
    dated = [
        Deadline(
            period,
            deadline(
                period, day_time=pipeline.day_deadline, period_time=pipeline.period_deadline, business=business
            ),
        )
        for period in open_periods
    ]
    return min(dated, key=lambda each: (each.at, each.period.interval), default=None)


def _of_pipeline(
    world: World, pipeline: Pipeline, business: BusinessDays, through: date | None, now: datetime
) -> PipelineStatus:
    last = world.ledger.runs(pipeline.name, 1)
    try:
        due, problem = tuple(runs_due(world, pipeline)), ""
    except HoldfastError as error:
        due, problem = (), str(error)
    return PipelineStatus(
        pipeline=pipeline.name,
        audience=pipeline.audience,
        published_through=through,
        due=due,
        holds=tuple(world.ledger.open_holds(pipeline.name)),
        deadline=next_deadline(pipeline, world, business, through, now),
        last_run=last[0] if last else None,
        closes=tuple(closes_of(world, pipeline, now)),
        banners=_banners(world, pipeline, through),
        stale_outputs=tuple(each for each in outputs_of(world, pipeline) if each.stale_since),
        problem=problem,
    )


def _banners(world: World, pipeline: Pipeline, through: date | None) -> tuple[Banner, ...]:
    if gate.keeps_back(pipeline) or through is None:
        return ()
    return banners(world.ledger.results(pipeline.name, outcomes=[Outcome.FAIL, Outcome.UNKNOWN]), through)


def closes_of(world: World, pipeline: Pipeline, now: datetime) -> list[tuple[Period, Standing]]:
    """Periods that wait for signatures or are withdrawn."""
    calendar, events = world.project.calendar, world.ledger.close_events(pipeline.name)
    over = closable_periods(pipeline, calendar, day_of(now, world.project.zone))
    told = by_period(events)
    withdrawn = [calendar.named(name) for (_, name), some in told.items() if standing(some).withdrawn]
    wanted = {*over, *(period for period in withdrawn if period is not None)}
    business = business_days(world.project, pipeline, wanted)
    stands = {p: standing(told.get((p.grain, p.name), ()), sign_by(p, pipeline, business)) for p in wanted}
    waiting = [(p, s) for p, s in stands.items() if s.withdrawn or not s.is_locked]
    return sorted(waiting, key=lambda each: (each[0].interval.end, each[0].interval.length))


def _building(holder: Holder | None) -> str:
    if holder is None:
        return ""
    return f"holdfast {holder.verb} is building since {holder.since:%Y-%m-%d %H:%M:%S} UTC (process {holder.pid})"
