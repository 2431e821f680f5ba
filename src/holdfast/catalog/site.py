"""The site: one page per pipeline, metric, model and source, linked with each other. No script, one style sheet."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from holdfast.catalog.drawing import Box, drawn
from holdfast.catalog.html import Html, facts, joined, link, listed, table, tag
from holdfast.catalog.lineage import Columns, Origin, metric_edges
from holdfast.catalog.style import STYLE
from holdfast.definitions.check import Check
from holdfast.definitions.metric import Limit, Metric
from holdfast.definitions.model import SOURCE_PREFIX, Model
from holdfast.definitions.pipeline import Output, Pipeline, Project
from holdfast.definitions.source import Api, Database, Source
from holdfast.partitions import ONE_DAY
from holdfast.releases.receipt import describe
from holdfast.releases.release import ReleaseRow

STYLE_FILE = "style.css"
INDEX = "index.html"
PEOPLE = "people.html"
UNRELEASED = "Nothing is released yet."


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the site tells."""

    project: Project
    columns: Columns
    newest: Mapping[str, ReleaseRow] = field(default_factory=dict)
    """Pipeline -> its newest release; those without one are not there."""
    published_through: Mapping[str, date | None] = field(default_factory=dict)
    """Pipeline -> the last day whose figures readers have."""

    @property
    def checks(self) -> list[Check]:
        """Of all pipelines, by pipeline."""
        return [each for _, pipeline in sorted(self.project.pipelines.items()) for each in pipeline.checks]


def pages(catalog: Catalog) -> dict[str, bytes]:
    """Path below the site's folder -> its bytes; the same definitions and releases give the same ones."""
    project = catalog.project
    made = {INDEX: _index(catalog), PEOPLE: _people(catalog)}
    for name, pipeline in project.pipelines.items():
        made[_pipeline_path(name)] = _pipeline(catalog, pipeline)
        for metric in pipeline.metrics:
            made[_metric_path(name, metric.id)] = _metric(catalog, pipeline, metric)
    for name, model in project.models.items():
        made[_table_path(name)] = _model(catalog, model)
    for name, source in project.sources.items():
        made[_table_path(SOURCE_PREFIX + name)] = _source(catalog, source)
    return {STYLE_FILE: STYLE.encode(), **{path: each.encode() for path, each in sorted(made.items())}}


def _pipeline_path(name: str) -> str:
    return f"pipelines/{name}.html"


def _metric_path(pipeline: str, metric: str) -> str:
    return f"metrics/{pipeline}.{metric}.html"


def _table_path(name: str) -> str:
    if name.startswith(SOURCE_PREFIX):
        return f"sources/{name.removeprefix(SOURCE_PREFIX)}.html"
    return f"models/{name}.html"


def _column_path(catalog: Catalog, table: str, column: str = "") -> str:
    """Where a table's column is told, below the site's folder; empty for tables without a page, as calendars."""
    if not _is_known(catalog, table):
        return ""
    source = catalog.project.sources.get(table.removeprefix(SOURCE_PREFIX)) if table.startswith(SOURCE_PREFIX) else None
    shown = [each.name for each in source.columns] if source else catalog.columns.get(table, ())
    return _table_path(table) + (f"#{column}" if column in shown else "")


def _page(catalog: Catalog, title: str, kind: str, *inside: str, top: str = "../") -> str:
    """The whole document; `top` leads from it to the site's folder."""
    name = catalog.project.name
    trail = tag("nav", link(name, f"{top}{INDEX}"), " · ", link("People", f"{top}{PEOPLE}"), aria_label="Site")
    head = joined(
        (
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("title", f"{title} - {name}" if title != name else name),
            Html(f'<link rel="stylesheet" href="{top}{STYLE_FILE}">'),
        )
    )
    heading = tag("h1", title, *((tag("small", f" {kind}"),) if kind else ()))
    body = joined((tag("header", trail), tag("main", heading, *inside)))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _section(title: str, *inside: str) -> Html:
    """A heading with what stands below it; nothing when nothing does."""
    found = joined(inside)
    return tag("section", tag("h2", title), found) if found else Html("")


