"""Of which periods a report is due when figures changed, and when one of several pipelines is."""

from datetime import UTC, date, datetime

import pytest
from report_values import CALENDAR

from holdfast.definitions.pipeline import Output
from holdfast.definitions.report import RUNNING, Report, ReportOutput
from holdfast.releases.release import ReleaseRow
from holdfast.reports.outputs import pack_outputs, pack_release, periods_due

PDF = Output("report_pdf", "pdf", "month", "outputs/r", report="report")
LIVE = Output("report", "html", "month", "outputs/r", report="report", when=RUNNING)


def names(output: Output, touched: list[str], as_of: date) -> list[str]:
    return [each.name for each in periods_due(output, touched, as_of, CALENDAR)]


def release(number: int, pipeline: str, as_of: date) -> ReleaseRow:
    at = datetime(2026, 10, 1, 3, tzinfo=UTC)
    return ReleaseRow(number, pipeline, "investors", as_of, "", at, False, f"m{number}", "r", 1, 0, "")


@pytest.mark.parametrize(
    ("touched", "as_of", "expected"),
    [
        (["2026-09"], date(2026, 9, 29), []),
        (["2026-09"], date(2026, 9, 30), ["2026-09"]),
        (["2026-07"], date(2026, 9, 29), ["2026-07", "2026-08"]),
        (["2025-07"], date(2026, 9, 30), [f"2025-{month:02d}" for month in range(7, 13)] + [f"2026-{month:02d}" for month in range(1, 8)]),
        ([], date(2026, 9, 30), []),
        (["nonsense"], date(2026, 9, 30), []),
    ],
)  # fmt: skip
def test_a_report_is_made_of_periods_that_are_over(touched, as_of, expected):
    """The touched one once its last day is released, and every one in whose chart it stands."""
    assert names(PDF, touched, as_of) == expected


def test_a_running_period_is_made_where_it_is_asked_for():
    """From its first day on."""
    assert names(LIVE, ["2026-09"], date(2026, 9, 1)) == ["2026-09"]
    assert names(LIVE, ["2026-09"], date(2026, 8, 31)) == []


PACK = Report("pack", "Pack", "", ("quarter",), ("a", "b"), outputs=(ReportOutput("pdf", "pdf", "outputs/p"),))


def test_a_pack_is_due_when_every_pipeline_has_a_release():
    """It shows the newest release of any, as of the day all have reached."""
    a, b = release(7, "a", date(2026, 9, 30)), release(9, "b", date(2026, 9, 28))

    due = pack_release(PACK, [a, b])

    assert due is not None
    assert (due.id, due.pipeline, due.as_of) == (9, "pack", date(2026, 9, 28))
    assert pack_release(PACK, [a]) is None


def test_signing_an_old_month_takes_nothing_back():
    """The newest release of b makes August final; b is released through September all the same."""
    signs = release(11, "b", date(2026, 8, 31))

    due = pack_release(PACK, [release(7, "a", date(2026, 9, 30)), release(9, "b", date(2026, 9, 28)), signs])

    assert due is not None
    assert (due.id, due.as_of) == (11, date(2026, 9, 28))


def test_a_pack_is_delivered_per_its_first_grain():
    """Its outputs are those of its front matter."""
    assert pack_outputs(PACK) == [Output("pdf", "pdf", "quarter", "outputs/p", report="pack")]
