"""Reports in the folder: what is read, and mistakes in them found at their line."""

from collections.abc import Callable

import pytest
from team_folder import PROFIT, Team

from holdfast.definitions.report import ReportOutput

Only = Callable[[], str]
REPORT = f"{PROFIT}/report.md"
PACK = "reports/quarterly_pack.md"


def test_the_reference_reports_are_read(team: Team) -> None:
    """Each pipeline has its report, of its own grains, and the project a pack of all three."""
    project = team.project()
    profit, growth = project.pipelines["aggregate_profit"].reports[0], project.pipelines["aggregate_growth"].reports[0]
    [pack] = project.packs

    assert (profit.name, profit.title, profit.grains[0]) == ("report", "Company profit, {period}", "month")
    assert profit.metrics["aggregate_profit"][0] == "profit"
    assert growth.grains[0] == "week"
    assert (pack.name, pack.grains) == ("quarterly_pack", ("quarter",))
    assert pack.pipelines == ("aggregate_profit", "aggregate_growth", "aggregate_engagement")
    assert pack.outputs[0] == ReportOutput("pack", "pdf", "outputs/quarterly_pack")


def test_a_report_needs_no_front_matter(team: Team) -> None:
    """Its title is its first heading, its grains those that every figure in it has, the month first."""
    team.write(f"{PROFIT}/reports/board.md", "\n# The board's view\n\nProfit was {profit}.\n")

    board = team.project().pipelines["aggregate_profit"].reports[1]

    assert (board.name, board.title, board.grains) == ("board", "The board's view", ("month", "week", "quarter"))
    assert board.text == "\nProfit was {profit}.\n"
    assert board.first_line == 3


def test_grains_follow_from_the_figures_named(team: Team) -> None:
    """Stickiness is of a day or a month, so a report that names it is of months."""
    team.write("pipelines/aggregate_engagement/reports/short.md", "# Short\n\nIt was {stickiness}.\n")

    assert team.project().pipelines["aggregate_engagement"].reports[1].grains == ("month",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{profit}", "{proft}", "{proft} names no figure. Did you mean 'profit'?"),
        ("{profit}", "{profit regoin=EU}", "'regoin' is no dimension. Did you mean 'region'?"),
        ("{profit}", "{profit region=}", "names no member"),
        ("{profit}", "{profit chnge}", "'chnge' is unknown. Did you mean 'change'?"),
        ("{profit}", "{profit change year}", "asks for two things"),
        ("{profit}", "{}", "empty braces"),
        ("{profit}", "{as_of now}", "takes nothing after"),
        ("{profit}", "{table region}", "give it a line of its own"),
        ("Profit was {profit}", "{table regoin}\nProfit was", "'regoin' is no dimension. Did you mean 'region'?"),
        ("Profit was {profit}", "{chart proft}\nProfit was", "names no figure. Did you mean 'profit'?"),
        ("Profit was {profit}", "{chart profit by regoin}\nProfit was", "Did you mean 'region'?"),
        ("Profit was {profit}", "{chart profit region}\nProfit was", "is no chart; write {chart METRIC}"),
        ("grains: [month,", "grains: [monht,", "no figure has the grain 'monht'. Did you mean 'month'?"),
        ("metrics: [profit,", "metrics: [proft,", "'proft' is no metric of one pipeline. Did you mean 'profit'?"),
        ("grains:", "grain:", "unknown key 'grain'. Did you mean 'grains'?"),
        ("grains: [month,", "grains: [month, [", "correct the YAML"),
        ("# Company profit, {period}", "# Company profit, {perod}", "Did you mean 'period'?"),
    ],
)
def test_a_mistake_in_a_report_is_found(team: Team, only: Only, old: str, new: str, expected: str) -> None:
    """Figure, dimension, placeholder, grain or front matter: one problem, with its line."""
    line = team.replace(REPORT, old, new)

    said = only()

    assert expected in said
    if "YAML" not in expected:
        assert said.startswith(f"{REPORT}:{line}: ")


