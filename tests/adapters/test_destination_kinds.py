"""What is special to a folder of the environment, a bucket, and a portal as destinations."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from destinations_under_test import ENVIRON, TOKEN, BucketPlace, PortalPlace, bucket_place, portal_place

from holdfast.adapters.outputs.folder import open_folder
from holdfast.adapters.outputs.s3 import open_bucket
from holdfast.adapters.references import References
from holdfast.definitions.destination import LocalFolder
from holdfast.definitions.source import Secret
from holdfast.errors import WorldError
from holdfast.testing.portal_server import PortalServer

PATH = "monthly/a.csv"


@pytest.fixture
def portal():
    with portal_place() as found:
        yield found


@pytest.fixture
def bucket(s3_port: int, request: pytest.FixtureRequest):
    with bucket_place(s3_port, f"kinds-{zlib.crc32(request.node.name.encode())}") as found:
        yield found


class TestFolder:
    def test_a_folder_below_the_project(self, tmp_path: Path) -> None:
        """Without `env:` it lies below .holdfast, and is made when the first file comes."""
        open_folder(LocalFolder("board", "outputs/board"), tmp_path, {}).put(PATH, b"one")

        assert (tmp_path / "outputs/board" / PATH).read_bytes() == b"one"

    def test_a_folder_of_the_environment(self, tmp_path: Path) -> None:
        """The variable names the mount; what follows is made below it."""
        (tmp_path / "drive").mkdir()

        open_folder(LocalFolder("board", "env:DRIVE/metrics"), tmp_path, {"DRIVE": str(tmp_path / "drive")}).put(PATH, b"one")

        assert (tmp_path / "drive/metrics" / PATH).read_bytes() == b"one"

    @pytest.mark.parametrize(
        ("given", "told"), [({}, "is not set"), ({"DRIVE": "drive"}, "no absolute path"), ({"DRIVE": "/not/mounted"}, "Mount or make it")]
    )
    def test_a_folder_that_is_not_there_is_not_made(self, tmp_path: Path, given: dict[str, str], told: str) -> None:
        """A drive that is not mounted must not be written under."""
        with pytest.raises(WorldError, match=told):
            open_folder(LocalFolder("board", "env:DRIVE", "destinations.yml"), tmp_path, given)


class TestPortal:
    def test_the_version_goes_along(self, portal: PortalPlace) -> None:
        """Its key is what the portal counts versions by."""
        with portal.open() as destination:
            destination.put(PATH, b"one", "profit-monthly-7-abc")

        assert [each.key for each in portal.server.versions[f"board/{PATH}"]] == ["profit-monthly-7-abc"]

    def test_a_portal_that_forgets_its_keys_gets_no_second_version(self, portal: PortalPlace) -> None:
        """What lies there already is not sent, and a condition keeps a lost answer from counting twice."""
        portal.server.forgets_keys = True
        with portal.open() as destination:
            portal.then("ok", "drop-kept")
            destination.put(PATH, b"one", "v1")
        with portal.open() as destination:
            destination.put(PATH, b"one", "v1")

        assert portal.versions(PATH) == 1

    @pytest.mark.parametrize(
        ("odd", "told"), [("moved", "as `url` in destinations.yml"), ("413", "too large"), ("changed", "somebody else")]
    )
    def test_what_another_try_cannot_mend(self, portal: PortalPlace, odd: str, told: str) -> None:
        """It is said at once; a redirect is not followed, since the token would go along."""
        portal.server.most_bytes = 2
        with portal.open() as destination:
            portal.then("ok", odd)
            with pytest.raises(WorldError, match=told):
                destination.put(PATH, b"one", "v1")
        assert portal.passed.waits == []

    def test_a_body_that_was_lost_is_read_back_as_nothing(self, portal: PortalPlace) -> None:
        """Created, says the portal, and has nothing."""
        with portal.open() as destination:
            portal.then("ok", "lost")
            destination.put(PATH, b"one", "v1")
            assert destination.read(PATH) is None

    def test_a_missing_token_names_its_place(self, portal: PortalPlace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody is asked without one."""
        monkeypatch.delitem(ENVIRON, "TOKEN")
        with pytest.raises(WorldError, match="destination 'board' needs the environment variable TOKEN"), portal.open():
            pass
        assert portal.asked == []

    def test_it_serves_as_a_program(self, tmp_path: Path) -> None:
        """With the token it keeps a file, also in the folder for people; by the script it is busy once."""
        call = [sys.executable, "-m", "holdfast.testing.portal_server", "--misbehave", "503", "--token-env", "BOARD", "--keep", str(tmp_path)]
        source = str(Path(__file__).parents[2] / "src")
        with subprocess.Popen(
            call, env=os.environ | {"BOARD": TOKEN, "PYTHONPATH": source}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            try:
                url = next(word for word in server.stdout.readline().split() if word.startswith("http")).rstrip(".")
                put = urllib.request.Request(f"{url}/a/b.csv", b"one", {"Authorization": f"Bearer {TOKEN}"}, method="PUT")
                with pytest.raises(urllib.error.HTTPError, match="503") as busy:
                    urllib.request.urlopen(put, timeout=10)
                busy.value.close()
                with urllib.request.urlopen(put, timeout=10) as kept:
                    assert kept.status == 201
                with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                    urllib.request.urlopen(f"{url}/a/b.csv", timeout=10)
                refused.value.close()
            finally:
                server.terminate()
        assert (tmp_path / "a/b.csv").read_bytes() == b"one"

    def test_what_it_kept_is_there_at_the_next_start(self, tmp_path: Path) -> None:
        """A reader of the how-to stops and starts it."""
        PortalServer(keep=tmp_path).answer("PUT", "/a/%C3%A9.csv", {"Idempotency-Key": "v1"}, b"one")

        again = PortalServer(keep=tmp_path)

        assert again.newest("a/é.csv") == b"one"
        assert again.answer("GET", "/a/%C3%A9.csv", {}, b"")[0] == 200


class TestBucket:
    def test_what_the_machine_has_set_up_is_not_used(self, bucket: BucketPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Neither a profile, nor keys, nor an address of other programs."""
        (tmp_path / "config").write_text("[profile other]\nregion = mars-1\nendpoint_url = http://127.0.0.1:9\n")
        for name, value in (
            ("AWS_PROFILE", "other"),
            ("AWS_CONFIG_FILE", str(tmp_path / "config")),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ACCESS_KEY_ID", "other"),
        ):
            monkeypatch.setenv(name, value)

        with bucket.open() as destination:
            destination.put(PATH, b"one", "v1")

        assert bucket.newest(PATH) == b"one"

    def test_the_version_and_the_type_lie_with_the_object(self, bucket: BucketPlace) -> None:
        """For whoever looks into the bucket."""
        with bucket.open() as destination:
            destination.put(PATH, b"one", "profit-monthly-7-abc")

        found = bucket.client.head_object(Bucket=bucket.bucket, Key=f"team/metrics/{PATH}")
        assert found["Metadata"] == {"holdfast-version": "profit-monthly-7-abc"}
        assert found["ContentType"] == "text/csv; charset=utf-8"

    def test_storage_that_knows_no_conditions_is_asked_without(self, bucket: BucketPlace) -> None:
        """Some compatible storages refuse If-Match as not implemented."""
        with bucket.open() as destination:
            bucket.then("", "unconditional")
            destination.put(PATH, b"one", "v1")

        assert (bucket.newest(PATH), bucket.versions(PATH)) == (b"one", 1)

    def test_a_bucket_that_is_not_there_is_named(self, bucket: BucketPlace) -> None:
        """It is not made: its owner decides who may read it."""
        missing = replace(bucket.declared(), bucket="not-made")
        with (
            open_bucket(missing, References(Path(), ENVIRON), bucket.passed.waiting) as destination,
            pytest.raises(WorldError, match=r"s3://not-made/team/metrics/monthly/a.csv: .* has no bucket of this name"),
        ):
            destination.read(PATH)

    def test_a_host_that_does_not_answer(self, bucket: BucketPlace) -> None:
        """Said with the address, after the usual waits, and without the secret key."""
        with (
            open_bucket(bucket.declared("http://127.0.0.1:9"), References(Path(), ENVIRON), bucket.passed.waiting) as destination,
            pytest.raises(WorldError, match=r"127\.0\.0\.1:9.*failed 5 time") as told,
        ):
            destination.read(PATH)
        assert ENVIRON["SECRET"] not in str(told.value)
        assert bucket.passed.waits == [1, 2, 4, 8]

    def test_keys_may_lie_in_files(self, bucket: BucketPlace, tmp_path: Path) -> None:
        """Below the project folder, one secret in each."""
        (tmp_path / "access").write_text("x\n")
        (tmp_path / "secret").write_text("y\n")
        keyed = replace(bucket.declared(), access_key=Secret("file:access"), secret_key=Secret("file:secret"))
        with open_bucket(keyed, References(tmp_path, {}), bucket.passed.waiting) as destination:
            destination.put(PATH, b"one", "v1")
        assert bucket.versions(PATH) == 1
