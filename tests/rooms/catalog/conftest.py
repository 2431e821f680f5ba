"""The reference team's definitions, read once."""

import os

import pytest

from holdfast.definitions.pipeline import Project
from holdfast.loading.init import write_reference
from holdfast.loading.project import load_project


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("catalog") / "reference"
    write_reference(folder, name="reference", demo=True)
    project = load_project(folder, environ=os.environ).project
    assert project is not None
    return project