def test_a_figure_without_the_reports_grain_is_found(team: Team, only: Only) -> None:
    """`mau` is of months; a report made per quarter cannot name it."""
    team.write("pipelines/aggregate_engagement/reports/q.md", "---\ngrains: [quarter]\n---\n# Q\n\nIt was {mau}.\n")

    assert only() == (
        "pipelines/aggregate_engagement/reports/q.md:6: {mau}: 'mau' has no grain 'quarter', for which this report is "
        "made. Its grains: month; change `grains:`, or name another figure"
    )


def test_front_matter_without_an_end_is_found(team: Team, only: Only) -> None:
    """The whole text would be taken for YAML otherwise."""
    team.write(f"{PROFIT}/reports/open.md", "---\ngrains: [month]\n# Open\n")

    assert "front matter has no end" in only()


def test_a_pack_spells_a_metric_of_several_pipelines_out(team: Team, only: Only) -> None:
    """Two pipelines with a metric of one name are told apart."""
    team.replace("pipelines/aggregate_growth/metrics.yml", "metrics:\n", "metrics:\n  orders:\n    sentence: Other orders.\n    unit: orders\n    grains: [day, week, month, quarter]\n    from: agg_growth_segments.new_users\n    approver: growth_lead\n")
    team.replace(PACK, "  - orders\n", "")
    team.replace(PACK, "Profit was {profit}", "{orders}, {aggregate_growth.orders}. Profit was {profit}")

    assert "'orders' is a metric of several pipelines; write aggregate_profit.orders or aggregate_growth.orders" in only()


def test_a_pack_without_one_of_its_pipelines_is_not_made(team: Team) -> None:
    """A pipeline that was taken out keeps no other from running; lint says what is not made."""
    team.replace(PACK, "pipelines: [aggregate_profit,", "pipelines: [aggregate_proft,")

    assert team.project().packs == ()
    assert [str(each) for each in team.problems()] == [
        f"{PACK}:2: there is no pipeline 'aggregate_proft', so this report is not made. Did you mean 'aggregate_profit'?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: html, grain: month", "kind: html, grain: day", "made per day, but pipelines/aggregate_profit/report.md is not"),
        ("report: {kind: html,", "report: {report: reprt, kind: html,", "made of the report 'reprt', which is not there. Did you mean 'report'?"),
        ("report: {kind: html,", "report: {when: closd, kind: html,", "Did you mean 'closed'?"),
        ("monthly_csv: {kind: csv,", "monthly_csv: {report: report, kind: csv,", "unknown key 'report'"),
        ("kind: html", "kind: htm", "Did you mean 'html'?"),
    ],
)
def test_a_mistake_in_an_output_is_found(team: Team, only: Only, old: str, new: str, expected: str) -> None:
    """Its report is there and made for its grain; a CSV of figures is made of no report."""
    team.replace(f"{PROFIT}/pipeline.yml", old, new)

    assert expected in only()


def test_a_metric_says_how_readers_see_it(team: Team, only: Only) -> None:
    """A label in place of the id, and a ratio as a number where it is no percentage."""
    growth = {metric.id: metric for metric in team.project().pipelines["aggregate_growth"].metrics}
    assert (growth["active_at_start"].label, growth["quick_ratio"].is_percent) == ("Users at the start", False)
    assert growth["churn_rate"].is_percent

    team.replace("pipelines/aggregate_growth/metrics.yml", "shown_as: number", "shown_as: nmber")

    assert "Did you mean 'number'?" in only()


def test_a_pack_has_a_name_of_its_own(team: Team, only: Only) -> None:
    """`holdfast report NAME` would not know which."""
    text = (team.folder / PACK).read_text()
    (team.folder / PACK).unlink()
    team.write("reports/aggregate_profit.md", text)

    assert "'aggregate_profit' is a pipeline already; rename the report" in only()
