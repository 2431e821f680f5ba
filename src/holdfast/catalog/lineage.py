"""Where each column of a model comes from, read off its SQL; never in the way of a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.definitions.metric import Metric
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import Pipeline, Project
from holdfast.loading.cache import ParseCache
from holdfast.loading.checks import ALWAYS_THERE

CALENDARS: Mapping[str, tuple[str, ...]] = {"calendar": ("grain", "name", "start", "end"), "calendar_days": ("day",)}
"""Tables that every model may read beside its inputs."""
DIALECT = "duckdb"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A column of a table that a value is made of; without a column, the table's rows, counted."""

    table: str
    """A model, or src.NAME."""
    column: str = ""

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.column else f"rows of {self.table}"


Columns = Mapping[str, Mapping[str, tuple[Origin, ...]]]
"""Model -> column -> what it is made of, sorted; empty for a constant."""


def columns_of(project: Project) -> dict[str, tuple[str, ...]]:
    """Every table that models read -> its columns; sources as src.NAME."""
    found = {name: model.columns for name, model in project.models.items()}
    for name, source in project.sources.items():
        found[SOURCE_PREFIX + name] = tuple(dict.fromkeys((*(each.name for each in source.columns), *ALWAYS_THERE)))
    return found


def origins(project: Project, cache: ParseCache) -> Columns:
    """What every column of every model is made of; kept by content, so an unchanged model is not parsed again.

    A value only: conditions and joins that choose rows are not among a column's origins. A column whose SQL
    cannot be followed is made of the rows of the model's inputs.
    """
    known = columns_of(project)
    return {name: _of_model(model, known, cache) for name, model in sorted(project.models.items())}


def _of_model(
    model: Model, known: Mapping[str, tuple[str, ...]], cache: ParseCache
) -> dict[str, tuple[Origin, ...]]:
    inputs = sorted(set(model.inputs) - {model.name})
    shapes = {name: list(known.get(name, ())) for name in (*inputs, model.name)}
    content = json.dumps({"sql": model.sql, "columns": list(model.columns), "shapes": shapes}, sort_keys=True)
    found = cache.remember("origins", content, lambda _: followed(model.sql, model.columns, shapes))
    return {name: tuple(Origin(*each) for each in found[name]) for name in model.columns}


def followed(sql: str, columns: Sequence[str], shapes: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Column -> sorted [table, column] pairs, as the cache keeps them."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    for each in tree.find_all(exp.Table):
        if each.db:
            # A source may be called like a model: as src.NAME in one word the two stay apart.
            each.set("this", exp.to_identifier(f"{each.db}.{each.name}", quoted=True))
            each.set("db", None)
    schema: dict[str, object] = {name: dict.fromkeys(names, "UNKNOWN") for name, names in {**CALENDARS, **shapes}.items()}
    inputs = [[name, ""] for name in shapes if name in _tables(tree)]
    try:
        whole = qualify(tree, dialect=DIALECT, schema=schema, validate_qualify_columns=False, identify=False)
        scope = build_scope(whole)
    except SqlglotError:
        return dict.fromkeys(columns, inputs)
    found: dict[str, Any] = {}
    for name in columns:
        try:
            node = lineage(name, whole, schema=schema, dialect=DIALECT, scope=scope, trim_selects=False, copy=False)
        except (SqlglotError, ValueError):
            found[name] = inputs
            continue
        leaves = [each for each in node.walk() if not each.downstream]
        read = {
            (each.source.name, exp.to_column(each.name).name) for each in leaves if isinstance(each.source, exp.Table)
        }
        # A count has no column; neither has a name that leads nowhere.
        counted = any(
            isinstance(each.expression, exp.Placeholder) or each.expression.find(exp.Count)
            for each in leaves
            if not isinstance(each.source, exp.Table)
        )
        found[name] = sorted([table, column] for table, column in read) or (inputs if counted else [])
    return found


def _tables(tree: Any) -> set[str]:
    from sqlglot import exp

    return {each.name for each in tree.find_all(exp.Table)}


def metric_edges(project: Project, pipeline: Pipeline, metric: Metric, columns: Columns) -> list[tuple[str, str]]:
    """(made of, is made) pairs from source columns to the metric, each as a name: `table.column`, or a metric's id.

    Rows that are counted are followed too: those of a model are made of the rows of what it reads.
    """
    edges: set[tuple[str, str]] = set()
    seen: set[Origin] = set()

    def made_of(origin: Origin) -> Sequence[Origin]:
        if origin.column:
            return columns.get(origin.table, {}).get(origin.column, ())
        model = project.models.get(origin.table)
        return [Origin(each) for each in sorted(set(model.inputs))] if model else ()

    def follow(origin: Origin) -> None:
        if origin in seen:
            return
        seen.add(origin)
        for each in made_of(origin):
            # A model that reads its own earlier days is made of itself, which is no step of the way.
            if each != origin:
                edges.add((str(each), str(origin)))
                follow(each)

    def measured(each: Metric) -> None:
        for part in each.ratio.parts if each.ratio else ():
            found = pipeline.metric(part)
            if found is not None:
                edges.add((found.id, each.id))
                measured(found)
        for measure in each.measures.values():
            for name in (measure.column, measure.over):
                if name:
                    origin = Origin(measure.model, name)
                    edges.add((str(origin), each.id))
                    follow(origin)

    measured(metric)
    return sorted(edges)
