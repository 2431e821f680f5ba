"""Channels of each kind, as the suite sees them: one more kind is one more class."""

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from mail_server import MailServer

from holdfast.adapters.channels.console import Terminal
from holdfast.adapters.channels.email import Mail
from holdfast.adapters.channels.recording import Recording
from holdfast.adapters.channels.webhook import Hook
from holdfast.adapters.references import References
from holdfast.clock import SystemClock, Waiting
from holdfast.definitions.channel import Console, Email, RecordingFile, Webhook
from holdfast.definitions.people import Person
from holdfast.definitions.source import Secret
from holdfast.incidents.ports import Channel, Letter
from holdfast.testing.hook_server import HookServer

PASSWORD, SECRET = "a-pass-word-of-the-tests", "a-hook-secret-of-the-tests"
ENVIRON = {"MAIL_PASSWORD": PASSWORD, "HOOK_SECRET": SECRET}
AT = datetime(2026, 10, 2, 8, 0, 5, tzinfo=UTC)
JOHN = Person("john", "John", "engineer", email="john@example.com")
JILL = Person("jill", "Jill Ångström, B.Sc.", "engineer", email="jill@example.com")
NOBODYS_MAIL = Person("davis", "Davis", "engineer")
ROOM = "#data-eng-alerts"
PAGE = Letter(
    to=JOHN,
    subject="aggregate_profit: no orders of 2026-10-01",
    lines=("Readers miss gross profit of 2026-10-01.", "Acknowledge: holdfast ack 7"),
    key="7/aggregate_profit@investors-1/0/1.0/primary/john",
    at=AT,
    incident=7,
    step="aggregate_profit/1",
    role="primary",
    due_at=AT - timedelta(seconds=5),
    wakes=True,
)
TIMEOUT_S = 0.5
SLOW_S = 1.2


@dataclass(frozen=True)
class Arrived:
    """A letter as it is found where it went, read by other code than wrote it."""

    target: str
    subject: str
    text: str
    identity: str
    """What a repeat is known by."""
    is_page: bool


class Way:
    """A channel, and a hand behind it."""

    kind: str

    def channel(self, timeout_s: float = 10.0, *, people: tuple[str, ...] = (), project: str = "company") -> Channel:
        raise NotImplementedError

    def arrived(self) -> list[Arrived]:
        raise NotImplementedError

    def then(self, *misbehave: str) -> None:
        raise NotImplementedError


class FileWay(Way):
    kind = "file"

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".holdfast" / "pages.jsonl"
        self.slept: list[float] = []

    def channel(
        self, timeout_s: float = 10.0, *, people: tuple[str, ...] = (), project: str = "company", delay_s: float = 0, room: str = ""
    ) -> Channel:
        return Recording(RecordingFile("pages", delay_s=delay_s, people=people, room=room), self.path, self.slept.append)

    def arrived(self) -> list[Arrived]:
        lines = self.path.read_bytes().decode().split("\n")
        assert lines.pop() == ""
        found = [json.loads(line) for line in lines]
        return [Arrived(e["target"], e["subject"], e["text"], f"{e['incident']} {e['step']} {e['target']}", e["wakes"]) for e in found]


class ConsoleWay(Way):
    kind = "console"

    def __init__(self) -> None:
        self.said: list[str] = []

    def channel(self, timeout_s: float = 10.0, *, people: tuple[str, ...] = (), project: str = "company") -> Channel:
        return Terminal(Console("screen", people=people), self.said.append)

    def arrived(self) -> list[Arrived]:
        return [_shown(each) for each in self.said]


def _shown(said: str) -> Arrived:
    head, *lines = said.split("\n")
    when, subject = head.split(": ", 1)
    assert all(line.startswith("    ") for line in lines)
    return Arrived(when.split(" to ")[1], subject, "\n".join(line[4:] for line in lines), "", ", page to " in when)


