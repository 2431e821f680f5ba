"""Checks of a pipeline, read from `checks.yml`: each kind with its own parameters."""

from dataclasses import dataclass
from decimal import Decimal

from holdfast.definitions.check import Check, CheckKind, Parameter, Severity
from holdfast.definitions.model import SOURCE_PREFIX
from holdfast.loading.cache import ParseCache
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields
from holdfast.loading.folder import Folder
from holdfast.loading.problems import Problems, suggestion
from holdfast.loading.syntax import read_condition, read_select

DEVIATION_AGAINST = ("yesterday", "average", "weekday")
COMPARE = ("count", "sum")
ALWAYS_THERE = ("business_on", "loaded_at")
"""Columns every source has in a session, beside its contract's."""

CANDIDATE = "candidate."
SESSION_TABLES = ("due_days", "day_values", "calendar")
"""Tables a check's SQL finds beside models and sources."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a kind of check takes. Each parameter has a form, which says how it is read and what it may name."""

    required: tuple[tuple[str, str], ...] = ()
    optional: tuple[tuple[str, str], ...] = ()


COLUMNS, COLUMN, THEIR_COLUMNS, THEIR_COLUMN = "columns", "column", "their columns", "their column"
VALUES, DATASET, SOURCE, CONDITION, FILE = "values", "dataset", "source", "condition", "file"
NUMBER, WHOLE, METRIC, QUANTITY, ONE_OF_COMPARE, ONE_OF_AGAINST = (
    "number", "whole", "metric", "metric or column", "count or sum", "yesterday or average",
)  # fmt: skip
CODE = "code"

_WHERE = ("where", CONDITION)
_TOLERANCE = ("tolerance", NUMBER)
_EXPECTED = ("expected", SOURCE)

