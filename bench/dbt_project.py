"""The same three pipelines as a dbt project: models from the team's SQL, checks as dbt tests.

Staging models keep what arrived, keys resolved; every model is incremental (delete+insert by day) over the days
that a run builds. What dbt has no place for is left out: figures, holds, releases, receipts, outputs.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from holdfast.definitions.check import Check, Severity
from holdfast.definitions.model import Model
from holdfast.definitions.pipeline import Project
from holdfast.definitions.source import Changes, Source

HERE = Path(__file__).parent
STATIC = HERE / "dbt"
ZONE = HERE / "by_hand" / "zone.sql"
BEFORE_THE_FIRST_DAY = ("users", "cancellations", "churn_log")
"""Sources with rows of years before the history."""

DAY_VALUES = {
    "no_collapse": (
        "(SELECT g.date AS day, 'growth_rate' AS metric, '' AS segment, g.net_growth / s.active_at_start AS value "
        "FROM agg_growth_segments AS g JOIN agg_growth_start AS s ON s.date = g.date AND s.dimension = '' "
        "WHERE g.dimension = '')"
    ),
    "projections_band": (
        "(SELECT d.order_date AS day, m.metric, '' AS segment, "
        "CASE m.metric WHEN 'orders' THEN d.orders ELSE d.gross_revenue END AS value "
        "FROM agg_profit_segments AS d CROSS JOIN (VALUES ('gross_revenue'), ('orders')) AS m(metric) "
        "WHERE d.dimension = '')"
    ),
}
"""What these two checks read as figures, from the tables that figures are made of."""


def write(project: Project, folder: Path) -> tuple[int, int]:
    """Writes the dbt project; how many models and tests it has."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(STATIC, folder)
    for name in ("models", "tests"):
        (folder / name).mkdir()
    zone = ZONE.read_text().replace("CREATE MACRO", "CREATE OR REPLACE MACRO")
    (folder / "macros" / "zone.sql").write_text("{% macro zone() %}\n" + zone + "{% endmacro %}\n")
    wanted = {model.name: model for pipeline in project.pipelines.values() for model in project.lineage(pipeline)}
    dbt = Translation(wanted, project)
    sources = {source.name: source for p in project.pipelines.values() for source in project.sources_of(p)}
    files = {f"stg_{name}": staged(source) for name, source in sources.items()}
    files |= {name: dbt.model(model) for name, model in wanted.items()} | CALENDAR
    for name, text in files.items():
        (folder / "models" / f"{name}.sql").write_text(text)
    checks = [check for pipeline in project.pipelines.values() for check in pipeline.checks]
    for check in checks:
        (folder / "tests" / f"{check.pipeline}_{check.name}.sql").write_text(dbt.test(check))
    return len(files), len(checks)


CALENDAR = {
    "calendar": (
        "{{ config(materialized='table') }}\n"
        'SELECT grain, name, CAST("start" AS DATE) AS "start", CAST("end" AS DATE) AS "end"\n'
        "FROM read_csv('{{ env_var(\"BENCH_CALENDAR\") }}', header = true, all_varchar = true)\n"
    ),
    "calendar_days": (
        "{{ config(materialized='table') }}\n"
        'SELECT CAST(unnest(range(min("start"), max("end"), INTERVAL 1 DAY)) AS DATE) AS day\n'
        "FROM {{ ref('calendar') }}\n"
    ),
}


