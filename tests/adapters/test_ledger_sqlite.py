"""What is special to the ledger in one SQLite file: its schema, its place on disk, its copies."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_values import AT, BIG, MONDAY, a_file, a_landing, a_result, prepared_for

from holdfast.adapters.ledgers.file_systems import refuse_network_file_system
from holdfast.adapters.ledgers.migrations import upgrade
from holdfast.adapters.ledgers.schema import HEAD, METADATA
from holdfast.adapters.ledgers.sqlite import backup, check_integrity, open_ledger
from holdfast.errors import StoreError
from holdfast.runs.run import FileDay


def _schema_sql(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: " ".join(sql.split())
        for name, sql in rows
        if name not in ("alembic_version", "sqlite_sequence")
    }


def test_the_migrations_lead_to_exactly_the_schema(tmp_path: Path) -> None:
    """Every table and index that the migrations make has the very SQL that schema.py makes."""
    open_ledger(tmp_path / "migrated.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    METADATA.create_all(engine)
    engine.dispose()

    assert _schema_sql(tmp_path / "migrated.db") == _schema_sql(tmp_path / "created.db")


def test_alembic_finds_nothing_to_migrate(tmp_path: Path) -> None:
    """Alembic's own comparison of the migrated ledger with schema.py is empty."""
    open_ledger(tmp_path / "ledger.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    engine.dispose()

    assert differences == []


def test_the_head_is_the_newest_migration() -> None:
    """The version that opening compares with is the one that Alembic would migrate to."""
    assert ScriptDirectory.from_config(upgrade._config()).get_current_head() == HEAD


def test_an_up_to_date_ledger_opens_without_alembic(tmp_path: Path) -> None:
    """Alembic costs more than everything else together, so only a migration imports it."""
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    script = (
        "import sys, pathlib; from holdfast.adapters.ledgers.sqlite import open_ledger;"
        f"open_ledger(pathlib.Path({str(path)!r})).open_holds('x'); print('alembic' in sys.modules)"
    )

    said = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )

    assert said.stdout == "False\n"


def test_many_processes_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    """Of processes that all find no ledger one makes it, and the others use it."""
    script = (
        "import sys, pathlib; from holdfast.adapters.ledgers.sqlite import open_ledger;"
        f"print(open_ledger(pathlib.Path({str(tmp_path / 'ledger.db')!r})).next_seq())"
    )
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "src"}
        )
        for _ in range(3)
    ]

    assert [opener.communicate()[0] for opener in openers] == [b"1\n"] * 3


def test_every_commit_is_on_disk(tmp_path: Path) -> None:
    """Each connection runs in WAL with synchronous=FULL, foreign keys and a long wait for the lock."""
    with open_ledger(tmp_path / "ledger.db") as ledger, ledger._database.writing() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        said = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]

    assert said == ["wal", 2, 1, 30000]  # 2 is FULL


def test_reading_takes_no_lock_from_a_writer(tmp_path: Path) -> None:
    """While one connection writes, another reads the state before, at once."""
    with open_ledger(tmp_path / "ledger.db") as ledger, open_ledger(tmp_path / "ledger.db") as other:
        ledger.audit("james", "annotate", "first", AT)
        with ledger._database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM audit_lines")
            assert len(other.audited()) == 1
        assert other.audited() == []


