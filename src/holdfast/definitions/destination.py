"""Where outputs are handed to: a folder, a bucket of S3-compatible storage, or an HTTP portal."""

from dataclasses import dataclass
from typing import TypeAlias

from holdfast.definitions.source import Secret

OWN = ""
"""The destination of an output that names none: the project's own `.holdfast` folder."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine, or one mounted into it."""

    name: str
    path: str
    """Below `.holdfast/`, as `outputs/board`; or `env:NAME`, an absolute folder, and what lies below it."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of S3-compatible storage."""

    name: str
    url: str
    bucket: str
    region: str
    access_key: Secret
    secret_key: Secret
    prefix: str = ""
    """Put before every path, with a slash between; empty for the bucket's top."""
    path_style: bool = True
    """Whether the bucket is named in the path, as most servers but Amazon's expect, or in the host."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """A server that keeps what is PUT below its URL and gives it back to GET."""

    name: str
    url: str
    token: Secret
    file: str = ""


Declared: TypeAlias = LocalFolder | Bucket | Portal