def staged(source: Source) -> str:
    """What counts of a source: the first or the newest row of each key, with its business day."""
    keys = ", ".join(_quoted(name) for name in source.key)
    names = ", ".join(_quoted(column.name) for column in source.columns)
    if source.changes is Changes.SNAPSHOT:
        every = f"{{{{ env_var('BENCH_DATA') }}}}/{source.name}/*/*.parquet"
        read = f"read_parquet('{every}', filename = true, hive_partitioning = false)"
        return (
            "{{ config(materialized='table') }}\n"
            f"SELECT {names}, CAST(NULL AS DATE) AS business_on FROM {read}\n"
            "QUALIFY rank() OVER (ORDER BY parse_dirpath(filename) DESC) = 1\n"
        )
    assert source.business_time is not None
    column = source.column(source.business_time)
    assert column is not None
    zone = "london_since_2020" if source.name in BEFORE_THE_FIRST_DAY else "london"
    name = _quoted(column.name)
    day = name if column.kind.upper() == "DATE" else f"{zone}({name})"
    newest = source.changes is Changes.NEWEST_WINS
    order = "loaded_at DESC, filename DESC, file_row_number DESC" if newest else "filename, file_row_number"
    equal = " AND ".join(f"t.{_quoted(key)} = arrived.{_quoted(key)}" for key in source.key)
    first_counts = (
        "{% if is_incremental() %}WHERE NOT EXISTS (SELECT 1 FROM {{ this }} AS t "
        f"WHERE {equal} AND t.business_on >= {{{{ end_day() }}}} - 40){{% endif %}}\n"
    )
    strategy = (
        f"unique_key=[{', '.join(repr(key) for key in source.key)}]" if newest else "incremental_strategy='append'"
    )
    # Keys that arrived twice are few: they are found by one grouping, and only they are ranked.
    return (
        f"{{{{ config({strategy}) }}}}\n"
        f"WITH arrived AS ({{{{ arrived_rows('{source.name}', is_incremental()) }}}}),\n"
        f"twice AS (SELECT {keys} FROM arrived GROUP BY ALL HAVING count(*) > 1),\n"
        f"once AS (\n    SELECT {names} FROM arrived ANTI JOIN twice USING ({keys})\n    UNION ALL\n"
        f"    SELECT {names} FROM (SELECT * FROM arrived SEMI JOIN twice USING ({keys})\n"
        f"    QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order}) = 1)\n)\n"
        f"SELECT {names}, {day} AS business_on FROM once AS arrived\n" + ("" if newest else first_counts)
    )


class Translation:
    """Our SQL in dbt's words."""

    def __init__(self, models: dict[str, Model], project: Project) -> None:
        self.models = models
        self.project = project

    def model(self, model: Model) -> str:
        """An incremental model that replaces the days it builds."""
        start = "{{ start_day(is_incremental()) }}"
        if model.period != "day":
            start = f"CAST(date_trunc('{model.period}', {start}) AS DATE)"
        return f"{{{{ config(unique_key='{model.day}') }}}}\n" + self._in_dbt(model.sql, start)

    def test(self, check: Check) -> str:
        """A singular test: its rows are failures. What holds is an error, everything else a warning."""
        severity = "error" if check.severity is Severity.HOLD else "warn"
        sql = TESTS[str(check.kind.value)](check, self)
        return f"{{{{ config(severity='{severity}') }}}}\n" + sql + "\n"

    def custom(self, check: Check) -> str:
        """The check's own query over the days that were built."""
        sql = str(check.parameter("sql")).strip().rstrip(";")
        if check.name in DAY_VALUES:
            sql = re.sub(r"\bday_values\b", DAY_VALUES[check.name], sql)
        sql = re.sub(r"\b(FROM|JOIN) due_days\b", r"\1 {{ due_days() }}", sql)
        return self._in_dbt(sql, "{{ tested_from() }}")

    def day(self, dataset: str) -> str:
        """The day column of a table."""
        return "business_on" if dataset.startswith("src.") else self.models[dataset].day

    def table(self, dataset: str) -> str:
        """A table as dbt names it."""
        return f"{{{{ ref('{dataset.replace('src.', 'stg_')}') }}}}"

    def tested(self, dataset: str, where: object = None) -> str:
        """FROM and WHERE of the rows of the days that were built."""
        day = self.day(dataset)
        more = f" AND ({where})" if where else ""
        return f"{self.table(dataset)} WHERE {day} >= {{{{ tested_from() }}}} AND {day} < {{{{ end_day() }}}}{more}"

    def source(self, dataset: str) -> Source:
        """The source behind `src.NAME`."""
        return self.project.sources[dataset.removeprefix("src.")]

    def _in_dbt(self, sql: str, start: str) -> str:
        def named(found: re.Match[str]) -> str:
            verb, prefix, name = found.groups()
            if prefix == "src.":
                return f"{verb} {{{{ ref('stg_{name}') }}}}"
            known = name in self.models or name in CALENDAR
            return f"{verb} {{{{ ref('{name}') }}}}" if known else found.group(0)

        sql = re.sub(r"\b(FROM|JOIN)\s+(src\.|candidate\.)?(\w+)", named, sql)
        bounds = {"start": start, "end": "{{ end_day() }}", "first": "{{ first_day() }}"}
        return re.sub(r"\$(start|end|first)\b", lambda found: bounds[found.group(1)], sql)