def test_a_ledger_of_a_newer_holdfast_is_refused(tmp_path: Path) -> None:
    """An unknown version is left as it is, with the advice to install the newer program."""
    path = tmp_path / "ledger.db"
    open_ledger(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")

    with pytest.raises(StoreError, match="version 0999.*newer"):
        open_ledger(path)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """A file with other content gets one clear message and stays as it is."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)

    with pytest.raises(StoreError, match="cannot be opened as a ledger"):
        open_ledger(path)

    assert path.read_bytes().startswith(b"not a database")


def test_a_full_disk_leaves_nothing_of_a_landing(tmp_path: Path) -> None:
    """When the disk is full in the middle of a landing, the message says so and no row of it is kept."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        with ledger._database.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
        shares = tuple(FileDay(id_, MONDAY, 1, BIG) for id_ in range(1, 2001))
        files = tuple(a_file(id_, f"{id_}.parquet") for id_ in range(1, 2001))

        with pytest.raises(StoreError, match="full"):
            ledger.record_landing(a_landing(1, files, file_days=shares))

        assert ledger.landed_files("orders") == []
        assert ledger.next_seq() == 1


MOUNTS = r"""/dev/vda / ext4 rw 0 0
server:/export /srv/team\040share nfs4 rw 0 0
/dev/vdb /srv/team\040share/local ext4 rw 0 0
//nas/x /mnt/nas cifs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
overlay /containers fuse.fuse-overlayfs rw 0 0
/dev/sdc1 /mnt/stick fuseblk rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/srv/team share/project/ledger.db", "nfs4"),
        ("/mnt/nas/ledger.db", "cifs"),
        ("/mnt/ssh/a/ledger.db", "fuse.sshfs"),
    ],
)
def test_a_network_file_system_is_refused(place: str, kind: str, tmp_path: Path) -> None:
    """The message names the kind, the mount and what to do."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)

    with pytest.raises(
        StoreError, match=f"network file system \\({kind} at .*Put the project on a local disk"
    ):
        refuse_network_file_system(Path(place), mounts)


@pytest.mark.parametrize(
    "place",
    [
        "/home/james/ledger.db",
        "/srv/team share/local/ledger.db",
        "/mnt/nas2/ledger.db",
        "/containers/ledger.db",
        "/mnt/stick/ledger.db",
    ],
)
def test_a_local_disk_is_not_refused(place: str, tmp_path: Path) -> None:
    """The deepest mount decides, a name's beginning does not, and without a list of mounts nothing is refused."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)

    refuse_network_file_system(Path(place), mounts)
    refuse_network_file_system(Path(place), tmp_path / "missing")


def test_a_copy_is_one_whole_file(tmp_path: Path) -> None:
    """A copy made while the ledger is open holds every committed record, alone, and passes the check."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        ledger.record_landing(a_landing(1, (a_file(1),)))
        backup(tmp_path / "ledger.db", tmp_path / "copies.db")

    check_integrity(tmp_path / "copies.db")
    assert sorted(each.name for each in tmp_path.iterdir() if "copies" in each.name) == ["copies.db"]
    with open_ledger(tmp_path / "copies.db") as copy:
        assert copy.landed_files("orders") == [a_file(1)]


def test_a_damaged_ledger_is_named_and_not_copied(tmp_path: Path) -> None:
    """A page overwritten with noise is found by the check, and the earlier copy stays."""
    path, target = tmp_path / "ledger.db", tmp_path / "copy.db"
    with open_ledger(path) as ledger:
        ledger.record_landing(a_landing(1, tuple(a_file(id_, f"{id_}") for id_ in range(1, 2000))))
    target.write_bytes(b"the copy of yesterday")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 3 * 4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(StoreError, match="damaged"):
        check_integrity(path)
    with pytest.raises(StoreError):
        backup(path, target)

    assert target.read_bytes() == b"the copy of yesterday"
    assert not (tmp_path / "copy.db.part").exists()


def test_a_missing_ledger_is_not_made_by_looking(tmp_path: Path) -> None:
    """Neither the check nor the copy creates an empty file."""
    with pytest.raises(StoreError):
        check_integrity(tmp_path / "ledger.db")
    with pytest.raises(StoreError):
        backup(tmp_path / "ledger.db", tmp_path / "copy.db")

    assert list(tmp_path.iterdir()) == []


def test_a_month_of_results_takes_little_room(tmp_path: Path) -> None:
    """A twelfth of 40,000 results with their segments and texts takes less than a twelfth of 10 MB."""
    path = tmp_path / "ledger.db"
    found = tuple(
        a_result(
            f"check_number_{number % 30}", MONDAY + timedelta(days=day), segment=f"region=R{number // 30}"
        )
        for day in range(30)
        for number in range(112)
    )
    with open_ledger(path) as ledger:
        empty = path.stat().st_size
        ledger.prepare(prepared_for("m1", results=found))
        ledger.publish("m1")

    assert path.stat().st_size - empty < 10_000_000 / 12
