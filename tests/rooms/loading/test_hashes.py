"""The hash of what a model means: equal for the same meaning, different for another, here or upstream."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from team_folder import PROFIT, Team

from holdfast.definitions.pipeline import Project
from holdfast.loading.syntax import parse_select

FACTS = {"fact_orders", "fact_refunds", "fact_costs"}
EVERY = FACTS | {
    "agg_profit_segments", "agg_profit_daily", "agg_profit_by_dimension", "agg_profit_weekly", "agg_profit_monthly",
    "agg_profit_quarterly",
}  # fmt: skip
OF_REFUNDS_AND_COSTS = {
    "unit_bookings", "fact_unit_profit", "exp_users", "exp_user_days", "exp_unit_profit", "exp_people",
}  # fmt: skip
"""What experiments make of refunds and costs."""
OF_ORDERS = OF_REFUNDS_AND_COSTS | {"unit_orders"}
READ_THE_CALENDAR = {
    "agg_growth_start", "agg_engagement_windows", "agg_engagement",
    "experiment_days", "exp_user_days", "exp_unit_profit", "exp_people",
    "exp_growth_counts", "exp_daily_growth", "exp_entrants",
    *(f"{name}_{grain}" for name in ("agg_engagement_to_date", "agg_session_length_to_date") for grain in ("week", "month", "quarter")),
}  # fmt: skip
"""Models of days that may read any row of the calendar, and what reads them."""


def changed(before: Project, after: Project) -> set[str]:
    """Names of the models whose hash is another."""
    return {
        name for name, model in before.models.items() if after.models[name].definition_hash != model.definition_hash
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    s.revenue,\n", "  s.revenue  , -- what came in\n"),
        ("SELECT\n", "select "),
        ("-- Company profit, one row per day.", "-- Company profit per day."),
        ("-- layer: aggregates", "-- layer: reports"),
    ],
)
def test_formatting_changes_no_hash(team: Team, old: str, new: str) -> None:
    """Comments, line breaks, case of keywords and the sentence mean nothing."""
    before = team.project()
    team.replace(f"{PROFIT}/models/agg_profit_daily.sql", old, new)

    assert changed(before, team.project()) == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (f"{PROFIT}/models/agg_profit_monthly.sql", "SUM(d.cost)", "SUM(d.cost + 0.0000)", {"agg_profit_monthly"}),
        (f"{PROFIT}/models/agg_profit_daily.sql", "s.profit AS total_profit", "s.revenue AS total_profit",
         {"agg_profit_daily", "agg_profit_weekly", "agg_profit_monthly", "agg_profit_quarterly"}),
        (f"{PROFIT}/models/fact_orders.sql", "src.fx_rates -5..0", "src.fx_rates -6..0", EVERY | OF_ORDERS),
        (f"{PROFIT}/models/fact_costs.sql", "LEFT JOIN order_segments", "INNER JOIN order_segments",
         EVERY - {"fact_orders", "fact_refunds"} | OF_REFUNDS_AND_COSTS),
        ("sources/refunds.odcs.yaml", "value: append", "value: newest_wins",
         EVERY - {"fact_orders", "fact_costs"} | OF_REFUNDS_AND_COSTS),
        ("sources/fx_rates.odcs.yaml", "DECIMAL(18,6)", "DECIMAL(18,8)", EVERY | OF_ORDERS),
        ("sources/orders.odcs.yaml", "value: transactions_team", "value: platform_team", set()),
        ("sources/orders.odcs.yaml", "path: data/orders", "path: data/old_orders", set()),
        ("calendar.csv", "week,2026-W38,", "week,W38,", {"agg_profit_weekly", *READ_THE_CALENDAR}),
        ("calendar.csv", "month,2026-09,", "month,September,", {"agg_profit_monthly", *READ_THE_CALENDAR}),
        (f"{PROFIT}/metrics.yml", "scale: 6", "scale: 7", set()),
    ],
)  # fmt: skip
def test_a_changed_meaning_travels_downstream(
    team: Team, file: str, old: str, new: str, expected: set[str]
) -> None:
    """A model's own change, a window, a contract or a calendar row changes it and all that is made from it."""
    before = team.project()
    team.replace(file, old, new)

    assert changed(before, team.project()) == expected


def test_rules_of_a_source_are_part_of_the_meaning(team: Team) -> None:
    """A committed row filter changes figures, so it changes hashes."""
    before = team.project()
    rules = """  - property: rules
    value:
      - {sentence: Test orders are left out., keep: "user_id > 0", approver: finance_lead, reason: They are not sales.}
"""
    path = "sources/orders.odcs.yaml"
    team.write(path, (team.folder / path).read_text() + rules)

    after = team.project()
    assert changed(before, after) == EVERY | OF_ORDERS
    assert [rule.keep for rule in after.sources["orders"].rules] == ["user_id > 0"]


SPACE = st.sampled_from([" ", "\n", "\t", "  \n ", " -- a note\n", " /* a note */ "])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SPACE, min_size=40, max_size=40), st.booleans())
def test_space_and_comments_never_change_the_normal_form(spaces: list[str], lower: bool) -> None:
    """Whatever stands between the words, the meaning is the same line."""
    # GROUP BY is one word to the parser: a comment between the two is a problem, which it reports.
    words = [
        "SELECT", "o.day_on", ",", "SUM", "(", "o.amount", ")", "AS", "total", "FROM", "src.orders", "AS", "o",
        "WHERE", "o.day_on", ">=", "$start", "AND", "o.day_on", "<", "$end", "GROUP BY", "o.day_on",
    ]  # fmt: skip
    keywords = {"SELECT", "SUM", "AS", "FROM", "WHERE", "AND", "GROUP BY"}
    written = [word.lower() if lower and word in keywords else word for word in words]
    text = "".join(word + space for word, space in zip(written, spaces, strict=False))

    assert parse_select(text)["normal"] == parse_select(" ".join(words))["normal"]
