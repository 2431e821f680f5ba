"""An HTTP portal on loopback that keeps what is PUT, with every version, and misbehaves by a script.

    python -m holdfast.testing.portal_server --port 8643 --misbehave 503,429,drop --token-env NAME --keep FOLDER

`PUT /any/path` keeps the body as a new version unless its `Idempotency-Key` is known, `GET /any/path` gives the
newest one, with an `ETag`. `If-Match`, `If-None-Match: *` and `Content-Digest` are honoured. Each misbehaviour of
the script is done once, one per request, in its order; then the server behaves. `401`, `413`, `full` and `down`
last from their turn on.
"""

import argparse
import base64
import hashlib
import hmac
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from holdfast.testing.scripted import Dropped, Reply, Script, problem, refusal, serving, until_interrupted

MISBEHAVIOURS: Mapping[str, str] = {
    "ok": "nothing, for a request that goes well between two others",
    "429": "too many requests, Retry-After in seconds",
    "429-date": "too many requests, Retry-After as an HTTP date",
    "429-long": "too many requests, Retry-After of a day",
    "500": "an internal error",
    "503": "not available",
    "slow": "an answer that takes longer than a client waits",
    "drop": "closes the connection after the body has come, and keeps nothing",
    "drop-kept": "keeps the body, and closes the connection without an answer",
    "cut": "announces the whole file, gives half of it, and closes the connection",
    "wrong": "gives other bytes than it keeps, of the same length",
    "lost": "keeps nothing of a body and says that it did",
    "changed": "says that somebody else changed the file",
    "413": "from now on refuses files of more than `most_bytes`",
    "moved": "says that it is elsewhere",
    "401": "from now on refuses the token",
    "full": "from now on has no room for a body",
    "down": "from now on is not available",
}
LASTING = ("401", "413", "full", "down")


