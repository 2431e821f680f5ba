"""holdfast report, and the reports among the outputs."""

import hashlib
import json

import pytest

from holdfast.definitions.report import FORMATS


@pytest.mark.parametrize("kind", FORMATS)
def test_made_twice_the_file_is_the_same(holdfast, finished, tmp_path, kind):
    """Every format, into the file named, with nothing left beside it."""
    command = ("report", "-C", finished, "aggregate_profit", "--period", "2025-10", "--format", kind)
    for name in ("one", "two"):
        answer = holdfast(*command, "--out", tmp_path / f"{name}.{kind}")
        assert answer.code == 0, answer.err

    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"one.{kind}", f"two.{kind}"]


def test_the_newest_period_that_is_over_is_the_default(holdfast, project):
    """Nine days of November are no month yet; October is. The page goes to the outputs."""
    answer = holdfast("report", "-C", project, "aggregate_profit")
    file = project / ".holdfast" / "outputs" / "reports" / "aggregate_profit-2025-10.html"

    assert answer.code == 0
    assert answer.out.startswith(f"Written: {file}, 2025-10, final, signed by james (owner)")
    assert "<h1>Company profit, October 2025</h1>" in file.read_text()


def test_the_week_is_made_where_it_is_asked_for(holdfast, finished, tmp_path):
    """`--grain week`, and the format that the file's name ends in."""
    answer = holdfast("report", "-C", finished, "aggregate_profit", "--grain", "week", "--out", tmp_path / "week.csv")

    assert answer.code == 0
    assert "aggregate_profit,week,2025-W45,profit,," in (tmp_path / "week.csv").read_text()


def test_json_comes_with_schema_and_manifest(holdfast, project):
    """Among the outputs it lies beside them; the manifest fits the bytes."""
    assert holdfast("report", "-C", project, "aggregate_profit", "--format", "json").code == 0
    folder = project / ".holdfast" / "outputs" / "reports"

    listed = json.loads((folder / "aggregate_profit-2025-10.manifest.json").read_text())["files"]

    assert {each["name"] for each in listed} == {"aggregate_profit-2025-10.json", "report.schema.json"}
    assert all(hashlib.sha256((folder / each["name"]).read_bytes()).hexdigest() == each["sha256"] for each in listed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("aggregate_proft",), "Did you mean 'aggregate_profit'?"),
        (("aggregate_profit", "--period", "2025-1"), "has no figures for period '2025-1'. Did you mean"),
        (("aggregate_profit", "--format", "pfd"), "Did you mean 'pdf'?"),
        (("aggregate_profit", "--out", "x.doc"), "no report is made as that"),
        (("aggregate_profit", "--grain", "monht"), "Did you mean 'month'?"),
        (("aggregate_profit", "--report", "reprot"), "Did you mean 'report'?"),
    ],
)
def test_a_name_that_is_none_gets_the_nearest(holdfast, finished, arguments, said):
    """Pipeline, period, format, grain and report; nothing is written."""
    answer = holdfast("report", "-C", finished, *arguments)

    assert answer.code == 1
    assert said in answer.err


def test_nothing_published_is_said(holdfast, fresh):
    """Before the first run there is nothing to report, and what to do about it."""
    answer = holdfast("report", "-C", fresh, "aggregate_profit")

    assert answer.code == 1
    assert "no figures per month or quarter or week are published yet" in answer.err


def test_reports_are_delivered_with_a_release(finished):
    """October is over, so its page and its PDF are there, named with their digests; November runs and has none."""
    folder = finished / ".holdfast" / "outputs" / "profit_report"

    assert sorted(each.name for each in folder.iterdir()) == [
        "aggregate_profit-2025-10.html",
        "aggregate_profit-2025-10.pdf",
        "aggregate_profit-report.delivered.json",
        "aggregate_profit-report_pdf.delivered.json",
    ]
    [listed] = json.loads((folder / "aggregate_profit-report_pdf.delivered.json").read_text())["files"]
    assert listed["sha256"] == hashlib.sha256((folder / listed["name"]).read_bytes()).hexdigest()


def test_what_was_delivered_is_what_the_verb_makes(holdfast, finished, tmp_path):
    """A delivered page is the page of the same figures."""
    out = tmp_path / "report.html"
    assert holdfast("report", "-C", finished, "aggregate_profit", "--period", "2025-10", "--out", out).code == 0

    delivered = finished / ".holdfast" / "outputs" / "profit_report" / "aggregate_profit-2025-10.html"
    assert out.read_bytes() == delivered.read_bytes()
