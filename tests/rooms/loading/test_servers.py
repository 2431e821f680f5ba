"""Contracts of APIs and databases: what they are read into, and what lint says of wrong ones."""

from datetime import timedelta

import pytest
from team_folder import Team

from holdfast.definitions.source import Api, Database, Paging, Secret

MARKETING = "sources/marketing.odcs.yaml"
FILES = "  - server: files\n    type: local\n    path: data/marketing\n    format: parquet\n"
API = """\
  - server: api
    type: api
    location: https://ads.example.com/v1/spend
    customProperties:
      - property: paging
        value: {rows: data, next: meta.next_cursor, total: meta.total, page_rows: 200}
      - property: since
        value: from
      - property: key
        value: {secret: "env:ADS_KEY"}
"""
POSTGRES = """\
  - server: shop
    type: postgres
    host: db.example.com
    port: 5433
    database: shop
    schema: sales
    customProperties:
      - property: table
        value: spend
      - property: watermark
        value: {column: loaded_at, overlap: 2h}
      - property: login
        value: {user: reader, secret: "file:secrets/shop"}
"""
SQLITE = """\
  - server: shop
    type: sqlite
    path: data/shop.db
    customProperties:
      - property: query
        value: SELECT * FROM spend WHERE channel <> 'none'
"""


def given(team: Team, server: str) -> None:
    """The marketing source is read from this server."""
    team.replace(MARKETING, FILES, server)


def test_an_api_is_read_into_what_it_is_asked(team: Team) -> None:
    """What the contract does not say has a default; the rows lie as files below .holdfast/fetched."""
    given(team, API)

    source = team.project().sources["marketing"]

    assert (source.location, source.format) == (".holdfast/fetched/marketing", "parquet")
    assert source.fetched_from == Api(
        url="https://ads.example.com/v1/spend",
        paging=Paging("data", "meta.next_cursor", "meta.total", "cursor", "limit", 200, 25),
        since="from",
        header="Authorization",
        prefix="Bearer",
        key=Secret("env:ADS_KEY"),
    )


def test_a_database_is_read_into_what_it_is_asked(team: Team) -> None:
    """Server keys are the standard's own; the rest are properties of the server."""
    given(team, POSTGRES)

    assert team.project().sources["marketing"].fetched_from == Database(
        "postgres",
        table="spend",
        watermark="loaded_at",
        overlap=timedelta(hours=2),
        host="db.example.com",
        port=5433,
        database="shop",
        schema="sales",
        user="reader",
        password=Secret("file:secrets/shop"),
    )


@pytest.mark.parametrize("server", [API, POSTGRES, SQLITE], ids=["api", "postgres", "sqlite"])
def test_a_right_contract_has_no_problems(team: Team, server: str) -> None:
    """Neither ours nor the standard's."""
    given(team, server)

    assert team.lint() == []


@pytest.mark.parametrize(
    ("server", "old", "new", "expected"),
    [
        (API, "type: api", "type: apy", "Did you mean 'api'?"),
        (API, "https://ads", "https://ads:hunter2@ads", "location holds a user or password; take it out"),
        (API, "/v1/spend", "/v1/spend?api_key=hunter2", "location holds the parameter 'api_key', which looks like a secret"),
        (API, "https://", "ftp://", "no http or https URL"),
        (API, "env:ADS_KEY", "hunter2", "secret is no reference; write env:NAME or file:PATH"),
        (API, "env:ADS_KEY", "file:/etc/hunter2", "not below the project folder"),
        (API, "env:ADS_KEY", "file:../hunter2", "leads out of the folder"),
        (API, "property: paging", "property: pageing", "Did you mean 'paging'?"),
        (API, "rows: data, ", "", "has no 'rows'"),
        (API, "page_rows: 200", "page_rows: many", "expected a whole number"),
        (API, "page_rows: 200", "page_rows: 20, least_rows: 40", "swap them"),
        (API, "total: meta.total", "totals: meta.total", "Did you mean 'total'?"),
        (POSTGRES, "database: shop", "databse: shop", "Did you mean 'database'?"),
        (POSTGRES, "host: db.example.com", "host: reader:hunter2@db.example.com", "host is no name of a machine"),
        (POSTGRES, "port: 5433", "port: 70000", "expected a whole number"),
        (POSTGRES, "column: loaded_at", "column: loaded_on", "Did you mean 'loaded_at'?"),
        (POSTGRES, "column: loaded_at", "column: channel", "watermark 'channel' is VARCHAR"),
        (POSTGRES, "overlap: 2h", "overlap: two hours", "expected a duration"),
        (POSTGRES, "property: table\n        value: spend", "property: since\n        value: x", "unknown property 'since'"),
        (POSTGRES, "file:secrets/shop", "hunter2", "secret is no reference"),
        (SQLITE, "path: data/shop.db", "path: /var/shop.db", "not below the project folder"),
        (SQLITE, "SELECT * FROM spend WHERE", "DELETE FROM spend WHERE", "DELETE found, expected one SELECT"),
        (SQLITE, "<> 'none'", "<> 'none'; DROP TABLE spend", "it holds 2 statements"),
        (SQLITE, "SELECT * FROM", "SELEC * FRM", "query:"),
        (SQLITE, "      - property: query\n", "      - property: table\n        value: spend\n      - property: query\n", "has both of the properties"),
    ],
)  # fmt: skip
def test_a_wrong_part_is_named_where_it_stands(team: Team, server: str, old: str, new: str, expected: str) -> None:
    """With file, line and what to do; a secret that was written into the contract is never repeated."""
    given(team, server.replace(old, new, 1))
    begins = (team.folder / MARKETING).read_text().splitlines().index("servers:") + 1

    found = [each for each in team.lint() if expected in each]

    assert found, team.lint()
    assert found[0].startswith(f"{MARKETING}:")
    assert begins <= int(found[0].split(":")[1]) <= begins + 16
    assert "hunter2" not in "".join(each for each in found if "file:" not in new)


@pytest.mark.parametrize(
    ("server", "old", "new", "expected"),
    [
        (API, "value: newest_wins", "value: snapshot", "changes: snapshot cannot be read from an API"),
        (POSTGRES, "value: newest_wins", "value: snapshot", "a snapshot is read whole; remove its watermark"),
        (SQLITE, "value: path", "value: data", "arrives on the day it is fetched"),
        (SQLITE, "primaryKey: true", "unique: true", "a fetched source repeats rows, so it needs a key"),
    ],
)
def test_what_two_parts_must_agree_on(team: Team, server: str, old: str, new: str, expected: str) -> None:
    """Some ways of reading fit only some sources."""
    given(team, server)
    text = (team.folder / MARKETING).read_text()
    team.write(MARKETING, text.replace(old, new))

    assert [each for each in team.lint() if expected in each]


def test_a_secret_may_say_until_when_it_works(team: Team) -> None:
    """The standard's own package has nothing against it, and what was fetched with it stays fetched."""
    given(team, API)
    plain = team.project().sources["marketing"].fetched_from
    team.replace(MARKETING, '{secret: "env:ADS_KEY"}', '{secret: {from: "env:ADS_KEY", expires_on: 2027-01-31}}')

    project = team.project()

    [ending] = project.pager.expiring
    assert (str(ending.secret), str(ending.expires_on), ending.used_by) == ("env:ADS_KEY", "2027-01-31", "source 'marketing'")
    assert repr(project.sources["marketing"].fetched_from) == repr(plain)
    assert team.lint() == []
