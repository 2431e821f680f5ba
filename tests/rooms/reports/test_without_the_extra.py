"""A plain installation: pages and files are made, PDF, workbook and deck name what they need."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = """
import sys
for name in ("typst", "xlsxwriter", "pptx"):
    sys.modules[name] = None
sys.path.insert(0, sys.argv[1])
from report_values import eventful
from holdfast.errors import WorldError
from holdfast.reports.render import rendered
edition, parquet = eventful(), lambda *_: b"parquet"
assert rendered(edition, "html", parquet) and rendered(edition, "csv", parquet)
try:
    rendered(edition, sys.argv[2], parquet)
except WorldError as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "pptx"])
def test_a_heavy_format_names_its_extra(kind):
    """The message says what to install; the other formats do not care."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(HERE), kind], capture_output=True, text=True, check=True)

    assert f"reports as {kind} need the extra reports: install holdfast[reports]" in done.stdout
