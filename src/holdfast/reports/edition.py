"""Everything that one report of one period shows, read at one moment: one value, from which every format is made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from holdfast.calendars import Calendar, Period
from holdfast.definitions.metric import Metric
from holdfast.definitions.pipeline import Annotation, Pipeline
from holdfast.definitions.report import Report, blanks, resolved
from holdfast.releases.closing import Adjustment, CloseEvent, CloseState, Erratum, Standing, standing
from holdfast.releases.comparison import Compared, Neighbours, beside
from holdfast.releases.release import Figure, FigureState, Hold, HoldState
from holdfast.releases.spelling import at_scale, ordered

TREND = 13
"""Periods in a chart: a year of months, and the same month a year before."""


@dataclass(frozen=True, slots=True)
class Records:
    """What was read of one pipeline for a report: lists as the store and the ledger give them."""

    pipeline: Pipeline
    figures: Sequence[Figure]
    """Current ones of the periods that `periods_needed` names."""
    history: Sequence[Figure] = ()
    """Every row ever released of the period itself."""
    events: Sequence[CloseEvent] = ()
    adjustments: Sequence[Adjustment] = ()
    errata: Sequence[Erratum] = ()
    holds: Sequence[Hold] = ()
    sign_by: datetime | None = None
    full_names: Mapping[str, str] = field(default_factory=dict)
    """Person -> how readers know them."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One pipeline's part of a report."""

    pipeline: str
    purpose: str
    metrics: tuple[Metric, ...]
    """Shown ones, the most important first."""
    dimensions: tuple[str, ...]
    compared: tuple[Compared, ...]
    """The period's figures with those of the period before and of a year before; totals before segments."""
    trend: tuple[Figure, ...]
    """Figures of the last periods up to this one."""
    history: tuple[Figure, ...]
    """Every version of the period's figures, oldest first."""
    standing: Standing
    state: str
    """How the period stands, for readers: `preliminary`, `final, signed by ... and ...`."""
    booked: tuple[Adjustment, ...] = ()
    """Adjustments that this period carries for earlier ones."""
    adjusted: tuple[Adjustment, ...] = ()
    """Adjustments that later periods carry for this one."""
    errata: tuple[Erratum, ...] = ()
    holds: tuple[Hold, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The period's figures."""
        return tuple(each.figure for each in self.compared)

    def of(self, metric: str, segment: str = "") -> Compared | None:
        """A metric's figure of the period with what stands beside it."""
        return next(
            (each for each in self.compared if each.figure.metric == metric and each.figure.segment == segment), None
        )

    def metric(self, metric_id: str) -> Metric | None:
        """A shown metric."""
        return next((each for each in self.metrics if each.id == metric_id), None)

    def members(self, dimension: str) -> list[str]:
        """Segments of a dimension that have a figure, the largest of the first metric first."""
        found = dict.fromkeys(each.segment for each in self.figures if each.segment.startswith(f"{dimension}="))
        return sorted(found, key=lambda segment: (-self._size(segment), segment))

    def _size(self, segment: str) -> float:
        """For order only."""
        found = self.of(self.metrics[0].id, segment) if self.metrics else None
        return float(found.figure.value) if found and found.figure.value is not None else float("-inf")


@dataclass(frozen=True, slots=True)
class Edition:
    """A report of a period, whole."""

    report: Report
    company: str
    currency: str
    calendar: Calendar
    period: Period
    chapters: tuple[Chapter, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure it shows of the period."""
        return tuple(figure for chapter in self.chapters for figure in chapter.figures)

    @property
    def release(self) -> int:
        """The newest release that touched one of its figures; 0 without any."""
        return max((each.release for each in self.figures), default=0)

    @property
    def published_at(self) -> datetime | None:
        """When that release was published."""
        newest = max(self.figures, key=lambda each: each.release, default=None)
        return newest.published_at if newest else None

    @property
    def as_of(self) -> date | None:
        """The last business day counted in a total that is not held."""
        good = [each for each in self.figures if not each.segment and each.state is not FigureState.HELD]
        return max((each.as_of for each in good if each.as_of), default=None)

    @property
    def name(self) -> str:
        """`aggregate_profit`, `aggregate_profit-board`, `quarterly_pack`: what its files are named for."""
        if self.report.is_pack or not self.chapters:
            return self.report.name
        pipeline = self.chapters[0].pipeline
        return pipeline if self.report.name == "report" else f"{pipeline}-{self.report.name}"

    @property
    def is_published(self) -> bool:
        """Whether readers ever got one of its figures."""
        return any(each.version for each in self.figures)


def periods_needed(period: Period, calendar: Calendar) -> list[str]:
    """Names of the periods whose figures an edition shows: itself, those of its charts, a year before; sorted."""
    neighbours = Neighbours.of(calendar)
    near = [neighbours.step(period, -back) for back in range(TREND)]
    return sorted({each.name for each in (*near, neighbours.years(period, -1)) if each})


def edition(
    report: Report,
    period: Period,
    records: Iterable[Records],
    *,
    company: str,
    currency: str,
    calendar: Calendar,
    now: datetime,
) -> Edition:
    """The edition of a period; the same records always give the same one.

    `now` decides only whether a deadline to sign has passed.
    """
    chapters = tuple(_chapter(report, period, each, calendar, now) for each in records)
    return Edition(report, company, currency, calendar, period, chapters)


def _chapter(report: Report, period: Period, records: Records, calendar: Calendar, now: datetime) -> Chapter:
    pipeline = records.pipeline
    events = [each for each in records.events if (each.grain, each.period) == (period.grain, period.name)]
    stands = standing(events, records.sign_by)
    metrics = shown_metrics(report, pipeline, period.grain)
    scales = {metric.id: metric.scale for metric in metrics}
    ids = [*scales]
    told = [each for each in records.adjustments if each.metric in scales]
    known = [_at_scale(each, scales[each.metric]) for each in records.figures if each.grain == period.grain and each.metric in ids]
    if stands.state is CloseState.WITHDRAWN:
        known = [_withdrawn(each) if each.period == period.name else each for each in known]
    mine = ordered((each for each in known if each.period == period.name), ids)
    return Chapter(
        pipeline=pipeline.name,
        purpose=pipeline.purpose,
        metrics=metrics,
        dimensions=pipeline.segments,
        compared=tuple(beside(mine, calendar, known)),
        trend=_trend(known, period, calendar),
        history=tuple(
            replace(each, value=at_scale(each.value, scales[each.metric]))
            for each in records.history
            if (each.grain, each.period) == (period.grain, period.name) and each.metric in ids
        ),
        standing=stands,
        state=_state(stands, mine, records.full_names, now),
        booked=tuple(each for each in told if _carries(pipeline, period, each)),
        adjusted=tuple(each for each in told if _was_corrected(period, each, calendar)),
        errata=_open_errata(records.errata, stands, period, ids),
        holds=tuple(each for each in records.holds if each.state is HoldState.OPEN and each.day in period.interval),
        annotations=tuple(each for each in pipeline.annotations if each.span.meet(period.interval)),
    )


def _state(stands: Standing, mine: Sequence[Figure], full_names: Mapping[str, str], now: datetime) -> str:
    """How the period stands; a withdrawal of a day in it takes the whole period's figures back."""
    taken = [each for each in mine if each.state is FigureState.WITHDRAWN]
    if taken and stands.state is not CloseState.WITHDRAWN:
        return max(taken, key=lambda each: each.release).reason or "withdrawn"
    return stands.sentence(now, full_names)


def shown_metrics(report: Report, pipeline: Pipeline, grain: str) -> tuple[Metric, ...]:
    """Those of the report's `metrics:`, then those its text names; without `metrics:` then all that have the grain."""
    by_id = {metric.id: metric for metric in pipeline.metrics}
    ids = {pipeline.name: [*by_id]}
    words = [word for blank in (*blanks(report.text), *blanks(report.title)) for word in blank.words[:2]]
    named = [metric for word in words for _, metric in resolved(word, ids)]
    chosen = report.metrics.get(pipeline.name)
    order = (*named, *by_id) if chosen is None else (*chosen, *named)
    return tuple(by_id[each] for each in dict.fromkeys(order) if each in by_id and grain in by_id[each].grains)


def _at_scale(figure: Figure, scale: int) -> Figure:
    return replace(figure, value=at_scale(figure.value, scale))


def _withdrawn(figure: Figure) -> Figure:
    """Without its value, unless it was published as withdrawn: then it may have the one signed before."""
    if figure.state is FigureState.WITHDRAWN:
        return figure
    return replace(figure, state=FigureState.WITHDRAWN, value=None)


def _trend(known: Iterable[Figure], period: Period, calendar: Calendar) -> tuple[Figure, ...]:
    neighbours = Neighbours.of(calendar)
    names = {each.name for back in range(TREND) if (each := neighbours.step(period, -back))}
    return tuple(ordered(each for each in known if each.period in names))


def _carries(pipeline: Pipeline, period: Period, adjustment: Adjustment) -> bool:
    """Whether the period's figures count it beside their own days: periods of grains that are signed do."""
    closed = pipeline.close.grains if pipeline.close else ()
    return period.grain in closed and adjustment.booked_on in period.interval


def _was_corrected(period: Period, adjustment: Adjustment, calendar: Calendar) -> bool:
    """Whether it is for days of the period, and booked after its end."""
    origin = calendar.named(adjustment.origin)
    is_inside = origin is not None and origin.interval.meet(period.interval) == origin.interval
    return is_inside and adjustment.booked_on >= period.interval.end


def _open_errata(
    errata: Iterable[Erratum], stands: Standing, period: Period, metrics: Sequence[str]
) -> tuple[Erratum, ...]:
    """The newest of each figure, unless the period was restated since."""
    restated = max((each.release for each in stands.restatements), default=0)
    newest: dict[tuple[str, str], Erratum] = {}
    for each in sorted(errata, key=lambda each: (each.at, each.release)):
        if (each.grain, each.period) == (period.grain, period.name) and each.metric in metrics:
            newest[each.metric, each.segment] = each
    return tuple(each for each in newest.values() if each.release >= restated)
