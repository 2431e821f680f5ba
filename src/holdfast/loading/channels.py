"""Channels and the pager's settings: `channels:` and `pager:` of holdfast.yml read into values."""

import re
from collections.abc import Iterable
from decimal import Decimal

from holdfast.definitions.channel import (
    EVERYBODY,
    Console,
    Declared,
    Email,
    PagerRules,
    RecordingFile,
    Webhook,
    has_address,
)
from holdfast.definitions.people import Person
from holdfast.definitions.pipeline import INVESTORS, Project
from holdfast.loading.addresses import is_loopback, read_url
from holdfast.loading.fields import Fields
from holdfast.loading.folder import Folder
from holdfast.loading.problems import suggestion
from holdfast.loading.references import read_secret

KEYS = ("channels", "pager")
KINDS = ("file", "console", "email", "webhook")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
LONGEST_DELAY_S = 600
_PAGES = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.jsonl")
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[A-Za-z0-9.-]+")
_ROOM = re.compile(r"#[^\s#]+")


def read_pager(top: Fields, people: tuple[Person, ...], folder: Folder) -> PagerRules:
    """What the file says about paging, the default where it says nothing; what is wrong is reported."""
    usual = PagerRules()
    channels = tuple(_channel(name, each, people, folder) for name, each in top.sections("channels"))
    if top.data.get("channels") == {}:
        top.error("'channels' is empty, so nobody could be reached; declare one, or leave the key out", "channels")
    below = top.section("pager")
    if below is None:
        return PagerRules(channels or usual.channels)
    found = PagerRules(
        channels=channels or usual.channels,
        room=_room(below, "room", usual.room),
        ping=read_secret(below, "ping", folder) if below.has("ping") else None,
        public_url=read_url(below, "public_url", sends="acknowledgements", required=False),
    )
    below.done(("ping",))
    return found


def _channel(name: str, each: Fields, people: tuple[Person, ...], folder: Folder) -> Declared:
    kind = each.one_of("kind", KINDS, required=True)
    if kind == "file":
        return _file(name, each, people)
    if kind == "email":
        return _email(name, each, people, folder)
    if kind == "webhook":
        return _webhook(name, each, people, folder)
    if kind == "console":
        found = Console(name, wakes=each.flag("wakes"), people=_people(each, people))
        each.done()
        return found
    # Of an unknown kind nobody knows which other keys are right.
    each.done(each.data)
    return Console(name)


def _file(name: str, each: Fields, people: tuple[Person, ...]) -> RecordingFile:
    path = each.text("path", default="pages.jsonl")
    if not _PAGES.fullmatch(path):
        each.error(f"path is '{path}', expected a file below .holdfast/ that ends in .jsonl; write it like pages.jsonl", "path")
    delay_s = each.decimal("delay_s", default=Decimal(0)) or Decimal(0)
    if not 0 <= delay_s <= LONGEST_DELAY_S:
        each.error(f"delay_s is {delay_s}, expected 0 to {LONGEST_DELAY_S} seconds; correct it", "delay_s")
    found = RecordingFile(
        name,
        path,
        float(delay_s),
        wakes=each.flag("wakes", default=True),
        room=_room(each, "room", ""),
        people=_people(each, people),
    )
    each.done()
    return found


def _email(name: str, each: Fields, people: tuple[Person, ...], folder: Folder) -> Email:
    host, security = each.text("host", required=True), each.one_of("security", tuple(PORTS), default="starttls")
    user = each.text("user")
    password = read_secret(each, "password", folder) if each.has("password") else None
    if bool(user) != each.has("password"):
        each.error("user and password go together; write both, or neither", "user" if user else "password")
    if host and (not host.isascii() or not host.isprintable() or set(host) & set("@/ ")):
        each.error("host is no name of a machine; write its name alone, such as smtp.example.com", "host")
    elif host and security == "none" and not is_loopback(host):
        each.error(
            f"security is none, so pages go to {host} in the clear; write starttls or tls (none is for this machine alone)",
            "security",
        )
    found = Email(
        name=name,
        host=host,
        port=each.whole("port", default=PORTS[security], least=1, most=65535),
        sender=_address(each, "from", required=True),
        security=security,
        user=user,
        password=password,
        wakes=each.flag("wakes"),
        room_address=_address(each, "room_address"),
        people=_people(each, people),
        ca_file=_ca_file(each, folder),
    )
    each.done(("password",))
    without = [who.name for who in people if who.name in found.people and not who.email]
    if without:
        each.error(f"{without[0]} has no e-mail address in team/people.yml; write one there, or leave them out", "people")
    return found


def _webhook(name: str, each: Fields, people: tuple[Person, ...], folder: Folder) -> Webhook:
    found = Webhook(
        name=name,
        url=read_url(each, sends="pages"),
        secret=read_secret(each, "secret", folder),
        wakes=each.flag("wakes"),
        is_idempotent=each.flag("idempotent"),
        takes_rooms=each.flag("rooms", default=True),
        people=_people(each, people),
        ca_file=_ca_file(each, folder),
    )
    each.done()
    return found


def _people(each: Fields, people: tuple[Person, ...]) -> tuple[str, ...]:
    given = each.names("people")
    known = [person.name for person in people]
    for name in given:
        if name not in known:
            each.error(f"'{name}' is nobody in team/people.yml. {suggestion(name, known, 'People')}", "people")
    if each.has("people") and not given:
        each.error("'people' names nobody; name whom the channel reaches, or leave the key out for everybody", "people")
    return given or EVERYBODY


def _room(each: Fields, key: str, default: str) -> str:
    room = each.text(key, default=default)
    if room and not _ROOM.fullmatch(room):
        each.error(f"{key} is '{room}', expected the name of a room; write it in quotes, like \"#data-eng-alerts\"", key)
        return default
    return room


def _address(each: Fields, key: str, *, required: bool = False) -> str:
    written = each.text(key, required=required)
    if written and not (_ADDRESS.fullmatch(written) and written.isascii()):
        each.error(f"{key} is '{written}', expected one e-mail address; write it like pager@example.com", key)
    return written


def _ca_file(each: Fields, folder: Folder) -> str:
    path = each.text("ca_file")
    outside = folder.why_outside(path) if path else None
    if path and path.startswith("env:"):
        outside = f"'{path}' is no path; name a file below the project folder"
    if outside:
        each.error(f"ca_file: {outside}", "ca_file")
    elif path and not folder.has(path):
        each.error(f"ca_file: there is no {path} below the project folder; put the certificate there", "ca_file")
    return path


def report_unreached(top: Fields, project: Project) -> None:
    """Warn of those who answer for investors' figures and whom nothing would wake, and of a room nobody hears."""
    pager, at = project.pager, ["channels"] if top.has("channels") else []
    rotation = project.team.rotation
    if rotation and any(pipeline.audience == INVESTORS for pipeline in project.pipelines.values()):
        manager = next((person for person in project.people if person.role == "manager"), None)
        answering = [person for person in project.people if person.name in rotation.engineers or person is manager]
        unreached = [person.name for person in answering if not _wakes(pager.channels, person)]
        if unreached:
            top.warning(
                f"no channel wakes {', '.join(unreached)}, who may be on call for investors' figures; "
                "give one with `wakes: true` an address for each",
                *at,
            )
    if not any(has_address(channel, pager.room) for channel in pager.channels):
        top.warning(f"no channel takes messages to {pager.room}, so what is told to the room is lost; give one that does", *at)


def _wakes(channels: Iterable[Declared], person: Person) -> bool:
    return any(channel.wakes and has_address(channel, person) for channel in channels)
