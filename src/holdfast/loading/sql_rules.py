"""What a model's SQL may not say, as rules over its syntax tree."""

from collections.abc import Iterator
from itertools import chain

from sqlglot import exp

from holdfast.loading.syntax import DIALECT, INVESTORS_ONLY, Fault

_FLOAT_AGGREGATES = (
    exp.Avg,
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.VariancePop,
    exp.Median,
    exp.PercentileCont,
    exp.Sqrt,
    exp.Exp,
    exp.Ln,
    exp.Log,
    exp.Pow,
)
_FLOAT_TYPES = {exp.DType.DOUBLE, exp.DType.FLOAT}
_UNSTEADY = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand, exp.Randn, exp.Uuid)
_UNSTEADY_NAMES = {"now", "today", "get_current_timestamp", "random", "gen_random_uuid", "uuid", "nextval"}
_OUTSIDE_NAMES = {"getenv", "glob", "query", "query_table", "which_secret", "current_setting"}


def faults(tree: exp.Expr, otherwise: exp.Expr) -> Iterator[Fault]:
    """Every fault of the query, in no particular order."""
    return chain(
        _inexact(tree),
        _rounding(tree),
        _unnamed(tree),
        _unordered_nulls(tree, otherwise),
        forbidden(tree),
    )


def line_of(node: exp.Expr) -> int:
    """The line at which the node, or the first thing in it with a place, stands."""
    holder: exp.Expr | None = node
    while holder is not None:
        lines = [each.meta["line"] for each in holder.walk() if "line" in each.meta]
        if lines:
            return int(min(lines))
        holder = holder.parent
    return 1


def _inexact(tree: exp.Expr) -> Iterator[Fault]:
    """Division and floating point: 17 million doubles summed gave seven totals in eight runs."""
    for division in tree.find_all(exp.Div, exp.IntDiv):
        yield Fault(
            line_of(division),
            f"'{_text(division)}' divides; declare a ratio metric, or keep numerator and denominator as columns",
            audience=INVESTORS_ONLY,
        )
    for aggregate in tree.find_all(*_FLOAT_AGGREGATES):
        yield Fault(
            line_of(aggregate),
            f"'{_text(aggregate)}' yields a floating-point number; keep SUM and COUNT as columns instead",
            audience=INVESTORS_ONLY,
        )
    for cast in tree.find_all(exp.Cast):
        if cast.to.this in _FLOAT_TYPES:
            yield Fault(
                line_of(cast),
                f"'{_text(cast)}' is floating point; use DECIMAL(18, 4) or an integer type",
                audience=INVESTORS_ONLY,
            )
    for literal in tree.find_all(exp.Literal):
        if not literal.is_string and "e" in literal.name.lower():
            yield Fault(
                line_of(literal),
                f"{literal.name} is a floating-point number; write its digits out",
                audience=INVESTORS_ONLY,
            )


def _rounding(tree: exp.Expr) -> Iterator[Fault]:
    """ROUND differs between engines on floats; on a DECIMAL it does not."""
    for rounding in tree.find_all(exp.Round):
        inner = rounding.this.unnest()
        is_decimal = isinstance(inner, exp.Cast) and inner.to.this == exp.DType.DECIMAL
        if not is_decimal:
            yield Fault(
                line_of(rounding),
                f"'{_text(rounding)}' rounds something that need not be a DECIMAL; write ROUND(CAST(... AS DECIMAL(18, 4)), ...)",
                "warning",
            )


def _unnamed(tree: exp.Expr) -> Iterator[Fault]:
    for select in _naming_selects(tree):
        outermost = select.find_ancestor(exp.Subquery, exp.CTE) is None
        for column in select.expressions:
            if column.find(exp.Star) is column or (isinstance(column, exp.Column) and isinstance(column.this, exp.Star)):
                if outermost:
                    yield Fault(line_of(select), "'*' hides which columns the model has; write them one by one")
            elif not isinstance(column, exp.Alias | exp.Column):
                yield Fault(line_of(column), f"column '{_text(column)}' has no name; add AS name")
    if isinstance(tree, exp.Query):
        names = [column.alias_or_name for column in tree.selects]
        for name in sorted({each for each in names if each and names.count(each) > 1}):
            yield Fault(line_of(tree.selects[names.index(name)]), f"two columns are called '{name}'; rename one")


