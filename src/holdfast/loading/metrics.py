"""Metrics of a pipeline, read from `metrics.yml`."""

from dataclasses import replace
from decimal import Decimal

from holdfast.calendars import DAY
from holdfast.definitions.metric import Limit, Measure, Metric, Ratio
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields
from holdfast.loading.problems import Problems, suggestion

MEMBER_COLUMNS = ("dimension", "member")
"""Columns a measure model has beside its day: which segment a row is of."""


def read_metrics(
    document: Document,
    grains: tuple[str, ...],
    columns_by_model: dict[str, tuple[str, ...]],
    people: tuple[str, ...],
    problems: Problems,
) -> tuple[Metric, ...]:
    """Every metric of the file, in its order; what they name wrongly is reported."""
    top = Fields(document, problems)
    sections = top.sections("metrics", required=True)
    ids = [name for name, _ in sections]
    found = []
    for metric_id, each in sections:
        measures = _measures(metric_id, each, grains, columns_by_model)
        ratio = _ratio(metric_id, each, ids)
        if each.has("from") == each.has("ratio"):
            each.error(f"metric '{metric_id}' needs exactly one of 'from: model.column' and 'ratio:'; write one")
        by_grain = isinstance(each.data.get("from"), dict)
        divided = any(measure.over for measure in measures.values())
        metric = Metric(
            id=metric_id,
            sentence=each.text("sentence", required=True),
            unit=each.text("unit", required=True),
            grains=_grains(each, grains, tuple(measures) if by_grain else ()),
            measures=measures,
            ratio=ratio,
            scale=each.whole("scale", default=6 if ratio or divided else 4, most=12),
            version=each.whole("version", default=1, least=1),
            additive=each.flag("additive", default=bool(measures) and not by_grain and not divided),
            segments_add_up=each.flag("segments_add_up", default=bool(measures) and not by_grain and not divided),
            after_days=each.whole("after_days", default=0, most=366),
            empty_is_null=each.one_of("when_empty", ("zero", "nothing"), default="nothing" if divided else "zero")
            == "nothing",
            owner=_person(each, "owner", people),
            approver=_person(each, "approver", people),
            label=each.text("label"),
            is_percent=each.one_of("shown_as", ("percent", "number"), default="percent") == "percent",
            limit=(limit := _limit(each, "revision_limit", Limit())),
            materiality=_limit(each, "materiality", replace(Limit(Decimal(1)), at_least=limit.at_least)),
            file=each.file,
            line=each.line,
        )
        each.done()
        if not metric.approver:
            each.warning(f"metric '{metric_id}' has no approver; name who signs off a changed meaning")
        _report_contradictions(metric, each)
        found.append(metric)
    top.done()
    _report_ratios_of_ratios(found, problems)
    return tuple(found)


def _report_contradictions(metric: Metric, each: Fields) -> None:
    """What the parts of one metric say against each other."""
    divided = metric.ratio or any(measure.over for measure in metric.measures.values())
    if divided and (metric.additive or metric.segments_add_up):
        each.error(f"metric '{metric.id}' is a ratio, which never adds up; remove additive and segments_add_up")
    elif metric.additive and isinstance(each.data.get("from"), dict):
        each.error(f"metric '{metric.id}' is read for each grain, so its days do not add up to it; remove additive")
    unread = [grain for grain in metric.grains if grain not in metric.measures]
    if metric.measures and not metric.additive and unread:
        each.error(
            f"metric '{metric.id}' does not add up over days, and nothing says what a {unread[0]} is; "
            f"write `from:` with a line per grain, such as `{unread[0]}: model.column`"
        )
    if metric.measures and metric.additive and DAY not in metric.grains:
        each.error(f"metric '{metric.id}' adds up from its days; put day into its grains", "grains")
    if metric.after_days and metric.grains != (DAY,):
        each.error(f"metric '{metric.id}' is counted {metric.after_days} days after; that is for days only", "after_days")