def _contract(check: Check, dbt: Translation) -> str:
    source = dbt.source(check.dataset)
    wrong = [f"{_quoted(column.name)} IS NULL" for column in source.columns if column.required]
    wrong += [f"{_quoted(column.name)} NOT IN {_words(column.accepted)}" for column in source.columns if column.accepted]
    return f"SELECT * FROM {dbt.tested(check.dataset, ' OR '.join(wrong))}"


def _unique(check: Check, dbt: Translation) -> str:
    columns = ", ".join(_list(check, "columns"))
    return f"SELECT {columns} FROM {dbt.tested(check.dataset)} GROUP BY ALL HAVING count(*) > 1"


def _not_null(check: Check, dbt: Translation) -> str:
    missing = " OR ".join(f"{column} IS NULL" for column in _list(check, "columns"))
    return f"SELECT * FROM {dbt.tested(check.dataset, missing)}"


def _accepted_values(check: Check, dbt: Translation) -> str:
    other = f"{check.parameter('column')} NOT IN {_words(_list(check, 'values'))}"
    return f"SELECT * FROM {dbt.tested(check.dataset, other)}"


def _single_currency(check: Check, dbt: Translation) -> str:
    by, day = check.by, dbt.day(check.dataset)
    rows = dbt.tested(check.dataset)
    return f"SELECT {day}, {by} FROM {rows} GROUP BY {day}, {by} HAVING count(DISTINCT {check.parameter('column')}) > 1"


def _counts(check: Check, dbt: Translation, back: int) -> str:
    member, day = check.by or "''", dbt.day(check.dataset)
    return (
        f"SELECT {day} AS day, {member} AS member, count(*) AS n FROM {dbt.table(check.dataset)} "
        f"WHERE {day} >= {{{{ tested_from() }}}} - {back} AND {day} < {{{{ end_day() }}}} GROUP BY ALL"
    )


def _completeness(check: Check, dbt: Translation) -> str:
    source = dbt.project.sources[str(check.parameter("expected"))] if check.parameter("expected") else None
    closed = " ".join(
        f"AND NOT (month(d.day) = {month} AND day(d.day) = {day})"
        for month, day in (source.closed.yearly if source else ())
    )
    return (
        f"WITH counts AS ({_counts(check, dbt, 28)})\nSELECT d.day, c.member FROM {{{{ due_days() }}}} AS d "
        f"JOIN counts AS c ON c.day <= d.day AND c.day >= d.day - 28 WHERE TRUE {closed} GROUP BY d.day, c.member "
        f"HAVING count(*) FILTER (WHERE c.day = d.day) = 0 AND count(*) >= {check.parameter('seen_on') or 1}"
    )


def _volume(check: Check, dbt: Translation) -> str:
    return (
        f"WITH counts AS ({_counts(check, dbt, 28)})\nSELECT d.day, d.n, avg(b.n) AS usual FROM counts AS d "
        "JOIN counts AS b ON b.day < d.day AND b.day >= d.day - 28 AND (d.day - b.day) % 7 = 0 "
        "WHERE d.day >= {{ tested_from() }} GROUP BY d.day, d.n "
        f"HAVING d.n < {check.parameter('min_ratio')} * avg(b.n) OR d.n > {check.parameter('max_ratio')} * avg(b.n)"
    )


def _relationship(check: Check, dbt: Translation) -> str:
    mine, to = _list(check, "columns"), str(check.parameter("to"))
    theirs = _list(check, "to_columns") or mine
    day = dbt.day(check.dataset)
    filled = " AND ".join(f"m.{column} IS NOT NULL" for column in mine)
    equal = " AND ".join(f"p.{t} = m.{m}" for m, t in zip(mine, theirs, strict=True))
    near = f"WHERE {dbt.day(to)} >= {{{{ tested_from() }}}} - {check.parameter('within_days')}"
    return (
        f"WITH mine AS (SELECT * FROM {dbt.tested(check.dataset)}),\n"
        f"partners AS (SELECT DISTINCT {', '.join(theirs)} FROM {dbt.table(to)} {near})\n"
        f"SELECT m.{day} FROM mine AS m LEFT JOIN partners AS p ON {equal} GROUP BY m.{day} "
        f"HAVING count(*) FILTER (WHERE {filled} AND p.{theirs[0]} IS NULL) > {check.parameter('tolerance') or 0} * count(*)"
    )