class MailWay(Way):
    kind = "email"

    def __init__(self, folder: Path, server: MailServer, port: int) -> None:
        self.folder, self.server, self._port = folder, server, port

    def declared(self) -> Email:
        return Email(
            name="mail",
            host="localhost",
            port=self._port,
            sender="pager@example.com",
            user="pager",
            password=Secret("env:MAIL_PASSWORD"),
            room_address="alerts@example.com",
            ca_file="ca.pem",
        )

    def opened(self, declared: Email, timeout_s: float = 10.0, project: str = "company") -> Channel:
        return Mail(declared, project, self.folder, References(self.folder, ENVIRON), timeout_s)

    def channel(self, timeout_s: float = 10.0, *, people: tuple[str, ...] = (), project: str = "company") -> Channel:
        return self.opened(replace(self.declared(), people=people), timeout_s, project)

    def arrived(self) -> list[Arrived]:
        found = zip(self.server.mails, self.server.recipients, strict=True)
        return [
            Arrived(
                {"alerts": ROOM}.get(to.partition("@")[0], to.partition("@")[0]),
                str(mail["Subject"]),
                mail.get_content().replace("\r\n", "\n").removesuffix("\n"),
                str(mail["Message-ID"]),
                mail["Importance"] == "high",
            )
            for mail, to in found
        ]

    def then(self, *misbehave: str) -> None:
        # A client that is refused tries the second way to log in that it was offered.
        self.server.then(*(each for odd in misbehave for each in ([odd] * 2 if odd == "454" else [odd])))


class HookWay(Way):
    kind = "webhook"

    def __init__(self, folder: Path, server: HookServer, url: str) -> None:
        self.folder, self.server, self._url = folder, server, url

    def declared(self) -> Webhook:
        return Webhook("hook", f"{self._url}/pages", Secret("env:HOOK_SECRET"), wakes=True, is_idempotent=True, ca_file="ca.pem")

    def opened(self, declared: Webhook, timeout_s: float = 10.0, project: str = "company") -> Channel:
        return Hook(declared, project, self.folder, References(self.folder, ENVIRON), waiting(), timeout_s)

    def channel(self, timeout_s: float = 10.0, *, people: tuple[str, ...] = (), project: str = "company") -> Channel:
        return self.opened(replace(self.declared(), people=people), timeout_s, project)

    def arrived(self) -> list[Arrived]:
        keys = [asked["idempotency-key"] for asked in self.server.asked]
        # Where every request is taken the keys belong to the letters one by one.
        keys = keys if len(keys) == len(self.server.letters) else keys[-1:] * len(self.server.letters)
        found = zip(self.server.letters, keys, strict=True)
        return [Arrived(e["target"], e["subject"], e["text"], key, e["wakes"]) for e, key in found]

    def then(self, *misbehave: str) -> None:
        self.server.then(*misbehave)


def waiting() -> Waiting:
    import time

    return Waiting(time.sleep, time.monotonic, SystemClock().now)


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """What a server of these names shows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    return context


def trusted(folder: Path, authority: trustme.CA) -> None:
    """The authority as the project knows it."""
    folder.mkdir(parents=True, exist_ok=True)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))


@contextmanager
def mail_way(folder: Path, authority: trustme.CA, *, context: ssl.SSLContext | None = None) -> Iterator[MailWay]:
    trusted(folder, authority)
    server = MailServer("pager", PASSWORD, SLOW_S)
    with server.serving(starttls=context or certified(authority)) as port:
        yield MailWay(folder, server, port)


@contextmanager
def hook_way(folder: Path, authority: trustme.CA, *, context: ssl.SSLContext | None = None) -> Iterator[HookWay]:
    trusted(folder, authority)
    server = HookServer(secret=SECRET, slow_s=SLOW_S)
    with server.serving(tls=context or certified(authority)) as url:
        yield HookWay(folder, server, url)


@contextmanager
def way(kind: str, folder: Path, authority: trustme.CA) -> Iterator[Way]:
    with ExitStack() as stack:
        if kind == "file":
            yield FileWay(folder)
        elif kind == "console":
            yield ConsoleWay()
        else:
            opened = mail_way if kind == "email" else hook_way
            yield stack.enter_context(opened(folder, authority))
