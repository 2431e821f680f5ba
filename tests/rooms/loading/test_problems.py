"""Mistakes planted in the folder, each found at its place."""

from collections.abc import Callable

import pytest
from team_folder import PROFIT, Team

Only = Callable[[], str]
LAKE = "pipelines/daily_growth"


def test_five_planted_mistakes_print_five_located_lines(team: Team) -> None:
    """Lint reports everything at once, each with file, line and what to do."""
    lines = [
        (f"{PROFIT}/pipeline.yml", team.replace(f"{PROFIT}/pipeline.yml", "audience:", "audiense:")),
        (f"{PROFIT}/checks.yml", team.replace(f"{PROFIT}/checks.yml", "holds: [profit, margin]", "holds: [profti]")),
        (f"{PROFIT}/metrics.yml", team.replace(f"{PROFIT}/metrics.yml", "approver: finance_lead", "approver: finance_laed")),
        ("sources/orders.odcs.yaml", team.replace("sources/orders.odcs.yaml", "value: newest_wins", "value: newest_win")),
        (
            f"{PROFIT}/models/fact_orders.sql",
            team.replace(f"{PROFIT}/models/fact_orders.sql", "o.amount * r.rate", "AVG(o.amount * r.rate)"),
        ),
    ]
    found = team.lint()

    assert {(file, str(line)) for file, line in lines} == {tuple(each.split(":")[:2]) for each in found}
    assert len(found) == 5
    assert "unknown key 'audiense'. Did you mean 'audience'?" in "\n".join(found)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (f"{PROFIT}/checks.yml", "dataset: agg_profit_segments", "dataset: agg_proft_segments",
         "names dataset 'agg_proft_segments', which no model builds. Did you mean 'agg_profit_segments'?"),
        (f"{PROFIT}/checks.yml", "kind: coverage", "kind: coverege", "Did you mean 'coverage'?"),
        (f"{PROFIT}/checks.yml", "severity: flag", "severity: flagg", "Did you mean 'flag'?"),
        (f"{PROFIT}/checks.yml", "by: region\n    expected: orders\n", "by: regoin\n    expected: orders\n", "Did you mean 'region'?"),
        (f"{PROFIT}/checks.yml", "at_least: 0.97", "at_most: 0.97", "unknown key 'at_most'"),
        (f"{PROFIT}/checks.yml", "at_least: 0.97", 'at_least: "much"', "'checks.cost_coverage.at_least' is 'much', expected a number"),
        (f"{PROFIT}/checks.yml", "where: \"kind = 'cogs'\"", 'where: "1 = 1) OR (1 = 1"', "not a condition"),
        (f"{PROFIT}/checks.yml", "file: projections_band.sql", "file: ../x.sql", "leads out of the folder"),
        (f"{PROFIT}/checks.yml", "column: currency", "column: curency", "Did you mean 'currency'?"),
        (f"{PROFIT}/checks.yml", "metric: profit", "metric: proft", "Did you mean 'profit'?"),
        (f"{PROFIT}/checks.yml", "values: [UK,", "values: [NO, no, true,", "put it in quotes"),
        (f"{PROFIT}/checks.yml", "min: -0.5", "min: 0.9", "swap them"),
        (f"{PROFIT}/pipeline.yml", "secondary: jill", "secondary: james", "name two people"),
        (f"{PROFIT}/pipeline.yml", "primary: james", "primary: jame", "Did you mean 'james'?"),
        (f"{PROFIT}/pipeline.yml", 'day: "08:00"', "day: 8am", "expected a time of day"),
        (f"{PROFIT}/pipeline.yml", 'day: "08:00"', 'day: "02:30"', "arrives within 3 h of the day's end in Europe/London, up to 03:00 UTC"),
        (f"{PROFIT}/pipeline.yml", "starts_on: 2025-10-01", "starts_on: 2025-10-32", "expected a date"),
        (f"{PROFIT}/pipeline.yml", "grain: month", "grain: monht", "Did you mean 'month'?"),
        (f"{PROFIT}/pipeline.yml", "to: outputs/monthly", "to: ../elsewhere", "leads out of the folder"),
        (f"{PROFIT}/pipeline.yml", "{kind: csv, grain: month,", "{kind: lake, table: agg_profit_daily, keep: 90d,",
         "nothing investors had may be"),
        (f"{LAKE}/pipeline.yml", "keep: 400d", "keep: 3h", "says how long its files are kept"),
        (f"{LAKE}/pipeline.yml", "table: exp_daily_growth", "table: exp_daily_grwth", "Did you mean 'exp_daily_growth'?"),
        (f"{LAKE}/pipeline.yml", "table: exp_daily_growth", "table: user_days", "which is no table of days in daily_growth/models"),
        (f"{PROFIT}/pipeline.yml", "to: outputs/monthly", "to: /var/www", "not below the project folder"),
        (f"{PROFIT}/pipeline.yml", "segments: [region,", "segments: [regoin,", "Did you mean 'region'?"),
        (f"{PROFIT}/pipeline.yml", "close: {grains: [month,", "close: {grains: [monht,", "Did you mean 'month'?"),
        (f"{PROFIT}/pipeline.yml", "close: {grains: [month,", "close: {grains: [day,", "grain 'day' is not one of calendar.csv that can be signed"),
        (f"{PROFIT}/pipeline.yml", "finance: finance_lead}", "finance: finance_laed}", "Did you mean 'finance_lead'?"),
        (f"{PROFIT}/pipeline.yml", "finance: finance_lead}", "finance: james}", "no second person could sign"),
        (f"{PROFIT}/pipeline.yml", "sign_within: 10", "sign_within: soon", "expected a whole number"),
        (f"{PROFIT}/pipeline.yml", "sign_within: 10", "sign_within: 10, business_days: England", "expected a country such as GB-ENG"),
        (f"{PROFIT}/metrics.yml", "    from: agg_profit_segments.refunds\n",
         "    from: agg_profit_segments.refunds\n    materiality: {percent: -1}\n", "materiality is never negative"),
        (f"{PROFIT}/pipeline.yml", "page_before: 2h", "page_before: 90min", "expected whole hours"),
        (f"{PROFIT}/metrics.yml", "from: agg_profit_segments.refunds", "from: agg_profit_segments.refund", "Did you mean 'refunds'?"),
        (f"{PROFIT}/metrics.yml", "from: agg_profit_segments.refunds", "from: agg_profit_daily.refunds", "no column 'dimension'"),
        (f"{PROFIT}/metrics.yml", "denominator: revenue", "denominator: revenues", "Did you mean 'revenue'?"),
        (f"{PROFIT}/metrics.yml", "grains: [day, week", "grains: [day, weak", "Did you mean 'week'?"),
        (f"{PROFIT}/metrics.yml", "    approver: finance_lead\n    version: 1\n", "    version: 1\n", "has no approver"),
        (f"{PROFIT}/annotations.yml", "to: 2025-12-01", "to: 2025-11-01", "so it comes later"),
        (f"{PROFIT}/annotations.yml", "to: 2025-12-01", "to: 1 December", "expected a date"),
        (f"{PROFIT}/annotations.yml", "author: james", "author: jamez", "Did you mean 'james'?"),
        ("sources/orders.odcs.yaml", "path: data/orders", "path: /etc", "not below the project folder"),
        ("sources/orders.odcs.yaml", "path: data/orders", "path: data/../../orders", "leads out of the folder"),
        ("sources/orders.odcs.yaml", "path: data/orders", "path: env:HOME_OF_DATA/../x", "leads out of the folder"),
        ("sources/orders.odcs.yaml", "path: data/orders", "path: env:HOME_OF_DATA/orders", "HOME_OF_DATA is not set"),
        ("sources/orders.odcs.yaml", "value: ordered_at", "value: orderd_at", "Did you mean 'ordered_at'?"),
        ("sources/orders.odcs.yaml", "property: lateRowsWithin", "property: lateRowWithin", "Did you mean 'lateRowsWithin'?"),
        ("sources/orders.odcs.yaml", "value: 5d", "value: five days", "expected a duration"),
        ("sources/orders.odcs.yaml", "physicalType: BIGINT", "physcalType: BIGINT", "Did you mean 'physicalType'?"),
        ("sources/orders.odcs.yaml", '"12-25"', '"25-12"', "not a day of the year"),
        ("sources/orders.odcs.yaml", "value: transactions_team", "value: transaction_team", "Did you mean 'transactions_team'?"),
        ("team/people.yml", "zone: Europe/London", "zone: Europe/Londn", "Did you mean 'Europe/London'?"),
        ("team/people.yml", "role: manager", "role: boss", "Expected one of"),
        ("holdfast.yml", "zone: Europe/London", "zone: Europe/Londn", "Did you mean 'Europe/London'?"),
        ("holdfast.yml", "clock: data", "clock: dat", "Did you mean 'data'?"),
        ("holdfast.yml", "demo: true", "demo: perhaps", "expected true or false"),
        ("calendar.csv", "month,2025-10,2025-10-01,2025-11-01", "month,2025-10,2025-10-01,2025-11-02", "overlaps 2025-10"),
        ("calendar.csv", "month,2025-10,2025-10-01,2025-11-01", "month,2025-10,2025-11-01,2025-10-01", "the end is the first day after"),
        ("calendar.csv", "month,2025-10,2025-10-01,2025-11-01", "month,2025-10,2025-10-01", "3 cells found"),
        ("team/rotation.yml", "rotation:", "- rotation", "YAML"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_named_where_it_stands(team: Team, file: str, old: str, new: str, expected: str) -> None:
    """One mistake, and a line that names it in its file, with what was expected."""
    line = team.replace(file, old, new)
    found = team.lint()

    located = [each for each in found if each.startswith(f"{file}:") and expected in each]
    assert located, found
    if not file.endswith((".csv", "rotation.yml")) and "arrives" not in expected and "people.yml" not in located[0]:
        assert abs(int(located[0].split(":")[1]) - line) <= 14, (line, located)


def test_a_yaml_typo_is_one_message_at_its_line(team: Team, only: Only) -> None:
    """A file that is no YAML is named once; what it would have declared is not reported as missing."""
    team.write("team/people.yml", "people:\n  james: {full_name: James\n  jill: x\n")

    found = [str(each) for each in team.problems() if each.file == "team/people.yml"]

    assert len(found) == 1
    assert found[0].startswith("team/people.yml:3:")


def test_a_key_written_twice_is_reported(team: Team, only: Only) -> None:
    """Silently the last one would have won."""
    team.replace(f"{PROFIT}/pipeline.yml", "page_before: 2h", "page_before: 2h\npage_before: 3h")

    assert only().startswith(f"{PROFIT}/pipeline.yml:8: key 'page_before' is already written in line 7")


def test_nothing_in_yaml_is_executed(team: Team) -> None:
    """A tag that other loaders turn into a call is text and a problem."""
    trap = team.folder / "trap"
    team.replace("holdfast.yml", "'Reference'", f'!!python/object/apply:os.mkdir ["{trap}"]')

    found = [str(each) for each in team.problems()]

    assert any("the tag" in each and each.startswith("holdfast.yml:1:") for each in found)
    assert not trap.exists()


def test_aliases_that_stand_for_billions_of_values_are_refused(team: Team) -> None:
    """The file is refused at once, not expanded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    team.write("team/swaps.yml", "\n".join(lines) + "\n")

    assert [str(each) for each in team.problems()] == [
        "team/swaps.yml:1: the file's aliases stand for too many values; write them out"
    ]


def test_two_models_of_one_name(team: Team, only: Only) -> None:
    """A table has one builder; the second file is named, with the first."""
    text = (team.folder / PROFIT / "models/fact_orders.sql").read_text()
    team.write("shared/owners.yml", "owners: {primary: jill, secondary: davis}\n")
    team.write("shared/models/fact_orders.sql", text)

    assert only() == (
        f"{PROFIT}/models/fact_orders.sql:1: model 'fact_orders' is already built by shared/models/fact_orders.sql; "
        "rename one of the two"
    )


def test_a_cycle_prints_its_path(team: Team) -> None:
    """Models that read each other in a circle are told as the way round."""
    path = f"{PROFIT}/models/fact_orders.sql"
    team.replace(path, "src.fx_rates -5..0", "src.fx_rates -5..0; agg_profit_daily -1..-1")
    team.replace(path, "SELECT days.age", "SELECT days.age, (SELECT MAX(d.profit) AS p FROM agg_profit_daily AS d) AS p")

    found = [str(each) for each in team.problems() if "circle" in each.message]

    assert found
    assert "fact_costs -> fact_orders -> agg_profit_daily -> agg_profit_segments -> agg_profit_by_dimension" in found[0]


@pytest.mark.parametrize("key", ["day", "key"])
def test_a_model_writing_two_grains(team: Team, only: Only, key: str) -> None:
    """Two heads in one file mean two tables."""
    path = f"{PROFIT}/models/agg_profit_daily.sql"
    team.replace(path, "-- layer:", f"-- {key}: revenue\n-- layer:")

    assert "a model writes one grain" in only()
    assert only().startswith(f"{path}:5:")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("s.profit,", "s.profit * 1.5e3 AS profit,", "1.5e3 is a floating-point number"),
        ("s.profit,", "CAST(s.profit AS DOUBLE) AS profit,", "is floating point; use DECIMAL"),
        ("s.profit,", "s.profit / 2 AS profit,", "'s.profit / 2' divides"),
        ("s.profit,", "s.profit + 1,", "has no name; add AS name"),
        ("s.profit,", "ROUND(s.profit, 2) AS profit,", "rounds something that need not be a DECIMAL"),
        ("s.profit,", "s.profit, s.profit,", "two columns are called 'profit'"),
        ("s.profit,", "CURRENT_DATE AS profit,", "answers differently each time"),
        ("s.profit,", "getenv('HOME') AS profit,", "reaches outside the tables"),
        ("s.order_date,\n", "s.order_date AS on_day,\n", "`day:` names 'order_date', which the SELECT does not yield"),
        ("FROM agg_profit_segments AS s", "FROM agg_profit_segment AS s", "Did you mean 'agg_profit_segments'?"),
        ("FROM agg_profit_segments AS s", "FROM read_parquet('/x') AS s", "it reads from READ_PARQUET('/x')"),
        ("FROM agg_profit_segments AS s", "FROM other.agg_profit_segments AS s", "write a source as src.NAME"),
        ("agg_profit_segments 0..0", "fact_orders 0..0", "which `reads:` does not declare"),
        ("agg_profit_segments 0..0", "agg_profit_segments today", "is not a window"),
        ("agg_profit_segments 0..0", "agg_profit_segments 0..-1", "ends before it begins"),
        ("-- layer:", "-- period: fortnight\n-- layer:", "has no row in calendar.csv"),
        ("-- key:", "-- keys:", "unknown key 'keys'. Did you mean 'key'?"),
        (">= $start", ">= $start - 6", "goes back 6 days, no window in `reads:` more than 0"),
        (">= $start AND", ">= CAST('2025-10-01' AS DATE) AND", "does not use $start"),
        ("s.dimension = ''", "s.dimension = '' ORDER BY s.order_date", "leaves open where nulls come"),
        ("s.dimension = ''", "s.dimension = ''; SELECT 1 AS x", "2 statements"),
        ("SELECT\n", "DELETE FROM x; SELECT\n", "2 statements"),
        ("SELECT\n", "SELEC\n", "cannot be read"),
    ],
)  # fmt: skip
def test_what_a_models_sql_may_not_say(team: Team, old: str, new: str, expected: str) -> None:
    """Rules over the syntax tree: exact numbers, named columns, declared windows, nothing from outside."""
    team.replace(f"{PROFIT}/models/agg_profit_daily.sql", old, new)
    found = [str(each) for each in team.problems()]

    assert any(expected in each and each.startswith(f"{PROFIT}/models/agg_profit_daily.sql:") for each in found), found


def test_order_by_with_nulls_first_or_last_is_fine(team: Team) -> None:
    """Both spellings say where nulls come, whatever the engine's own habit."""
    team.replace(
        f"{PROFIT}/models/agg_profit_daily.sql",
        "s.dimension = ''",
        "s.dimension = '' ORDER BY s.order_date NULLS LAST, s.revenue DESC NULLS FIRST, s.cost NULLS FIRST",
    )

    assert team.problems() == ()


def test_a_link_out_of_the_folder_is_not_followed(team: Team) -> None:
    """A file that lies elsewhere is neither read nor quoted."""
    secret = team.folder.parent / "secret.sql"
    secret.write_text("-- hidden words\nSELECT 1 AS one")
    (team.folder / PROFIT / "models" / "linked.sql").symlink_to(secret)

    found = [str(each) for each in team.problems()]

    assert any("outside the project folder; copy the file in" in each for each in found)
    assert "hidden words" not in "\n".join(found)


def test_a_data_folder_that_links_outside_is_refused(team: Team) -> None:
    """Data elsewhere is named by an environment variable, so that a person chose it."""
    (team.folder.parent / "elsewhere").mkdir()
    (team.folder / "data").mkdir()
    (team.folder / "data" / "orders").symlink_to(team.folder.parent / "elsewhere")

    assert any("use env:NAME instead" in str(each) for each in team.problems())


def test_a_warning_alone_keeps_no_project_from_loading(team: Team) -> None:
    """What deserves a look is said, and everything still runs."""
    team.replace("sources/crm_accounts.odcs.yaml", "status: draft", "status: active")
    loaded = team.load()

    assert [problem.severity for problem in loaded.problems] == ["warning"]
    assert loaded.project is not None


def test_a_missing_folder_is_one_message(team: Team) -> None:
    """No traceback, and what to do."""
    lost = Team(team.folder / "nowhere", team.cache)

    assert [problem.message.split(";")[0] for problem in lost.problems()] == ["there is no such folder"]


def test_a_folder_without_settings_is_no_project(team: Team) -> None:
    """The message names the file that makes a folder a project."""
    (team.folder / "holdfast.yml").unlink()

    found = team.problems()
    assert len(found) == 1
    assert "holds no holdfast.yml" in found[0].message


def test_text_that_is_not_utf8_is_located(team: Team, only: Only) -> None:
    """The line of the first wrong byte is named."""
    (team.folder / "team" / "swaps.yml").write_bytes(b"swaps: []\nnote: caf\xe9\n")

    assert only() == "team/swaps.yml:2: the file is not UTF-8 text; save it as UTF-8"


def test_the_kept_key_names_are_the_standards_own() -> None:
    """The lists of keys that every load checks are those of the standard's package, but for unused servers."""
    from open_data_contract_standard import model

    from holdfast.loading import odcs

    for keys, standard in (
        (odcs.CONTRACT_KEYS, model.OpenDataContractStandard),
        (odcs.OBJECT_KEYS, model.SchemaObject),
        (odcs.PROPERTY_KEYS, model.SchemaProperty),
        (odcs.SLA_KEYS, model.ServiceLevelAgreementProperty),
        (odcs.CUSTOM_KEYS, model.CustomProperty),
    ):
        assert set(keys) == {field.alias or name for name, field in standard.model_fields.items()}
    assert set(odcs.SERVER_KEYS) <= {field.alias or name for name, field in model.Server.model_fields.items()}


def test_a_deep_key_the_standard_does_not_know_is_found_by_lint(team: Team) -> None:
    """Below the keys Holdfast reads itself, the standard's own package is asked."""
    path = "sources/orders.odcs.yaml"
    line = team.replace(path, "            mustBe: 0", "            mustBeee: 0")

    assert team.lint() == [f"{path}:{line}: the contract has the unknown key 'mustBeee'. Did you mean 'mustBe'?"]


def test_an_unknown_table_in_a_checks_sql_is_located(team: Team, only: Only) -> None:
    """A check's file is read like a model's, with the tables a check sees."""
    path = f"{PROFIT}/checks/order_has_one_day.sql"
    line = team.replace(path, "FROM candidate.fact_orders AS o", "FROM candidate.fact_order AS o")

    assert only().startswith(f"{path}:{line}: the check reads 'candidate.fact_order'")
    assert "Did you mean 'fact_orders'?" in only()


def test_shared_models_have_owners(team: Team, only: Only) -> None:
    """A model that two pipelines read belongs to two people, like a pipeline."""
    (team.folder / "shared/owners.yml").unlink()
    assert only().startswith("shared/owners.yml:1: shared models have no owners")

    team.write("shared/owners.yml", "owners: {primary: jill, secondary: jill}\n")
    assert only() == "shared/owners.yml:1: primary and secondary owner are both 'jill'; name two people"