def _coverage(check: Check, dbt: Translation) -> str:
    against, on = str(check.parameter("against")), _list(check, "on")[0]
    day, by = dbt.day(against), check.by or "''"
    own = dbt.day(check.dataset)
    where = f" AND ({check.parameter('where')})" if check.parameter("where") else ""
    found = (
        f"SELECT DISTINCT {on} FROM {dbt.table(check.dataset)} "
        f"WHERE {own} >= {{{{ tested_from() }}}} - {check.parameter('within_days')}{where}"
    )
    return (
        f"WITH asked AS (SELECT DISTINCT {day} AS day, {by} AS member, {on} FROM {dbt.tested(against)}),\n"
        f"found AS ({found})\nSELECT a.day, a.member FROM asked AS a LEFT JOIN found AS f ON f.{on} = a.{on} "
        f"GROUP BY a.day, a.member HAVING count(f.{on}) < {check.parameter('at_least')} * count(*)"
    )


def _reconciliation(check: Check, dbt: Translation) -> str:
    against, by = str(check.parameter("against")), check.by
    column = check.parameter("column")
    mine = f"sum({column})" if column else "count(*)"
    theirs = f"sum({check.parameter('against_column') or column})" if column else "count(*)"
    my_rows = dbt.tested(check.dataset, check.parameter("where"))
    their_rows = dbt.tested(against, check.parameter("against_where"))
    return (
        f"WITH mine AS (SELECT {dbt.day(check.dataset)} AS day, coalesce({by}, 'unallocated') AS member, {mine} AS value "
        f"FROM {my_rows} GROUP BY ALL),\ntheirs AS (SELECT {dbt.day(against)} AS day, coalesce({by}, 'unallocated') AS member, "
        f"{theirs} AS value FROM {their_rows} GROUP BY ALL)\nSELECT * FROM mine FULL JOIN theirs USING (day, member) "
        f"WHERE abs(coalesce(mine.value, 0) - coalesce(theirs.value, 0)) > {check.parameter('tolerance') or 0} * abs(theirs.value) "
        "OR theirs.value IS NULL"
    )


def _band(check: Check, dbt: Translation) -> str:
    top, bottom = check.parameter("numerator"), check.parameter("denominator")
    outside = (
        f"dimension = '{check.by}' AND ({top} < {check.parameter('min')} * {bottom} "
        f"OR {top} > {check.parameter('max')} * {bottom})"
    )
    return f"SELECT * FROM {dbt.tested(check.dataset, outside)}"


def _freshness(check: Check, dbt: Translation) -> str:
    return f"SELECT max(loaded_at) FROM {dbt.tested(check.dataset)} HAVING max(loaded_at) < {{{{ end_day() }}}} - INTERVAL 23 HOUR"


def _deviation(check: Check, dbt: Translation) -> str:
    metric, percent, day = check.parameter("metric"), check.parameter("percent"), dbt.day(check.dataset)
    step, most = ("% 7 = 0", 28) if check.parameter("against") == "weekday" else ("= 1", 1)
    return (
        f"WITH daily AS (SELECT {day} AS day, {metric} AS value FROM {dbt.table(check.dataset)} WHERE dimension = '')\n"
        "SELECT d.day, d.value, avg(b.value) AS usual FROM daily AS d "
        f"JOIN daily AS b ON b.day < d.day AND b.day >= d.day - {most} AND (d.day - b.day) {step} "
        "WHERE d.day >= {{ tested_from() }} GROUP BY d.day, d.value "
        f"HAVING abs(d.value - avg(b.value)) * 100 > {percent} * abs(avg(b.value))"
    )


TESTS: dict[str, Callable[[Check, Translation], str]] = {
    "contract": _contract,
    "unique": _unique,
    "not_null": _not_null,
    "accepted_values": _accepted_values,
    "single_currency": _single_currency,
    "completeness": _completeness,
    "volume": _volume,
    "relationship": _relationship,
    "coverage": _coverage,
    "reconciliation": _reconciliation,
    "band": _band,
    "freshness": _freshness,
    "deviation": _deviation,
    "sql": lambda check, dbt: dbt.custom(check),
}


def _list(check: Check, name: str) -> list[str]:
    found = check.parameter(name)
    return [str(each) for each in found] if isinstance(found, list | tuple) else []


def _words(values: object) -> str:
    assert isinstance(values, list | tuple)
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def _quoted(name: str) -> str:
    return f'"{name}"' if name == "on" else name
