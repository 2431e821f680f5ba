"""HTTP servers on loopback that misbehave by a script: what they share, whatever they serve."""

import json
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

MOST_BYTES = 1 << 28

Reply: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""
Answer: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], Reply]
"""Method, path with query, headers and body of a request to what is answered; may raise Dropped."""


class Dropped(Exception):
    """The connection is closed without an answer, or half-way through one."""

    def __init__(self, begun: Reply | None = None) -> None:
        super().__init__()
        self.begun = begun


@dataclass(slots=True)
class Script:
    """What goes wrong with the next requests: each entry once and in turn; lasting ones from their turn on."""

    known: Mapping[str, str]
    """Every misbehaviour and what it is."""
    lasting: Sequence[str]
    """Those that do not end by themselves."""
    _coming: deque[str] = field(default_factory=deque)
    _begun: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def then(self, *misbehave: str) -> None:
        """Goes on with these."""
        unknown = [each for each in misbehave if each not in self.known]
        if unknown:
            raise ValueError(f"unknown misbehaviour '{unknown[0]}'; there are: {', '.join(self.known)}")
        with self._lock:
            self._coming.extend(misbehave)

    def behave(self) -> None:
        """Everything is well again."""
        with self._lock:
            self._coming.clear()
            self._begun.clear()

    def turn(self) -> tuple[str, set[str]]:
        """What goes wrong with this request, or nothing; and what lasts."""
        with self._lock:
            odd = self._coming.popleft() if self._coming else ""
            if odd in self.lasting:
                self._begun.add(odd)
            return odd, set(self._begun)


@contextmanager
def serving(answer: Answer, methods: Sequence[str], port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serves on loopback for the length of the `with` block, at the URL it yields; port 0 takes a free one."""
    with _Server(("127.0.0.1", port), _handler(answer, methods)) as server:
        if tls:
            # Shaken hands with in the request's own thread: a client that does not must not stop the others.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or that does not trust us, is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler(answer: Answer, methods: Sequence[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.close_connection = True
            try:
                length = min(int(self.headers.get("Content-Length", "0")), MOST_BYTES)
                body = self.rfile.read(length)
                reply = answer(self.command, self.path, dict(self.headers.items()), body)
                self._send(reply, len(reply[2]))
            except Dropped as dropped:
                if dropped.begun:
                    self._send(dropped.begun, len(dropped.begun[2]) // 2)
            except (ConnectionError, ValueError):
                return  # a client that no longer waits, or that makes no sense

        def _send(self, reply: Reply, given: int) -> None:
            status, headers, said = reply
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(said[:given])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing: servers keep what they were asked."""

    for method in methods:
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler


def refusal(odd: str) -> Reply | None:
    """The answer of those misbehaviours that every server knows."""
    if odd == "429":
        return problem(429, "slow down", {"Retry-After": "7"})
    if odd == "429-long":
        return problem(429, "slow down", {"Retry-After": "86400"})
    if odd == "429-date":
        return problem(429, "slow down", {"Retry-After": formatdate(time.time() + 9, usegmt=True)})
    if odd in ("500", "503"):
        return problem(int(odd), "not now")
    return None


def problem(status: int, text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error as JSON."""
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps({"error": text}).encode()


def until_interrupted() -> None:
    """Returns when somebody presses Ctrl-C."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
