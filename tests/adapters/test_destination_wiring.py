"""From destinations.yml to a place that keeps files: what a project declares is what it gets."""

import sys
from pathlib import Path

import pytest
from destinations_under_test import ENVIRON, Place, bucket_place, portal_place

from holdfast.app import App
from holdfast.errors import WorldError
from holdfast.loading.init import write_reference

PATH = "monthly/a.csv"
PORTAL = "kind: portal, url: '{url}/board', token: 'env:TOKEN'"
BUCKET = (
    "kind: s3, url: '{url}', bucket: {bucket}, prefix: team/metrics, region: eu-west-2, "
    "access_key: 'env:ACCESS', secret_key: 'file:secrets/s3'"
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    write_reference(tmp_path / "team", name="wired", demo=True)
    (tmp_path / "drive").mkdir()
    return App(tmp_path / "team", environ={**ENVIRON, "DRIVE": str(tmp_path / "drive")}, say=lambda _: None)


def declare(app: App, said: str) -> None:
    (app.folder / "destinations.yml").write_text(f"destinations:\n  place: {{{said}}}\n")


def kept_at(app: App, place: Place) -> None:
    """What is put through the project lies at the place."""
    with app.destination("place") as destination:
        destination.put(PATH, b"one", "v1")
        assert destination.read(PATH) == b"one"
    assert place.newest(PATH) == b"one"


def test_a_portal(app: App) -> None:
    """With the token of the environment."""
    with portal_place() as place:
        declare(app, PORTAL.format(url=place._url))
        kept_at(app, place)


def test_a_bucket(app: App, s3_port: int) -> None:
    """With one key of the environment and one of a file."""
    (app.folder / "secrets").mkdir()
    (app.folder / "secrets/s3").write_text("a-secret\n")
    with bucket_place(s3_port, "wired") as place:
        declare(app, BUCKET.format(url=place._url, bucket=place.bucket))
        kept_at(app, place)


@pytest.mark.parametrize(
    ("said", "where"),
    [("kind: folder, path: outputs/board", "team/.holdfast/outputs/board"), ("kind: folder, path: 'env:DRIVE/board'", "drive/board")],
)
def test_a_folder(app: App, tmp_path: Path, said: str, where: str) -> None:
    """Below .holdfast, or where the environment says."""
    declare(app, said)
    with app.destination("place") as destination:
        destination.put(PATH, b"one", "v1")
    assert (tmp_path / where / PATH).read_bytes() == b"one"


def test_an_output_that_names_none_goes_where_it_always_did(app: App) -> None:
    """Below .holdfast, at the output's own path."""
    with app.destination("") as destination:
        destination.put("outputs/monthly/a.csv", b"one")
    assert (app.state / "outputs/monthly/a.csv").read_bytes() == b"one"


def test_without_the_extra_s3_the_error_says_what_to_install(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as any other delivery that failed; a project without a bucket never asks for it."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "botocore" or each == "holdfast.adapters.outputs.s3"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    declare(app, BUCKET.format(url="http://127.0.0.1:9", bucket="none"))

    with pytest.raises(WorldError, match=r"install holdfast\[s3\]"):
        app.destination("place")
