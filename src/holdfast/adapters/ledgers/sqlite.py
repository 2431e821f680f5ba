"""The ledger in one SQLite file: WAL, every commit on disk before it returns."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from holdfast.adapters.ledgers.closes import CloseRecords
from holdfast.adapters.ledgers.database import Database
from holdfast.adapters.ledgers.file_systems import refuse_network_file_system
from holdfast.adapters.ledgers.incidents import IncidentRecords
from holdfast.adapters.ledgers.landings import LandingRecords
from holdfast.adapters.ledgers.outbox import OutboxRecords
from holdfast.adapters.ledgers.pager import PagerRecords
from holdfast.adapters.ledgers.releases import ReleaseRecords
from holdfast.adapters.ledgers.requests import RequestRecords
from holdfast.adapters.ledgers.rota import RotaRecords
from holdfast.adapters.ledgers.runs import RunRecords
from holdfast.adapters.ledgers.schema import HEAD
from holdfast.adapters.ledgers.soundness import SoundnessRecords
from holdfast.errors import StoreError

_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class Ledger(
    LandingRecords,
    RunRecords,
    RequestRecords,
    ReleaseRecords,
    CloseRecords,
    RotaRecords,
    IncidentRecords,
    OutboxRecords,
    PagerRecords,
    SoundnessRecords,
):
    """Everything the project remembers; implements the logs that the rooms and the pager declare as ports.

    Any number of processes may read and one at a time may write; a second writer waits up to 30 s.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = {}
        self._read_incidents = {}

    def close(self) -> None:
        """Gives the file back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_ledger(path: Path) -> Ledger:
    """The ledger in this file, made or brought up to date first when it has to be.

    Raises StoreError when the file lies on a network file system, is no ledger, or was written by a newer
    Holdfast.
    """
    refuse_network_file_system(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(path)
    try:
        with _as_store_error(path):
            if _version(engine) != HEAD:
                _migrate(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(Database(engine, str(path)))


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": 30},
        pool_reset_on_return="rollback",
    )
    sa.event.listen(engine, "connect", _prepare_connection)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: sqlite3.Connection, _: object) -> None:
    # Without this the driver begins transactions by itself, before writes only and never IMMEDIATE.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: sa.Connection) -> None:
    kind = connection.get_execution_options().get("holdfast_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def _version(engine: sa.Engine) -> str | None:
    """The migration the ledger is at; None for a new file."""
    with engine.begin() as connection:
        return _version_seen(connection)


def _version_seen(connection: sa.Connection) -> str | None:
    tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if not connection.exec_driver_sql(tables).scalar_one():
        return None
    version: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar_one_or_none()
    return version


def _migrate(engine: sa.Engine, path: Path) -> None:
    from holdfast.adapters.ledgers.migrations.upgrade import is_known, upgrade

    with engine.execution_options(holdfast_begin="IMMEDIATE").begin() as connection:
        # Another process may have been faster while this one waited for the lock.
        version = _version_seen(connection)
        if version is not None and not is_known(version):
            raise StoreError(
                f"{path}: the ledger is at version {version}, which this Holdfast does not know: a newer one "
                "wrote it. Install that version again."
            )
        if version != HEAD:
            upgrade(connection)


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except sa.exc.DatabaseError as error:
        raise StoreError(
            f"{path}: cannot be opened as a ledger: {error.orig}. Check its permissions and its disk, or restore "
            "it from a backup."
        ) from error


def backup(ledger_path: Path, target: Path) -> None:
    """A copy of the ledger at one moment, in one file; other processes go on reading and writing meanwhile.

    Written beside the target and renamed, so the target is never half a copy. Raises StoreError when the
    ledger is missing or damaged, or the disk is full.
    """
    beside = target.with_name(target.name + ".part")
    beside.unlink(missing_ok=True)
    try:
        with closing(_connect(ledger_path)) as source, closing(sqlite3.connect(beside)) as copy:
            source.backup(copy)
            # One file: a copy in WAL mode would need two more beside it as soon as somebody looks inside.
            copy.execute("PRAGMA journal_mode = DELETE")
        check_integrity(beside)
        _replace_on_disk(beside, target)
    except sqlite3.Error as error:
        raise StoreError(
            f"{ledger_path}: cannot be copied to {target}: {error}. No backup was made."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def check_integrity(path: Path) -> None:
    """Returns when every page and every reference is whole; raises StoreError naming what is not."""
    try:
        with closing(_connect(path)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            found += [
                f"{row[0]} names a missing {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
            ]
    except sqlite3.Error as error:
        raise StoreError(f"{path}: is damaged or no ledger: {error}. Restore it from a backup.") from error
    if found:
        raise StoreError(f"{path}: is damaged: {'; '.join(found[:3])}. Restore it from a backup.")


def _connect(path: Path) -> sqlite3.Connection:
    """Never makes a file that is not there."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=30)


def _replace_on_disk(beside: Path, target: Path) -> None:
    _sync(beside)
    beside.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
