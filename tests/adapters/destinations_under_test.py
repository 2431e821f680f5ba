"""Destinations of each kind, as the suite sees them: one more kind is one more class."""

import errno
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from misbehaving_proxy import Proxy

from holdfast.adapters.outputs.folder import Folder
from holdfast.adapters.outputs.portal import open_portal
from holdfast.adapters.outputs.s3 import open_bucket
from holdfast.adapters.references import References
from holdfast.clock import Waiting
from holdfast.definitions.destination import Bucket, Portal
from holdfast.definitions.source import Secret
from holdfast.releases.destinations import Destination
from holdfast.testing.portal_server import PortalServer

TOKEN = "a-token-of-the-tests"
ENVIRON = {"TOKEN": TOKEN, "ACCESS": "an-access-key", "SECRET": "a-secret-of-the-tests"}
SECRETS = (TOKEN, ENVIRON["SECRET"])
TIMEOUT_S = 0.5
SLOW_S = 1.2


@dataclass
class Passed:
    """Time that passes by waiting alone."""

    waits: list[float] = field(default_factory=list)

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.waits.append, lambda: sum(self.waits), lambda: datetime(2026, 10, 1, tzinfo=UTC))


class Place:
    """A destination, and a hand behind it."""

    kind: str
    passed: Passed

    def open(self, timeout_s: float = 30.0) -> AbstractContextManager[Destination]:
        """The destination as a new run opens it."""
        raise NotImplementedError

    def then(self, *misbehave: str) -> None:
        raise NotImplementedError

    def behave(self) -> None:
        raise NotImplementedError

    def newest(self, path: str) -> bytes | None:
        """What readers get, looked up beside the code under test."""
        raise NotImplementedError

    def versions(self, path: str) -> int:
        raise NotImplementedError

    def put_by_another(self, path: str, content: bytes) -> None:
        raise NotImplementedError

    @property
    def asked(self) -> list[tuple[str, str]]:
        raise NotImplementedError


class FolderPlace(Place):
    kind = "folder"

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.passed, self.root, self._patch = Passed(), root, patch

    def open(self, timeout_s: float = 30.0) -> AbstractContextManager[Destination]:
        return nullcontext(Folder(self.root))

    def then(self, *misbehave: str) -> None:
        number = {"full": errno.ENOSPC, "401": errno.EACCES}[misbehave[0]]

        def refuse(_: int) -> None:
            raise OSError(number, os.strerror(number))

        self._patch.setattr(os, "fsync", refuse)

    def behave(self) -> None:
        self._patch.undo()

    def newest(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    def versions(self, path: str) -> int:
        return int((self.root / path).is_file())


class PortalPlace(Place):
    kind = "portal"

    def __init__(self, server: PortalServer, url: str) -> None:
        self.passed, self.server, self._url = Passed(), server, url

    def open(self, timeout_s: float = 30.0) -> AbstractContextManager[Destination]:
        portal = Portal("board", f"{self._url}/board", Secret("env:TOKEN"), "destinations.yml")
        return open_portal(portal, References(Path(), ENVIRON), self.passed.waiting, timeout_s)

    def then(self, *misbehave: str) -> None:
        self.server.then(*misbehave)

    def behave(self) -> None:
        self.server.behave()

    def newest(self, path: str) -> bytes | None:
        return self.server.newest(f"board/{path}")

    def versions(self, path: str) -> int:
        return len(self.server.versions.get(f"board/{path}", []))

    def put_by_another(self, path: str, content: bytes) -> None:
        status, _, _ = self.server.answer("PUT", f"/board/{path}", {"Authorization": f"Bearer {TOKEN}"}, content)
        assert status == 201

    @property
    def asked(self) -> list[tuple[str, str]]:
        return self.server.asked


class BucketPlace(Place):
    kind = "s3"

    def __init__(self, proxy: Proxy, url: str, client: Any, bucket: str) -> None:
        self.passed, self._proxy, self._url, self.client, self.bucket = Passed(), proxy, url, client, bucket

    def declared(self, url: str = "") -> Bucket:
        keys = Secret("env:ACCESS"), Secret("env:SECRET")
        return Bucket("archive", url or self._url, self.bucket, "eu-west-2", *keys, "team/metrics", file="destinations.yml")

    def open(self, timeout_s: float = 30.0) -> AbstractContextManager[Destination]:
        return open_bucket(self.declared(), References(Path(), ENVIRON), self.passed.waiting, timeout_s)

    def then(self, *misbehave: str) -> None:
        self._proxy.then(*misbehave)

    def behave(self) -> None:
        self._proxy.behave()

    def newest(self, path: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=f"team/metrics/{path}")["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None

    def versions(self, path: str) -> int:
        listed = self.client.list_object_versions(Bucket=self.bucket, Prefix=f"team/metrics/{path}")
        return len(listed.get("Versions", []))

    def put_by_another(self, path: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"team/metrics/{path}", Body=content)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return self._proxy.asked


@contextmanager
def portal_place() -> Iterator[PortalPlace]:
    server = PortalServer(token=TOKEN, slow_s=SLOW_S)
    with server.serving() as url:
        yield PortalPlace(server, url)


@contextmanager
def bucket_place(s3_port: int, name: str) -> Iterator[BucketPlace]:
    """A new bucket that keeps versions."""
    client = botocore.session.Session().create_client(
        "s3",
        region_name="eu-west-2",
        endpoint_url=f"http://127.0.0.1:{s3_port}",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    proxy = Proxy(s3_port, SLOW_S)
    with proxy.serving() as url:
        yield BucketPlace(proxy, url, client, name)
    client.close()


@contextmanager
def s3_server() -> Iterator[int]:
    """An S3-compatible server in a process of its own; its port on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    call = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(f"http://127.0.0.1:{port}/moto-api/", server)
            yield port
        finally:
            server.terminate()


def _await(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert server.poll() is None, "the S3 server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the S3 server did not start in a minute")