@dataclass(frozen=True, slots=True)
class Version:
    """One content of one path, as it was kept."""

    key: str
    """The `Idempotency-Key` it came with; empty without one."""
    content: bytes

    @property
    def tag(self) -> str:
        """Its strong ETag."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


@dataclass(slots=True)
class PortalServer:
    """Versions by path; what it was asked is in `asked`."""

    misbehave: Sequence[str] = ()
    token: str = ""
    """The client must send `Authorization: Bearer TOKEN`; empty: nobody is asked."""
    keep: Path | None = None
    """A folder into which the newest version of every path is written too; what lies there at the start is kept."""
    slow_s: float = 2.0
    most_bytes: int = 4096
    forgets_keys: bool = False
    """Answers as a portal that knows no `Idempotency-Key`."""
    versions: dict[str, list[Version]] = field(default_factory=dict)
    """Path, without the slash in front -> its versions, oldest first."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request, oldest first."""
    _script: Script = field(default_factory=lambda: Script(MISBEHAVIOURS, LASTING))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.then(*self.misbehave)
        for file in sorted(self.keep.rglob("*")) if self.keep else []:
            if file.is_file():
                path = file.relative_to(self.keep or file).as_posix()
                self.versions.setdefault(path, [Version("", file.read_bytes())])

    def then(self, *misbehave: str) -> None:
        """Goes on with another script, from the next request on."""
        self._script.then(*misbehave)

    def behave(self) -> None:
        """Everything is well again."""
        self._script.behave()

    def newest(self, path: str) -> bytes | None:
        """What readers of the path get; none when nothing was kept."""
        with self._lock:
            kept = self.versions.get(path)
            return kept[-1].content if kept else None

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serves on loopback for the length of the `with` block, at the URL it yields; port 0 takes a free one."""
        with serving(self.answer, ("GET", "PUT"), port) as url:
            yield url

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Status, headers and body for one request."""
        given = {name.lower(): value for name, value in headers.items()}
        path = unquote(urlsplit(target).path).lstrip("/")
        with self._lock:
            self.asked.append((method, path))
            odd, lasting = self._script.turn()
        authorization = given.get("authorization", "")
        if "401" in lasting or (self.token and not hmac.compare_digest(authorization, f"Bearer {self.token}")):
            # As careless servers do, it repeats what it was given.
            return problem(401, f"refused: {authorization}")
        if odd == "moved":
            return problem(308, "elsewhere", {"Location": "https://elsewhere.example.com/"})
        refused = refusal("503" if "down" in lasting else odd)
        if refused:
            return refused
        if odd == "slow":
            time.sleep(self.slow_s)
        return self._put(path, given, body, odd, lasting) if method == "PUT" else self._get(path, odd)

    def _put(self, path: str, given: Mapping[str, str], body: bytes, odd: str, lasting: set[str]) -> Reply:
        digest = given.get("content-digest", "")
        if digest and digest != f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:":
            return problem(400, "the body is not what its Content-Digest says")
        if "413" in lasting and len(body) > self.most_bytes:
            return problem(413, f"more than {self.most_bytes} bytes")
        if "full" in lasting:
            return problem(507, "no room")
        if odd == "drop":
            raise Dropped
        if odd == "lost":
            return 201, {}, b""
        key = "" if self.forgets_keys else given.get("idempotency-key", "")
        with self._lock:
            reply = self._kept(path, key, given, body, odd)
        if odd == "drop-kept":
            raise Dropped
        return reply

    def _kept(self, path: str, key: str, given: Mapping[str, str], body: bytes, odd: str) -> Reply:
        kept = self.versions.setdefault(path, [])
        known = next((each for each in kept if key and each.key == key), None)
        if known:
            same = known.content == body
            return (200, {"ETag": known.tag}, b"") if same else problem(422, "this key came with another body before")
        tag = kept[-1].tag if kept else ""
        wanted, unwanted = given.get("if-match", ""), given.get("if-none-match", "")
        if odd == "changed" or (wanted and wanted not in (tag, "*")) or (unwanted == "*" and kept):
            return problem(412, "the file is not the one you know")
        kept.append(Version(key, body))
        if self.keep:
            self._write(self.keep, path, body)
        return 201, {"ETag": kept[-1].tag}, b""

    def _write(self, folder: Path, path: str, body: bytes) -> None:
        target = folder / path
        if target.resolve().is_relative_to(folder.resolve()):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)

    def _get(self, path: str, odd: str) -> Reply:
        with self._lock:
            kept = self.versions.get(path)
            newest = kept[-1] if kept else None
        if newest is None:
            return problem(404, "nothing is kept there")
        content = bytes(each ^ 1 for each in newest.content) if odd == "wrong" else newest.content
        reply = 200, {"ETag": newest.tag, "Content-Type": "application/octet-stream"}, content
        if odd == "cut":
            raise Dropped(reply)
        return reply


def main(given: Sequence[str] | None = None) -> int:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m holdfast.testing.portal_server",
        description="An HTTP portal on loopback that keeps what is PUT, and misbehaves by a script.",
        epilog="misbehaviours: " + "; ".join(f"{name}: {what}" for name, what in MISBEHAVIOURS.items()),
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--misbehave", default="", help="comma-separated script, one entry per request")
    parser.add_argument("--token-env", default="", help="environment variable with the token that clients must send")
    parser.add_argument("--keep", type=Path, help="folder that keeps the newest version of every path, also for the next start")
    arguments = parser.parse_args(given)
    token = os.environ.get(arguments.token_env, "") if arguments.token_env else ""
    if arguments.token_env and not token:
        parser.error(f"{arguments.token_env} is not set")
    try:
        server = PortalServer([each for each in arguments.misbehave.split(",") if each], token, arguments.keep)
    except ValueError as error:
        parser.error(str(error))
    with server.serving(arguments.port) as url:
        print(f"Keeping what is PUT below {url}. Stop with Ctrl-C.", flush=True)
        until_interrupted()
        kept = sum(len(each) for each in server.versions.values())
        print(f"Stopped with {kept} version(s) of {len(server.versions)} file(s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
