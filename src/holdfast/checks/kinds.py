"""Which pair measures and judges each kind of check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from holdfast.checks import (
    accepted_values,
    band,
    completeness,
    coverage,
    custom_sql,
    deviation,
    freshness,
    not_null,
    reconciliation,
    relationship,
    single_currency,
    unique,
    volume,
)
from holdfast.checks.outcomes import Measured
from holdfast.checks.results import Result
from holdfast.checks.scope import Scope
from holdfast.definitions.check import Check, CheckKind


@dataclass(frozen=True, slots=True)
class Pair:
    """`measure` gives one SELECT; `judge` turns each of its rows into a result."""

    measure: Callable[[Check, Scope], str]
    judge: Callable[[Check, Measured, Scope], Result]


def _pair(kind: ModuleType) -> Pair:
    return Pair(kind.measure, kind.judge)


KINDS: Mapping[CheckKind, Pair] = MappingProxyType(
    {
        CheckKind.NOT_NULL: _pair(not_null),
        CheckKind.UNIQUE: _pair(unique),
        CheckKind.ACCEPTED_VALUES: _pair(accepted_values),
        CheckKind.RELATIONSHIP: _pair(relationship),
        CheckKind.COVERAGE: _pair(coverage),
        CheckKind.RECONCILIATION: _pair(reconciliation),
        CheckKind.BAND: _pair(band),
        CheckKind.COMPLETENESS: _pair(completeness),
        CheckKind.VOLUME: _pair(volume),
        CheckKind.SINGLE_CURRENCY: _pair(single_currency),
        CheckKind.FRESHNESS: _pair(freshness),
        CheckKind.SQL: _pair(custom_sql),
        CheckKind.DEVIATION: _pair(deviation),
    }
)
"""Every kind but CONTRACT, which is judged from files before anything is loaded."""
