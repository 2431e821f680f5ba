"""The reference team's folder, fresh for each test, with one parse cache for all of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from team_folder import Team

from holdfast.loading.init import write_reference


@pytest.fixture(scope="session")
def parse_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parse_cache")


@pytest.fixture
def team(tmp_path: Path, parse_cache: Path) -> Team:
    """The reference team's folder."""
    folder = tmp_path / "team"
    write_reference(folder, name="Reference", demo=True)
    return Team(folder, parse_cache)


@pytest.fixture
def only(team: Team) -> Callable[[], str]:
    """The one problem of the folder, as printed."""

    def one() -> str:
        found = [str(each) for each in team.problems()]
        assert len(found) == 1, found
        return found[0]

    return one
