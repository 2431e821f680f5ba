"""The real shop: the example's folder, copied and run on the data that HOLDFAST_REAL_DATA names."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from holdfast.app import App

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "online_retail"
DATA = Path(os.environ.get("HOLDFAST_REAL_DATA") or REPOSITORY.parent / "shared" / "data").resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real data are skipped, and say why, where the data is not."""
    if (DATA / "online_retail_ii").is_dir():
        return
    absent = pytest.mark.skip(reason=f"no {DATA / 'online_retail_ii'}; set HOLDFAST_REAL_DATA to the folder above it")
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(absent)


def copy_of_example(folder: Path) -> Path:
    """The example without what earlier runs left in it."""
    return Path(shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".holdfast")))


def open_app(folder: Path, at: datetime | None = None) -> App:
    """The project as a fresh process opens it; it says nothing."""
    return App(folder, environ={"HOLDFAST_REAL_DATA": str(DATA)}, at=at, say=lambda _: None)
