"""Day figures as a relation: candidates for the days under test, published ones around them."""

from datetime import timedelta

from holdfast.checks.scope import Scope
from holdfast.errors import DefinitionError
from holdfast.sqltext import literal


def figures(scope: Scope, metrics: tuple[str, ...], by: str | None, days_before: int) -> str:
    """Day values of the metrics, from `days_before` the first tested day on.

    Columns tested_on, tested_member, metric, value; only the total, or only members of dimension `by`.
    DefinitionError when the pipeline has no such metric: a misspelt one would never have a figure.
    """
    known = {metric.id for metric in scope.pipeline.metrics}
    for metric in metrics:
        if metric not in known:
            raise DefinitionError(f"{scope.pipeline.name} has no metric '{metric}'; see its metrics.yml")
    first = literal(scope.hull.start - timedelta(days=days_before))
    prefix = literal(f"{by}=")
    member = f"substr(segment, {len(by) + 2})" if by else "''"
    segments = f"starts_with(segment, {prefix})" if by else "segment = ''"
    return (
        f"(SELECT day AS tested_on, {member} AS tested_member, metric, value FROM day_values"
        f" WHERE metric IN ({', '.join(literal(metric) for metric in metrics)}) AND {segments}"
        f" AND day >= {first} AND day < {literal(scope.hull.end)})"
    )
