"""Values to record: one company, fixed days."""

from datetime import UTC, date, datetime
from decimal import Decimal

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.partitions import Days, Interval
from holdfast.releases.closing import Adjustment, CloseEvent, CloseKind
from holdfast.releases.prepared import Prepared
from holdfast.releases.release import Delivery, Hold, HoldKind, ReleaseRow
from holdfast.runs.run import FileDay, LandedFile, Landing, ModelDay, Reason, Run, SourceDay, Superseded

MONDAY = date(2026, 9, 28)
TUESDAY = date(2026, 9, 29)
WEDNESDAY = date(2026, 9, 30)
AT = datetime(2026, 10, 1, 3, 0, 12, 345678, tzinfo=UTC)
BIG = 2**127 + 12345
"""A fingerprint that fits no 64-bit integer."""


def a_file(
    id_: int, path: str = "loaded_on=2026-09-29/a.parquet", *, seq: int = 1, source: str = "orders"
) -> LandedFile:
    return LandedFile(
        id_, source, path, TUESDAY, 1234, 1_790_000_000_123_456_789, f"{id_:06}.parquet", 10, seq
    )


def a_landing(
    seq: int,
    files: tuple[LandedFile, ...],
    *,
    source: str = "orders",
    file_days: tuple[FileDay, ...] = (),
    superseded: tuple[Superseded, ...] = (),
    source_days: tuple[SourceDay, ...] = (),
    revived_keys_of: tuple[int, ...] = (),
) -> Landing:
    return Landing(source, seq, files, file_days, superseded, source_days, revived_keys_of)


def a_run(pipeline: str = "aggregate_profit") -> Run:
    days = Days.of([Interval(MONDAY, WEDNESDAY)])
    reasons = (Reason("new", days, "2026-09-28..2026-09-29 are new"), Reason("late rows", days, "refunds +2"))
    return Run(pipeline, days, {"fact_orders": days}, reasons)


def a_release(
    id_: int, manifest: str, *, pipeline: str = "aggregate_profit", as_of: date = MONDAY
) -> ReleaseRow:
    return ReleaseRow(
        id_,
        pipeline,
        "investors",
        as_of,
        str(as_of),
        AT,
        False,
        manifest,
        "run-1",
        12,
        0,
        '{"code": "0.1.0"}',
    )


def a_result(
    check: str = "costs_cover_orders",
    day: date = MONDAY,
    outcome: Outcome = Outcome.PASS,
    *,
    segment: str = "",
    pipeline: str = "aggregate_profit",
    severity: Severity = Severity.HOLD,
    observed: str = "1.00",
    holds: tuple[str, ...] | None = ("profit", "cost"),
) -> Result:
    return Result(
        check,
        pipeline,
        "fact_costs",
        day,
        segment,
        outcome,
        severity,
        observed,
        "at least 0.95",
        "detail",
        holds,
    )


def a_hold(
    day: date = MONDAY,
    *,
    cause: str = "costs_cover_orders",
    segment: str = "region=EU",
    evidence: str = "candidate-1",
    pipeline: str = "aggregate_profit",
    kind: HoldKind = HoldKind.CHECK,
    observed: str = "0.51",
    run_id: str = "run-1",
) -> Hold:
    return Hold(
        pipeline,
        kind,
        cause,
        day,
        segment,
        ("cost", "profit"),
        "fact_costs",
        observed,
        "at least 0.95",
        "half of the rows are missing",
        evidence,
        opened_at=AT,
        run_id=run_id,
    )


def prepared_for(
    manifest: str,
    *,
    releases: tuple[ReleaseRow, ...] = (),
    model_days: tuple[ModelDay, ...] = (),
    results: tuple[Result, ...] = (),
    holds: tuple[Hold, ...] = (),
    evaluated: Days | None = None,
    run_id: str = "run-1",
    audience: str = "investors",
) -> Prepared:
    return Prepared(manifest, run_id, audience, releases, model_days, results, holds, evaluated or Days())


def a_delivery(release: int, output: str = "monthly_csv") -> Delivery:
    return Delivery(release, "aggregate_profit", output, "outputs/monthly/2026-09.csv", "ab" * 32, 4321, AT)


def a_close_event(kind: CloseKind, *, role: str = "", evidence: str = "") -> CloseEvent:
    return CloseEvent(
        "aggregate_profit", "month", "2026-08", kind, "james", "james (demo)", AT, role, "as agreed", evidence, 3
    )


def an_adjustment(delta: Decimal = Decimal("-250.000000")) -> Adjustment:
    return Adjustment(
        "aggregate_profit", "month", "2026-08", "2026-09", TUESDAY, "profit", "region=UK", delta, "GBP", "late rows",
        "finance_lead", AT, 3,
    )  # fmt: skip
