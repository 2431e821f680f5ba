"""What was parsed before, kept as JSON by content, so that an unchanged file is never parsed twice."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

FORMAT = "1"
"""Part of every key: raise it when a parser here would answer differently."""

_DECIMAL = "\0decimal"


class ParseCache:
    """Answers of pure parsers, by kind and content.

    Each entry is one file: the checksum of its body on the first line, the body as JSON below. An entry
    whose checksum does not fit (half written, edited) is as good as absent. Nothing in it is executed.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def remember(self, kind: str, content: str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """`parse(content)`, from an earlier answer where there is one."""
        key = hashlib.sha256(f"{FORMAT}\0{kind}\0{content}".encode()).hexdigest()
        known = self._read(key)
        if known is not None:
            return known
        answer = parse(content)
        self._write(key, answer)
        return answer

    def _read(self, key: str) -> dict[str, Any] | None:
        if self._folder is None:
            return None
        try:
            written = (self._folder / f"{key}.json").read_bytes()
        except OSError:
            return None
        checksum, _, body = written.partition(b"\n")
        if checksum.decode("ascii", "replace") != hashlib.sha256(key.encode() + body).hexdigest():
            return None
        answer = json.loads(body, object_hook=_decode)
        return answer if isinstance(answer, dict) else None

    def _write(self, key: str, answer: dict[str, Any]) -> None:
        """Keep the answer. A cache that cannot be written costs time, never the run."""
        if self._folder is None:
            return
        body = json.dumps(answer, default=_encode, separators=(",", ":")).encode()
        checksum = hashlib.sha256(key.encode() + body).hexdigest().encode("ascii")
        beside = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(checksum + b"\n" + body)
            beside.replace(self._folder / f"{key}.json")
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")


def _decode(entry: dict[str, Any]) -> Any:
    return Decimal(entry[_DECIMAL]) if len(entry) == 1 and _DECIMAL in entry else entry
