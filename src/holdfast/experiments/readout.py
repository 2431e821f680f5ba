"""From published rows to what may honestly be said of an experiment: a verdict, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from holdfast.experiments.estimates import Contrast, Estimate, Lift, contrast, detectable, estimate
from holdfast.experiments.sequence import ALPHA, FEWEST_USERS
from holdfast.experiments.sequence import Sequence as Confidence
from holdfast.experiments.split import Split, holm, split
from holdfast.experiments.statistics import Moments, Row

CONTROL = "control"
EVERYBODY = ""
ALL_SHARES = Decimal("0.99")
"""Planned shares of thirds come to a little less than one."""


class Verdict(StrEnum):
    """BETTER and WORSE speak of the treatment; REFUSED gives no number at all."""

    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    TOO_EARLY = "too_early"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Look:
    """A published day: users, and the difference through its end with the always-valid interval."""

    day: date
    users: int
    always_valid: Lift


@dataclass(frozen=True, slots=True)
class Comparison:
    """One treatment against the control; `headline` is with CUPED where there is a covariate."""

    variant: str
    verdict: Verdict
    is_adjusted: bool
    headline: Estimate
    always_valid: Lift | None
    """None before the first look."""
    unadjusted: Estimate
    winsorised: Estimate
    winsorised_adjusted: Estimate
    detectable: float
    p_holm: float
    """Of one look, corrected for the number of treatments."""
    path: tuple[Look, ...]

    @property
    def deciding(self) -> Lift:
        """The interval the verdict rests on: the always-valid one, or at a single look the ordinary one."""
        return self.always_valid if self.always_valid and len(self.path) > 1 else self.headline.lift


@dataclass(frozen=True, slots=True)
class SegmentLift:
    """One segment of one comparison; none of the numbers where the segment cannot be read."""

    segment: str
    variant: str
    users: int
    estimate: Estimate | None
    always_valid: Lift | None
    p_holm: float | None
    """Corrected for every segment and treatment that was looked at, from the p-values that decide."""
    unread: str
    """Why there is no estimate; empty where there is one."""

    @property
    def stands_out(self) -> bool:
        """Whether the segment differs after the correction."""
        return self.p_holm is not None and self.p_holm < ALPHA


@dataclass(frozen=True, slots=True)
class ReadOut:
    """Everything there is to say of one experiment, or of one segment of it, through the end of a day."""

    experiment: str
    segment: str
    day: date
    started_on: date
    ended_on: date | None
    control: str
    split: Split
    crossovers: int
    refused: str
    """Why nothing is read; empty otherwise."""
    comparisons: tuple[Comparison, ...]
    segments: tuple[SegmentLift, ...]

    @property
    def has_ended(self) -> bool:
        """Whether the day is the experiment's last, or later."""
        return self.ended_on is not None and self.day >= self.ended_on


_Arms = Mapping[str, Row]
"""Variant -> its row of one segment and day."""


def read_out(rows: Sequence[Row], segment: str = EVERYBODY) -> ReadOut:
    """What the rows of one experiment, through one day, say; the newest day is read, earlier ones are the path.

    Of a segment only its own rows and those of everybody on the newest day are needed. The control is the variant
    called so, else the first by name. Nothing is read where the users did not come in the planned shares.
    """
    by_segment = _by_segment(rows)
    days = by_segment[segment]
    day = max(max(each) for each in by_segment.values())
    arms = days.get(day, {})
    everybody = by_segment[EVERYBODY].get(day, {}) if EVERYBODY in by_segment else arms
    control = CONTROL if CONTROL in everybody else min(everybody)
    some = next(iter(everybody.values()))
    found = _split(arms) if arms else _split(everybody)
    refused = _why_refused(found, _split(everybody), segment, arms, control)
    comparisons = [] if refused else _comparisons(days, control)
    segments = [] if refused or segment else _segments(by_segment, day, control)
    return ReadOut(
        some.experiment,
        segment,
        day,
        some.started_on,
        some.ended_on,
        control,
        found,
        some.crossovers,
        refused,
        tuple(comparisons),
        tuple(segments),
    )


def _by_segment(rows: Sequence[Row]) -> dict[str, dict[date, dict[str, Row]]]:
    ordered = sorted(rows, key=lambda row: (row.segment, row.day, row.variant))
    return {
        segment: {
            day: {row.variant: row for row in of_day}
            for day, of_day in groupby(of_segment, key=lambda row: row.day)
        }
        for segment, of_segment in groupby(ordered, key=lambda row: row.segment)
    }


def _split(arms: _Arms) -> Split:
    return split(
        {name: row.sums.n for name, row in arms.items()},
        {name: row.planned_share for name, row in arms.items()},
    )


def _why_refused(found: Split, everybody: Split, segment: str, arms: _Arms, control: str) -> str:
    if not arms or control not in arms or len(arms) < 2:
        there = ", ".join(sorted(arms)) or "no variant"
        return f"there is nothing to compare: users were seen in {there} only."
    planned = sum(row.planned_share for row in arms.values())
    if planned < ALL_SHARES:
        return f"the variants seen are planned for {planned * 100:.4g} % of the users; nobody is in the others."
    for tested, where in ((everybody, ""), (found, f" in segment {segment}" if segment else "")):
        if not tested.is_as_planned:
            return f"users did not come in the planned shares{where}: {_counted(tested)}."
    if any(row.sums.n < 2 for row in arms.values()):
        return "a variant has fewer than two users, so nothing can be said of its spread."
    if not any(row.sums.moments().variance for row in arms.values()):
        return "every user of a variant came to the same amount, so there is no spread to measure against."
    return ""


