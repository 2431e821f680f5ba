"""A project whose only pipeline publishes statistics of experiments, straight from a source that has them."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from holdfast.experiments.statistics import COLUMNS, MAY_BE_NULL, Row
from holdfast.testing.experiment_rows import values

KEY = ("day", "experiment", "variant", "segment")
LOGICAL = {"DATE": "date", "VARCHAR": "string", "BIGINT": "integer"}
SETTINGS = "name: experiments\ncurrency: GBP\nzone: UTC\nclock: data\ndemo: true\n"
TEAM = """\
people:
  john: {full_name: John, role: engineer, email: john@example.com, zone: UTC, holidays: GB-ENG, os_users: []}
  james: {full_name: James, role: engineer, email: james@example.com, zone: UTC, holidays: GB-ENG, os_users: []}
  product_lead: {full_name: Product Lead, role: lead, email: lead@example.com, zone: UTC, holidays: GB-ENG, os_users: []}
  experimentation_team: {full_name: Experimentation, role: contact, email: experimentation@example.com}
"""
PIPELINE = """\
purpose: What experiments change about profit.
audience: experiments
owners: {{primary: john, secondary: james}}
starts_on: {first}
segments: [experiment]
deadlines: {{day: "10:00", period: "12:00"}}
page_before: 2h
"""
METRICS = """\
metrics:
  counted_users:
    sentence: Users in experiments, once in each.
    unit: users
    scale: 0
    grains: [day]
    from: exp_people.counted_users
    owner: john
    approver: product_lead
"""
CHECKS = """\
checks:
  many_users:
    kind: sql
    sentence: An experiment has at least a hundred users per variant.
    dataset: exp_unit_profit
    severity: hold
    by: experiment
    file: many_users.sql
"""
MANY_USERS = """\
-- Variants with few users.
SELECT s.day, s.experiment
FROM candidate.exp_unit_profit AS s
WHERE s.segment = '' AND s.n < 100
GROUP BY s.day, s.experiment
"""
PEOPLE = """\
-- Users of the day per experiment, the total under ''.
-- key: day, dimension, member
-- day: day
-- reads: exp_unit_profit 0..0
-- segments: experiment
-- layer: aggregates
SELECT
    s.day,
    CASE WHEN GROUPING(s.experiment) = 0 THEN 'experiment' ELSE '' END AS dimension,
    COALESCE(s.experiment, '') AS member,
    CAST(SUM(s.n) AS BIGINT) AS counted_users
FROM exp_unit_profit AS s
WHERE s.day >= $start AND s.day < $end AND s.segment = ''
GROUP BY GROUPING SETS ((s.day), (s.day, s.experiment))
"""


def write_project(folder: Path, rows: Sequence[Row]) -> None:
    """The folder with everything arrived and nothing run."""
    (folder / "sources").mkdir(parents=True)
    (folder / "team").mkdir()
    (folder / "holdfast.yml").write_text(SETTINGS)
    (folder / "calendar.csv").write_text("grain,name,start,end\nmonth,2026-03,2026-03-01,2026-04-01\n")
    (folder / "team/people.yml").write_text(TEAM)
    (folder / "sources/stats.odcs.yaml").write_text(_contract())
    mine = folder / "pipelines/unit_profit"
    for inner in ("models", "checks", "tests"):
        (mine / inner).mkdir(parents=True)
    (mine / "pipeline.yml").write_text(PIPELINE.format(first=min(row.day for row in rows)))
    (mine / "metrics.yml").write_text(METRICS)
    (mine / "checks.yml").write_text(CHECKS)
    (mine / "checks/many_users.sql").write_text(MANY_USERS)
    (mine / "models/exp_people.sql").write_text(PEOPLE)
    (mine / "models/exp_unit_profit.sql").write_text(_model())
    for name in ("runbook.md", "report.md", "tests/README.md"):
        (mine / name).write_text("# Experiments\n")
    (mine / "annotations.yml").write_text("annotations: []\n")
    write_rows(folder / "data/stats", rows)


def write_rows(folder: Path, rows: Sequence[Row]) -> None:
    """One file per arrival day, the day after the business day."""
    con = duckdb.connect()
    con.execute(f"CREATE TABLE stats ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)})")
    con.executemany(f"INSERT INTO stats VALUES ({', '.join('?' * len(COLUMNS))})", [values(row) for row in rows])
    for (day,) in con.execute("SELECT DISTINCT day FROM stats ORDER BY day").fetchall():
        [(arrived,)] = con.execute(f"SELECT DATE '{day}' + 1").fetchall()
        target = folder / f"loaded_on={arrived:%Y-%m-%d}"
        target.mkdir(parents=True)
        con.execute(
            f"COPY (SELECT *, CAST('{arrived:%Y-%m-%d} 01:00:00+00' AS TIMESTAMPTZ) AS loaded_at FROM stats "
            f"WHERE day = DATE '{day}' ORDER BY ALL) TO '{target / 'stats.parquet'}'"
        )


def write_file(path: Path, rows: Sequence[Row], *, leaving_out: str = "") -> Path:
    """The rows as a Parquet or CSV file, as a person would hand it over."""
    con = duckdb.connect()
    con.execute(f"CREATE TABLE stats ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)})")
    con.executemany(f"INSERT INTO stats VALUES ({', '.join('?' * len(COLUMNS))})", [values(row) for row in rows])
    kept = ", ".join(name for name, _ in COLUMNS if name != leaving_out)
    con.execute(f"COPY (SELECT {kept} FROM stats) TO '{path}'")
    return path


def _model() -> str:
    columns = ",\n    ".join(f"s.{name}" for name, _ in COLUMNS if name != "day")
    return (
        "-- Sums over users per day, experiment, variant and segment.\n"
        f"-- key: {', '.join(KEY)}\n-- day: day\n-- reads: src.stats 0..0\n-- segments: experiment\n-- layer: aggregates\n"
        f"SELECT\n    s.business_on AS day,\n    {columns}\nFROM src.stats AS s\n"
        "WHERE s.business_on >= $start AND s.business_on < $end\n"
    )


def _contract() -> str:
    return (
        "apiVersion: v3.1.0\nkind: DataContract\nid: stats\nname: stats\nversion: 1.0.0\nstatus: draft\n"
        "description:\n  purpose: Sums over users.\n"
        "servers:\n  - {server: files, type: local, path: data/stats, format: parquet}\n"
        "schema:\n  - name: stats\n    logicalType: object\n    physicalType: table\n    properties:\n"
        + "".join(_property(name, kind) for name, kind in (*COLUMNS, ("loaded_at", "TIMESTAMPTZ")))
        + "slaProperties:\n  - {property: latency, value: 3, unit: h}\n  - {property: retention, value: 25, unit: mo}\n"
        "customProperties:\n  - {property: changes, value: append}\n  - {property: businessTime, value: day}\n"
        "  - {property: lateRowsWithin, value: 3d}\n  - {property: arrival, value: path}\n"
        "  - {property: contact, value: experimentation_team}\n"
    )


def _property(name: str, kind: str) -> str:
    logical = "number" if kind.startswith("DECIMAL") else LOGICAL.get(kind, "timestamp")
    said = {"name": name, "logicalType": logical, "physicalType": f'"{kind}"'}
    if name not in MAY_BE_NULL:
        said["required"] = "true"
    if name in KEY:
        said |= {"primaryKey": "true", "primaryKeyPosition": str(KEY.index(name) + 1)}
    return f"      - {{{', '.join(f'{key}: {value}' for key, value in said.items())}}}\n"