def _naming_selects(tree: exp.Expr) -> Iterator[exp.Select]:
    """SELECTs whose column names somebody relies on: not those of EXISTS or IN, nor later arms of a UNION."""
    for select in tree.find_all(exp.Select):
        top: exp.Expr = select
        is_first = True
        while isinstance(top.parent, exp.SetOperation):
            is_first = is_first and top.parent.this is top
            top = top.parent
        holder = top.parent
        while isinstance(holder, exp.Subquery) and isinstance(holder.parent, exp.Subquery | exp.SetOperation):
            holder = holder.parent
        in_from = isinstance(holder, exp.Subquery) and isinstance(holder.parent, exp.From | exp.Join | exp.Lateral)
        if is_first and (holder is None or isinstance(holder, exp.CTE) or in_from):
            yield select


def _unordered_nulls(tree: exp.Expr, otherwise: exp.Expr) -> Iterator[Fault]:
    """ORDER BY without NULLS: the two readings of the text disagree exactly where it is not written."""
    for one, other in zip(tree.find_all(exp.Ordered), otherwise.find_all(exp.Ordered), strict=True):
        if bool(one.args.get("nulls_first")) != bool(other.args.get("nulls_first")):
            yield Fault(
                line_of(one), f"ORDER BY {_text(one.this)} leaves open where nulls come; add NULLS FIRST or NULLS LAST"
            )


def forbidden(tree: exp.Expr) -> Iterator[Fault]:
    """What answers differently each time, or reaches outside the tables."""
    for function in tree.find_all(*_UNSTEADY):
        yield _unsteady(function)
    for function in tree.find_all(exp.Anonymous):
        name = function.name.lower()
        if name in _UNSTEADY_NAMES:
            yield _unsteady(function)
        if name in _OUTSIDE_NAMES or name.startswith(("read_", "parquet_", "duckdb_", "pragma_", "sniff_")):
            yield Fault(line_of(function), f"'{_text(function)}' reaches outside the tables; remove it")


def _unsteady(function: exp.Expr) -> Fault:
    return Fault(
        line_of(function), f"'{_text(function)}' answers differently each time; use $start, $end and columns only"
    )


def days_mentioned(tree: exp.Expr) -> tuple[int, int]:
    """How many days before $start, and after $end, the query names; frames over days count as before."""
    back = ahead = 0
    for shift in tree.find_all(exp.Sub, exp.Add):
        days = _days(shift.expression)
        if days is None or not isinstance(shift.this.unnest(), exp.Placeholder | exp.Parameter | exp.Cast):
            continue
        names = {each.name for each in shift.this.find_all(exp.Placeholder, exp.Parameter)}
        signed = -days if isinstance(shift, exp.Sub) else days
        if names == {"start"}:
            back = max(back, -signed)
        if names == {"end"}:
            ahead = max(ahead, signed)
    for frame in tree.find_all(exp.WindowSpec):
        if str(frame.args.get("kind")).upper() == "RANGE":
            back = max(back, _frame_days(frame, "start", "PRECEDING"))
            ahead = max(ahead, _frame_days(frame, "end", "FOLLOWING"))
    return back, ahead


def _frame_days(frame: exp.Expr, end: str, side: str) -> int:
    bound = frame.args.get(end)
    if str(frame.args.get(f"{end}_side")).upper() != side or not isinstance(bound, exp.Expr):
        return 0
    return _days(bound) or 0


def _days(node: exp.Expr) -> int | None:
    """A whole number of days, written 30 or INTERVAL 30 DAY; None for anything else."""
    if isinstance(node, exp.Interval):
        unit = node.text("unit").upper().rstrip("S")
        per = {"DAY": 1, "WEEK": 7, "MONTH": 31, "YEAR": 366}.get(unit)
        count = node.text("this")
        return int(count) * per if per and count.isdigit() else None
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name)
    return None


def _text(node: exp.Expr) -> str:
    written = node.sql(dialect=DIALECT, comments=False)
    return written if len(written) <= 60 else written[:57] + "..."
