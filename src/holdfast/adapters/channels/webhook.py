"""A POST of signed JSON as channel."""

import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from holdfast.adapters.channels.declared import Way
from holdfast.adapters.channels.limits import MOST_S, ended_after
from holdfast.adapters.channels.signature import signed
from holdfast.adapters.channels.telling import told
from holdfast.adapters.channels.written import identity_of, record_of
from holdfast.adapters.references import References
from holdfast.adapters.retry_after import retry_after_s
from holdfast.clock import Waiting
from holdfast.definitions.channel import Webhook
from holdfast.errors import WorldError
from holdfast.incidents.ports import Letter, Refused, Unsent, Unsure

TIMEOUT_S = 10.0
"""Of connecting, and of each wait for the receiver after that."""
MOST_BYTES = 1 << 16
"""Of an answer; the rest is not read."""
_ASKED_TO_WAIT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_EARLY, HTTPStatus.REQUEST_TIMEOUT)
"""The receiver says that it did nothing, and that another try may go well."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Hook(Way):
    """Posts each letter to the declared URL, once per call."""

    declared: Webhook
    project: str
    root: Path
    references: References
    waiting: Waiting
    timeout_s: float = TIMEOUT_S
    most_s: float = MOST_S
    """Of the whole exchange, once there is a connection."""

    @property
    def is_idempotent(self) -> bool:
        return self.declared.is_idempotent

    def send(self, letter: Letter) -> str:
        """The `id` of the receiver's answer, or nothing where it gives none."""
        body = json.dumps(record_of(letter, self.name)).encode()
        identity = identity_of(letter, self.project)
        secret = self._secret()
        headers = {"Content-Type": "application/json", "Idempotency-Key": identity, **self._proof(body, identity, secret)}
        answer = self._post(body, headers, secret)
        self._judge(answer, secret)
        return _given_id(answer.body, secret)

    def _secret(self) -> str:
        if self.declared.secret is None:
            return ""
        try:
            return self.references.value(
                self.declared.secret, needed_by=f"holdfast.yml: channel '{self.name}'", remedy="Ask the receiver's owner for it."
            )
        except WorldError as error:
            raise Refused(str(error)) from error

    def _proof(self, body: bytes, identity: str, secret: str) -> dict[str, str]:
        if not secret:
            return {}
        try:
            # The machine's own time: the receiver compares it with its own.
            return signed(body, identity=identity, at=self.waiting.now(), secret=secret)
        except ValueError as error:
            raise Refused(f"{self._place()}: the secret {self.declared.secret} cannot sign: {error}") from None

    def _post(self, body: bytes, headers: dict[str, str], secret: str) -> _Answer:
        line = _Line()
        try:
            with (
                ended_after(self.most_s, line.ends),
                httpx.Client(timeout=self.timeout_s, verify=self._trusted(), follow_redirects=False) as client,
            ):
                request = client.build_request(
                    "POST", self.declared.url, content=body, headers=headers, extensions={"trace": line.follow}
                )
                with closing(client.send(request, stream=True)) as response:
                    return _Answer(response.status_code, response.headers, _beginning(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            why = _certificate(error)
            if why:
                raise Refused(f"{self._place()} shows a certificate that is not trusted ({told(why, [secret])}).") from None
            raise Unsent(f"{self._place()}: no connection ({told(f'{type(error).__name__}: {error}', [secret])})") from None
        except httpx.InvalidURL:
            raise Refused(f"{self._place()} is no URL that can be asked.") from None
        except httpx.HTTPError as error:
            # The request, or a part of it, was out.
            raise Unsure(f"{self._place()}: no answer ({told(f'{type(error).__name__}: {error}', [secret])})") from None

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self.root / self.declared.ca_file) if self.declared.ca_file else None)
        except OSError as error:
            raise Refused(f"{self._place()}: {self.declared.ca_file} is no file of certificates ({type(error).__name__}).") from error

    def _judge(self, answer: _Answer, secret: str) -> None:
        """Returns when the letter has arrived."""
        status, place = answer.status, self._place()
        if 200 <= status < 300:
            return
        if status in _ASKED_TO_WAIT:
            raise Unsent(f"{place} answers {status}", after_s=retry_after_s(answer.headers, self.waiting.now()))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.CONFLICT:
            # It may have passed the letter on before it broke; conflict: an earlier try is still under way there.
            raise Unsure(f"{place} answers {status}", after_s=retry_after_s(answer.headers, self.waiting.now()))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise Refused(f"{place} refuses the signature ({status}): compare {self.declared.secret} with the receiver's secret.")
        if 300 <= status < 400:
            raise Refused(f"{place} answers that it has moved ({status}): write its new place as `url`. It was not followed.")
        said = told(repr(answer.body.decode("utf-8", "replace")), [secret])
        raise Refused(f"{place} refuses the letter ({status}: {said}).")

    def _place(self) -> str:
        return f"channel '{self.name}': {self.declared.url}"


@dataclass(slots=True)
class _Line:
    """The socket of an exchange, known as soon as there is one."""

    _socket: socket.socket | None = None

    def ends(self) -> socket.socket | None:
        return self._socket

    def follow(self, event: str, told: Mapping[str, Any]) -> None:
        """What httpx calls at each step."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = told["return_value"].get_extra_info("socket")


def _beginning(response: httpx.Response) -> bytes:
    """As much of the answer as anybody needs. Its status is there already, so a body that breaks off is no failure."""
    read = b""
    try:
        for part in response.iter_raw():
            read += part
            if len(read) > MOST_BYTES:
                break
    except httpx.HTTPError:
        return b""
    return read


def _certificate(error: BaseException | None) -> str:
    """Why the receiver's certificate was not trusted; empty when that was not the reason."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def _given_id(body: bytes, secret: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    given = said.get("id") if isinstance(said, dict) else None
    return told(str(given), [secret]) if isinstance(given, str | int) else ""
