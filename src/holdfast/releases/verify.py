"""Whether a period's published figures follow from the input that is still kept: equal, different, or unknown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Any

from holdfast.calendars import DAY, Calendar, Period
from holdfast.definitions.metric import Metric
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Pipeline
from holdfast.releases.closing import Adjustment
from holdfast.releases.receipt import SourceInput
from holdfast.releases.release import Figure, FigureState, ReleaseRow
from holdfast.releases.spelling import plain, segment_label

_EXACT = Context(prec=60)
_NOTHING_ADJUSTED: Mapping[tuple[str, str], Decimal] = {}


class Finding(StrEnum):
    """What a verification ends with."""

    EQUAL = "equal"
    DIFFERENT = "different"
    INPUTS_GONE = "inputs expired"
    INPUTS_CHANGED = "inputs changed"
    DEFINITION_CHANGED = "definition changed"
    NOTHING = "nothing published"


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that its inputs do not give."""

    metric: str
    segment: str
    published: Decimal | None
    rebuilt: Decimal | None

    def __str__(self) -> str:
        return (
            f"{self.metric} ({segment_label(self.segment)}): published {_text(self.published)}, "
            f"rebuilt {_text(self.rebuilt)}"
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer, and what it rests on."""

    period: Period
    finding: Finding
    compared: int = 0
    held: int = 0
    """Figures that wait: their values are older than the period's newest release and are not compared."""
    differences: tuple[Difference, ...] = ()
    detail: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every figure compared follows from its inputs."""
        return self.finding is Finding.EQUAL


DayValues = Mapping[tuple[str, str], Sequence[tuple[date, Decimal | None]]]
"""(metric, segment) -> day values of a rebuild."""


def changed_definitions(releases: Sequence[ReleaseRow], models: Sequence[Model]) -> list[str]:
    """What changed since the releases: a sentence per model whose definition is another one now."""
    found: dict[str, None] = {}
    for release in releases:
        then: dict[str, str] = _receipt(release).get("definitions", {})
        for model in models:
            if model.name not in then:
                found[f"{model.name} did not exist in release {release.id}"] = None
            elif then[model.name] != model.definition_hash:
                found[
                    f"{model.name} was {then[model.name][:12]} in release {release.id} and is "
                    f"{model.definition_hash[:12]} now ({model.file})"
                ] = None
    return list(found)


def landing_horizon(releases: Sequence[ReleaseRow]) -> int:
    """Number of the last landing that the releases read."""
    return max((entry.seq for each in releases for entry in inputs_of(each)), default=0)


def inputs_of(release: ReleaseRow) -> list[SourceInput]:
    """What the release's receipt says it read of each source."""
    return [
        SourceInput(
            entry["source"],
            date.fromisoformat(entry["first_on"]),
            date.fromisoformat(entry["last_on"]),
            entry["rows"],
            int(entry["fingerprint"], 16),
            entry["seq"],
        )
        for entry in _receipt(release).get("inputs", [])
    ]


def compare(
    pipeline: Pipeline,
    period: Period,
    figures: Sequence[Figure],
    rebuilt: DayValues,
    adjusted: Mapping[tuple[str, str], Decimal] = _NOTHING_ADJUSTED,
) -> Verification:
    """Each figure beside the sum of its rebuilt days, ratios divided anew from sums that were rebuilt.

    `adjusted` is what adjustments add to each (metric, segment) of the period.
    """
    counted = compared(figures)
    held = len(figures) - len(counted)
    if not counted:
        return Verification(period, Finding.NOTHING, held=held)
    differences = []
    for figure in counted:
        metric = pipeline.metric(figure.metric)
        if metric is None:
            continue
        value = _value(metric, pipeline, figure, period, rebuilt, adjusted)
        if value != figure.value:
            differences.append(Difference(figure.metric, figure.segment, figure.value, value))
    finding = Finding.DIFFERENT if differences else Finding.EQUAL
    return Verification(period, finding, len(counted), held, tuple(differences))


def compared(figures: Iterable[Figure]) -> list[Figure]:
    """Those with a value of their own: not held, not withdrawn, published at least once."""
    apart = (FigureState.HELD, FigureState.WITHDRAWN)
    return [f for f in figures if f.version > 0 and f.state not in apart]


def adjusted_by(
    adjustments: Iterable[Adjustment], period: Period, calendar: Calendar, as_of: date, release: int
) -> dict[tuple[str, str], Decimal]:
    """(metric, segment) -> what the period's figures count beside their rebuilt days.

    An adjustment is counted where it is booked. Its late rows lie on days of its origin, and the rebuilt days
    have them, where the figures of the origin and of longer periods still have the days as they were signed.
    """
    found: dict[tuple[str, str], Decimal] = {}
    for each in adjustments:
        if each.release > release:
            continue
        origin = calendar.named(each.origin)
        key, delta = (each.metric, each.segment), Decimal(0)
        if each.booked_on in period.interval and each.booked_on <= as_of:
            delta += each.delta
        if origin is not None and origin.interval.start in period.interval and origin.interval.last in period.interval:
            delta -= each.delta
        found[key] = found.get(key, Decimal(0)) + delta
    return found


def lines(found: Verification) -> list[str]:
    """The answer in sentences, the finding first."""
    said = {
        Finding.EQUAL: f"{found.period.name}: equal. {found.compared} figures follow from the retained input.",
        Finding.DIFFERENT: f"{found.period.name}: different. {len(found.differences)} of {found.compared} figures "
        "do not follow from the retained input:",
        Finding.INPUTS_GONE: f"{found.period.name}: inputs expired. It cannot be rebuilt from what is retained:",
        Finding.INPUTS_CHANGED: f"{found.period.name}: inputs changed since. It cannot be rebuilt as it was released:",
        Finding.DEFINITION_CHANGED: f"{found.period.name}: definition changed since. Verification needs the definition "
        "of the release; check that commit out and verify there:",
        Finding.NOTHING: f"{found.period.name}: no figure of it is published, so there is nothing to verify.",
    }[found.finding]
    waiting = f"{found.held} held or withdrawn figures were not compared: they keep an earlier value." if found.held else ""
    return [said, *(f"  {each}" for each in (*found.detail, *found.differences)), *([waiting] if waiting else [])]


def as_json(found: Verification) -> str:
    """The same as an object."""
    return json.dumps(
        {
            "period": found.period.name,
            "grain": found.period.grain,
            "finding": found.finding.value,
            "compared": found.compared,
            "held": found.held,
            "differences": [
                {
                    "metric": each.metric,
                    "segment": each.segment,
                    "published": None if each.published is None else plain(each.published),
                    "rebuilt": None if each.rebuilt is None else plain(each.rebuilt),
                }
                for each in found.differences
            ],
            "detail": list(found.detail),
        },
        indent=2,
        ensure_ascii=False,
    )


def _value(
    metric: Metric,
    pipeline: Pipeline,
    figure: Figure,
    period: Period,
    rebuilt: DayValues,
    adjusted: Mapping[tuple[str, str], Decimal],
) -> Decimal | None:
    """What the figure comes to from the rebuilt rows."""

    def counted(part: Metric | None) -> Decimal | None:
        value = _counted(part, figure, period, rebuilt) if part else None
        more = adjusted.get((part.id, figure.segment)) if part else None
        return value if value is None or more is None else _EXACT.add(value, more)

    if metric.ratio is None:
        return counted(metric)
    values = [counted(pipeline.metric(name)) for name in metric.ratio.parts]
    *above, below = values
    if below is None or below == 0 or any(value is None for value in above):
        return None
    total = Decimal(0)
    for value in above:
        total = _EXACT.add(total, value or Decimal(0))
    return _EXACT.divide(total, below).quantize(Decimal(1).scaleb(-metric.scale), ROUND_HALF_EVEN)


def _counted(metric: Metric, figure: Figure, period: Period, rebuilt: DayValues) -> Decimal | None:
    """A measured metric: the sum of the days counted, or what the last day's row says of the whole period."""
    own = metric.measures.get(period.grain)
    absent = None if metric.empty_is_null else Decimal(0)
    if own and period.grain != DAY:
        rows = dict(rebuilt.get((f"{metric.id}@{period.grain}", figure.segment), ()))
        return rows.get(figure.as_of, absent) if figure.as_of else absent
    days = [
        value
        for day, value in rebuilt.get((metric.id, figure.segment), ())
        if day in period.interval and figure.as_of is not None and day <= figure.as_of
    ]
    if not days:
        return absent
    total = Decimal(0)
    for value in days:
        if value is None:
            return None
        total = _EXACT.add(total, value)
    return total


def _receipt(release: ReleaseRow) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(release.receipt) if release.receipt else {}
    return read


def _text(value: Decimal | None) -> str:
    return "nothing" if value is None else plain(value)

