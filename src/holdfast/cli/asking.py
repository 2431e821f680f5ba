"""`holdfast sql`: a person's own SELECT over published tables."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from holdfast.app import App
from holdfast.cli.opening import app_of, day
from holdfast.cli.telling import ansi, to_stderr, width
from holdfast.definitions.pipeline import Project
from holdfast.errors import DefinitionError
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import BOLD, aligned, cut, printable, styled

if TYPE_CHECKING:
    from holdfast.adapters.stores.queries import Answer

NOT_PUBLISHED = "NOT PUBLISHED"


def sql(arguments: Namespace) -> int:
    """Prints the rows, or the catalogue."""
    app = app_of(arguments)
    if arguments.tables:
        return _tables(app, arguments)
    if not arguments.select:
        raise DefinitionError('give one SELECT, e.g. holdfast sql "SELECT * FROM figures"; --tables says what there is.')
    held = _held(app, arguments.held) if arguments.held else None
    select = sys.stdin.read() if arguments.select == "-" else arguments.select
    answer = _answer(app, select, held, arguments)
    if held:
        to_stderr(f"{NOT_PUBLISHED}: the held rows of {held[1]} in place of what readers see. Do not pass them on.")
    if answer.more:
        to_stderr(f"Only the first {arguments.limit} rows; --limit N shows more.")
    if arguments.json:
        print(_as_json(answer, marked=held is not None))
    elif arguments.csv:
        _write_csv(answer, marked=held is not None)
    else:
        print(*_as_text(answer, marked=held is not None), sep="\n")
    return 0


def _answer(app: App, select: str, held: tuple[str, date] | None, arguments: Namespace) -> "Answer":
    try:
        with app.queries(held) as queries:
            return queries.select(select, limit=max(arguments.limit, 0), timeout_s=arguments.timeout)
    except DefinitionError as error:
        kind = getattr(error, "kind", "")
        if kind in ("DELETE", "UPDATE", "INSERT"):
            raise DefinitionError(_instead(kind, select, app.project)) from None
        raise


def _instead(kind: str, statement: str, project: Project) -> str:
    """The verb that does properly what the statement would do by hand."""
    import sqlglot
    from sqlglot import exp

    pipeline, first, last = "PIPELINE", "DAY", "DAY"
    try:
        tree = sqlglot.parse_one(statement, dialect="duckdb")
        tables = [table.name for table in tree.find_all(exp.Table)]
        pipeline = next((owner for name in tables if (owner := _owner(name, project))), pipeline)
        days = sorted(filter(None, (_as_day(each.name) for each in tree.find_all(exp.Literal) if each.is_string)))
        if days:
            first, last = days[0], days[-1]
    except sqlglot.errors.SqlglotError:
        pass  # the advice is then general
    return (
        f"{kind} is refused: a published table is never changed in place, readers would see the gap. "
        f"Use `holdfast backfill {pipeline} --from {first} --to {last}`, which rebuilds aside, compares and swaps."
    )


def _owner(table: str, project: Project) -> str | None:
    """The pipeline that builds the table, or one that needs it when it is shared."""
    if table not in project.models:
        return None
    own = project.models[table].pipeline
    if own in project.pipelines:
        return own
    needing = (n for n, p in sorted(project.pipelines.items()) if table in {m.name for m in project.lineage(p)})
    return next(needing, None)


def _as_day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _held(app: App, given: Sequence[str]) -> tuple[str, date]:
    """The audience and the day; refused when nothing of the day is held."""
    pipeline, on = app.pipeline(given[0]), day(given[1], "--held DAY")
    manifest = app.stores[pipeline.audience].current()
    names = {model.name for model in app.project.lineage(pipeline)}
    held = {name for name in names if any(on in part.interval for part in manifest.table(name).held)}
    if not held:
        days = sorted({d for name in names for d in manifest.table(name).held_days})
        there = ", ".join(map(str, days[:10])) or "none"
        raise DefinitionError(f"nothing of {pipeline.name} is held on {on}. Days with held rows: {there}.")
    return pipeline.audience, on


def _tables(app: App, arguments: Namespace) -> int:
    """What can be asked: table, audience, sentence, columns."""
    with app.queries() as queries:
        found = queries.tables()
    entries = []
    for name, columns in found:
        model = app.project.models.get(name)
        audiences = sorted({store for store, parts in app.stores.items() if name in parts.current().tables})
        entries.append(
            {
                "table": name,
                "audience": ", ".join(audiences),
                "about": model.sentence if model else _ABOUT.get(name, ""),
                "columns": [{"name": column, "type": kind} for column, kind in columns],
            }
        )
    if arguments.json:
        print(json.dumps(entries, indent=2))
        return 0
    for entry, (_, columns) in zip(entries, found, strict=True):
        print(styled(f"{entry['table']}", BOLD, ansi=ansi()) + (f"  ({entry['audience']})" if entry["audience"] else ""))
        print(f"  {entry['about']}")
        print(cut(f"  {', '.join(f'{column} {kind}' for column, kind in columns)}", width()))
    return 0


_ABOUT = {
    "figures": "Every figure as readers have it now: the newest row of each key.",
    "figure_history": "Every figure row ever released.",
    "calendar": "The periods the team reports in; end is the first day after.",
}


def _as_text(answer: "Answer", *, marked: bool) -> list[str]:
    names = [name for name, _ in answer.columns]
    right = frozenset(name for name, kind in answer.columns if kind.upper().startswith(("DECIMAL", "NUMBER", "INT", "BIG", "HUGE", "DOUBLE", "FLOAT")))
    rows = [[_spelled(value) for value in row] for row in answer.rows]
    lines = [NOT_PUBLISHED] if marked else []
    if len(set(names)) == len(names) and rows:
        lines += _table(names, rows, right)
    else:
        lines += [printable("  ".join(names)), *(printable("  ".join(row)) for row in rows)]
    return [*lines, f"({len(rows)} row{'' if len(rows) == 1 else 's'}{', ' + NOT_PUBLISHED if marked else ''})"]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str]) -> Iterator[str]:
    head, *body = aligned(names, rows, right=right, width=width())
    yield styled(head, BOLD, ansi=ansi())
    yield from body


def _as_json(answer: "Answer", *, marked: bool) -> str:
    names = [name for name, _ in answer.columns]
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.rows]
    if marked:
        rows = [{"published": False} | row for row in rows]
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]" if rows else "[]"


def _write_csv(answer: "Answer", *, marked: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    mark = ["status"] if marked else []
    writer.writerow([*mark, *(name for name, _ in answer.columns)])
    for row in answer.rows:
        writer.writerow([*([NOT_PUBLISHED] if marked else []), *("" if v is None else _spelled(v) for v in row)])


def _spelled(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime) and value.tzinfo is not None:
        return instant(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _plain(value: Any) -> Any:
    """Whole numbers, texts and truths as they are; decimals and the rest as exact text."""
    return value if value is None or isinstance(value, int | str | float | bool) else _spelled(value)
