"""The reference team's folder, read once."""

import pytest

from holdfast.definitions.pipeline import Project
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Five pipelines over nineteen sources."""
    folder = tmp_path_factory.mktemp("reference") / "team"
    write_reference(folder, name="team", demo=True)
    project = load_project(folder, environ={}).project
    assert project is not None
    return project
