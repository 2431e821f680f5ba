"""A check: what must hold, for which rows, and which figures wait while it does not."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    """What a failure does."""

    HOLD = "hold"
    FLAG = "flag"
    WARN = "warn"


class CheckKind(StrEnum):
    """Every kind of check; each has one file in `holdfast.checks`."""

    CONTRACT = "contract"
    NOT_NULL = "not_null"
    UNIQUE = "unique"
    ACCEPTED_VALUES = "accepted_values"
    RELATIONSHIP = "relationship"
    COVERAGE = "coverage"
    RECONCILIATION = "reconciliation"
    BAND = "band"
    COMPLETENESS = "completeness"
    VOLUME = "volume"
    SINGLE_CURRENCY = "single_currency"
    FRESHNESS = "freshness"
    SQL = "sql"
    DEVIATION = "deviation"


Parameter = str | int | bool | Decimal | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a pipeline. What `parameters` holds depends on the kind; see the reference page."""

    name: str
    kind: CheckKind
    dataset: str
    """A model's name, or src.NAME."""
    severity: Severity
    pipeline: str
    parameters: tuple[tuple[str, Parameter], ...] = ()
    by: str | None = None
    """Segment column: one result per day and member; None gives one result per day."""
    holds: tuple[str, ...] | None = None
    """Metric ids that wait; None means every metric made from the dataset."""
    sentence: str = ""
    file: str = ""
    line: int = 0

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every model, and every source as src.NAME, that it reads: its dataset and what its parameters name."""
        reads = self.parameter("reads", ())
        named = [self.dataset, self.parameter("against"), self.parameter("to")]
        named += reads if isinstance(reads, tuple) else []
        return tuple(sorted({str(name) for name in named if name}))

    def parameter(self, name: str, default: Parameter = None) -> Parameter:
        """The parameter's value, or the default."""
        return dict(self.parameters).get(name, default)
