"""What a check found: one of five outcomes, per check, day and segment."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from holdfast.definitions.check import Severity
from holdfast.definitions.pipeline import INVESTORS


class Outcome(StrEnum):
    """PASS, WARN and FAIL speak of the data; UNKNOWN says the check could not run; NOT_APPLICABLE never holds."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Result:
    """One outcome with what was seen and what would have been right."""

    check: str
    pipeline: str
    dataset: str
    day: date
    segment: str
    """`region=EU`, or "" for the whole day."""
    outcome: Outcome
    severity: Severity
    observed: str
    expected: str
    detail: str = ""
    holds: tuple[str, ...] | None = None
    """Metric ids that wait for it; None means every metric made from the dataset."""


def blocks(result: Result, audience: str) -> bool:
    """Whether the figures it holds must wait.

    Investors wait for a failed or unknown check of severity hold. Anybody else sees the figures under a banner.
    """
    stops = result.outcome in (Outcome.FAIL, Outcome.UNKNOWN) and result.severity is Severity.HOLD
    return stops and audience == INVESTORS
