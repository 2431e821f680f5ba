"""A receiver of pages on loopback that checks signatures, keeps repeats apart, and misbehaves by a script.

    python -m holdfast.testing.hook_server --port 8644 --misbehave 503,slow --secret-env NAME --keep FILE

`POST /any/path` keeps the JSON body unless its `Idempotency-Key` is known. With a secret the body must be signed
as Standard Webhooks 1.0 says, not more than five minutes ago. Each misbehaviour of the script is done once, one
per request, in its order; then the server behaves. `401`, `gone` and `down` last from their turn on.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.testing.scripted import Dropped, Reply, Script, problem, refusal, serving, until_interrupted

MISBEHAVIOURS: Mapping[str, str] = {
    "ok": "nothing, for a request that goes well between two others",
    "429": "too many requests, Retry-After in seconds",
    "429-date": "too many requests, Retry-After as an HTTP date",
    "429-long": "too many requests, Retry-After of a day",
    "500": "an internal error",
    "503": "not available",
    "500-kept": "keeps the letter, and says that it broke",
    "409": "says that an earlier try of the same letter is still under way",
    "slow": "keeps the letter, and answers later than a client waits",
    "drop": "closes the connection after the body has come, and keeps nothing",
    "drop-kept": "keeps the letter, and closes the connection without an answer",
    "cut": "keeps the letter, and breaks off half-way through its answer",
    "html": "keeps the letter, and answers with a page for people",
    "moved": "says that it is elsewhere",
    "400": "finds the letter wrong, and repeats what it was given",
    "401": "from now on refuses the signature",
    "gone": "from now on is no more",
    "down": "from now on is not available",
}
LASTING = ("401", "gone", "down")
REPLAY_WINDOW_S = 300


@dataclass(slots=True)
class HookServer:
    """Letters as they came, each once; what it was asked is in `asked`."""

    misbehave: Sequence[str] = ()
    secret: str = ""
    """Of the signature; empty: nobody has to sign."""
    keep: Path | None = None
    """A file to which every letter is added as a line of JSON."""
    slow_s: float = 2.0
    forgets_keys: bool = False
    """Answers as a receiver that knows no `Idempotency-Key`."""
    elsewhere: str = "https://elsewhere.example.com/"
    letters: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the letters kept, oldest first."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """Headers of each request by their lower-case names, oldest first."""
    bodies: list[bytes] = field(default_factory=list)
    """Of each request, oldest first."""
    _ids: dict[str, str] = field(default_factory=dict)
    """Key -> the id that its letter was given."""
    _script: Script = field(default_factory=lambda: Script(MISBEHAVIOURS, LASTING))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.then(*self.misbehave)

    def then(self, *misbehave: str) -> None:
        """Goes on with another script, from the next request on."""
        self._script.then(*misbehave)

    def behave(self) -> None:
        """Everything is well again."""
        self._script.behave()

    @contextmanager
    def serving(self, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
        """Serves on loopback for the length of the `with` block, at the URL it yields; port 0 takes a free one."""
        with serving(self.answer, ("GET", "POST"), port, tls) as url:
            yield url

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Status, headers and body for one request."""
        given = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            self.asked.append(given)
            self.bodies.append(body)
            odd, lasting = self._script.turn()
        wrong = self._why_unsigned(given, body) or ("as it likes" if "401" in lasting else "")
        if wrong:
            # As careless servers do, it repeats what it was given, and what it expected.
            return problem(401, f"refused: {wrong}; the secret is {self.secret}")
        if "gone" in lasting:
            return problem(410, "nobody is here any more")
        refused = refusal("503" if "down" in lasting else odd) or self._odd_refusal(odd)
        if refused:
            return refused
        return self._take(given.get("idempotency-key", ""), body, odd) if method == "POST" else problem(405, "post letters here")

    def _odd_refusal(self, odd: str) -> Reply | None:
        if odd == "moved":
            return problem(307, "elsewhere", {"Location": self.elsewhere})
        if odd == "409":
            return problem(409, "still at it")
        if odd == "400":
            return problem(400, f"this is no letter; the secret is {self.secret}")
        if odd == "drop":
            raise Dropped
        return None

    def _take(self, key: str, body: bytes, odd: str) -> Reply:
        try:
            letter = json.loads(body)
        except ValueError:
            return problem(400, "the body is no JSON")
        with self._lock:
            known = self._ids.get(key, "") if key and not self.forgets_keys else ""
            given_id = known or f"letter-{len(self.letters) + 1}"
            if not known:
                self._keep(letter)
                self._ids[key] = given_id
        if odd == "slow":
            time.sleep(self.slow_s)
        if odd == "drop-kept":
            raise Dropped
        if odd == "500-kept":
            return problem(500, "it is in, and something broke")
        if odd == "html":
            return 200, {"Content-Type": "text/html"}, b"<html>Thank you</html>"
        reply = 202, {"Content-Type": "application/json"}, json.dumps({"id": given_id}).encode()
        if odd == "cut":
            raise Dropped(reply)
        return reply

    def _keep(self, letter: dict[str, Any]) -> None:
        self.letters.append(letter)
        if self.keep:
            with self.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(letter) + "\n")

    def _why_unsigned(self, given: Mapping[str, str], body: bytes) -> str:
        if not self.secret:
            return ""
        identity, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > REPLAY_WINDOW_S:
            return "the timestamp is not of these minutes"
        digest = hmac.new(self.secret.encode(), f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(digest).decode()}"
        found = given.get("webhook-signature", "").split()
        return "" if any(hmac.compare_digest(each, expected) for each in found) else "the signature does not fit"


def main(given: Sequence[str] | None = None) -> int:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m holdfast.testing.hook_server",
        description="A receiver of pages on loopback that keeps repeats apart, and misbehaves by a script.",
        epilog="misbehaviours: " + "; ".join(f"{name}: {what}" for name, what in MISBEHAVIOURS.items()),
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--misbehave", default="", help="comma-separated script, one entry per request")
    parser.add_argument("--secret-env", default="", help="environment variable with the secret that letters must be signed with")
    parser.add_argument("--keep", type=Path, help="file to which every letter is added as a line of JSON")
    arguments = parser.parse_args(given)
    secret = os.environ.get(arguments.secret_env, "") if arguments.secret_env else ""
    if arguments.secret_env and not secret:
        parser.error(f"{arguments.secret_env} is not set")
    try:
        server = HookServer([each for each in arguments.misbehave.split(",") if each], secret, arguments.keep)
    except ValueError as error:
        parser.error(str(error))
    with server.serving(arguments.port) as url:
        print(f"Taking letters below {url}. Stop with Ctrl-C.", flush=True)
        until_interrupted()
        print(f"Stopped with {len(server.letters)} letter(s) of {len(server.asked)} request(s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
