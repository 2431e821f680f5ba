"""An HTTP portal as destination: PUT with a version, GET back, nothing trusted that was not read."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

import httpx

from holdfast.adapters.outputs.paths import confined, media_type
from holdfast.adapters.outputs.patience import Passing, Patience
from holdfast.adapters.references import References, without
from holdfast.adapters.retry_after import retry_after_s
from holdfast.clock import Waiting
from holdfast.definitions.destination import Portal
from holdfast.errors import StoreError, WorldError

TIMEOUT_S = 30.0
SLOWEST_ANSWER_S = 300.0
"""Of one whole body: an answer that trickles is cut off."""
MOST_BYTES = 1 << 30
_SHOWN = 80
_MOMENTARY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""Conflict is what a portal says while an earlier request of the same version is still under way."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the portal had of a path when it was last read: tag and SHA-256; both empty for no file."""

    tag: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Answered:
    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(slots=True)
class HttpPortal:
    """Keeps outputs at a portal, for the length of one run."""

    portal: Portal
    client: httpx.Client
    token: str
    waiting: Waiting
    patience: Patience
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def put(self, path: str, content: bytes, version: str = "") -> None:
        """The file, unless the portal has these bytes already; under the version it is there once, however often sent."""
        digest = hashlib.sha256(content).digest()
        if path not in self._seen:
            self.read(path)
        seen = self._seen.pop(path)
        if seen.sha256 == digest.hex():
            self._seen[path] = seen
            return
        headers = {
            "Content-Type": media_type(path),
            "Content-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
            **({"Idempotency-Key": version} if version else {}),
            **_condition(seen),
        }
        answer = self._ask("PUT", path, content, headers)
        if answer.status != HTTPStatus.PRECONDITION_FAILED:
            return
        # An earlier try may have arrived though its answer did not: then the file is ours.
        if self.read(path) != content:
            raise WorldError(
                f"{self._url(path)} was changed by somebody else since it was read here. Nothing was overwritten; "
                "run again to deliver over it, and find out who else writes there."
            )

    def read(self, path: str) -> bytes | None:
        """The file as the portal gives it now."""
        answer = self._ask("GET", path, None, {"Cache-Control": "no-cache", "Accept-Encoding": "identity"})
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            self._seen[path] = _Seen("", "")
            return None
        self._seen[path] = _Seen(answer.headers.get("ETag", ""), hashlib.sha256(answer.body).hexdigest())
        return answer.body

    def _url(self, path: str) -> str:
        return f"{self.portal.url}/{quote(confined(path, self.portal.url))}"

    def _ask(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> _Answered:
        url = self._url(path)
        return self.patience.through(lambda: self._once(method, url, content, headers))

    def _once(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> _Answered:
        try:
            with self.client.stream(method, url, content=content, headers=dict(headers)) as response:
                answer = _Answered(response.status_code, response.headers, self._body(response))
        except httpx.TimeoutException as error:
            raise Passing(f"no answer in time ({type(error).__name__})") from None
        except httpx.TransportError as error:
            raise Passing(without(f"no connection ({type(error).__name__}: {error})", self.token)) from None
        except httpx.DecodingError:
            raise Passing("an answer that cannot be decoded") from None
        self._judge(method, url, answer)
        return answer

    def _body(self, response: httpx.Response) -> bytes:
        until_s = self.waiting.monotonic_s() + SLOWEST_ANSWER_S
        parts, length = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            length += len(part)
            if length > MOST_BYTES:
                raise WorldError(f"{response.url} is more than {MOST_BYTES >> 30} GiB; no output is. Look what lies there.")
            if self.waiting.monotonic_s() > until_s:
                raise Passing("an answer that came too slowly")
        return b"".join(parts)

    def _judge(self, method: str, url: str, answer: _Answered) -> None:
        """Whether the answer is one to go on with; raises by what another try could change."""
        status = answer.status
        if 200 <= status < 300:
            return
        if method == "GET" and status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return
        if method == "PUT" and status == HTTPStatus.PRECONDITION_FAILED:
            return
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise WorldError(f"{url} refused access ({status}): renew {self.portal.token}, or ask the portal's owner for the right.")
        if status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise StoreError(f"{url} could not be written: the portal is full ({status}). Ask its owner for room.")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise WorldError(f"{url} refused the file as too large ({status}). Ask the portal's owner to raise its limit.")
        if status in _MOMENTARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Passing(f"status {status}", after_s=retry_after_s(answer.headers, self.waiting.now()))
        if 300 <= status < 400:
            raise WorldError(f"{url} answers that it has moved ({status}). Write its new place as `url` in {self.portal.file}.")
        told = without(repr(answer.body[:_SHOWN].decode("utf-8", "replace")), self.token)
        raise WorldError(f"{url} refused the {method} ({status}: {told}). Compare {self.portal.file} with the portal's description.")


def _condition(seen: _Seen) -> dict[str, str]:
    """Only over what was read: another's file is not overwritten unseen. A portal without tags is not asked."""
    if not seen.sha256:
        return {"If-None-Match": "*"}
    # A weak tag never matches in If-Match.
    return {"If-Match": seen.tag} if seen.tag and not seen.tag.startswith("W/") else {}


@contextmanager
def open_portal(
    portal: Portal, references: References, waiting: Waiting, timeout_s: float = TIMEOUT_S
) -> Iterator[HttpPortal]:
    """The portal, for one run. WorldError when its token is not where the reference says."""
    token = references.value(
        portal.token, needed_by=f"{portal.file}: destination '{portal.name}'", remedy="Ask the portal's owner for a token."
    )
    if not token.isascii():
        raise WorldError(f"{portal.file}: the token {portal.token} has letters that no header can carry. Store it again.")
    timeout = httpx.Timeout(timeout_s, connect=min(10.0, timeout_s))
    with httpx.Client(timeout=timeout, headers={"Authorization": f"Bearer {token}"}) as client:
        yield HttpPortal(portal, client, token, waiting, Patience(waiting, portal.url))
