"""Tests on real data are skipped, and say why, where the data is not."""

from pathlib import Path

import pytest
from real_shop import DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips everything here but lint, which needs no data."""
    if (DATA / "online_retail_ii").is_dir():
        return
    absent = pytest.mark.skip(reason=f"no {DATA / 'online_retail_ii'}; set HOLDFAST_REAL_DATA to the folder above it")
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent) and "lint" not in item.name:
            item.add_marker(absent)