def _index(catalog: Catalog) -> str:
    project = catalog.project
    pipelines = [
        (link(name, _pipeline_path(name)), each.purpose, each.audience, _owners(catalog, each, ""), _through(catalog, name))
        for name, each in sorted(project.pipelines.items())
    ]
    metrics = [
        (link(metric.id, _metric_path(name, metric.id)), metric.sentence, link(name, _pipeline_path(name)))
        for name, each in sorted(project.pipelines.items())
        for metric in each.metrics
    ]
    models = [
        (link(name, _table_path(name)), each.sentence, each.layer, each.pipeline or "shared")
        for name, each in sorted(project.models.items())
    ]
    sources = [
        (link(name, _table_path(SOURCE_PREFIX + name)), each.sentence, each.contact)
        for name, each in sorted(project.sources.items())
    ]
    return _page(
        catalog,
        project.name,
        "",
        facts((("currency", project.currency), ("business days end in", str(project.zone)))),
        _section("Pipelines", table("Pipelines", ("name", "purpose", "for", "owners", "published through"), pipelines)),
        _section("Metrics", table("Metrics", ("metric", "what it is", "pipeline"), metrics)),
        _section("Models", table("Models", ("name", "what it holds", "layer", "of"), models)),
        _section("Sources", table("Sources", ("name", "what it brings", "ask"), sources)),
        _section("From sources to tables", _tables_drawn(catalog, "Every source and model", None, "")),
        top="",
    )


def _people(catalog: Catalog) -> str:
    """Names and duties; addresses are for the team's own files."""
    project = catalog.project
    rows = []
    for person in sorted(project.people, key=lambda each: each.name):
        owned = [p.name for _, p in sorted(project.pipelines.items()) if person.name in (p.primary, p.secondary)]
        approved = [
            link(m.id, _metric_path(p.name, m.id))
            for _, p in sorted(project.pipelines.items())
            for m in p.metrics
            if person.name == m.approver
        ]
        owned_links = joined((link(each, _pipeline_path(each)) for each in owned), ", ")
        rows.append((person.full_name, person.role, owned_links, joined(approved, ", ")))
    ids = [person.name for person in sorted(project.people, key=lambda each: each.name)]
    shown = table("People", ("name", "role", "owns", "approves"), rows, ids)
    return _page(catalog, "People", "", shown, top="")


def _pipeline(catalog: Catalog, pipeline: Pipeline) -> str:
    close = pipeline.close
    metrics = [
        (link(each.id, f"../{_metric_path(pipeline.name, each.id)}"), each.sentence, each.unit, ", ".join(each.grains))
        for each in pipeline.metrics
    ]
    told = facts(
        (
            ("for", pipeline.audience),
            ("owners", _owners(catalog, pipeline, "../")),
            ("reports from", str(pipeline.starts_on)),
            ("a day is due", f"{pipeline.day_deadline:%H:%M} UTC of the next day"),
            ("a longer period is due", f"{pipeline.period_deadline:%H:%M} UTC of the first business day after it"),
            ("pages", f"{pipeline.page_before_h} h before a deadline that will be missed"),
            ("signed", f"{', '.join(close.grains)}, within {close.sign_within} business days" if close else ""),
            ("signs as owner", _persons(catalog, close.owners, "../") if close else ""),
            ("signs for finance", _persons(catalog, close.finance, "../") if close else ""),
            ("cut by", ", ".join(pipeline.segments)),
            ("declared in", pipeline.file),
        )
    )
    outputs = [(each.name, each.kind, each.grain, _place(each)) for each in pipeline.outputs]
    notes = [(f"{a.span.start} to {a.span.last}", a.reason, a.author) for a in pipeline.annotations]
    return _page(
        catalog,
        pipeline.name,
        "pipeline",
        tag("p", pipeline.purpose),
        told,
        _section("Metrics", table("Metrics", ("metric", "what it is", "unit", "per"), metrics)),
        _section("From sources to measures", _tables_drawn(catalog, f"What {pipeline.name} is made of", pipeline, "../")),
        _section("Checks", _checks(pipeline.checks, "../")),
        _section("Outputs", table("Outputs", ("name", "kind", "per", "goes to"), outputs)),
        _section("Newest release", _release(catalog, pipeline.name)),
        _section("Annotations", table("Annotations", ("days", "why they look unusual", "said by"), notes)),
    )


