"""When a builder that stays looks at what shows only when it is asked."""

from pathlib import Path

import pytest

from holdfast.app import App, instant
from holdfast.cli.builder_day import BuilderDay
from holdfast.loading.init import write_reference


def signs(folder: Path, at: str) -> str:
    return BuilderDay(lambda: App(folder, at=instant(at))).signs()


@pytest.mark.parametrize("fetched", [True, False], ids=["an API", "files"])
def test_an_api_is_asked_once_an_hour(tmp_path: Path, fetched: bool):
    """A new hour may bring rows there; files show by themselves, so an hour changes nothing."""
    write_reference(tmp_path, name="t", demo=True)
    if fetched:
        contract = tmp_path / "sources/marketing.odcs.yaml"
        paging = "customProperties: [{property: paging, value: {rows: data, next: next}}]"
        head, rest = contract.read_text().split("servers:\n")
        contract.write_text(
            f"{head}servers:\n  - server: api\n    type: api\n    location: http://127.0.0.1:9/\n    {paging}\n" + rest[rest.index("schema:") :]
        )

    early, late, next_hour = (signs(tmp_path, f"2026-09-18T{at}+00:00") for at in ("03:01", "03:59", "04:00"))

    assert early == late
    assert (next_hour != late) == fetched
