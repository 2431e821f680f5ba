"""Failed checks of pipelines that hold nothing: what is published under a banner, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity

SHOWN_FOR = timedelta(days=7)
"""How long after its last failing day a banner is still shown: a read-out of that day is still read."""


@dataclass(frozen=True, slots=True)
class Banner:
    """One check that failed, or could not run, for a segment; readers have the figures all the same."""

    check: str
    dataset: str
    segment: str
    outcome: Outcome
    """Of the last day."""
    first: date
    last: date
    days: int
    """How many days it failed on, from first to last."""
    observed: str
    expected: str
    detail: str

    def __str__(self) -> str:
        span = f"{self.last}" if self.first == self.last else f"{self.days} days, {self.first} to {self.last}"
        seen = f"observed {self.observed}, expected {self.expected}" if self.observed else self.outcome.value
        return f"{self.check} {self.segment or 'everything'}: {span}; {seen}" + (f" ({self.detail})" if self.detail else "")


def is_banner(result: Result) -> bool:
    """Whether the result would hold an investor's figure."""
    return result.severity is Severity.HOLD and result.outcome in (Outcome.FAIL, Outcome.UNKNOWN)


def banners(results: Iterable[Result], through: date, shown_for: timedelta = SHOWN_FOR) -> tuple[Banner, ...]:
    """One per check and segment that failed on `through` or lately before, by check and segment.

    Days after `through` are left out. With `shown_for` of zero days: what stands over that very day.
    """
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if is_banner(result) and result.day <= through:
            found.setdefault((result.check, result.segment), []).append(result)
    told = []
    for _, some in sorted(found.items()):
        newest = max(some, key=lambda each: each.day)
        if newest.day < through - shown_for:
            continue
        told.append(
            Banner(
                newest.check,
                newest.dataset,
                newest.segment,
                newest.outcome,
                min(each.day for each in some),
                newest.day,
                len({each.day for each in some}),
                newest.observed,
                newest.expected,
                newest.detail,
            )
        )
    return tuple(told)
