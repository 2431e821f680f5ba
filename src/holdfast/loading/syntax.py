"""A model's SQL as facts: what it reads, what it yields, its meaning without formatting, what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.loading.cache import ParseCache

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "duckdb"
INVESTORS_ONLY = "investors"
MODELS_ONLY = "models"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a SQL text; lines count from 1 inside the text."""

    line: int
    message: str
    severity: str = "error"
    audience: str = ""
    """`investors`: counts only in models of investor pipelines; `models`: only in models; empty: everywhere."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """What is known of a SELECT without running it."""

    tables: tuple[str, ...] = ()
    """Every table it reads, sources as src.NAME, without its own CTEs; in order of name."""
    lines: tuple[tuple[str, int], ...] = ()
    """(table, line of its first mention)."""
    columns: tuple[str, ...] = ()
    """Output columns in order."""
    parameters: tuple[str, ...] = ()
    """Names of its $parameters."""
    normal: str = ""
    """Its meaning as one line: no comments, no formatting, every identifier quoted."""
    back: int = 0
    """Days before $start that it mentions."""
    ahead: int = 0
    """Days after $end that it mentions."""
    faults: tuple[Fault, ...] = ()
    is_query: bool = True

    def line_of(self, table: str) -> int:
        """Line of the table's first mention."""
        return dict(self.lines).get(table, 1)


def read_select(text: str, cache: ParseCache) -> Syntax:
    """The facts of one SELECT, from the cache where it was read before."""
    return _restored(cache.remember("select", text, parse_select))


def read_condition(text: str, cache: ParseCache) -> str | None:
    """What is wrong with a SQL condition; None when it is one, over columns and constants alone."""
    wrong: str | None = cache.remember("condition", text, parse_condition)["wrong"]
    return wrong


def _restored(facts: dict[str, Any]) -> Syntax:
    return Syntax(
        tables=tuple(facts["tables"]),
        lines=tuple((name, line) for name, line in facts["lines"]),
        columns=tuple(facts["columns"]),
        parameters=tuple(facts["parameters"]),
        normal=facts["normal"],
        back=facts["back"],
        ahead=facts["ahead"],
        faults=tuple(Fault(*fault) for fault in facts["faults"]),
        is_query=facts["is_query"],
    )


def parse_condition(text: str) -> dict[str, Any]:
    """`wrong`: why the text is no condition, or None."""
    from sqlglot import exp

    from holdfast.loading.sql_rules import forbidden

    # Once bare and once in brackets: brackets alone would let "a) OR (b" pass, bare alone "a ORDER BY b".
    for around in (text, f"({text}\n)"):
        facts = parse_select(f"SELECT 1 AS one WHERE {around}")
        if not facts["is_query"]:
            return {"wrong": facts["faults"][0][1]}
    tree = _parsed(f"SELECT 1 AS one WHERE ({text}\n)")[0]
    if tree.find(exp.Table, exp.Placeholder, exp.Parameter) or len(list(tree.find_all(exp.Select))) > 1:
        return {"wrong": "it reads tables or parameters; a condition speaks of columns and constants only"}
    refused = next(forbidden(tree), None)
    return {"wrong": refused.message if refused else None}


