"""What databases refuse, and what is read of them besides a plain table."""

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from sources_under_test import PASSWORD, Outside, morning, of_postgres, of_sqlite, row

ROWS = [row(f"c-{n}", 17, f"{n}.10", 18) for n in range(3)]


@pytest.fixture
def lite(tmp_path: Path) -> Outside:
    """A project over SQLite, with three rows."""
    outside = of_sqlite(tmp_path / "project")
    outside.bring(ROWS)
    return outside


@pytest.fixture
def shop(tmp_path: Path, postgres: Path) -> Outside:
    """A project over Postgres, with three rows."""
    outside = of_postgres(tmp_path / "project", postgres)
    outside.bring(ROWS)
    return outside


def refusal(outside: Outside, old: str = "", new: str = "") -> str:
    """What a look says when the contract's server has `new` for `old`."""
    assert old in outside.server
    outside.server = outside.server.replace(old, new, 1)
    outside.write_project()
    (refused,) = outside.look(morning(18))
    return str(refused)


def asked_of(postgres: Path, text: str) -> None:
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: spend}", "value: spent}", 'relation "shop.spent" does not exist. Correct sources/spend.odcs.yaml'),
        ("schema: shop", "schema: market", 'relation "market.spend" does not exist'),
        ("{property: table, value: spend}", "{property: query, value: SELECT price FROM shop.spend}", 'column "price" does not exist'),
        ("database: postgres", "database: sales", 'database "sales" does not exist'),
        ("port: 5432", "port: 5999", "no connection"),
        ("user: reader", "user: writer", "the login of 'writer' was refused. Renew the secret env:SHOP_PASSWORD. Ask marketing_ops."),
    ],
    ids=["table", "schema", "column", "database", "port", "user"],
)
def test_what_postgres_refuses_is_said_with_what_to_do(shop: Outside, old: str, new: str, said: str):
    """The database's own words, what to correct, and whom to ask; never the password."""
    found = refusal(shop, old, new)

    assert said in found
    assert PASSWORD not in found


def test_a_table_that_may_not_be_read(shop: Outside, postgres: Path):
    """The user and the right it lacks are named."""
    asked_of(postgres, "REVOKE SELECT ON shop.spend FROM reader")

    assert "The user 'reader' needs SELECT on shop.spend. Ask marketing_ops." in refusal(shop)


def test_the_session_cannot_write(shop: Outside, postgres: Path):
    """A SELECT that calls what writes is refused by the read-only transaction."""
    asked_of(postgres, "CREATE SEQUENCE shop.counted; GRANT USAGE ON SEQUENCE shop.counted TO reader")

    found = refusal(
        shop, "{property: table, value: spend}", "{property: query, value: \"SELECT *, nextval('shop.counted') FROM shop.spend\"}"
    )

    assert "read-only transaction" in found


def test_a_query_reads_as_a_table_does(shop: Outside):
    """Its own WHERE, a percent sign and a comment at its end included."""
    refusal_free = "{property: query, value: \"SELECT * FROM shop.spend WHERE campaign_id NOT LIKE '%1' -- no ones\"}"
    shop.server = shop.server.replace("{property: table, value: spend}", refusal_free)
    shop.write_project()
    shop.look(morning(18))
    shop.bring([row("c-1", 18, "1.00", 19), row("c-2", 18, "2.00", 19)])
    shop.look(morning(19))

    assert shop.counting() == [ROWS[0], ROWS[2], row("c-2", 18, "2.00", 19)]


def test_rows_that_were_committed_late_are_within_the_overlap(shop: Outside):
    """A row stamped half an hour before the newest one, seen after it, is read; one stamped earlier is not."""
    shop.write_project()
    shop.look(morning(18))
    half_past = ROWS[0][5].replace(hour=0, minute=30)
    late = ("c-8", date(2026, 9, 17), "email", Decimal("8.00"), 1, half_past)
    too_late = ("c-9", date(2026, 9, 17), "email", Decimal("9.00"), 1, half_past.replace(minute=0))
    shop.bring([late, too_late])
    shop.look(morning(18, hour=4))

    assert shop.counting() == [*ROWS, late]


def test_a_value_that_is_no_money_is_refused(lite: Outside):
    """SQLite takes any text for a price; the contract does not, and says which column."""
    with sqlite3.connect(lite.folder / "data/shop.db") as made:
        made.execute("UPDATE spend SET spend = '1.005' WHERE campaign_id = 'c-1'")
    made.close()

    assert "spend is VARCHAR, the contract says DECIMAL(18,2)" in refusal(lite)
    assert lite.counting() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: spend}", "value: spent}", "table 'spent' is not there"),
        ("{property: table, value: spend}", "{property: query, value: SELECT price FROM spend}", "no such column: price"),
        ("path: data/shop.db", "path: data/gone.db", "data/gone.db is not there"),
        ("path: data/shop.db", "path: holdfast.yml", "no sound SQLite database"),
    ],
    ids=["table", "column", "file", "other file"],
)
def test_what_sqlite_refuses_is_said_with_what_to_do(lite: Outside, old: str, new: str, said: str):
    """The file or the name that is wrong, and whom to ask."""
    assert said in refusal(lite, old, new)


def test_without_a_watermark_the_whole_table_is_read(lite: Outside):
    """Rows that were removed stay, since a source only adds; unchanged ones are not landed again."""
    lite.server = lite.server.rpartition("\n")[0]
    lite.write_project()
    lite.look(morning(18))
    lite.look(morning(19))
    assert lite.landings() == 1

    lite.bring([row("c-0", 17, "5.00", 19)])
    lite.look(morning(20))
    assert lite.counting() == [row("c-0", 17, "5.00", 19), *ROWS[1:]]


def test_a_locked_database_is_asked_again(lite: Outside):
    """A writer that holds the file is waited for, then told of."""
    lite.write_project()
    writer = sqlite3.connect(lite.folder / "data/shop.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    (refused,) = lite.look(morning(18))
    writer.rollback()
    writer.close()

    assert "locked by a writer. The next run asks again." in str(refused)
    assert lite.look(morning(18, hour=4)) == []
    assert lite.counting() == ROWS