def _metric(catalog: Catalog, pipeline: Pipeline, metric: Metric) -> str:
    told = facts(
        (
            ("pipeline", link(pipeline.name, f"../{_pipeline_path(pipeline.name)}")),
            ("counted as", _formula(catalog, pipeline, metric)),
            ("unit", f"{metric.unit}, {metric.scale} decimals"),
            ("per", ", ".join(metric.grains)),
            ("counted", f"{metric.after_days} days after the day it is of" if metric.after_days else ""),
            ("members of a dimension sum to the total", "yes" if metric.segments_add_up else "no"),
            ("a member without a row", "has no value" if metric.empty_is_null or metric.ratio else "is zero"),
            ("revised by itself", f"up to {_limit(metric.limit, metric.unit, 'or')}"),
            ("restated once signed", f"beyond {_limit(metric.materiality, metric.unit, 'and')}"),
            ("owner", _persons(catalog, [metric.owner], "../")),
            ("approver", _persons(catalog, [metric.approver], "../")),
            ("version", str(metric.version)),
            ("declared in", f"{metric.file}:{metric.line}" if metric.file else ""),
        )
    )
    edges = metric_edges(catalog.project, pipeline, metric, catalog.columns)
    holding = [each for each in pipeline.checks if _may_hold(each, pipeline, metric, catalog.project)]
    return _page(
        catalog,
        metric.id,
        "metric",
        tag("p", metric.sentence),
        told,
        _section("From columns to the metric", drawn(f"What {metric.id} is made of", _boxes(catalog, pipeline, metric, edges), edges)),
        _section("Checks that may hold it", _checks(holding, "../")),
    )


def _model(catalog: Catalog, model: Model) -> str:
    project = catalog.project
    readers = [name for name, each in sorted(project.models.items()) if model.name in each.inputs and name != model.name]
    read = [(_table_link(catalog, each.input), f"days {each}" if str(each) != "period" else str(each)) for each in model.reads]
    rows = [
        (name, "yes" if name in model.key else "", joined((_origin(catalog, each) for each in catalog.columns[model.name][name]), ", "))
        for name in model.columns
    ]
    told = facts(
        (
            ("of", link(model.pipeline, f"../{_pipeline_path(model.pipeline)}") if model.pipeline else "shared"),
            ("layer", model.layer),
            ("one row per", ", ".join(model.key)),
            ("a row belongs to the day", model.day),
            ("built per", model.period),
            ("row-wise in", ", ".join(model.segments)),
            ("read by", joined((_table_link(catalog, each) for each in readers), ", ")),
            ("measures", joined(_measured(catalog, model.name), ", ")),
            ("definition", model.definition_hash[:12]),
            ("declared in", model.file),
        )
    )
    own = [each for each in catalog.checks if each.dataset == model.name]
    near = _near(catalog, model.name)
    return _page(
        catalog,
        model.name,
        "model",
        tag("p", model.sentence),
        told,
        _section("Reads", table("Inputs", ("table", "relative to the day it writes"), read)),
        _section("Around it", drawn(f"What {model.name} reads, and what reads it", near[0], near[1])),
        _section("Columns", table("Columns", ("column", "key", "made of"), rows, model.columns)),
        _section("Checks", _checks(own, "../")),
        _section("SQL", tag("pre", tag("code", model.sql), tabindex="0")),
    )


