"""What make would type on a bare machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", ["UV=", "UV=uv"])
@pytest.mark.parametrize("verb", ["demo", "test"])
def test_what_is_installed_is_this_project_with_extras_it_has(verb, tool):
    """The requirement arrives in one piece: a comma in it once ended make's argument, and nothing was installed."""
    typed = subprocess.run(["make", "-n", "-B", verb, tool], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    asked = re.findall(r'-e "(.*)"$', typed, re.MULTILINE)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert len(asked) == 1
    named = re.fullmatch(r"\.\[([\w,-]+)\]", asked[0])
    assert named, asked[0]
    assert set(named[1].split(",")) <= set(extras)
