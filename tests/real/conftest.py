"""Tests on real data are skipped, and say why, where the data is not."""

from pathlib import Path

import pytest
from real_shop import DATA

FOLDERS = {
    "test_online_retail.py": "online_retail_ii",
    "test_adventureworks.py": "adventureworks_dw",
    "test_open_source.py": "oss_git_activity",
    "test_learning.py": "oulad",
    "test_lalonde.py": "lalonde",
    "test_asos.py": "asos_experiments",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips everything here but lint, which needs no data."""
    for item in items:
        path = Path(item.path)
        if path.is_relative_to(Path(__file__).parent) and "lint" not in item.name:
            folder = DATA / FOLDERS[path.name]
            if not folder.is_dir():
                item.add_marker(pytest.mark.skip(reason=f"no {folder}; set HOLDFAST_REAL_DATA to the folder above it"))
