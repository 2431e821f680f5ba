"""Channels and the pager in holdfast.yml: what they are read into, and what lint says of wrong ones."""

from datetime import date

import pytest
from team_folder import Team

from holdfast.definitions.channel import (
    Console,
    Email,
    Expiring,
    PagerRules,
    RecordingFile,
    Webhook,
    expiring_soon,
)
from holdfast.definitions.source import Secret

FILE = "holdfast.yml"
GOOD = """\
channels:
  hook:
    kind: webhook
    url: https://pages.example.com/in/
    secret: {from: env:HOOK_SECRET, expires_on: 2027-01-31}
    wakes: true
    idempotent: true
    rooms: false
  mail:
    kind: email
    host: smtp.example.com
    from: pager@example.com
    user: pager
    password: file:secrets/mail
    room_address: alerts@example.com
    people: [john, jill]
  pages: {kind: file, path: out/pages.jsonl, delay_s: 0.5, room: "#on-call"}
  screen: {kind: console}
pager:
  room: "#on-call"
  ping: env:PING_URL
  public_url: https://holdfast.example.com
"""


def declare(team: Team, text: str) -> int:
    """The settings with that text for channels and pager; the line before its first."""
    settings = (team.folder / FILE).read_text().partition("channels:")[0]
    team.write(FILE, settings + text)
    return settings.count("\n")


def test_channels_are_read_into_values(team: Team) -> None:
    """In the order in which they are written, since that is the order in which they are tried."""
    declare(team, GOOD)

    pager = team.project().pager

    hook, mail, pages, screen = pager.channels
    assert hook == Webhook(
        "hook", "https://pages.example.com/in", Secret("env:HOOK_SECRET"), wakes=True, is_idempotent=True, takes_rooms=False
    )
    assert mail == Email(
        name="mail",
        host="smtp.example.com",
        port=587,
        sender="pager@example.com",
        user="pager",
        password=Secret("file:secrets/mail"),
        room_address="alerts@example.com",
        people=("john", "jill"),
    )
    assert pages == RecordingFile("pages", "out/pages.jsonl", 0.5, wakes=True, room="#on-call")
    assert screen == Console("screen")
    assert (pager.room, pager.ping, pager.public_url) == ("#on-call", Secret("env:PING_URL"), "https://holdfast.example.com")


def test_they_are_read_the_same_again(team: Team) -> None:
    """Order and all, also from the cache of what was read before."""
    declare(team, GOOD)

    assert team.project().pager == team.project().pager