def _source(catalog: Catalog, source: Source) -> str:
    rows = [
        (
            each.name,
            each.kind,
            "yes" if each.name in source.key else "",
            "yes" if each.required else "",
            "yes" if each.personal else "",
            ", ".join(each.accepted),
        )
        for each in source.columns
    ]
    dataset = SOURCE_PREFIX + source.name
    rules = [(each.sentence, each.keep, each.approver, each.reason) for each in source.rules]
    told = facts(
        (
            ("ask", source.contact),
            ("comes from", _comes_from(source)),
            ("a second row with a known key", source.changes.value.replace("_", " ")),
            ("over time", source.over_time.value),
            ("business day by", source.business_time or ""),
            ("arrives within", _duration(source.arrives_within)),
            ("rows may come late by", _duration(source.late_rows_within)),
            ("kept for", _duration(source.retention)),
            ("declared in", source.file),
        )
    )
    near = _near(catalog, dataset)
    own = [each for each in catalog.checks if each.dataset == dataset]
    return _page(
        catalog,
        source.name,
        "source",
        tag("p", source.sentence),
        told,
        _section("Columns", table("Columns", ("column", "type", "key", "required", "personal", "accepted"), rows, [r[0] for r in rows])),
        _section("Rows that are left out", table("Rules", ("rule", "kept where", "approved by", "because"), rules)),
        _section("Read by", drawn(f"What reads {dataset}", near[0], near[1])),
        _section("Checks", _checks(own, "../")),
    )


def _checks(checks: Iterable[Check], top: str) -> Html:
    rows = [
        (
            each.name,
            each.sentence,
            each.kind.value.replace("_", " "),
            link(each.dataset, f"{top}{_table_path(each.dataset)}"),
            each.severity.value,
            ", ".join(each.holds) if each.holds is not None else "every metric of its table",
        )
        for each in checks
    ]
    return table("Checks", ("name", "what must hold", "kind", "table", "a failure will", "and concerns"), rows)


def _release(catalog: Catalog, pipeline: str) -> Html:
    release = catalog.newest.get(pipeline)
    if release is None:
        return tag("p", UNRELEASED)
    head = f"Release {release.id}, published {release.published_at:%Y-%m-%d %H:%M} UTC, as of {release.as_of}."
    return joined((tag("p", head), listed(line.strip() for line in describe(release.receipt))))


def _tables_drawn(catalog: Catalog, title: str, pipeline: Pipeline | None, top: str) -> Html:
    """Sources and models, of one pipeline or of all."""
    project = catalog.project
    models = list(project.models.values()) if pipeline is None else project.lineage(pipeline)
    edges = [(each, model.name) for model in models for each in model.inputs]
    names = sorted({name for edge in edges for name in edge})
    return drawn(title, [_table_box(name, top) for name in names if _is_known(catalog, name)], edges)


def _near(catalog: Catalog, name: str) -> tuple[list[Box], list[tuple[str, str]]]:
    """One table with everything before it and after it."""
    made_of = {each.name: [i for i in each.inputs if i != each.name] for each in catalog.project.models.values()}
    makes: dict[str, list[str]] = {}
    for made, inputs in made_of.items():
        for each in inputs:
            makes.setdefault(each, []).append(made)
    edges = {(a, b) for b in _reached(name, made_of) for a in made_of.get(b, ())}
    edges |= {(a, b) for a in _reached(name, makes) for b in makes.get(a, ())}
    names = sorted({each for edge in edges for each in edge})
    boxes = [_table_box(each, "../", here=each == name) for each in names if _is_known(catalog, each)]
    return boxes, sorted(edges)


