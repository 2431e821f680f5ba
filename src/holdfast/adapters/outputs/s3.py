"""A bucket of S3-compatible storage as destination; needs the extra `s3`."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from holdfast.adapters.outputs.paths import confined, media_type
from holdfast.adapters.outputs.patience import Passing, Patience
from holdfast.adapters.references import References, without
from holdfast.adapters.retry_after import retry_after_s
from holdfast.clock import Waiting
from holdfast.definitions.destination import Bucket
from holdfast.errors import StoreError, WorldError

try:
    import botocore.config
    import botocore.session
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from urllib3.exceptions import HTTPError  # what botocore lets through while a body is read
except ImportError as error:
    raise WorldError("delivering to S3 needs the extra s3: install holdfast[s3], then run again.") from error

TIMEOUT_S = 30.0
_MOMENTARY = ("RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "OperationAborted", "ConditionalRequestConflict")
_FULL = ("XMinioStorageFull", "QuotaExceeded", "QuotaExceededException", "EntityTooLargeForQuota")
_UNKNOWN_KEY = ("NoSuchKey", "404")

Answer = TypeVar("Answer")


class Client(Protocol):
    """What is used of botocore's S3 client, which carries no types."""

    def put_object(self, **asked: Any) -> Mapping[str, Any]: ...

    def get_object(self, **asked: Any) -> Mapping[str, Any]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the bucket had of a path when it was last read: tag and SHA-256; both empty for no object."""

    tag: str
    sha256: str


@dataclass(slots=True)
class S3Bucket:
    """Keeps outputs in a bucket, for the length of one run."""

    bucket: Bucket
    client: Client
    secret: str
    waiting: Waiting
    patience: Patience
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _conditional: bool = True
    """Until the server says that it knows no conditions."""

    def put(self, path: str, content: bytes, version: str = "") -> None:
        """The object, unless the bucket has these bytes already: a bucket that keeps versions gets no second one."""
        sha256 = hashlib.sha256(content).hexdigest()
        if path not in self._seen:
            self.read(path)
        seen = self._seen.pop(path)
        if seen.sha256 == sha256:
            self._seen[path] = seen
            return
        try:
            self.patience.through(lambda: self._put(path, content, version, seen))
        except _Changed:
            # An earlier try may have arrived though its answer did not: then the object is ours.
            if self.read(path) != content:
                raise WorldError(
                    f"{self._told(path)} was changed by somebody else since it was read here. Nothing was overwritten; "
                    "run again to deliver over it, and find out who else writes there."
                ) from None

    def read(self, path: str) -> bytes | None:
        """The object as the bucket gives it now."""
        found = self.patience.through(lambda: self._get(path))
        self._seen[path] = _Seen(found[0], hashlib.sha256(found[1]).hexdigest()) if found else _Seen("", "")
        return found[1] if found else None

    def _put(self, path: str, content: bytes, version: str, seen: _Seen) -> None:
        asked: dict[str, Any] = {
            "Bucket": self.bucket.bucket,
            "Key": self._key(path),
            "Body": content,
            "ContentType": media_type(path),
            # Every S3 knows Content-MD5, and refuses a body that was bent on its way; newer checksums not every one.
            "ContentMD5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "Metadata": {"holdfast-version": version} if version else {},
        }
        if self._conditional:
            asked |= {"IfMatch": seen.tag} if seen.sha256 else {"IfNoneMatch": "*"}
        try:
            self._once(path, lambda: self.client.put_object(**asked))
        except _Unconditional:
            self._conditional = False
            self._put(path, content, version, seen)

    def _get(self, path: str) -> tuple[str, bytes] | None:
        asked = {"Bucket": self.bucket.bucket, "Key": self._key(path)}

        def fetch() -> tuple[str, bytes]:
            answer = self.client.get_object(**asked)
            with answer["Body"] as body:
                return str(answer.get("ETag", "")), bytes(body.read())

        try:
            return self._once(path, fetch)
        except _NoObject:
            return None

    def _key(self, path: str) -> str:
        below = confined(path, self._told(""))
        return f"{self.bucket.prefix}/{below}" if self.bucket.prefix else below

    def _told(self, path: str) -> str:
        return "/".join(each for each in (f"s3://{self.bucket.bucket}", self.bucket.prefix, path) if each)

    def _once(self, path: str, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except ClientError as error:
            raise self._judged(path, error) from None
        except (HTTPClientError, HTTPError) as error:
            raise Passing(without(f"no answer ({type(error).__name__}: {error})", self.secret)) from None
        except BotoCoreError as error:
            # Half a body is one of these, and the others do not change by asking again: so few tries cost little.
            raise Passing(without(f"no use of the answer ({type(error).__name__}: {error})", self.secret)) from None

    def _judged(self, path: str, error: Any) -> Exception:
        """What an answer that is no success means, by what another try could change."""
        answer = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        meta = answer.get("ResponseMetadata", {})
        status = int(meta.get("HTTPStatusCode", 0))
        place = self._told(path)
        if code in _UNKNOWN_KEY:
            return _NoObject()
        if code == "NoSuchBucket":
            return WorldError(f"{place}: {self.bucket.url} has no bucket of this name. Make it, or correct {self.bucket.file}.")
        if status == HTTPStatus.PRECONDITION_FAILED:
            return _Changed()
        if code == "NotImplemented" and self._conditional:
            return _Unconditional()
        if code in _FULL or status == HTTPStatus.INSUFFICIENT_STORAGE:
            return StoreError(f"{place} could not be written: the storage is full ({code or status}). Make room, then run again.")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return WorldError(
                f"{place}: access was refused ({code or status}). Renew {self.bucket.access_key} and "
                f"{self.bucket.secret_key}, or ask for the right to read and write there."
            )
        if code in _MOMENTARY or status in (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS) or status >= 500:
            after_s = retry_after_s(meta.get("HTTPHeaders", {}), self.waiting.now())
            return Passing(f"status {status} {code}".rstrip(), after_s=after_s)
        return WorldError(without(f"{place} was refused ({status} {code}). Compare {self.bucket.file} with the storage.", self.secret))


class _NoObject(Exception):
    """There is nothing under the key."""


class _Changed(Exception):
    """The object is not the one that was read."""


class _Unconditional(Exception):
    """The server knows no conditions on a PUT."""


@contextmanager
def open_bucket(
    bucket: Bucket, references: References, waiting: Waiting, timeout_s: float = TIMEOUT_S
) -> Iterator[S3Bucket]:
    """The bucket, for one run. WorldError when a key is not where its reference says."""
    told = {"needed_by": f"{bucket.file}: destination '{bucket.name}'", "remedy": "Ask the storage's owner for keys."}
    access, secret = (references.value(each, **told) for each in (bucket.access_key, bucket.secret_key))
    # What a machine has set up for other programs must not decide where figures go, or as whom.
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    config = botocore.config.Config(
        connect_timeout=min(10.0, timeout_s),
        read_timeout=timeout_s,
        retries={"total_max_attempts": 1},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if bucket.path_style else "virtual", "payload_signing_enabled": True},
    )
    client = session.create_client(
        "s3",
        region_name=bucket.region,
        endpoint_url=bucket.url,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=config,
    )
    try:
        yield S3Bucket(bucket, client, secret, waiting, Patience(waiting, f"{bucket.url}, bucket {bucket.bucket},"))
    finally:
        client.close()
