"""Channels as declared in holdfast.yml: how people are reached, and which of these ways wakes somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from holdfast.definitions.people import Person
from holdfast.definitions.source import Secret

EVERYBODY = ()
WARNED_BEFORE = timedelta(days=14)


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
    """A room whose messages it takes, such as `#data-eng-alerts`; empty: every room's."""
    people: tuple[str, ...] = EVERYBODY
    """Whom it reaches, by name; none named: everybody it has an address for."""


@dataclass(frozen=True, slots=True)
class Console:
    """Lines on standard error of whoever runs the pager. It takes every room."""

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
    """The address that mails come from, without a name."""
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
    is_idempotent: bool = False
    """Whether the receiver knows a letter that it has by its Idempotency-Key, and does nothing with it again."""
    takes_rooms: bool = True
    people: tuple[str, ...] = EVERYBODY
    ca_file: str = ""


Declared: TypeAlias = RecordingFile | Console | Email | Webhook


def has_address(channel: Declared, to: Person | str) -> bool:
    """Whether the channel reaches the person, or takes the messages of the room."""
    if isinstance(to, str):
        return _takes(channel, to)
    if channel.people != EVERYBODY and to.name not in channel.people:
        return False
    return bool(to.email) if isinstance(channel, Email) else True


def _takes(channel: Declared, room: str) -> bool:
    if isinstance(channel, RecordingFile):
        return channel.room in ("", room)
    if isinstance(channel, Email):
        return bool(channel.room_address)
    return channel.takes_rooms if isinstance(channel, Webhook) else True


@dataclass(frozen=True, slots=True)
class Expiring:
    """A secret that stops working on a day."""

    secret: Secret
    expires_on: date
    """The last day on which it works."""
    used_by: str
    """For people, such as `channel 'mail'`."""


def expiring_soon(expiring: Iterable[Expiring], today: date) -> list[Expiring]:
    """Those that have expired or will within a fortnight, the first to end first."""
    found = [each for each in expiring if each.expires_on - today <= WARNED_BEFORE]
    return sorted(found, key=lambda each: (each.expires_on, str(each.secret), each.used_by))


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
