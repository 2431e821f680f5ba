"""Postgres databases, read in one read-only transaction of one moment."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.adapters.sources.fetched import NULL
from holdfast.adapters.sources.secrets import Secrets, ask, without
from holdfast.definitions.source import Database, Source
from holdfast.errors import DefinitionError, WorldError

if TYPE_CHECKING:
    from psycopg import Connection, Error
    from psycopg.sql import Composed

CONNECT_S = 10
STATEMENT_MS = 30 * 60 * 1000
_NUMBERS = ("BIGINT", "INTEGER", "SMALLINT")


@dataclass(frozen=True, slots=True)
class Postgres:
    """Writes a source's rows as text."""

    secrets: Secrets

    def write(self, source: Source, database: Database, after: str, target: Path) -> list[str]:
        """The rows beyond the watermark `after` ("" for all), written to `target`; their columns."""
        try:
            import psycopg
        except ImportError:
            raise DefinitionError(f"{source.file}: to read Postgres install holdfast[postgres].") from None
        password = self.secrets.value(source, database.password)
        try:
            with _connected(database, password) as connection:
                return _write(connection, source, database, after, target)
        except psycopg.Error as error:
            # Without a cause: the driver's own error may repeat what it was given.
            raise WorldError(without(f"{_where(database)}: {_told(error, source, database)}", password)) from None


def _connected(database: Database, password: str) -> "Connection[tuple[Any, ...]]":
    import psycopg

    connection = psycopg.connect(
        host=database.host,
        port=database.port,
        dbname=database.database,
        user=database.user,
        password=password,
        sslmode=database.sslmode,
        connect_timeout=CONNECT_S,
        application_name="holdfast",
        client_encoding="utf8",
        options=f"-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=1 -c statement_timeout={STATEMENT_MS}",
    )
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _write(
    connection: "Connection[tuple[Any, ...]]", source: Source, database: Database, after: str, target: Path
) -> list[str]:
    from psycopg import sql

    relation = _relation(database)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM {} AS q LIMIT 0").format(relation))
        columns = [each.name for each in cursor.description or ()]
        if len(set(columns)) < len(columns):
            raise WorldError(f"{source.file}: the query yields two columns of one name; give each its own with AS")
        where, bound = _beyond(source, database, after)
        # COPY streams like a server-side cursor, and the server writes the text: no row passes through Python values.
        copy = sql.SQL(
            "COPY (SELECT q.* FROM {} AS q{}) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *, NULL {})"
        ).format(relation, where, sql.Literal(NULL))
        with target.open("wb") as file, cursor.copy(copy, bound or None) as rows:
            file.writelines(rows)
    return columns


def _relation(database: Database) -> "Composed":
    from psycopg import sql

    if database.query:
        # The contract's own text, checked when it was loaded to be one SELECT; a line ends a comment in it.
        text = database.query.rstrip().rstrip(";").replace("%", "%%")
        return sql.SQL("({}\n)").format(sql.SQL(text))
    return sql.Composed([sql.Identifier(database.schema, database.table)])


def _beyond(source: Source, database: Database, after: str) -> "tuple[Composed, list[Any]]":
    from psycopg import sql

    if not database.watermark:
        return sql.Composed([]), []
    column = sql.SQL("q.{}").format(sql.Identifier(database.watermark))
    if not after:
        # Asked for although it limits nothing yet: a name that is wrong is told of at the first run.
        return sql.SQL(" WHERE ({} IS NULL OR TRUE)").format(column), []
    text = sql.SQL(" WHERE ({column} > %s OR {column} IS NULL)").format(column=column)
    return text, [_limit(source, database, after)]


def _limit(source: Source, database: Database, after: str) -> int | date | datetime:
    """The watermark, less the overlap, as a value of its type."""
    column = source.column(database.watermark)
    kind = column.kind.upper() if column else "TIMESTAMPTZ"
    if kind in _NUMBERS:
        return int(after)
    if kind == "DATE":
        return date.fromisoformat(after) - database.overlap
    return datetime.fromisoformat(after) - database.overlap


def _where(database: Database) -> str:
    return f"postgres {database.host}:{database.port}/{database.database}"


def _told(error: "Error", source: Source, database: Database) -> str:
    """What the database said, and what to do about it."""
    from psycopg import errors

    said = (error.diag.message_primary or str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__)
    what = f"{database.schema}.{database.table}" if database.table else "the query"
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return f"{said}. Correct {source.file}, or ask whether the table was renamed. {ask(source)}"
    if isinstance(error, errors.UndefinedColumn):
        return f"{said}. Correct {source.file}, or ask whether the column was renamed. {ask(source)}"
    if isinstance(error, errors.InsufficientPrivilege):
        return f"{said}. The user '{database.user}' needs SELECT on {what}. {ask(source)}"
    if isinstance(error, errors.QueryCanceled):
        return f"{what} took longer than {STATEMENT_MS // 60000} minutes. Add an index on the watermark, or ask for less."
    if "authentication failed" in said or "no password supplied" in said:
        return f"the login of '{database.user}' was refused. Renew the secret {database.password or '(none is named)'}. {ask(source)}"
    if isinstance(error, errors.OperationalError) and error.sqlstate is None:
        return f"no connection ({said}). The next run asks again; see host and port in {source.file}. {ask(source)}"
    return f"the database refused: {said}. See {source.file}. {ask(source)}"
