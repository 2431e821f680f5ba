"""Where a source's rows are: the `servers:` entry of its contract, as files, an API or a database."""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from holdfast.definitions.source import FETCHED, Api, Changes, Database, Paging, Secret, Source
from holdfast.loading.cache import ParseCache
from holdfast.loading.fields import Fields
from holdfast.loading.folder import Folder
from holdfast.loading.odcs import CUSTOM_KEYS, SERVER_KEYS
from holdfast.loading.problems import suggestion
from holdfast.loading.references import read_secret

KINDS = ("local", "api", "postgres", "sqlite")
FORMATS = ("parquet", "csv", "json")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_API_PROPERTIES = ("paging", "since", "key")
_TABLE_PROPERTIES = ("table", "query", "watermark")
_LOGIN_PROPERTIES = ("login", "sslmode")
_WATERMARKS = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "BIGINT", "INTEGER", "SMALLINT")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TELLTALE = re.compile(r"key|token|secret|passw|auth|sig", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where files of the source are found, their format, and what is asked for them if they are fetched."""

    location: str = ""
    format: str = "parquet"
    fetched_from: Api | Database | None = None


def read_server(top: Fields, folder: Folder, cache: ParseCache, name: str) -> Place:
    """The place the contract's first server names; its problems are reported."""
    servers = top.items("servers", required=True)
    if not servers:
        return Place()
    server = servers[0]
    server.text("server", required=True)
    kind = server.one_of("type", KINDS, required=True)
    if kind in ("", "local"):
        return _files(server, folder)
    fetched: Api | Database
    if kind == "api":
        fetched = _api(server, _properties(server, _API_PROPERTIES), folder)
    elif kind == "postgres":
        fetched = _postgres(server, _properties(server, (*_TABLE_PROPERTIES, *_LOGIN_PROPERTIES)), folder, cache)
    else:
        fetched = _sqlite(server, _properties(server, _TABLE_PROPERTIES), folder, cache)
    server.done(SERVER_KEYS)
    return Place(f"{FETCHED}/{name}", "parquet", fetched)


def check_fetched(top: Fields, source: Source) -> None:
    """What a source that is fetched must declare besides, for repeated rows to be known as such."""
    fetched = source.fetched_from
    if fetched is None:
        return
    if source.changes is Changes.SNAPSHOT:
        if isinstance(fetched, Api):
            top.error(
                "changes: snapshot cannot be read from an API, whose pages arrive one by one; "
                "use newest_wins with a key",
                "customProperties",
            )
        elif fetched.watermark:
            top.error("a snapshot is read whole; remove its watermark", "servers", 0)
    elif not source.key:
        top.error(
            "a fetched source repeats rows, so it needs a key to know them; mark columns with primaryKey: true", "schema"
        )
    if source.arrival != "path":
        top.error("a fetched source arrives on the day it is fetched; remove the arrival property", "customProperties")
    if isinstance(fetched, Api) and fetched.since and source.business_time is None:
        top.error("since asks for business days, and the contract names no businessTime; add it", "customProperties")
    if isinstance(fetched, Database) and fetched.watermark:
        _check_watermark(top, source, fetched.watermark)


def _check_watermark(top: Fields, source: Source, name: str) -> None:
    column = source.column(name)
    if column is None:
        known = [each.name for each in source.columns]
        top.error(f"watermark names '{name}', which is no column. {suggestion(name, known)}", "servers", 0)
    elif column.kind.upper() not in _WATERMARKS:
        top.error(
            f"watermark '{name}' is {column.kind}, expected one of {', '.join(_WATERMARKS)}; name another column",
            "servers",
            0,
        )


def _files(server: Fields, folder: Folder) -> Place:
    path = server.text("path", required=True)
    form = server.one_of("format", FORMATS, default="parquet")
    server.done(SERVER_KEYS)
    outside = folder.why_outside(path) if path else None
    if outside:
        server.error(outside, "path")
    return Place(path, form)


def _properties(server: Fields, known: tuple[str, ...]) -> dict[str, Fields]:
    """The server's custom properties by name."""
    found: dict[str, Fields] = {}
    for each in server.items("customProperties"):
        name = each.text("property", required=True)
        each.anything("value")
        each.done(CUSTOM_KEYS)
        if name not in known:
            each.error(f"unknown property '{name}' of the server. {suggestion(name, known)}", "property")
        elif name in found:
            each.error(f"property '{name}' is given twice; remove one", "property")
        found.setdefault(name, each)
    return found


def _text_of(properties: dict[str, Fields], name: str, default: str = "") -> str:
    return properties[name].text("value", default=default) if name in properties else default


def _api(server: Fields, properties: dict[str, Fields], folder: Folder) -> Api:
    url = server.text("location", required=True)
    if url:
        _check_url(server, url)
    if "paging" not in properties:
        server.error("the server has no property 'paging'; add it, with at least `rows:` and `next:`")
    header, prefix, key = _key(properties, folder)
    return Api(url, _paging(properties.get("paging")), _text_of(properties, "since"), header, prefix, key)


def _check_url(server: Fields, url: str) -> None:
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port >= 0
    except ValueError:
        server.error("location is no URL; write it like https://ads.example.com/v1/spend", "location")
        return
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_number:
        server.error("location is no http or https URL; write it like https://ads.example.com/v1/spend", "location")
    # The URL is not repeated here: what is wrong with it may be a secret.
    if parts.username or parts.password:
        server.error(
            "location holds a user or password; take it out, and name it in the property key as env:NAME or file:PATH",
            "location",
        )
    told = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _TELLTALE.search(name)]
    if told:
        server.error(
            f"location holds the parameter '{told[0]}', which looks like a secret; "
            "send it as a header, by the property key",
            "location",
        )


