"""A contract drafted from a data file: what can be seen in it, and what was guessed, said in comments."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import DefinitionError, WorldError
from holdfast.loading.fields import NAME

if TYPE_CHECKING:
    import duckdb

_READERS = {
    ".parquet": ("parquet", "read_parquet"),
    ".csv": ("csv", "read_csv"),
    ".json": ("json", "read_json"),
    ".jsonl": ("json", "read_json"),
    ".ndjson": ("json", "read_json"),
}
_LOGICAL = (
    ("TIMESTAMP", "timestamp"), ("DATE", "date"), ("TIME", "time"), ("BOOLEAN", "boolean"), ("DECIMAL", "number"),
    ("DOUBLE", "number"), ("FLOAT", "number"), ("TINYINT", "integer"), ("SMALLINT", "integer"), ("INTEGER", "integer"),
    ("BIGINT", "integer"), ("HUGEINT", "integer"), ("UTINYINT", "integer"), ("USMALLINT", "integer"),
    ("UINTEGER", "integer"), ("UBIGINT", "integer"), ("STRUCT", "object"), ("MAP", "object"),
)  # fmt: skip
_PERSONAL = ("user", "customer", "email", "phone", "name", "address", "ip", "login", "identity", "birth")
_MOST_VALUES = 12
"""A text column with at most so many different values is taken for a list of known ones."""
_ROWS_PER_VALUE = 20
_NO_KEYS = ("DOUBLE", "FLOAT", "DECIMAL", "TIMESTAMP")
"""Amounts and instants differ from row to row without naming it."""
_LOADED_ON = "loaded_on="
_UNSAFE_WORDS = {"on", "off", "yes", "no", "y", "n", "true", "false", "null"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Seen:
    """One column as the file has it."""

    name: str
    kind: str
    nulls: int
    distinct: int
    values: tuple[str, ...] = ()


def draft_source(data_file: Path, name: str) -> str:
    """The text of a contract for files like this one, to be read and corrected by a person.

    Columns, types and null counts are seen; key, business time, arrival, closed weekdays, personal columns
    and known values are guessed, and marked so. Raises DefinitionError for a name or a kind of file that is
    none, WorldError for a file that cannot be read.
    """
    if not NAME.fullmatch(name):
        raise DefinitionError(f"'{name}' is no name for a source; use lower-case letters, digits and _")
    if data_file.suffix.lower() not in _READERS:
        raise DefinitionError(f"{data_file} is no data file; give one that ends in {', '.join(_READERS)}")
    if not data_file.is_file():
        raise WorldError(f"{data_file} is not there; give the path of a data file")
    import duckdb

    form, reader = _READERS[data_file.suffix.lower()]
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TEMP TABLE seen AS SELECT * FROM {reader}(?, hive_partitioning = false)", [str(data_file)])
        return _Draft(connection, data_file, name, form).text()
    except duckdb.Error as error:
        first = str(error).split("\n", maxsplit=1)[0]
        raise WorldError(f"{data_file} cannot be read as {form}: {first}") from error
    finally:
        connection.close()


class _Draft:
    """Questions to the file's rows, and the lines that follow from their answers."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", file: Path, name: str, form: str) -> None:
        self._connection = connection
        self._file = file
        self._name = name
        self._form = form
        self._rows = self._number("SELECT count(*) FROM seen")
        self._columns = self._seen()
        self._key = self._candidate_key()
        self._time = self._business_time()

    def text(self) -> str:
        in_path = any(part.startswith(_LOADED_ON) for part in self._file.parts)
        lines = [
            f"# Drafted from {self._file.name} ({self._rows} rows). What was guessed is marked; read every line.",
            "apiVersion: v3.1.0",
            "kind: DataContract",
            f"id: {self._name.replace('_', '-')}",
            f"name: {_word(self._name)}",
            "version: 1.0.0",
            "status: draft   # active once a model reads it",
            "description:",
            f"  purpose: One row per {' and '.join(self._key) or 'row of the file'}.   # say what a row is",
            "servers:",
            "  - server: files",
            "    type: local",
            f"    path: data/{self._name}   # put the files here, or write env:NAME/path",
            f"    format: {self._form}",
            "schema:",
            f"  - name: {_word(self._name)}",
            "    logicalType: object",
            "    physicalType: table",
            "    properties:",
        ]
        for column in self._columns:
            lines += self._property(column)
        lines += [
            "slaProperties:",
            "  - property: latency",
            "    value: 3",
            "    unit: h   # guessed: hours after the day's end",
            "  - property: retention",
            "    value: 25",
            "    unit: mo",
            "customProperties:",
            *self._changes(),
        ]
        if in_path or self._time is None:
            lines += _custom("arrival", "path", f"each file lies in {_LOADED_ON}YYYY-MM-DD")
        else:
            lines += _custom("arrival", "data", "guessed: the path names no day, so the newest row's day does")
        return "\n".join(lines) + "\n"

    def _seen(self) -> list[Seen]:
        found = []
        for name, kind, *_ in self._connection.execute("DESCRIBE seen").fetchall():
            column = _quoted(name)
            nulls = self._number(f"SELECT count(*) FROM seen WHERE {column} IS NULL")
            distinct = self._number(f"SELECT count(DISTINCT {column}) FROM seen")
            few = kind == "VARCHAR" and 0 < distinct <= _MOST_VALUES and self._rows >= distinct * _ROWS_PER_VALUE
            values = self._connection.execute(
                f"SELECT DISTINCT {column} FROM seen WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall() if few else []  # fmt: skip
            plain = "TIMESTAMPTZ" if kind == "TIMESTAMP WITH TIME ZONE" else kind
            found.append(Seen(name, plain, nulls, distinct, tuple(value for (value,) in values)))
        return found

    def _candidate_key(self) -> tuple[str, ...]:
        """The first column, else the first pair, that names each row once; ids first."""
        filled = [
            column
            for column in self._columns
            if not column.nulls and column.name != "loaded_at" and not column.kind.startswith(_NO_KEYS)
        ]
        filled.sort(key=lambda column: not column.name.endswith("id"))
        for column in filled:
            if self._rows and column.distinct == self._rows:
                return (column.name,)
        for at, one in enumerate(filled[:8]):
            for other in filled[at + 1 : 8]:
                if one.distinct * other.distinct < self._rows or not self._rows:
                    continue
                pair = f"{_quoted(one.name)}, {_quoted(other.name)}"
                if self._number(f"SELECT count(*) FROM (SELECT DISTINCT {pair} FROM seen)") == self._rows:
                    return tuple(sorted((one.name, other.name), key=[c.name for c in self._columns].index))
        return ()

    def _business_time(self) -> Seen | None:
        times = [
            column
            for column in self._columns
            if column.kind.startswith(("DATE", "TIMESTAMP")) and column.name != "loaded_at" and not column.nulls
        ]
        named = [column for column in times if column.name.endswith(("_at", "_on", "date", "time"))]
        return next(iter([*named, *times]), None)

    def _property(self, column: Seen) -> list[str]:
        logical = next((word for kind, word in _LOGICAL if column.kind.startswith(kind)), "string")
        logical = "array" if column.kind.endswith("[]") else logical
        share = f"   # {column.nulls} of {self._rows} rows are null" if column.nulls else ""
        lines = [
            f"      - name: {_word(column.name)}{share}",
            f"        logicalType: {logical}",
            f"        physicalType: {_word(column.kind)}"
            + ("   # money is DECIMAL in models: cast it in `select`" if column.kind in ("DOUBLE", "FLOAT") else ""),
        ]
        if column.name in self._key:
            lines.append("        primaryKey: true   # guessed: names each row of this file once")
            lines.append(f"        primaryKeyPosition: {self._key.index(column.name) + 1}")
        if not column.nulls and self._rows:
            lines.append("        required: true")
        if any(word in column.name.lower().split("_") for word in _PERSONAL):
            lines.append("        classification: personal   # guessed from its name")
        if column.values:
            known = ", ".join(_word(value) for value in column.values)
            lines += [
                "        quality:",
                "          - type: library",
                "            metric: invalidValues",
                "            arguments:",
                f"              validValues: [{known}]   # guessed: every value in the file",
                "            mustBe: 0",
            ]
        return lines

    def _changes(self) -> list[str]:
        if self._time is None:
            return [
                *_custom("changes", "snapshot", "guessed: no column says when, so each file is the whole table"),
                *_custom("overTime", "overwritten", "guessed"),
            ]
        how = "append" if self._key else "snapshot"
        why = "guessed: a known key with other content is a mistake" if self._key else "guessed: no column names a row"
        lines = _custom("changes", how, why)
        lines += _custom("businessTime", _word(self._time.name), "guessed: the first filled column of a date or time")
        lines += _custom("lateRowsWithin", "0d", "say how many days late a row may be")
        closed = self._closed_weekdays(self._time)
        if closed:
            lines += [
                "  - property: expectedDays",
                "    value:",
                "      closed:",
                f"        weekdays: [{', '.join(closed)}]   # guessed: none in the file",
            ]
        return lines

    def _closed_weekdays(self, column: Seen) -> list[str]:
        """Weekdays that have no row in a file of at least four weeks."""
        day = f"CAST({_quoted(column.name)} AS DATE)"
        asked = f"SELECT max({day}) - min({day}) FROM seen"
        if self._number(asked) < 28:
            return []
        rows = self._connection.execute(f"SELECT DISTINCT isodow({day}) FROM seen WHERE {day} IS NOT NULL").fetchall()
        there = {int(number) for (number,) in rows}
        return [name for number, name in enumerate(_WEEKDAYS, 1) if number not in there]

    def _number(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0] or 0) if row else 0


def _custom(name: str, value: str, note: str) -> list[str]:
    return [f"  - property: {name}", f"    value: {value}   # {note}"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _word(text: str) -> str:
    """The text as YAML reads it back, in versions 1.1 and 1.2 alike."""
    bare = text.replace("_", "").replace("(", "").replace(")", "").isalnum() and not text[0].isdigit()
    if bare and text.isascii() and text.lower() not in _UNSAFE_WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"