def parse_select(text: str) -> dict[str, Any]:
    """The facts of a SQL text as plain data; see `Syntax`."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from holdfast.loading import sql_rules

    try:
        statements = _parsed(text)
    except SqlglotError as error:
        return _not_a_query(*_where_it_broke(error))
    if len(statements) != 1:
        found = "nothing" if not statements else f"{len(statements)} statements"
        return _not_a_query(1, f"the file holds {found}, expected one SELECT; put each SELECT in its own file")
    tree = statements[0]
    writing = tree.find(exp.DML, exp.Create, exp.Drop, exp.Command, exp.Copy, exp.Set, exp.Pragma, exp.Into)
    if not isinstance(tree, exp.Query) or writing:
        kind = (writing or tree).key.upper()
        return _not_a_query(
            sql_rules.line_of(writing or tree), f"{kind} found, expected one SELECT; a model only reads"
        )
    places = list(_tables(tree))
    back, ahead = sql_rules.days_mentioned(tree)
    faults = [*sql_rules.faults(tree, _parsed_otherwise(text)), *_strange_tables(tree)]
    return {
        "tables": sorted({name for name, _ in places}),
        "lines": sorted(dict(sorted(places, reverse=True)).items()),
        "columns": [each.alias_or_name for each in tree.selects],
        "parameters": sorted({each.name for each in tree.find_all(exp.Placeholder, exp.Parameter)}),
        "normal": tree.sql(dialect=DIALECT, comments=False, identify=True, normalize=True),
        "back": back,
        "ahead": ahead,
        "faults": [[fault.line, fault.message, fault.severity, fault.audience] for fault in faults],
        "is_query": True,
    }


def _not_a_query(line: int, message: str) -> dict[str, Any]:
    return {
        "tables": [],
        "lines": [],
        "columns": [],
        "parameters": [],
        "normal": "",
        "back": 0,
        "ahead": 0,
        "faults": [[line, message, "error", ""]],
        "is_query": False,
    }


def _parsed(text: str) -> "list[exp.Expr]":
    import sqlglot

    return [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]


def _parsed_otherwise(text: str) -> "exp.Expr":
    """The same text read as if unnamed nulls came elsewhere: where the two differ, nobody named them."""
    import sqlglot
    from sqlglot.dialects.duckdb import DuckDB

    class NullsElsewhere(DuckDB):
        NULL_ORDERING = "nulls_are_small"

    return sqlglot.parse_one(text, dialect=NullsElsewhere)


def _where_it_broke(error: Exception) -> tuple[int, str]:
    details = getattr(error, "errors", None) or [{}]
    line = details[0].get("line") or 1
    near = details[0].get("highlight") or ""
    what = " ".join((details[0].get("description") or str(error).split("\n", maxsplit=1)[0]).split())
    what = what.partition(" but got <")[0]
    return int(line), f"the SQL cannot be read near '{near}': {what.rstrip('.')}; correct it" if near else (
        f"the SQL cannot be read: {what.rstrip('.')}; correct it"
    )


def _tables(tree: "exp.Expr") -> "Iterator[tuple[str, int]]":
    from sqlglot import exp

    from holdfast.loading.sql_rules import line_of

    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        if table.db:
            schema = ".".join(part.name for part in table.parts[:-1])
            yield f"{schema}.{table.name}", line_of(table)
        elif not _is_cte(table):
            yield table.name, line_of(table)


def _is_cte(table: "exp.Table") -> bool:
    """Whether the name is one of a WITH around it; a CTE sees the ones before it, and itself when recursive."""
    from sqlglot import exp

    inside: exp.Expr = table
    above = table.parent
    while above is not None:
        with_ = above if isinstance(above, exp.With) else above.args.get("with_")
        if isinstance(with_, exp.With):
            names = [cte.alias for cte in with_.expressions]
            own = next((at for at, cte in enumerate(with_.expressions) if cte is inside), None)
            seen = len(names) if own is None else own + bool(with_.args.get("recursive"))
            if table.name in names[:seen]:
                return True
        if not isinstance(above, exp.With):
            inside = above
        else:
            # The query that owns this WITH would offer it a second time, with later names too.
            inside = above.parent or above
            above = inside
        above = above.parent
    return False


def _strange_tables(tree: "exp.Expr") -> Iterator[Fault]:
    from sqlglot import exp

    from holdfast.loading.sql_rules import line_of

    allowed = (exp.Identifier, exp.GenerateSeries, exp.Unnest)
    for table in tree.find_all(exp.Table):
        schema = ".".join(part.name for part in table.parts[:-1])
        if not isinstance(table.this, allowed):
            shown = table.this.sql(dialect=DIALECT)
            yield Fault(line_of(table), f"it reads from {shown}; a model reads sources (src.NAME) and tables only")
        elif schema and f"{schema}." != SOURCE_PREFIX:
            yield Fault(
                line_of(table),
                f"it reads {schema}.{table.name}; write a source as src.NAME and a table by its bare name",
                audience=MODELS_ONLY,
            )