def _paging(at: Fields | None) -> Paging:
    section = at.section("value", required=True) if at else None
    if section is None:
        return Paging("", "")
    paging = Paging(
        rows=section.text("rows", required=True),
        next=section.text("next", required=True),
        total=section.text("total"),
        cursor=section.text("cursor", default="cursor"),
        size=section.text("size", default="limit"),
        page_rows=section.whole("page_rows", default=500, least=1),
        least_rows=section.whole("least_rows", default=0),
    )
    section.done()
    least = paging.least_rows or min(25, paging.page_rows)
    if least > paging.page_rows:
        section.error(f"least_rows {least} is more than page_rows {paging.page_rows}; swap them", "least_rows")
    return Paging(
        paging.rows, paging.next, paging.total, paging.cursor, paging.size, paging.page_rows, min(least, paging.page_rows)
    )


def _key(properties: dict[str, Fields], folder: Folder) -> tuple[str, str, Secret | None]:
    section = properties["key"].section("value", required=True) if "key" in properties else None
    if section is None:
        return "Authorization", "Bearer", None
    header = section.text("header", default="Authorization")
    prefix = section.text("prefix", default="Bearer" if header.lower() == "authorization" else "")
    secret = read_secret(section, "secret", folder)
    section.done()
    if not _HEADER.fullmatch(header):
        section.error(f"'{header}' cannot name a header; write one like Authorization", "header")
    return header, prefix, secret


def _postgres(server: Fields, properties: dict[str, Fields], folder: Folder, cache: ParseCache) -> Database:
    login = properties["login"].section("value", required=True) if "login" in properties else None
    if "login" not in properties:
        server.error("the server has no property 'login'; add it, with `user:` and `secret: env:NAME`")
    user = login.text("user", required=True) if login else ""
    password = read_secret(login, "secret", folder) if login else None
    if login:
        login.done()
    host = server.text("host", required=True)
    if "@" in host or "://" in host:
        server.error("host is no name of a machine; write its name alone, and user and secret in the property login", "host")
    table, query, watermark, overlap = _what(server, properties, "postgres", cache)
    return Database(
        system="postgres",
        table=table,
        query=query,
        watermark=watermark,
        overlap=overlap,
        host=host,
        port=server.whole("port", default=5432, least=1, most=65535),
        database=server.text("database", required=True),
        schema=server.text("schema", default="public"),
        user=user,
        password=password,
        sslmode=properties["sslmode"].one_of("value", SSL_MODES, default="prefer") if "sslmode" in properties else "prefer",
    )


def _sqlite(server: Fields, properties: dict[str, Fields], folder: Folder, cache: ParseCache) -> Database:
    path = server.text("path", required=True)
    outside = folder.why_outside(path) if path else None
    if outside:
        server.error(outside, "path")
    table, query, watermark, overlap = _what(server, properties, "sqlite", cache)
    return Database("sqlite", table, query, watermark, overlap, path)


def _what(
    server: Fields, properties: dict[str, Fields], system: str, cache: ParseCache
) -> tuple[str, str, str, timedelta]:
    """Table, query, watermark and overlap."""
    table, query = _text_of(properties, "table"), _text_of(properties, "query")
    if bool(table) == bool(query):
        found = "both" if table else "neither"
        server.error(f"the server has {found} of the properties 'table' and 'query', expected one; say what is read")
    if query:
        wrong = cache.remember(f"one {system} select", query, lambda text: {"wrong": why_not_one_select(text, system)})["wrong"]
        if wrong:
            properties["query"].error(f"query: {wrong}", "value")
    section = properties["watermark"].section("value", required=True) if "watermark" in properties else None
    if section is None:
        return table, query, "", timedelta(0)
    column = section.text("column", required=True)
    overlap = section.duration("overlap", default=timedelta(0))
    section.done()
    return table, query, column, overlap


def why_not_one_select(text: str, dialect: str) -> str | None:
    """What keeps a text from being one SELECT in that dialect; None when it is one."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]
    except SqlglotError as error:
        return f"it cannot be read as {dialect} SQL ({str(error).splitlines()[0]}); correct it"
    if len(statements) != 1:
        return f"it holds {len(statements)} statements, expected one SELECT; remove the others"
    tree = statements[0]
    writing = tree.find(exp.DML, exp.Create, exp.Drop, exp.Command, exp.Copy, exp.Set, exp.Pragma, exp.Into, exp.Lock)
    if not isinstance(tree, exp.Query) or writing:
        return f"{(writing or tree).key.upper()} found, expected one SELECT; a source is only read"
    return None
