"""The rows of the generated company's true figures: exact millionths, with names by index, and their one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from holdfast.testing.company_plan import Bools, Ints
from holdfast.testing.truth_periods import Period

MILLIONTHS = 10**6
NULL = int(np.iinfo(np.int64).min)
"""Stands for the value of a ratio over nothing, or of a median of nothing."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Figures of one pipeline, an entry each: indexes into the periods, `segments` and `metrics`.

    `value` is in millionths, NULL for none; `as_of` in days since 1970-01-01.
    """

    pipeline: str
    segments: tuple[str, ...]
    metrics: tuple[str, ...]
    period: Ints
    segment: Ints
    metric: Ints
    value: Ints
    as_of: Ints


def ratios(numerators: Ints, denominators: Ints) -> Ints:
    """Millionths of the quotients, half to even, by Python's exact integers; NULL for a denominator of 0.

    Any shape, the same for both.
    """
    pairs = zip(numerators.ravel().tolist(), denominators.ravel().tolist(), strict=True)
    quotients = [_half_even(n * MILLIONTHS, d) if d else NULL for n, d in pairs]
    return np.array(quotients, dtype=np.int64).reshape(numerators.shape)


def _half_even(numerator: int, denominator: int) -> int:
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        return whole + 1
    return whole


def sums_over(daily: Ints, periods: Sequence[Period]) -> Ints:
    """Per period the sum of its days' rows; `daily` has the company's days along its first axis."""
    until = np.concatenate([np.zeros((1, *daily.shape[1:]), dtype=np.int64), daily.cumsum(axis=0)])
    sums: Ints = until[[p.end for p in periods]] - until[[p.start for p in periods]]
    return sums


def members_seen(seen: Bools, periods: Sequence[Period]) -> Bools:
    """By period and segment: whether the period ends on or after the segment's first day with anything in it.

    `seen` is by day of the company and segment. The first segment, the total, counts from the first day on.
    """
    ever = np.logical_or.accumulate(seen, axis=0)
    ever[:, 0] = True
    by_period: Bools = ever[[p.end - 1 for p in periods]]
    return by_period


def write_rows(blocks: Sequence[Rows], periods: Sequence[Period], path: Path) -> None:
    """Write the rows in their order, with all names in full.

    Columns: pipeline, grain, period, metric, segment, value DECIMAL(38, 6) and as_of.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    segments_before = np.cumsum([0, *(len(rows.segments) for rows in blocks)])
    metrics_before = np.cumsum([0, *(len(rows.metrics) for rows in blocks)])
    counted = {
        "pipeline": np.repeat(np.arange(len(blocks)), [len(rows.value) for rows in blocks]),
        "period": np.concatenate([rows.period for rows in blocks]),
        "segment": np.concatenate([r.segment + n for r, n in zip(blocks, segments_before[:-1], strict=True)]),
        "metric": np.concatenate([r.metric + n for r, n in zip(blocks, metrics_before[:-1], strict=True)]),
        "value": np.concatenate([rows.value for rows in blocks]),
        "as_of": np.concatenate([rows.as_of for rows in blocks]),
    }
    with duckdb.connect(config={"threads": 1, "preserve_insertion_order": "true"}) as connection:
        connection.register("counted", counted)
        connection.execute(
            f"""
            COPY (
                SELECT
                    {_words([rows.pipeline for rows in blocks])}[pipeline + 1] AS pipeline,
                    {_words([p.grain for p in periods])}[period + 1] AS grain,
                    {_words([p.name for p in periods])}[period + 1] AS period,
                    {_words([word for rows in blocks for word in rows.metrics])}[metric + 1] AS metric,
                    {_words([word for rows in blocks for word in rows.segments])}[segment + 1] AS segment,
                    CAST(nullif(value, {NULL})::DECIMAL(19, 0) * 0.000001 AS DECIMAL(38, 6)) AS value,
                    DATE '1970-01-01' + as_of::INTEGER AS as_of
                FROM counted
            ) TO '{str(path).replace("'", "''")}' (FORMAT parquet)
            """
        )


def _words(words: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
