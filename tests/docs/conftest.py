"""Demos that the pages are run against, made once."""

from pathlib import Path

import pytest
from small_demo import write_small_demo


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished demo; copy it before changing anything."""
    folder = tmp_path_factory.mktemp("demo") / "holdfast-demo"
    write_small_demo(folder)
    return folder
