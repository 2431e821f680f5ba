"""A server in front of another one, which lets requests through or misbehaves by a script."""

import http.client
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LASTING = ("401", "full", "down")
_XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message></Error>'


class Proxy:
    """Before an S3 server on loopback; `asked` is the method and path of each request."""

    def __init__(self, port: int, slow_s: float) -> None:
        self.asked: list[tuple[str, str]] = []
        self._port, self._slow_s = port, slow_s
        self._script: deque[str] = deque()
        self._lasting: set[str] = set()
        self.cuts = False

    def then(self, *misbehave: str) -> None:
        self._script.extend(misbehave)

    def behave(self) -> None:
        self._script.clear()
        self._lasting.clear()

    @contextmanager
    def serving(self) -> Iterator[str]:
        with ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            # In 1.0 nobody tells a client that waits for it to go on with its body.
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._pass("GET")

            def do_PUT(self) -> None:
                self._pass("PUT")

            def _pass(self, method: str) -> None:
                self.close_connection = True
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.asked.append((method, self.path))
                answer = outer.answer(method, self.path, dict(self.headers.items()), body)
                if answer is None:
                    return
                status, headers, said = answer
                given = len(said) // 2 if outer.cuts else len(said)
                try:
                    self.send_response_only(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(said)))
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(said[:given])
                except ConnectionError:
                    return

            def log_message(self, *args: object) -> None: ...

        return Handler

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        odd = self._script.popleft() if self._script else ""
        if odd in LASTING:
            self._lasting.add(odd)
        if "401" in self._lasting:
            return _error(403, "AccessDenied", headers.get("Authorization", ""))
        if "full" in self._lasting and method == "PUT":
            return _error(507, "XMinioStorageFull", "no room")
        if odd in ("500", "503") or "down" in self._lasting:
            return _error(503, "SlowDown", "not now")
        if odd in ("429", "429-long"):
            return _error(429, "TooManyRequests", "slow down", {"Retry-After": "7" if odd == "429" else "86400"})
        if odd == "changed" and method == "PUT":
            return _error(412, "PreconditionFailed", "changed")
        if odd == "unconditional":
            return _error(501, "NotImplemented", "a header you provided implies functionality that is not implemented")
        if odd == "drop":
            return None
        if odd == "slow":
            time.sleep(self._slow_s)
        self.cuts = odd == "cut"
        status, found, content = self._forward(method, path, headers, body)
        if odd == "drop-kept":
            return None
        if odd == "wrong":
            content = bytes(each ^ 1 for each in content)
        return status, found, content

    def _forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body=body, headers={k: v for k, v in headers.items() if k != "Expect"})
            response = connection.getresponse()
            content = response.read()
            skipped = {"content-length", "connection", "transfer-encoding"}
            found = {name: value for name, value in response.getheaders() if name.lower() not in skipped}
            return response.status, found, content
        finally:
            connection.close()


def _error(
    status: int, code: str, text: str, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/xml", **(headers or {})}, _XML.format(code, text).encode()
