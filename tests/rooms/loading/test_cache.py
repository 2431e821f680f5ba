"""What was parsed before is remembered, and never believed when it is broken."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from team_folder import PROFIT, Team

from holdfast.loading.cache import ParseCache
from holdfast.loading.project import load_project

WARM = """
import json, sys, time
from pathlib import Path
from holdfast.loading.project import load_project
began = time.process_time()
loaded = load_project(Path(sys.argv[1]), environ={}, cache=Path(sys.argv[2]))
spent = time.process_time() - began
heavy = [name for name in ("sqlglot", "ruamel", "ruamel.yaml", "pydantic", "duckdb", "numpy") if name in sys.modules]
print(json.dumps([loaded.project is not None, heavy, spent]))
"""


def test_the_same_with_and_without_a_cache(team: Team, tmp_path: Path) -> None:
    """First reading, second reading and reading with what others left behind give equal projects."""
    team.replace("sources/crm_accounts.odcs.yaml", "status: draft", "status: active")
    cache = tmp_path / "fresh"
    cold = load_project(team.folder, environ={}, cache=cache)
    warm = load_project(team.folder, environ={}, cache=cache)

    assert list(cache.iterdir())
    assert cold == warm == team.load()
    assert cold.project is not None


def test_problems_are_the_same_from_the_cache(team: Team, tmp_path: Path) -> None:
    """A file with mistakes is remembered with its mistakes."""
    team.replace(f"{PROFIT}/models/fact_orders.sql", "o.amount * r.rate", "AVG(o.amount)")
    team.replace("team/people.yml", "manager: {", "manager: {{")
    cache = tmp_path / "fresh"

    cold = load_project(team.folder, environ={}, cache=cache).problems
    assert load_project(team.folder, environ={}, cache=cache).problems == cold
    assert len(cold) > 1


def test_a_warm_load_is_cheap_and_imports_no_parser(team: Team) -> None:
    """A run of one day reads the folder in under a tenth of a CPU second, without sqlglot, ruamel or pydantic."""
    team.project()
    environ = {**os.environ, "PYTHONPATH": "src"}
    command = [sys.executable, "-c", WARM, str(team.folder), str(team.cache)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    is_loaded, heavy, spent_s = json.loads(done.stdout)

    assert is_loaded
    assert heavy == []
    assert spent_s < 0.1


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no checksum here",
        b"{}",
        b'{"data": 1',
        b"\x80\x04\x95\x0b\x00\x00\x00",
        b"0" * 64 + b'\n{"data":{"name":"forged"},"lines":{},"faults":[],"broken":false}',
    ],
)
@pytest.mark.slow
def test_a_broken_cache_file_is_ignored(team: Team, tmp_path: Path, damage: bytes) -> None:
    """Cut short, edited or of another kind: it is read anew, with the same answer."""
    cache = tmp_path / "fresh"
    before = load_project(team.folder, environ={}, cache=cache)
    for file in cache.iterdir():
        file.write_bytes(damage)

    assert load_project(team.folder, environ={}, cache=cache) == before


def test_an_entry_under_another_key_is_not_believed(team: Team, tmp_path: Path) -> None:
    """A file copied over another has a checksum that fits its own key only."""
    cache = tmp_path / "fresh"
    before = load_project(team.folder, environ={}, cache=cache)
    entries = sorted(cache.iterdir())
    for entry in entries[1:]:
        entry.write_bytes(entries[0].read_bytes())

    assert load_project(team.folder, environ={}, cache=cache) == before


def test_a_cache_that_cannot_be_written_costs_time_only(team: Team, tmp_path: Path) -> None:
    """A file where the cache folder would be stops nothing."""
    (tmp_path / "taken").write_text("a file")

    assert load_project(team.folder, environ={}, cache=tmp_path / "taken").project is not None


def test_the_cache_lies_below_holdfast_by_default(team: Team) -> None:
    """Nothing of it is in git: .holdfast is ignored."""
    load_project(team.folder, environ={})

    assert (team.folder / ".holdfast" / "cache").is_dir()
    assert ".holdfast/" in (team.folder / ".gitignore").read_text().split()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: "\0" not in key), inner),
    max_leaves=12,
)


@given(value=PLAIN)
def test_every_plain_value_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    """Decimals keep their digits, texts their characters, whole numbers their size."""
    cache = ParseCache(tmp_path_factory.mktemp("kept"))
    first = cache.remember("kind", "content", lambda _: {"value": value})
    again = cache.remember("kind", "content", lambda _: {"value": "parsed a second time"})

    assert first == again == {"value": value}
    if isinstance(value, Decimal):
        assert str(again["value"]) == str(value)