def _counted(found: Split) -> str:
    """`5,512 in treatment (planned 50 %), 4,488 in control (planned 50 %)`."""
    return ", ".join(
        f"{users:,} in {name} (planned {found.planned[name] * 100:.4g} %)"
        for name, users in sorted(found.users.items())
    )


def _comparisons(days: Mapping[date, _Arms], control: str) -> list[Comparison]:
    newest = days[max(days)]
    treatments = [name for name in sorted(newest) if name != control]
    moments = {name: row.sums.moments() for name, row in newest.items()}
    headlines = [
        estimate(moments[control], moments[name], adjusted=_has_covariate(moments[control], moments[name]))
        for name in treatments
    ]
    adjusted_p = holm([each.lift.p_value for each in headlines])
    return [
        _comparison(days, control, name, headline, p_holm, ALPHA / len(treatments))
        for name, headline, p_holm in zip(treatments, headlines, adjusted_p, strict=True)
    ]


def _comparison(
    days: Mapping[date, _Arms], control: str, name: str, headline: Estimate, p_holm: float, alpha: float
) -> Comparison:
    newest = days[max(days)]
    raw = newest[control].sums.moments(), newest[name].sums.moments()
    capped = newest[control].sums.moments(capped=True), newest[name].sums.moments(capped=True)
    adjusted = _has_covariate(*raw)
    path = _path(days, control, name, alpha)
    always_valid = path[-1].always_valid if path and path[-1].day == max(days) else None
    deciding = always_valid if always_valid and len(path) > 1 else headline.lift
    proven = deciding.excludes_zero if len(path) > 1 else p_holm < ALPHA
    return Comparison(
        name,
        _verdict(deciding, enough=always_valid is not None, proven=proven),
        adjusted,
        headline,
        always_valid,
        estimate(*raw, adjusted=False) if adjusted else headline,
        _estimate_or(headline, capped, adjusted=False),
        _estimate_or(headline, capped, adjusted=adjusted),
        detectable(*raw, adjusted=adjusted),
        p_holm,
        tuple(path),
    )


def _estimate_or(other: Estimate, arms: tuple[Moments, Moments], *, adjusted: bool) -> Estimate:
    """Capped at zero nothing is left to estimate: the other one then."""
    return estimate(*arms, adjusted=adjusted) if any(arm.variance for arm in arms) else other


def _verdict(deciding: Lift, *, enough: bool, proven: bool) -> Verdict:
    if not enough:
        return Verdict.TOO_EARLY
    if not proven:
        return Verdict.INCONCLUSIVE
    return Verdict.BETTER if deciding.difference > 0 else Verdict.WORSE


def _path(days: Mapping[date, _Arms], control: str, name: str, alpha: float) -> list[Look]:
    """One look per day from the first with enough users in both arms."""
    looks: list[Look] = []
    confidence: Confidence | None = None
    for day in sorted(days):
        found = _contrast(days[day], control, name)
        if found is None:
            continue
        confidence = confidence or Confidence.begun(found)
        looks.append(Look(day, found.control_n + found.treatment_n, confidence.look(found, alpha)))
    return looks


def _contrast(arms: _Arms, control: str, name: str) -> Contrast | None:
    """None while an arm is missing, has too few users, or nothing varies yet."""
    if any(each not in arms or arms[each].sums.n < FEWEST_USERS for each in (control, name)):
        return None
    moments = arms[control].sums.moments(), arms[name].sums.moments()
    found = contrast(*moments, adjusted=_has_covariate(*moments))
    return found if found.variance > 0 else None


def _has_covariate(control: Moments, treatment: Moments) -> bool:
    return control.covariate_variance > 0 or treatment.covariate_variance > 0


def _segments(
    by_segment: Mapping[str, Mapping[date, _Arms]], day: date, control: str
) -> list[SegmentLift]:
    """Every segment of every comparison, corrected together; a segment named nothing is everybody, left out."""
    treatments = [name for name in sorted(by_segment[EVERYBODY][day]) if name != control]
    names = [(segment, name) for segment in sorted(by_segment) if segment for name in treatments]
    found = [_segment(by_segment[segment], segment, day, control, name) for segment, name in names]
    looks = max((len(days) for segment, days in by_segment.items() if segment), default=0)
    read = [at for at, each in enumerate(found) if each.estimate]
    corrected = dict(zip(read, holm([_deciding_p(found[at], looks) for at in read]), strict=True))
    return [
        SegmentLift(
            each.segment,
            each.variant,
            each.users,
            each.estimate,
            each.always_valid,
            corrected.get(at),
            each.unread,
        )
        for at, each in enumerate(found)
    ]


def _deciding_p(found: SegmentLift, looks: int) -> float:
    """Of the always-valid interval where several days were published; 1 before its first look."""
    assert found.estimate is not None
    if looks > 1:
        return found.always_valid.p_value if found.always_valid else 1.0
    return found.estimate.lift.p_value


def _segment(
    days: Mapping[date, _Arms], segment: str, day: date, control: str, name: str
) -> SegmentLift:
    arms = days.get(day, {})
    users = sum(arms[each].sums.n for each in (control, name) if each in arms)
    if control not in arms or name not in arms:
        return SegmentLift(segment, name, users, None, None, None, "one variant has no users")
    if not _split(arms).is_as_planned:
        return SegmentLift(segment, name, users, None, None, None, "users not in the planned shares")
    now = _contrast(arms, control, name)
    if now is None:
        return SegmentLift(
            segment, name, users, None, None, None, f"fewer than {FEWEST_USERS} users in a variant"
        )
    first = next(
        each for at in sorted(days) if (each := _contrast(days[at], control, name)) is not None
    )
    moments = arms[control].sums.moments(), arms[name].sums.moments()
    read = estimate(*moments, adjusted=_has_covariate(*moments))
    return SegmentLift(segment, name, users, read, Confidence.begun(first).look(now), None, "")
