"""A read-out for programs: JSON, every statistic to six significant digits, the same bytes every time."""

import json
import math
from collections.abc import Sequence
from typing import Any

from holdfast.experiments.estimates import CONFIDENCE, POWER, Estimate, Lift
from holdfast.experiments.published import Banner
from holdfast.experiments.readout import Comparison, Look, ReadOut, SegmentLift
from holdfast.readouts import wording

DIGITS = 6


def as_json(found: ReadOut, banners: Sequence[Banner]) -> str:
    """One object; without comparisons and segments where the read-out is refused."""
    return json.dumps(document(found, banners), indent=2, ensure_ascii=False)


def document(found: ReadOut, banners: Sequence[Banner]) -> dict[str, Any]:
    """The object's keys and plain values."""
    return {
        "experiment": found.experiment,
        "segment": found.segment,
        "day": str(found.day),
        "started_on": str(found.started_on),
        "ended_on": str(found.ended_on) if found.ended_on else None,
        "banners": [
            {"check": each.check, "outcome": "unknown" if each.is_unknown else "fail", "detail": each.detail}
            for each in banners
        ],
        "refused": found.refused or None,
        "verdict": wording.headline(found),
        "control": found.control,
        "sample_ratio": {
            "p_value": rounded(found.split.p_value),
            "is_as_planned": found.split.is_as_planned,
            "variants": [
                {"variant": name, "users": users, "planned_share": rounded(found.split.planned[name])}
                for name, users in sorted(found.split.users.items())
            ],
        },
        "crossovers": found.crossovers,
        "confidence": CONFIDENCE,
        "comparisons": [_comparison(each, found) for each in found.comparisons],
        "segments": [_segment(each) for each in found.segments],
    }


def _comparison(each: Comparison, found: ReadOut) -> dict[str, Any]:
    return {
        "variant": each.variant,
        "verdict": each.verdict.value,
        "sentences": wording.verdict(each, found),
        "looks": len(each.path),
        "always_valid": _lift(each.always_valid) if each.always_valid else None,
        "cuped": _estimate(each.headline) if each.is_adjusted else None,
        "unadjusted": _estimate(each.unadjusted),
        "winsorised": _estimate(each.winsorised),
        "winsorised_cuped": _estimate(each.winsorised_adjusted) if each.is_adjusted else None,
        "p_value_holm": rounded(each.p_holm),
        "minimum_detectable_effect": {"difference": rounded(each.detectable), "power": POWER},
        "path": [_look(look) for look in each.path],
    }


def _look(look: Look) -> dict[str, Any]:
    lift = look.always_valid
    return {
        "day": str(look.day),
        "users": look.users,
        "difference": rounded(lift.difference),
        "low": rounded(lift.low),
        "high": rounded(lift.high),
    }


def _segment(each: SegmentLift) -> dict[str, Any]:
    return {
        "segment": each.segment,
        "variant": each.variant,
        "users": each.users,
        "one_look": _estimate(each.estimate) if each.estimate else None,
        "always_valid": _lift(each.always_valid) if each.always_valid else None,
        "p_value_holm": None if each.p_holm is None else rounded(each.p_holm),
        "differs": each.stands_out,
        "unread": each.unread or None,
    }


def _estimate(found: Estimate) -> dict[str, Any]:
    means = {"control_mean": rounded(found.control_mean), "treatment_mean": rounded(found.treatment_mean)}
    return means | _lift(found.lift)


def _lift(found: Lift) -> dict[str, Any]:
    relative = found.relative or (None, None, None)
    names = ("relative", "relative_low", "relative_high")
    return {
        "difference": rounded(found.difference),
        "low": rounded(found.low),
        "high": rounded(found.high),
        **{name: None if part is None else rounded(part) for name, part in zip(names, relative, strict=True)},
        "p_value": rounded(found.p_value),
    }


def rounded(value: float) -> float | None:
    """To six significant digits, since the last ones of a float differ between machines; none for infinities."""
    return float(f"{value:.{DIGITS}g}") + 0.0 if math.isfinite(value) else None