def _measures(
    metric_id: str, each: Fields, grains: tuple[str, ...], columns_by_model: dict[str, tuple[str, ...]]
) -> dict[str, Measure]:
    """Grain -> where it is read; `from: model.column` is the day's."""
    if isinstance(each.data.get("from"), dict):
        section = each.section("from")
        assert section is not None
        found = {}
        for grain in section.data:
            if grain not in grains:
                section.error(f"grain '{grain}' has no row in calendar.csv. {suggestion(grain, grains, 'Grains')}", grain)
            measure = _measured(metric_id, section.text(grain, required=True), section, grain, columns_by_model)
            if measure:
                found[grain] = measure
        return found
    written = each.text("from")
    only = _measured(metric_id, written, each, "from", columns_by_model) if written else None
    return {DAY: only} if only else {}


def _measured(
    metric_id: str, written: str, at: Fields, key: str, columns_by_model: dict[str, tuple[str, ...]]
) -> Measure | None:
    """`model.column`, or `model.column / column`."""
    place, _, over = (part.strip() for part in written.partition("/"))
    model, dot, column = place.partition(".")
    if not dot or not column or (over and "." in over):
        at.error(
            f"'{key}' is '{written}', expected model.column, or model.column / column of the same model; "
            "write one like agg_profit_segments.revenue",
            key,
        )
        return None
    columns = columns_by_model.get(model)
    if columns is None:
        at.error(
            f"metric '{metric_id}' is made from '{model}', which no model builds. "
            f"{suggestion(model, columns_by_model, 'Models')}",
            key,
        )
        return Measure(model, column, over or None)
    for name in (column, over) if over else (column,):
        if columns and name not in columns:
            at.error(f"'{model}' has no column '{name}'. {suggestion(name, columns, 'Columns')}", key)
    missing = [name for name in MEMBER_COLUMNS if columns and name not in columns]
    if missing:
        at.error(
            f"metric '{metric_id}' is made from '{model}', which has no column '{missing[0]}'; "
            "a measure model has one row per day, dimension and member",
            key,
        )
    return Measure(model, column, over or None)


def _ratio(metric_id: str, each: Fields, ids: list[str]) -> Ratio | None:
    section = each.section("ratio")
    if section is None:
        return None
    above, below = section.names("numerator", required=True), section.text("denominator", required=True)
    for key, name in (*(("numerator", name) for name in above), ("denominator", below)):
        if name == metric_id:
            section.error(f"metric '{metric_id}' is its own {key}; name another metric", key)
        elif name and name not in ids:
            section.error(f"{key} '{name}' is no metric of this pipeline. {suggestion(name, ids, 'Metrics')}", key)
    section.done()
    return Ratio(above, below)


def _report_ratios_of_ratios(metrics: list[Metric], problems: Problems) -> None:
    ratios = {metric.id for metric in metrics if metric.ratio}
    for metric in metrics:
        for name in metric.ratio.parts if metric.ratio else ():
            if name in ratios and name != metric.id:
                problems.error(
                    metric.file,
                    metric.line,
                    f"metric '{metric.id}' divides '{name}', itself a ratio; divide measured metrics only",
                )


def _grains(each: Fields, known: tuple[str, ...], read: tuple[str, ...]) -> tuple[str, ...]:
    """The grains it is reported in; one that says where each is read need not list them."""
    named = each.names("grains", required=not read) or read
    for name in named:
        if name not in known and name not in read:
            each.error(
                f"grain '{name}' has no row in calendar.csv. {suggestion(name, known, 'Grains')}",
                "grains",
            )
    return named


def _person(each: Fields, key: str, people: tuple[str, ...]) -> str:
    name = each.text(key)
    if name and name not in people:
        each.error(f"{key} '{name}' is nobody in team/people.yml. {suggestion(name, people, 'People')}", key)
    return name


def _limit(each: Fields, name: str, default: Limit) -> Limit:
    section = each.section(name)
    if section is None:
        return default
    limit = Limit(
        percent=section.decimal("percent") or Decimal(0) if section.has("percent") else default.percent,
        at_least=section.decimal("at_least") or Decimal(0) if section.has("at_least") else default.at_least,
    )
    section.know("percent")
    section.know("at_least")
    if limit.percent < 0 or limit.at_least < 0:
        section.error(f"{name} is never negative; write numbers of at least 0")
    section.done()
    return limit