def test_a_file_that_says_nothing_has_the_recording_file(team: Team) -> None:
    """A new project pages into a file, and lint finds nothing wrong with that."""
    assert team.project().pager == PagerRules()
    declare(team, "")
    assert team.project().pager == PagerRules()
    assert team.lint() == []


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_a_port_follows_from_the_security(team: Team, security: str, port: int) -> None:
    """The ones that the standards give them."""
    declare(team, GOOD.replace("    host: smtp", f"    security: {security}\n    host: smtp"))

    assert team.project().pager.channels[1].port == port


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: webhook", "kind: webhok", "'channels.hook.kind' is 'webhok'. Did you mean 'webhook'?"),
        ("    kind: webhook\n", "", "'channels.hook' has no 'kind'"),
        ("secret: {from: env:HOOK_SECRET, expires_on: 2027-01-31}", "secret: s3cr3t-k3y", "secret is no reference"),
        ("secret: {from: env:HOOK_SECRET, expires_on: 2027-01-31}", "secret: 5313370", "secret is no reference"),
        ("from: env:HOOK_SECRET", "from: s3cr3t-k3y", "secret is no reference; write env:NAME or file:PATH"),
        ("expires_on: 2027-01-31", "expires_on: soon", "'channels.hook.secret.expires_on' is 'soon', expected a date"),
        (", expires_on: 2027-01-31", "", "'channels.hook.secret' has no 'expires_on'"),
        ("{from: env:HOOK_SECRET, ", "{frm: env:HOOK_SECRET, ", "has the unknown key 'frm'. Did you mean 'from'?"),
        ("    secret: {from: env:HOOK_SECRET, expires_on: 2027-01-31}\n", "", "'channels.hook' has no 'secret'"),
        ("url: https://pages", "url: http://pages", "url sends pages to pages.example.com in the clear"),
        ("url: https://pages", "url: https://me:s3cr3t@pages", "holds a user or password"),
        ("in/", "in?key=s3cr3t", "has a part after '?' or '#'"),
        ("  screen:", "  pages:", "key 'pages' is already written"),
        ("host: smtp", "security: none\n    host: smtp", "security is none, so pages go to smtp.example.com in the clear"),
        ("host: smtp.example.com", "host: smtps://smtp.example.com", "host is no name of a machine"),
        ("    user: pager\n", "", "user and password go together"),
        ("    password: file:secrets/mail\n", "", "user and password go together"),
        ("from: pager@example.com", "from: pager", "from is 'pager', expected one e-mail address"),
        ("from: pager@example.com", "from: Pager <p@example.com>", "expected one e-mail address"),
        ("people: [john, jill]", "people: [john, jil]", "'jil' is nobody in team/people.yml. Did you mean 'jill'?"),
        ("people: [john, jill]", "people: []", "'people' names nobody"),
        ("room_address: alerts@example.com", "ca_file: ../ca.pem", "ca_file: '../ca.pem' leads out of the folder"),
        ("room_address: alerts@example.com", "ca_file: ca.pem", "ca_file: there is no ca.pem"),
        ("path: out/pages.jsonl", "path: ../pages.jsonl", "expected a file below .holdfast/ that ends in .jsonl"),
        ("path: out/pages.jsonl", "path: ledger.db", "expected a file below .holdfast/ that ends in .jsonl"),
        ("delay_s: 0.5", "delay_s: -1", "delay_s is -1, expected 0 to 600 seconds"),
        ("kind: console", "kind: console, colour: red", "unknown key 'colour'"),
        ('room: "#on-call"\n', "room: on-call\n", "room is 'on-call', expected the name of a room"),
        ("ping: env:PING_URL", "ping: https://ping.example.com/s3cr3t", "ping is no reference"),
        ("public_url: https://holdfast", "public_url: http://holdfast", "public_url sends acknowledgements to"),
        ("public_url:", "public_ulr:", "'pager' has the unknown key 'public_ulr'. Did you mean 'public_url'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(team: Team, old: str, new: str, told: str) -> None:
    """One problem, and never with the secret in it."""
    declare(team, GOOD)
    team.replace(FILE, old, new)

    found = [each for each in team.problems() if each.severity == "error"]

    assert len(found) == 1, [str(each) for each in found]
    assert told in found[0].message
    assert found[0].file == FILE
    assert found[0].line > 6
    for secret in ("s3cr3t", "5313370"):
        assert secret not in str(found[0])


def test_one_without_encryption_is_for_this_machine(team: Team) -> None:
    """A relay on loopback, by any of its names."""
    for host in ("localhost", "127.0.0.1", "'::1'"):
        declare(team, GOOD.replace("host: smtp.example.com", f"security: none\n    host: {host}"))
        assert team.problems() == ()


def test_somebody_without_an_address_cannot_be_mailed(team: Team) -> None:
    """The error names them, where the channel does."""
    line = declare(team, GOOD)
    team.replace("team/people.yml", "email: jill@example.com, ", "")

    [found] = team.problems()

    assert "jill has no e-mail address in team/people.yml" in found.message
    assert found.line == line + GOOD[: GOOD.index("people: [john")].count("\n") + 1


def test_no_channel_at_all_is_no_way_to_page(team: Team) -> None:
    """Left out it has a default; written and empty it is a mistake."""
    declare(team, "channels: {}\n")

    assert "'channels' is empty, so nobody could be reached" in team.problems()[0].message


def test_whom_nothing_wakes_is_told(team: Team) -> None:
    """A warning that names engineers in rotation and the manager; it stops nothing."""
    line = declare(team, GOOD.replace("wakes: true", "wakes: true\n    people: [john, davis]").replace("pages.jsonl,", "p.jsonl, wakes: false,"))

    [found] = team.problems()

    assert (found.severity, found.line) == ("warning", line + 1)
    assert "no channel wakes james, jill, manager, who may be on call for investors' figures" in found.message


def test_a_room_that_nobody_hears_is_told(team: Team) -> None:
    """What is said to it would be said to nobody."""
    declare(team, "channels:\n  pages: {kind: file, room: '#on-call'}\n")

    [found] = team.problems()

    assert (found.severity, "no channel takes messages to #data-eng-alerts" in found.message) == ("warning", True)


def test_every_secret_with_a_last_day_is_known(team: Team) -> None:
    """Of channels, destinations and the ping alike, with who needs it."""
    declare(team, GOOD.replace("ping: env:PING_URL", "ping: {from: env:PING_URL, expires_on: 2026-12-24}"))
    team.write(
        "destinations.yml",
        "destinations:\n  board: {kind: portal, url: https://board.example.com, "
        "token: {from: env:BOARD, expires_on: 2026-11-01}}\n",
    )

    project = team.project()

    assert set(project.pager.expiring) == {
        Expiring(Secret("env:HOOK_SECRET"), date(2027, 1, 31), "channel 'hook'"),
        Expiring(Secret("env:BOARD"), date(2026, 11, 1), "destination 'board'"),
        Expiring(Secret("env:PING_URL"), date(2026, 12, 24), "the dead man's ping"),
    }


def test_a_fortnight_before_it_is_soon(team: Team) -> None:
    """Fourteen days are soon, fifteen are not, and what is over is still told."""
    day = date(2026, 10, 1)
    ends = [Expiring(Secret("env:A"), date(2026, 10, each), f"channel '{each}'") for each in (16, 15, 1)]
    over = Expiring(Secret("env:B"), date(2026, 9, 1), "destination 'board'")

    assert [each.expires_on.day for each in expiring_soon([*ends, over], day)] == [1, 1, 15]
    assert expiring_soon([*ends, over], day)[0] is over


def test_a_last_day_asks_for_nothing_anew() -> None:
    """A source is asked as before when its secret is renewed: no digest of it has the day."""
    plain, dated = Secret("env:A"), Secret("env:A", date(2027, 1, 31))

    assert (repr(plain), plain) == (repr(dated), dated)
