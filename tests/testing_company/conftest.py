"""The small company, written once for all tests of its sources and truth."""

from pathlib import Path

import pytest
from small_company import COMPANY, Ask, asker

from holdfast.testing.company import write_company, write_truth


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's files with their truth; read only."""
    folder = tmp_path_factory.mktemp("company")
    write_company(COMPANY, folder)
    write_truth(COMPANY, folder)
    return folder


@pytest.fixture
def ask(company_folder: Path) -> Ask:
    """Asks the small company's sources in SQL; every source is a view by its own name."""
    return asker(company_folder)
