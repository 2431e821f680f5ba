"""Figures as people and programs read them, and the way back to their rows."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from small_figures import CALENDAR, MONTHS, PUBLISHED_AT, RELEASE, SEPTEMBER, figure

from holdfast.checks.results import Outcome, Result
from holdfast.definitions.check import Severity
from holdfast.definitions.metric import Metric, Ratio
from holdfast.releases import explain, reading
from holdfast.releases.receipt import Engine, build, describe, source_inputs
from holdfast.releases.release import Approval, Hold, HoldKind
from holdfast.runs.run import SourceDay

KEYS = [
    "pipeline",
    "grain",
    "period",
    "metric",
    "segment",
    "value",
    "unit",
    "state",
    "version",
    "as_of",
    "published_at",
    "previous",
    "previous_year",
    "reason",
]
ENGINE = Engine("duckdb", "2.0.0", "sum128-1")


def test_the_json_is_a_list_of_objects_with_exact_values():
    """Keys in the promised order; a value is a decimal string or null."""
    said = json.loads(reading.as_json(reading.objects(SEPTEMBER, CALENDAR, among=MONTHS)))

    assert all(list(each) == KEYS for each in said)
    assert [each["value"] for each in said] == ["1234567.5000", "-500.2500", None, "880.0000"]
    assert (said[0]["previous"], said[0]["previous_year"]) == ("1000000.0000", "0.0000")
    assert (said[2]["as_of"], said[2]["published_at"], said[2]["version"]) == (None, None, 0)
    assert json.loads(reading.as_json([])) == []


def test_the_table_groups_thousands_and_says_what_is_held(matches_snapshot):
    """Columns line up; nothing but text unless colour is asked for."""
    lines = reading.text(SEPTEMBER, CALENDAR, among=MONTHS, width=160)

    matches_snapshot("figures.txt", "\n".join([*lines, ""]).encode())
    assert "1,234,567.5000" in lines[2]
    assert "+23.5%" in lines[2]
    assert not any("\x1b" in line for line in lines)
    assert any("\x1b" in line for line in reading.text(SEPTEMBER, CALENDAR, ansi=True))


def test_no_line_is_wider_than_the_terminal():
    """What does not fit ends in an ellipsis, at 40 columns as at 1."""
    for width in (1, 40, 80):
        assert max(map(len, reading.text(SEPTEMBER, CALENDAR, among=MONTHS, width=width))) <= width


def test_a_segments_text_cannot_steer_the_terminal():
    """An escape sequence in the data is shown as a question mark."""
    evil = figure("month", "2026-09", "profit", "1.0000", segment="region=\x1b[2J")

    assert "\x1b" not in "\n".join(reading.text([evil], CALENDAR))


def test_a_history_lists_every_version():
    """Version 1, then 2 with what moved it."""
    second = replace(SEPTEMBER[0], version=2, value=Decimal("1234500.0000"), reason="late rows: refunds (+2)")

    lines = reading.text([second, SEPTEMBER[0]], CALENDAR, history=True)

    assert [line.split()[3] for line in lines[2:]] == ["1", "2"]
    assert lines[3].endswith("late rows: refunds (+2)")
    said = reading.objects([second, SEPTEMBER[0]], CALENDAR, history=True)
    assert [each["version"] for each in said] == [1, 2]
    assert reading.text([], CALENDAR) == ["No figures."]


def result(check: str, outcome: Outcome, segment: str = "", day: int = 17) -> Result:
    on = date(2026, 9, day)
    return Result(
        check, "aggregate_profit", "fact_costs", on, segment, outcome, Severity.HOLD, "0.52", ">= 0.95"
    )


def receipt() -> str:
    days = [
        SourceDay("costs", date(2026, 9, 1), 3, 10, (1 << 128) - 1),
        SourceDay("costs", date(2026, 9, 30), 5, 20, 2),
        SourceDay("orders", date(2026, 9, 30), 4, 7, 255),
    ]
    return build(
        definitions={"fact_orders": "b" * 40, "fact_costs": "a" * 40},
        run_id="r7",
        code_version="0.1.0",
        engine=ENGINE,
        inputs=source_inputs(days),
        results=[
            result("keys", Outcome.PASS),
            result("band", Outcome.WARN),
            result("closed", Outcome.NOT_APPLICABLE),
        ],
        approvals=[Approval(3, "ana", "demo", "strike, confirmed", PUBLISHED_AT)],
    )


def test_a_receipt_is_canonical_and_sums_fingerprints_in_128_bits():
    """(2^128 - 1) + 2 is 1: fingerprints wrap, so shares may be added in any order."""
    said = json.loads(receipt())

    assert receipt() == json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert said["inputs"][0] == {
        "source": "costs",
        "first_on": "2026-09-01",
        "last_on": "2026-09-30",
        "rows": 30,
        "fingerprint": "0" * 31 + "1",
        "seq": 5,
    }
    assert said["checks"]["outcomes"] == {"pass": 1, "warn": 1, "not_applicable": 1}
    assert [each["check"] for each in said["checks"]["not_passing"]] == ["band"]


def test_a_receipt_can_be_read_by_a_person():
    """Run, inputs, definitions, checks and who approved what."""
    lines = describe(receipt())

    assert lines[0] == "run r7, holdfast 0.1.0, duckdb 2.0.0, fingerprints by sum128-1"
    assert "checks: 1 pass, 1 warn, 1 not applicable" in lines
    assert lines[-1] == "approved by ana (demo) at 2026-10-01T03:00:00Z: strike, confirmed (hold 3)"
    assert describe("") == ["no receipt"]


def explained() -> explain.Explanation:
    september = CALENDAR.named("2026-09")
    margin = Metric(
        "margin",
        "Profit per pound of revenue.",
        "ratio",
        ("month",),
        ratio=Ratio(("profit",), "revenue"),
        scale=6,
    )
    hold = Hold(
        "aggregate_profit",
        HoldKind.CHECK,
        "cost_coverage",
        date(2026, 9, 17),
        "region=EU",
        ("profit",),
        "fact_costs",
        "0.52",
        ">= 0.95",
        id=12,
        opened_at=datetime(2026, 9, 18, 3, tzinfo=UTC),
    )
    return explain.Explanation(
        figure=figure("month", "2026-09", "margin", "0.352000", unit="ratio"),
        period=september,
        metric=margin,
        sources=(explain.SourceRows("orders", date(2026, 9, 1), date(2026, 9, 30), 12345, left_out=3),),
        models=(explain.ModelStep("fact_orders", "Order lines.", ("src.orders 0..0",), 12342, "b" * 40),),
        results=(result("keys", Outcome.PASS), result("cost_coverage", Outcome.FAIL, "region=EU")),
        release=replace(RELEASE, receipt=receipt()),
        holds=(hold,),
        parts=(
            figure("month", "2026-09", "profit", "352.0000"),
            figure("month", "2026-09", "revenue", "1000.0000"),
        ),
    )


def test_an_explanation_goes_from_rows_to_release(matches_snapshot):
    """Each hop has its heading, in order; what did not pass is named with what was seen."""
    lines = explain.lines(explained())

    assert [line for line in lines if line in ("Rows", "Models", "Checks", "Release")] == [
        "Rows",
        "Models",
        "Checks",
        "Release",
    ]
    matches_snapshot("explain.txt", "\n".join([*lines, ""]).encode())


def test_an_explanation_as_json_holds_the_same():
    """Parts, rows, checks and receipt can be taken apart by a program; no release gives null."""
    said = json.loads(explain.as_json(explained()))

    assert said["rows"][0]["rows"] == 12345
    assert said["parts"][0] == {"metric": "profit", "value": "352.0000"}
    assert said["checks"]["not_passing"][0]["check"] == "cost_coverage"
    assert said["release"]["receipt"]["run"] == "r7"
    never = replace(explained(), release=None)
    assert json.loads(explain.as_json(never))["release"] is None
    assert explain.lines(never)[-1] == "  never published"
