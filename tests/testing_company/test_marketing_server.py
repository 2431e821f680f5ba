"""The marketing platform as a program, as a reader of the how-to starts it."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from holdfast.testing.company import Company, write_company
from holdfast.testing.marketing_server import MISBEHAVIOURS, main

COMPANY = Company(first_on=date(2026, 9, 1), last_on=date(2026, 9, 10), orders_per_day=20, events_per_day=10)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's marketing files."""
    folder = tmp_path_factory.mktemp("company")
    write_company(COMPANY, folder, sources=["marketing"])
    return folder / "data"


def test_it_serves_the_files_rows_to_who_has_the_key(data: Path):
    """A page at a time, the first one busy by the script; without the key nothing."""
    call = [sys.executable, "-m", "holdfast.testing.marketing_server", "--data", str(data), "--misbehave", "503", "--key-env", "ADS"]
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        call, env=os.environ | {"ADS": "a-key", "PYTHONPATH": source}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            url = next(word for word in server.stdout.readline().split() if word.startswith("http")).rstrip(".")
            request = urllib.request.Request(f"{url}?limit=1000", headers={"Authorization": "Bearer a-key"})
            with pytest.raises(urllib.error.HTTPError, match="503") as busy:
                urllib.request.urlopen(request, timeout=10)
            busy.value.close()
            with urllib.request.urlopen(request, timeout=10) as response:
                answer = json.load(response)
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(url, timeout=10)
            refused.value.close()
        finally:
            server.terminate()
    (expected,) = duckdb.sql(f"SELECT count(*), sum(spend) FROM '{data}/marketing/*/*.parquet'").fetchall()
    assert (answer["total"], sum(Decimal(each["spend"]) for each in answer["data"])) == expected


def test_help_says_all_that_it_can_do_wrong(capsys: pytest.CaptureFixture[str]):
    """Every word a script may have, with its meaning."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}: " in shown for name in MISBEHAVIOURS)


@pytest.mark.parametrize(
    ("given", "said"),
    [(["--misbehave", "409"], "unknown misbehaviour '409'"), (["--key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY is not set")],
)
def test_what_it_is_told_wrongly_is_said(data: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    """One line, and no server."""
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(data), *given])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err