PARAMETERS: dict[CheckKind, Parameters] = {
    CheckKind.CONTRACT: Parameters(),
    CheckKind.NOT_NULL: Parameters((("columns", COLUMNS),), (_TOLERANCE, _WHERE)),
    CheckKind.UNIQUE: Parameters((("columns", COLUMNS),), (_WHERE,)),
    CheckKind.ACCEPTED_VALUES: Parameters((("column", COLUMN), ("values", VALUES)), (_TOLERANCE, _WHERE)),
    CheckKind.RELATIONSHIP: Parameters(
        (("columns", COLUMNS), ("to", DATASET)),
        (("to_columns", THEIR_COLUMNS), _TOLERANCE, ("within_days", WHOLE), _WHERE),
    ),
    CheckKind.COVERAGE: Parameters(
        (("against", DATASET), ("on", COLUMNS), ("at_least", NUMBER)), (_WHERE, ("within_days", WHOLE))
    ),
    CheckKind.RECONCILIATION: Parameters(
        (("against", DATASET), ("compare", ONE_OF_COMPARE)),
        (
            ("column", COLUMN), ("against_column", THEIR_COLUMN), ("against_day", THEIR_COLUMN), _TOLERANCE, _WHERE,
            ("against_where", CONDITION),
        ),
    ),
    CheckKind.BAND: Parameters(
        (("numerator", QUANTITY), ("denominator", QUANTITY)), (("min", NUMBER), ("max", NUMBER), _EXPECTED)
    ),
    CheckKind.COMPLETENESS: Parameters((), (_EXPECTED, ("seen_on", WHOLE), _WHERE)),
    CheckKind.VOLUME: Parameters(
        (), (("min_ratio", NUMBER), ("max_ratio", NUMBER), ("over_days", WHOLE), _EXPECTED, _WHERE)
    ),
    CheckKind.SINGLE_CURRENCY: Parameters(
        (("column", COLUMN),), (("amount", COLUMN), ("expected", CODE), ("known", VALUES), _WHERE)
    ),
    CheckKind.FRESHNESS: Parameters(),
    CheckKind.SQL: Parameters((("file", FILE),), (("days_back", WHOLE),)),
    CheckKind.DEVIATION: Parameters(
        (("metric", METRIC), ("against", ONE_OF_AGAINST), ("percent", NUMBER)), (("over_days", WHOLE), _EXPECTED)
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a check may name: datasets with their columns, the pipeline's metric ids and segments."""

    columns_by_dataset: dict[str, tuple[str, ...]]
    metrics: tuple[str, ...]
    segments: tuple[str, ...]

    def columns(self, dataset: str) -> tuple[str, ...] | None:
        """The dataset's columns; None when it or they are unknown, so that nothing follows from it."""
        found = self.columns_by_dataset.get(dataset)
        return found or None


class CheckReader:
    """Reads one pipeline's checks against what the project knows."""

    def __init__(self, folder: Folder, pipeline: str, known: Known, cache: ParseCache, problems: Problems) -> None:
        self._folder = folder
        self._pipeline = pipeline
        self._known = known
        self._cache = cache
        self._problems = problems
        self.sql_files: set[str] = set()
        """Paths of the SQL files that a check names."""

    def checks(self, document: Document) -> tuple[Check, ...]:
        """Every check of the file, in its order; wrong ones are reported and left out where they have no kind."""
        top = Fields(document, self._problems)
        found = [self._check(name, each) for name, each in top.sections("checks", required=True)]
        top.done()
        return tuple(check for check in found if check is not None)

    def _check(self, name: str, each: Fields) -> Check | None:
        written = each.text("kind")
        if written not in list(CheckKind):
            found = f"is of kind '{written}'" if written else "has no 'kind'"
            each.error(f"check '{name}' {found}. {suggestion(written, CheckKind, 'Kinds')}", "kind")
            return None
        kind = CheckKind(written)
        dataset = each.text("dataset", required=True)
        self._expect_dataset(each, "dataset", dataset, f"check '{name}'")
        is_source = dataset.startswith(SOURCE_PREFIX)
        if kind is CheckKind.CONTRACT and dataset and not is_source:
            each.error(f"check '{name}' is of kind contract and names '{dataset}', expected a source: src.NAME", "dataset")
        severity = each.choice("severity", Severity, Severity.HOLD)
        check = Check(
            name=name,
            kind=kind,
            dataset=dataset,
            severity=severity,
            pipeline=self._pipeline,
            parameters=self._parameters(kind, dataset, each),
            by=self._by(each, dataset),
            holds=self._holds(each),
            sentence=each.text("sentence"),
            file=each.file,
            line=each.line,
        )
        each.done()
        self._check_together(check, each)
        return check

    def _expect_dataset(self, each: Fields, key: str, name: str, who: str) -> None:
        known = self._known.columns_by_dataset
        if name and name not in known:
            what = "which is no source" if name.startswith(SOURCE_PREFIX) else "which no model builds"
            each.error(f"{who} names dataset '{name}', {what}. {suggestion(name, known, 'Datasets')}", key)

    def _by(self, each: Fields, dataset: str) -> str | None:
        by = each.text("by")
        columns = self._known.columns(dataset)
        if by and columns and by not in columns and by not in self._known.segments:
            named = [*columns, *self._known.segments]
            each.error(f"'by' names '{by}', which is no column of {dataset}. {suggestion(by, named, 'Columns')}", "by")
        return by or None

    def _holds(self, each: Fields) -> tuple[str, ...] | None:
        if not each.has("holds"):
            return None
        named = each.names("holds")
        for name in named:
            if name not in self._known.metrics:
                each.error(
                    f"'holds' names '{name}', which is no metric. {suggestion(name, self._known.metrics, 'Metrics')}",
                    "holds",
                )
        return named

    def _parameters(self, kind: CheckKind, dataset: str, each: Fields) -> tuple[tuple[str, Parameter], ...]:
        takes = PARAMETERS[kind]
        other = each.text("against") or each.text("to") if kind != CheckKind.DEVIATION else ""
        # Asking marks a key as known; a kind that takes neither must still report them.
        for key in ("against", "to"):
            if not any(name == key for name, _ in (*takes.required, *takes.optional)):
                each.forget(key)
        found: list[tuple[str, Parameter]] = []
        for name, form in takes.required:
            value = self._parameter(each, name, form, dataset, other, required=True)
            if value is not None:
                found.append((name, value))
            if value is not None and form == FILE:
                text, tables = self._sql_file_of(str(value))
                found += [("sql", text), ("reads", tables)]
        for name, form in takes.optional:
            value = self._parameter(each, name, form, dataset, other, required=False) if each.has(name) else None
            each.know(name)
            if value is not None:
                found.append((name, value))
        return tuple(found)

    def _parameter(
        self, each: Fields, name: str, form: str, dataset: str, other: str, *, required: bool
    ) -> Parameter:
        if form == NUMBER:
            return each.decimal(name, required=required)
        if form == WHOLE:
            return self._whole(each, name)
        if form in (COLUMNS, THEIR_COLUMNS):
            columns = each.names(name, required=required)
            self._expect_columns(each, name, columns, dataset if form == COLUMNS else other)
            return columns or None
        if form == VALUES:
            return self._values(each, name)
        written = each.text(name, required=required)
        if not written:
            return None
        if form in (COLUMN, THEIR_COLUMN):
            self._expect_columns(each, name, (written,), dataset if form == COLUMN else other)
        elif form == DATASET:
            self._expect_dataset(each, name, written, f"'{name}'")
        elif form == SOURCE:
            self._expect_dataset(each, name, SOURCE_PREFIX + written.removeprefix(SOURCE_PREFIX), f"'{name}'")
        elif form == CONDITION:
            wrong = read_condition(written, self._cache)
            if wrong:
                each.error(f"'{name}' is not a condition: {wrong}", name)
        elif form == FILE:
            return self._sql_file(each, written)
        elif form == ONE_OF_COMPARE:
            return each.one_of(name, COMPARE)
        elif form == ONE_OF_AGAINST:
            return each.one_of(name, DEVIATION_AGAINST)
        elif form == METRIC:
            self._expect_name(each, name, written, self._known.metrics, "metric")
        elif form == QUANTITY:
            columns = self._known.columns(dataset) or ()
            self._expect_name(each, name, written, (*self._known.metrics, *columns), "metric or column")
        return written

    def _whole(self, each: Fields, name: str) -> int | None:
        if each.has(name):
            return each.whole(name, default=1, least=1)
        each.text(name, required=True)
        return None

    def _values(self, each: Fields, name: str) -> tuple[str, ...] | None:
        values = each.anything(name)
        if not isinstance(values, list) or not values or any(isinstance(value, dict | list) for value in values):
            each.error(f"'{name}' is not a list of values; write `{name}: [a, b]`", name)
            return None
        if any(value is None or isinstance(value, bool) for value in values):
            each.error(f"'{name}' holds a value that YAML does not read as text; put it in quotes", name)
        return tuple(str(value) for value in values)

    def _expect_columns(self, each: Fields, key: str, names: tuple[str, ...], dataset: str) -> None:
        known = self._known.columns(dataset)
        for name in names if known else ():
            self._expect_name(each, key, name, known or (), f"column of {dataset}")

    def _expect_name(self, each: Fields, key: str, name: str, known: tuple[str, ...], what: str) -> None:
        if name not in known:
            each.error(f"'{key}' names '{name}', which is no {what}. {suggestion(name, known)}", key)

    def _sql_file(self, each: Fields, written: str) -> str | None:
        outside = self._folder.why_outside(written)
        if outside or "/" in written:
            each.error(outside or f"'{written}' names a folder; write the name of a file in checks/", "file")
            return None
        path = f"pipelines/{self._pipeline}/checks/{written}"
        if not self._folder.has(path):
            there = [each_path.rpartition("/")[2] for each_path in self._folder.files(path.rpartition("/")[0], ".sql")]
            each.error(f"there is no file {path}. {suggestion(written, there, 'Files there')}", "file")
            return None
        self.sql_files.add(path)
        return written

    def _sql_file_of(self, file: str) -> tuple[str, tuple[str, ...]]:
        """The text of a check's SQL file and what it reads; it must be one SELECT over tables a check sees."""
        path = f"pipelines/{self._pipeline}/checks/{file}"
        text = self._folder.text(path) or ""
        syntax = read_select(text, self._cache)
        for fault in syntax.faults:
            if fault.severity == "error" and not fault.audience:
                self._problems.error(path, fault.line, fault.message)
        if syntax.parameters:
            self._problems.error(path, 1, f"${syntax.parameters[0]} has no value in a check; join due_days instead")
        for table in syntax.tables:
            known = self._known.columns_by_dataset
            if table.removeprefix(CANDIDATE) not in (*known, *SESSION_TABLES):
                self._problems.error(
                    path, syntax.line_of(table), f"the check reads '{table}', which nothing builds. {suggestion(table, known)}"
                )
        return text, tuple(sorted({table.removeprefix(CANDIDATE) for table in syntax.tables}))

    def _check_together(self, check: Check, each: Fields) -> None:
        """What two keys of one check must agree on."""
        if check.kind is CheckKind.BAND and check.parameter("min") is None and check.parameter("max") is None:
            each.error(f"band '{check.name}' has neither 'min' nor 'max'; add one of them")
        low, high = check.parameter("min"), check.parameter("max")
        if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
            each.error(f"'min' is {low} and 'max' is {high}; swap them", "min")
        if check.parameter("compare") == "sum" and check.parameter("column") is None:
            each.error("'compare: sum' needs 'column'; name the column to add up")
        ratios = (check.parameter("min_ratio"), check.parameter("max_ratio"))
        if check.kind is CheckKind.VOLUME and ratios == (None, None):
            each.error(f"volume '{check.name}' has neither 'min_ratio' nor 'max_ratio'; add one of them")
        if check.parameter("against") == "average" and check.parameter("over_days") is None:
            each.error("'against: average' needs 'over_days'; say over how many earlier days")
        if check.kind is CheckKind.RELATIONSHIP:
            mine, theirs = check.parameter("columns"), check.parameter("to_columns")
            if isinstance(mine, tuple) and isinstance(theirs, tuple) and len(mine) != len(theirs):
                each.error(f"{len(mine)} columns are compared with {len(theirs)} to_columns; name as many of each")
