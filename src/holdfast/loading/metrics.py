"""Metrics of a pipeline, read from `metrics.yml`."""

from decimal import Decimal

from holdfast.definitions.metric import Limit, Metric, Ratio
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
        model, column = _measured(metric_id, each, columns_by_model)
        ratio = _ratio(metric_id, each, ids)
        if (model is None) == (ratio is None) and each.has("from") == each.has("ratio"):
            each.error(f"metric '{metric_id}' needs exactly one of 'from: model.column' and 'ratio:'; write one")
        metric = Metric(
            id=metric_id,
            sentence=each.text("sentence", required=True),
            unit=each.text("unit", required=True),
            grains=_grains(each, grains),
            model=model,
            column=column,
            ratio=ratio,
            scale=each.whole("scale", default=6 if ratio else 4, most=12),
            version=each.whole("version", default=1, least=1),
            additive=each.flag("additive", default=ratio is None),
            segments_add_up=each.flag("segments_add_up", default=ratio is None),
            owner=_person(each, "owner", people),
            approver=_person(each, "approver", people),
            limit=_limit(each),
            file=each.file,
            line=each.line,
        )
        each.done()
        if not metric.approver:
            each.warning(f"metric '{metric_id}' has no approver; name who signs off a changed meaning")
        if ratio and (metric.additive or metric.segments_add_up):
            each.error(f"metric '{metric_id}' is a ratio, which never adds up; remove additive and segments_add_up")
        found.append(metric)
    top.done()
    _report_ratios_of_ratios(found, problems)
    return tuple(found)


def _measured(
    metric_id: str, each: Fields, columns_by_model: dict[str, tuple[str, ...]]
) -> tuple[str | None, str | None]:
    written = each.text("from")
    if not written:
        return None, None
    model, dot, column = written.partition(".")
    if not dot or not column:
        each.error(f"'from' is '{written}', expected model.column; write one like agg_profit_segments.revenue", "from")
        return None, None
    columns = columns_by_model.get(model)
    if columns is None:
        each.error(
            f"metric '{metric_id}' is made from '{model}', which no model builds. "
            f"{suggestion(model, columns_by_model, 'Models')}",
            "from",
        )
        return model, column
    if columns and column not in columns:
        each.error(f"'{model}' has no column '{column}'. {suggestion(column, columns, 'Columns')}", "from")
    missing = [name for name in MEMBER_COLUMNS if columns and name not in columns]
    if missing:
        each.error(
            f"metric '{metric_id}' is made from '{model}', which has no column '{missing[0]}'; "
            "a measure model has one row per day, dimension and member",
            "from",
        )
    return model, column


def _ratio(metric_id: str, each: Fields, ids: list[str]) -> Ratio | None:
    section = each.section("ratio")
    if section is None:
        return None
    ratio = Ratio(section.text("numerator", required=True), section.text("denominator", required=True))
    for key, name in (("numerator", ratio.numerator), ("denominator", ratio.denominator)):
        if name == metric_id:
            section.error(f"metric '{metric_id}' is its own {key}; name another metric", key)
        elif name and name not in ids:
            section.error(f"{key} '{name}' is no metric of this pipeline. {suggestion(name, ids, 'Metrics')}", key)
    section.done()
    return ratio


def _report_ratios_of_ratios(metrics: list[Metric], problems: Problems) -> None:
    ratios = {metric.id for metric in metrics if metric.ratio}
    for metric in metrics:
        for name in (metric.ratio.numerator, metric.ratio.denominator) if metric.ratio else ():
            if name in ratios and name != metric.id:
                problems.error(
                    metric.file,
                    metric.line,
                    f"metric '{metric.id}' divides '{name}', itself a ratio; divide measured metrics only",
                )


def _grains(each: Fields, known: tuple[str, ...]) -> tuple[str, ...]:
    named = each.names("grains", required=True)
    for name in named:
        if name not in known:
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


def _limit(each: Fields) -> Limit:
    section = each.section("revision_limit")
    if section is None:
        return Limit()
    limit = Limit(
        percent=section.decimal("percent") or Decimal(0) if section.has("percent") else Limit().percent,
        at_least=section.decimal("at_least") or Decimal(0) if section.has("at_least") else Limit().at_least,
    )
    section.know("percent")
    section.know("at_least")
    if limit.percent < 0 or limit.at_least < 0:
        section.error("a revision limit is never negative; write numbers of at least 0")
    section.done()
    return limit
