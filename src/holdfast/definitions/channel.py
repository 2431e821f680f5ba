"""Channels as declared in holdfast.yml: how people are reached, and which of these ways wakes somebody."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from holdfast.definitions.source import Secret

EVERYBODY = ()


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """Every message as a line of JSON; for trying out, tests, and machines that something else watches."""

    name: str
    path: str = "pages.jsonl"
    """Below `.holdfast/`."""
    delay_s: float = 0.0
    """How long handing over takes; for trying out what a slow provider does."""
    wakes: bool = True
    room: str = ""
    """A room whose messages it takes, such as `#data-eng-alerts`; the project's room goes to every channel that has none."""
    people: tuple[str, ...] = EVERYBODY
    """Whom it reaches, by name; none named: everybody it has an address for."""


@dataclass(frozen=True, slots=True)
class Console:
    """A line on standard error of whoever runs the pager."""

    name: str
    wakes: bool = False
    people: tuple[str, ...] = EVERYBODY


@dataclass(frozen=True, slots=True)
class Email:
    """SMTP."""

    name: str
    host: str
    port: int
    sender: str
    security: str = "starttls"
    """starttls, tls, or none (loopback only)."""
    user: str = ""
    password: Secret | None = None
    wakes: bool = False
    room_address: str = ""
    """Where the room's messages go; empty: nowhere."""
    people: tuple[str, ...] = EVERYBODY
    ca_file: str = ""
    """Below the project folder: the authority that signed the server's certificate, where the system's do not."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """POST of signed JSON, with an idempotency key."""

    name: str
    url: str
    secret: Secret | None = None
    """Key of the HMAC-SHA256 signature."""
    wakes: bool = False
    is_idempotent: bool = True
    """Whether the receiver keeps what has the same Idempotency-Key apart."""
    takes_rooms: bool = True
    people: tuple[str, ...] = EVERYBODY
    ca_file: str = ""


Declared: TypeAlias = RecordingFile | Console | Email | Webhook


@dataclass(frozen=True, slots=True)
class Expiring:
    """A secret that stops working on a day."""

    secret: Secret
    expires_on: date
    used_by: str


@dataclass(frozen=True, slots=True)
class PagerRules:
    """What holdfast.yml says about paging."""

    channels: tuple[Declared, ...] = (RecordingFile("pages"),)
    """In the order in which they are tried; waking ones first for pages."""
    room: str = "#data-eng-alerts"
    ping: Secret | None = None
    """Where the URL of the dead man's switch is; None: no ping."""
    public_url: str = ""
    expiring: tuple[Expiring, ...] = ()