def _reached(name: str, following: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    open_names = [name]
    while open_names:
        here = open_names.pop()
        if here not in found:
            found.add(here)
            open_names += following.get(here, ())
    return found


def _boxes(catalog: Catalog, pipeline: Pipeline, metric: Metric, edges: Iterable[tuple[str, str]]) -> list[Box]:
    """Columns and metrics on the way to a metric."""
    ids = {each.id for each in pipeline.metrics}
    boxes = []
    for name in sorted({each for edge in edges for each in edge}):
        if name in ids:
            href = f"../{_metric_path(pipeline.name, name)}"
            boxes.append(Box(name, "here" if name == metric.id else "metric", href))
            continue
        owner, _, column = name.removeprefix("rows of ").rpartition(".")
        if name.startswith("rows of "):
            owner, column = name.removeprefix("rows of "), ""
        kind = "source" if owner.startswith(SOURCE_PREFIX) else "model"
        path = _column_path(catalog, owner, column)
        boxes.append(Box(name, kind, f"../{path}" if path else ""))
    return boxes


def _table_box(name: str, top: str, *, here: bool = False) -> Box:
    kind = "source" if name.startswith(SOURCE_PREFIX) else "model"
    return Box(name, "here" if here else kind, f"{top}{_table_path(name)}")


def _is_known(catalog: Catalog, name: str) -> bool:
    if name.startswith(SOURCE_PREFIX):
        return name.removeprefix(SOURCE_PREFIX) in catalog.project.sources
    return name in catalog.project.models


def _table_link(catalog: Catalog, name: str) -> Html:
    return link(name, f"../{_table_path(name)}") if _is_known(catalog, name) else tag("span", name)


def _origin(catalog: Catalog, origin: Origin) -> Html:
    path = _column_path(catalog, origin.table, origin.column)
    return link(str(origin), f"../{path}") if path else tag("span", str(origin))


def _measured(catalog: Catalog, model: str) -> list[Html]:
    return [
        link(metric.id, f"../{_metric_path(name, metric.id)}")
        for name, pipeline in sorted(catalog.project.pipelines.items())
        for metric in pipeline.metrics
        if model in metric.models
    ]


def _may_hold(check: Check, pipeline: Pipeline, metric: Metric, project: Project) -> bool:
    if check.holds is not None:
        return metric.id in check.holds
    made_of = {each.name: each.inputs for each in project.models.values()}
    parts = [metric, *(each for part in (metric.ratio.parts if metric.ratio else ()) if (each := pipeline.metric(part)))]
    return any(check.dataset in _reached(model, made_of) for part in parts for model in part.models)


def _formula(catalog: Catalog, pipeline: Pipeline, metric: Metric) -> Html:
    if metric.ratio:
        parts = joined((link(each, f"../{_metric_path(pipeline.name, each)}") for each in metric.ratio.numerators), " + ")
        below = link(metric.ratio.denominator, f"../{_metric_path(pipeline.name, metric.ratio.denominator)}")
        return joined((parts, " / ", below, ", divided once, half-even; no value over zero"))
    read = []
    for grain, measure in metric.measures.items():
        at = link(str(measure), f"../{_column_path(catalog, measure.model, measure.column)}")
        read.append(joined((f"{grain}: ", at)))
    longer = "a longer period is the sum of its days" if metric.additive else "a longer period is read from its last day's row"
    return joined((joined(read, "; "), f"; {longer}" if metric.additive or len(read) > 1 else ""))


def _limit(limit: Limit, unit: str, word: str) -> str:
    return f"{_number(limit.percent)} % {word} {_number(limit.at_least)} {unit}"


def _number(value: Decimal) -> str:
    return format(value.normalize() if value else Decimal(0), ",f")


def _owners(catalog: Catalog, pipeline: Pipeline, top: str) -> Html:
    return _persons(catalog, (pipeline.primary, pipeline.secondary), top)


def _persons(catalog: Catalog, names: Iterable[str], top: str) -> Html:
    full = {each.name: each.full_name for each in catalog.project.people}
    return joined(
        (link(full[each], f"{top}{PEOPLE}#{each}") if each in full else tag("span", each) for each in names if each), ", "
    )


def _through(catalog: Catalog, pipeline: str) -> str:
    day = catalog.published_through.get(pipeline)
    return str(day) if day else "nothing yet"


def _place(output: Output) -> str:
    return f"{output.destination}, {output.to}" if output.destination else output.to


def _comes_from(source: Source) -> str:
    fetched = source.fetched_from
    if isinstance(fetched, Api):
        return f"an API, {fetched.url}"
    if isinstance(fetched, Database):
        return f"{fetched.system}, {fetched.table or 'by a query'}"
    return f"{source.format} files at {source.location}"


def _duration(length: timedelta) -> str:
    days, rest = divmod(length, ONE_DAY)
    hours = rest / timedelta(hours=1)
    said = [f"{days} days" if days != 1 else "1 day"] * bool(days) + [f"{hours:g} h"] * bool(rest)
    return " ".join(said)


def listing(made: Iterable[str]) -> bytes:
    """The list of a site's files, by which a later one knows what it may replace and remove."""
    return (json.dumps(sorted(made), indent=1) + "\n").encode()
