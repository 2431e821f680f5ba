"""What is not plain about a period: what was restated, revised, adjusted, corrected beside, held, withdrawn, noted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from holdfast.calendars import Period
from holdfast.releases.closing import Adjustment
from holdfast.releases.release import Figure, FigureState
from holdfast.reports.edition import Chapter

MOST_REASONS = 3


class Kind(StrEnum):
    """Why a reader should look again; in the order in which they are told."""

    WITHDRAWN = "withdrawn"
    RESTATED = "restated"
    ADJUSTMENT = "adjustment"
    ADJUSTED_LATER = "adjusted later"
    ERRATUM = "erratum"
    HELD = "held"
    REVISED = "revised"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what changed."""

    kind: Kind
    pipeline: str
    metric: str
    """Empty where it concerns the whole period."""
    segment: str
    old: Decimal | None
    """What readers had; of an adjustment the sum without it."""
    new: Decimal | None
    on: date | None
    reason: str
    period: str = ""
    """The other period of an adjustment."""
    version: int = 0


def changes(chapter: Chapter, period: Period) -> list[Change]:
    """Everything to tell of the period, by kind, metric, segment and time."""
    rank = {metric.id: at for at, metric in enumerate(chapter.metrics)}
    order = list(Kind)
    found = [
        *_withdrawals(chapter),
        *_versions(chapter, period),
        *_adjustments(chapter),
        *_errata(chapter),
        *_held(chapter),
        *_notes(chapter),
    ]
    return sorted(
        found,
        key=lambda each: (
            order.index(each.kind),
            rank.get(each.metric, len(rank)),
            each.segment,
            each.on or date.min,
            each.version,
            each.reason,
        ),
    )


def restated_from(found: Iterable[Change]) -> dict[tuple[str, str, str], Change]:
    """(pipeline, metric, segment) -> its newest restatement."""
    return {(each.pipeline, each.metric, each.segment): each for each in found if each.kind is Kind.RESTATED}


def days_sum(chapter: Chapter, metric: str, segment: str, value: Decimal | None) -> Decimal | None:
    """What the period's own days come to: its value without the adjustments it carries."""
    if value is None:
        return None
    return value - sum((each.delta for each in carried(chapter, metric, segment)), Decimal(0))


def carried(chapter: Chapter, metric: str, segment: str) -> list["Adjusted"]:
    """What the period's figure counts for earlier periods, summed per origin, oldest first; nothing that came to zero."""
    compared = chapter.of(metric, segment)
    as_of = compared.figure.as_of if compared else None
    by_origin: dict[str, list[Adjustment]] = {}
    for each in chapter.booked:
        if (each.metric, each.segment) == (metric, segment) and as_of and each.booked_on <= as_of:
            by_origin.setdefault(each.origin, []).append(each)
    summed = [(origin, sum((each.delta for each in some), Decimal(0)), some) for origin, some in sorted(by_origin.items())]
    return [
        Adjusted(origin, delta, _reasons(some), max(each.at for each in some).date()) for origin, delta, some in summed if delta
    ]


def _reasons(adjustments: Iterable[Adjustment]) -> str:
    """Their reasons, each once, the first few of many."""
    said = list(dict.fromkeys(_material(each.reason, each.approver) for each in adjustments))
    more = [f"and {len(said) - MOST_REASONS} more"] if len(said) > MOST_REASONS else []
    return "; ".join([*said[:MOST_REASONS], *more])


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What one earlier period's late rows add to a figure of the period that carries them."""

    origin: str
    delta: Decimal
    reason: str
    on: date


def _versions(chapter: Chapter, period: Period) -> Iterator[Change]:
    """Each new version beside the one before; of revisions only those after the period's end, newest per figure."""
    restating = {each.release for each in chapter.standing.restatements if each.release}
    why = {each.release: each.reason for each in chapter.standing.restatements}
    rows: dict[tuple[str, str], list[Figure]] = {}
    for figure in sorted(chapter.history, key=lambda each: (each.release, each.version)):
        if figure.version and figure.state not in (FigureState.HELD, FigureState.WITHDRAWN):
            rows.setdefault((figure.metric, figure.segment), []).append(figure)
    for (metric, segment), versions in rows.items():
        newest_revision = None
        for before, after in pairwise(versions):
            if after.version == before.version or after.value == before.value:
                continue
            is_restated = after.release in restating or before.state is FigureState.FINAL
            reason = why.get(after.release) or after.reason
            on = after.published_at.date()
            told = Change(
                Kind.RESTATED if is_restated else Kind.REVISED,
                chapter.pipeline,
                metric,
                segment,
                before.value,
                after.value,
                on,
                reason,
                version=after.version,
            )
            if is_restated:
                yield told
            elif before.as_of and before.as_of >= period.interval.last:
                newest_revision = told
        if newest_revision:
            yield newest_revision


def _withdrawals(chapter: Chapter) -> Iterator[Change]:
    event = chapter.standing.withdrawn
    if event:
        yield Change(Kind.WITHDRAWN, chapter.pipeline, "", "", None, None, event.at.date(), event.reason)
        return
    for each in chapter.figures:
        if each.state is FigureState.WITHDRAWN:
            on = each.published_at.date()
            yield Change(Kind.WITHDRAWN, chapter.pipeline, each.metric, each.segment, None, None, on, each.reason)


def _adjustments(chapter: Chapter) -> Iterator[Change]:
    for each in chapter.booked:
        booked = chapter.of(each.metric, each.segment)
        value = booked.figure.value if booked else None
        yield Change(
            Kind.ADJUSTMENT,
            chapter.pipeline,
            each.metric,
            each.segment,
            days_sum(chapter, each.metric, each.segment, value),
            each.delta,
            each.at.date(),
            _material(each.reason, each.approver),
            each.origin,
        )
    for each in chapter.adjusted:
        yield Change(
            Kind.ADJUSTED_LATER,
            chapter.pipeline,
            each.metric,
            each.segment,
            None,
            each.delta,
            each.at.date(),
            _material(each.reason, each.approver),
            each.booked,
        )


def _material(reason: str, approver: str) -> str:
    return f"{reason} (below the materiality of {approver})" if approver else reason


def _errata(chapter: Chapter) -> Iterator[Change]:
    for each in chapter.errata:
        yield Change(
            Kind.ERRATUM,
            chapter.pipeline,
            each.metric,
            each.segment,
            each.published,
            each.corrected,
            each.at.date(),
            each.reason,
        )


def _held(chapter: Chapter) -> Iterator[Change]:
    """A held figure, with why: the causes of the holds that name its metric."""
    for figure in chapter.figures:
        if figure.state is not FigureState.HELD:
            continue
        causes = dict.fromkeys(each.cause for each in chapter.holds if not each.metrics or figure.metric in each.metrics)
        why = figure.reason or (f"waits for {', '.join(causes)}" if causes else "waits to be checked")
        yield Change(
            Kind.HELD, chapter.pipeline, figure.metric, figure.segment, figure.value, None, figure.as_of, why
        )


def _notes(chapter: Chapter) -> Iterator[Change]:
    for each in chapter.annotations:
        for metric in each.metrics or ("",):
            if not metric or chapter.metric(metric):
                reason = f"{each.span}: {each.reason}"
                yield Change(Kind.NOTE, chapter.pipeline, metric, "", None, None, each.span.start, reason)
