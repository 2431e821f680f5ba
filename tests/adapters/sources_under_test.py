"""One source in each kind of outside: what is brought there, and what then counts here."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from holdfast.adapters.sources.finding import Rows
from holdfast.adapters.sources.http_api import HttpApi
from holdfast.adapters.sources.secrets import Secrets
from holdfast.adapters.sources.sqlite import Sqlite
from holdfast.app import App
from holdfast.checks.arrivals import Refused
from holdfast.clock import FixedClock, Waiting
from holdfast.day import fetch, land
from holdfast.testing.marketing_server import MarketingServer

KEY = "s3cr3t-k3y-Zk9"
PASSWORD = "p4ssw0rd-Qw7"
COLUMNS = ("campaign_id", "on", "channel", "spend", "attributed_signups", "loaded_at")
Row = tuple[str, date, str, Decimal, int, datetime]


def row(campaign: str, day: int, spend: str, loaded: int, *, signups: int = 3) -> Row:
    """A row of September 2026: its business day, and the day at 01:00 UTC of which it was loaded."""
    return (campaign, date(2026, 9, day), "email", Decimal(spend), signups, datetime(2026, 9, loaded, 1, tzinfo=UTC))


def morning(day: int, hour: int = 3) -> datetime:
    """A run's time in September 2026."""
    return datetime(2026, 9, day, hour, tzinfo=UTC)


CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: spend
name: spend
version: 1.0.0
status: draft
description:
  purpose: Spend per campaign and day.
servers:
{server}
schema:
  - name: spend
    properties:
      - {{name: campaign_id, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1, required: true}}
      - {{name: "on", physicalType: DATE, primaryKey: true, primaryKeyPosition: 2, required: true}}
      - {{name: channel, physicalType: VARCHAR}}
      - {{name: spend, physicalType: "DECIMAL(18,2)", required: true}}
      - {{name: attributed_signups, physicalType: INTEGER}}
      - {{name: loaded_at, physicalType: TIMESTAMPTZ, required: true}}
customProperties:
  - {{property: changes, value: newest_wins}}
  - {{property: businessTime, value: "on"}}
  - {{property: lateRowsWithin, value: 5d}}
  - {{property: contact, value: marketing_ops}}
"""


class Clockwork:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.page_s = 0.0
        """How long anything else takes, between two looks at the time."""
        self._passed_s = 0.0

    def waiting(self) -> Waiting:
        return Waiting(self.waited.append, self._monotonic_s, lambda: datetime.now(UTC))

    def _monotonic_s(self) -> float:
        self._passed_s += self.page_s
        return self._passed_s + sum(self.waited)


@dataclass
class Outside:
    """A project with the one source `spend`, and the outside it reads."""

    folder: Path
    server: str
    """The contract's `servers:` entry."""
    bring: Callable[[list[Row]], None]
    """Rows come to be there; a known key is overwritten."""
    leave: Callable[[], None]
    """The outside is not there any more."""
    rename: Callable[[str, str], None]
    """The outside calls a column by another name."""
    secret: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    clockwork: Clockwork = field(default_factory=Clockwork)
    timeout_s: float = 10.0

    def write_project(self) -> None:
        """The team's folder."""
        for path, text in {
            "holdfast.yml": "name: t\ncurrency: GBP\nzone: Europe/London\n",
            "calendar.csv": "grain,name,start,end\n",
            "team/people.yml": "people:\n  james: {full_name: James, role: engineer, os_users: [root]}\n"
            "  marketing_ops: {full_name: Marketing Ops, role: contact}\n",
            "sources/spend.odcs.yaml": CONTRACT.format(server=self.server),
        }.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)

    @contextmanager
    def app(self) -> Iterator[App]:
        """The project, opened anew and closed again."""
        app = App(self.folder, environ=self.environ, say=self.said.append, waiting=self.clockwork.waiting())
        pages = HttpApi(Secrets(self.folder, self.environ), app.waiting, self.timeout_s)
        rows = app.sources.rows

        def hasty(system: str) -> Rows:
            made = rows(system)
            return replace(made, busy_s=0.2) if isinstance(made, Sqlite) else made

        app.sources = replace(app.sources, pages=lambda: pages, rows=hasty)
        try:
            yield app
        finally:
            app.close()

    def look(self, at: datetime) -> list[Refused]:
        """Fetches and lands as a run does; what could not be read."""
        self.said.clear()
        with self.app() as app:
            world, sources = app.world(FixedClock(at)), [app.project.sources["spend"]]
            return [*fetch(world, sources), *land(world, sources)]

    def counting(self) -> list[Row]:
        """The rows that count, by key: landed ones without those that were superseded."""
        with self.app() as app:
            gone = {(each.file_id, each.row) for each in app.ledger.superseded("spend")}
            found: list[Any] = []
            with duckdb.connect() as engine:
                engine.execute("SET TimeZone = 'UTC'")
                for file in app.ledger.landed_files("spend"):
                    rows = engine.execute(
                        f"SELECT {', '.join(json.dumps(name) for name in COLUMNS)} "
                        f"FROM read_parquet('{app.state}/landing/{file.landed_as}', file_row_number=true) "
                        "ORDER BY file_row_number"
                    ).fetchall()
                    found += [each for at, each in enumerate(rows) if (file.id, at) not in gone]
        return sorted(found, key=lambda each: each[:2])

    def landings(self) -> int:
        """How many landings there were."""
        with self.app() as app:
            return app.ledger.next_seq() - 1


