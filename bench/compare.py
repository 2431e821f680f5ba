"""Whether two roads came to the same rows: `python compare.py PROJECT PARTS` prints table -> rows, equal or not."""

import json
import sys
from pathlib import Path

import duckdb

from holdfast.adapters.stores.queries import reading_queries
from holdfast.app import App
from holdfast.sqltext import literal, quoted

FIGURES_OF = "figures of "
FIGURES = ("release", "grain", "period", "metric", "segment", "value", "unit", "state", "version", "as_of")


def main() -> None:
    """Compares every table that the hand-written road has written."""
    project, parts = Path(sys.argv[1]), Path(sys.argv[2])
    app = App(project)
    ours = {}
    names = sorted(folder.name for folder in parts.iterdir())
    now = app.clock.now()
    with reading_queries(app.stores, app.project.calendar, now, now.date()) as queries:
        connection = queries.connection
        for name in names:
            relation = _figures("figure_history", name) if name.startswith(FIGURES_OF) else quoted(name)
            ours[name] = _content(connection, relation, _columns(connection, relation, name))
    theirs = {}
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    for name in names:
        relation = f"read_parquet({literal(str(parts / name / '*.parquet'))})"
        relation = _figures(relation, name) if name.startswith(FIGURES_OF) else relation
        theirs[name] = _content(connection, relation, _columns(connection, relation, name))
    answer = {name: {"rows": ours[name][0], "equal": ours[name] == theirs[name]} for name in names}
    print(json.dumps(answer))
    for name in names:
        if ours[name] != theirs[name]:
            print(f"{name}: Holdfast {ours[name]}, by hand {theirs[name]}", file=sys.stderr)


def _figures(relation: str, name: str) -> str:
    """The pipeline's figures; releases are numbered through all pipelines, here each pipeline's from one."""
    pipeline = literal(name.removeprefix(FIGURES_OF))
    return (
        "(SELECT * REPLACE (release - min(release) OVER () + 1 AS release) "
        f"FROM {relation} WHERE pipeline = {pipeline})"
    )


def _columns(connection: duckdb.DuckDBPyConnection, relation: str, name: str) -> list[tuple[str, str]]:
    if name.startswith(FIGURES_OF):
        return [(column, "") for column in FIGURES]
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]


def _content(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: list[tuple[str, str]]
) -> tuple[int, str, list[tuple[str, str]]]:
    names = ", ".join(quoted(name) for name, _ in columns)
    row = connection.execute(f"SELECT count(*), sum(hash({names})) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0]), str(row[1]), columns


if __name__ == "__main__":
    main()