def of_files(folder: Path) -> Outside:
    """Parquet files in folders by arrival day."""
    data, names = folder / "data/spend", dict(zip(COLUMNS, COLUMNS, strict=True))
    data.mkdir(parents=True)

    def bring(rows: list[Row]) -> None:
        day = data / f"loaded_on={max(each[5] for each in rows).date()}"
        day.mkdir(exist_ok=True)
        values = ", ".join("(?, ?, ?, CAST(? AS DECIMAL(18,2)), CAST(? AS INTEGER), CAST(? AS TIMESTAMPTZ))" for _ in rows)
        columns = ", ".join(json.dumps(names[name]) for name in COLUMNS)
        with duckdb.connect() as engine:
            engine.execute("SET TimeZone = 'UTC'")
            engine.execute(
                f"COPY (SELECT * FROM (VALUES {values}) AS t({columns})) TO '{day}/{len(list(day.iterdir()))}.parquet'",
                [value for each in rows for value in each],
            )

    server = "  - {server: files, type: local, path: data/spend, format: parquet}"
    def rename(old: str, new: str) -> None:
        names.update({name: new for name, now in names.items() if now == old})

    return Outside(folder, server, bring, lambda: data.rename(folder / "elsewhere"), rename)


@contextmanager
def of_api(folder: Path, *misbehave: str, page_rows: int = 3) -> Iterator[tuple[Outside, MarketingServer]]:
    """A paged API; the server beside it."""
    server = MarketingServer([], misbehave, KEY, slow_s=0.6)
    with server.serving() as url:
        yield _api_at(folder, server, url, page_rows), server


def _api_at(folder: Path, server: MarketingServer, url: str, page_rows: int) -> Outside:
    names = dict(zip(COLUMNS, COLUMNS, strict=True))

    def bring(rows: list[Row]) -> None:
        known = {(each["campaign_id"], each["on"]): each for each in server.rows}
        for each in rows:
            known[each[0], str(each[1])] = dict(
                zip(names.values(), (each[0], str(each[1]), each[2], str(each[3]), each[4], each[5].isoformat()), strict=True)
            )
        server.rows[:] = sorted(known.values(), key=lambda each: (each["on"], each["campaign_id"]))

    def rename(old: str, new: str) -> None:
        back = next((name for name, now in names.items() if now == old), old)
        names[back] = new
        for each in server.rows:
            if old in each:
                each[new] = each.pop(old)

    def leave() -> None:
        outside.environ["SPEND_KEY"] = "another"

    entry = f"""\
  - server: api
    type: api
    location: {url}
    customProperties:
      - property: paging
        value: {{rows: data, next: next_cursor, total: total, page_rows: {page_rows}, least_rows: 1}}
      - {{property: since, value: since}}
      - {{property: key, value: {{secret: env:SPEND_KEY}}}}"""
    outside = Outside(folder, entry, bring, leave, rename, KEY, {"SPEND_KEY": KEY})
    return outside


def of_sqlite(folder: Path) -> Outside:
    """A table of a SQLite file."""
    path = folder / "data/shop.db"
    path.parent.mkdir(parents=True)
    names = dict(zip(COLUMNS, COLUMNS, strict=True))
    with sqlite3.connect(path) as made:
        made.execute('CREATE TABLE spend (campaign_id, "on", channel, spend TEXT, attributed_signups, loaded_at, PRIMARY KEY (campaign_id, "on"))')
    made.close()

    def bring(rows: list[Row]) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.executemany(
                "INSERT OR REPLACE INTO spend VALUES (?, ?, ?, ?, ?, ?)",
                [(each[0], str(each[1]), each[2], str(each[3]), each[4], each[5].isoformat()) for each in rows],
            )
        connection.close()

    def rename(old: str, new: str) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(f'ALTER TABLE spend RENAME COLUMN "{names.get(old, old)}" TO "{new}"')
        connection.close()

    server = """\
  - server: shop
    type: sqlite
    path: data/shop.db
    customProperties:
      - {property: table, value: spend}
      - {property: watermark, value: {column: loaded_at, overlap: 1h}}"""
    return Outside(folder, server, bring, lambda: path.rename(folder / "data/moved.db"), rename)


def of_postgres(folder: Path, socket: Path) -> Outside:
    """A table of a Postgres database that listens on a socket in the folder `socket`."""
    owner = f"host={socket} user=postgres dbname=postgres"

    def sql(text: str) -> None:
        with psycopg.connect(owner) as connection:
            connection.execute(text)

    sql(
        'DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop; CREATE TABLE shop.spend (campaign_id text, "on" date, '
        "channel text, spend numeric(18,2), attributed_signups int, loaded_at timestamptz, "
        'PRIMARY KEY (campaign_id, "on")); GRANT USAGE ON SCHEMA shop TO reader; GRANT SELECT ON shop.spend TO reader'
    )

    def bring(rows: list[Row]) -> None:
        # By place, not by name: a column may have been renamed.
        with psycopg.connect(owner) as connection, connection.cursor() as cursor:
            cursor.executemany('DELETE FROM shop.spend WHERE campaign_id = %s AND "on" = %s', [each[:2] for each in rows])
            cursor.executemany("INSERT INTO shop.spend VALUES (%s, %s, %s, %s, %s, %s)", rows)

    def leave() -> None:
        outside.environ["SHOP_PASSWORD"] = "another"

    server = f"""\
  - server: shop
    type: postgres
    host: {socket}
    port: 5432
    database: postgres
    schema: shop
    customProperties:
      - {{property: table, value: spend}}
      - {{property: watermark, value: {{column: loaded_at, overlap: 1h}}}}
      - {{property: login, value: {{user: reader, secret: env:SHOP_PASSWORD}}}}"""
    outside = Outside(
        folder, server, bring, leave, lambda old, new: sql(f'ALTER TABLE shop.spend RENAME COLUMN "{old}" TO "{new}"'),
        PASSWORD, {"SHOP_PASSWORD": PASSWORD},
    )
    return outside
