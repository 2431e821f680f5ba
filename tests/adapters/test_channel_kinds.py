"""What is special to a file, a mail and a webhook as channels."""

import base64
import errno
import json
import os
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import trustme
from channels_under_test import (
    ENVIRON,
    JILL,
    JOHN,
    PAGE,
    ROOM,
    SECRET,
    FileWay,
    HookWay,
    MailWay,
    certified,
    hook_way,
    mail_way,
    trusted,
)
from mail_server import MailServer
from standardwebhooks.webhooks import Webhook as SecondOpinion

from holdfast.definitions.source import Secret
from holdfast.incidents.ports import Refused, Unsent, Unsure
from holdfast.testing.hook_server import HookServer
from holdfast.testing.scripted import serving


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def file(tmp_path: Path) -> FileWay:
    return FileWay(tmp_path)


@pytest.fixture
def mail(tmp_path: Path, authority: trustme.CA) -> Iterator[MailWay]:
    with mail_way(tmp_path, authority) as found:
        yield found


@pytest.fixture
def hook(tmp_path: Path, authority: trustme.CA) -> Iterator[HookWay]:
    with hook_way(tmp_path, authority) as found:
        yield found


class TestFile:
    def test_a_line_says_everything_about_the_page(self, file: FileWay) -> None:
        """Which step of which incident, for whom, due and sent when, by which channel."""
        file.channel().send(replace(PAGE, is_late=True, stands_for=("unit_profit/1",)))
        assert json.loads(file.path.read_text()) == {
            "incident": 7,
            "step": "aggregate_profit/1",
            "target": "john",
            "role": "primary",
            "channel": "pages",
            "due_at": "2026-10-02T08:00:00+00:00",
            "sent_at": "2026-10-02T08:00:05+00:00",
            "maybe_repeat": False,
            "late": True,
            "wakes": True,
            "stands_for": ["unit_profit/1"],
            "subject": "aggregate_profit: no orders of 2026-10-01",
            "text": "Readers miss gross profit of 2026-10-01.\nAcknowledge: holdfast ack 7",
        }

    def test_a_bundle_names_every_message_in_it(self, file: FileWay) -> None:
        """So that each can be counted as sent."""
        file.channel().send(replace(PAGE, more=((8, "unit_profit/1", datetime(2026, 10, 2, 7, tzinfo=UTC)),)))
        assert json.loads(file.path.read_text())["more"] == [
            {"incident": 8, "step": "unit_profit/1", "due_at": "2026-10-02T07:00:00+00:00"}
        ]

    def test_a_letter_is_named_by_its_place(self, file: FileWay) -> None:
        """The byte at which its line begins."""
        first, second = file.channel().send(PAGE), file.channel().send(PAGE)
        assert first == "pages.jsonl:0"
        assert second == f"pages.jsonl:{len(file.path.read_bytes()) // 2}"

    def test_a_line_that_a_crash_cut_short_takes_no_other_with_it(self, file: FileWay) -> None:
        """What follows begins on a line of its own."""
        file.path.parent.mkdir()
        file.path.write_bytes(b'{"incident": 6, "st')
        file.channel().send(PAGE)
        torn, whole, end = file.path.read_bytes().split(b"\n")
        assert (torn, json.loads(whole)["incident"], end) == (b'{"incident": 6, "st', 7, b"")

    def test_letters_handed_over_side_by_side_stay_apart(self, file: FileWay) -> None:
        """Each is a line of its own, at the place by which it is named."""
        channel = file.channel()
        letters = [replace(PAGE, incident=number, lines=("x" * 20_000,)) for number in range(200)]
        with ThreadPoolExecutor(8) as pool:
            places = list(pool.map(channel.send, letters))
        kept = file.path.read_bytes()
        for letter, place in zip(letters, places, strict=True):
            begins = int(place.rpartition(":")[2])
            assert json.loads(kept[begins : kept.index(b"\n", begins)])["incident"] == letter.incident
        assert len(kept.splitlines()) == 200

    def test_it_takes_its_time_before_the_line_is_there(self, file: FileWay) -> None:
        """A pager stopped meanwhile has sent nothing."""
        there: list[bool] = []
        channel = replace(file.channel(delay_s=5), sleep=lambda s: there.append(file.path.exists() or s != 5))
        channel.send(PAGE)
        assert (there, len(file.arrived())) == ([False], 1)

    def test_it_is_on_the_disk_when_it_counts_as_sent(self, file: FileWay, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that fails to keep the line leaves doubt; one that does not open, none."""

        def broken(_: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", broken)
            with pytest.raises(Unsure, match="Input/output error"):
                file.channel().send(PAGE)
        file.path.unlink()
        file.path.mkdir()
        with pytest.raises(Unsent, match="cannot be opened") as failed:
            file.channel().send(PAGE)
        assert not isinstance(failed.value, Unsure)

    def test_a_full_disk_leaves_doubt(self, file: FileWay, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half a line is no letter; the next one is not lost in it."""
        write = os.write
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda to, line: write(to, line[: len(line) // 2]))
            with pytest.raises(Unsure, match="a part of the line"):
                file.channel().send(PAGE)
        file.channel().send(PAGE)
        assert json.loads(file.path.read_text().splitlines()[1])["incident"] == 7

    def test_it_may_be_one_rooms(self, file: FileWay) -> None:
        """It then takes no other room's messages."""
        channel = file.channel(room="#on-call")
        assert [channel.reaches(each) for each in ("#on-call", ROOM)] == [True, False]


class TestMail:
    def test_its_headers_say_who_what_and_that_a_machine_wrote_it(self, mail: MailWay) -> None:
        """Nobody's holiday notice answers it; names of any script and with commas are kept whole."""
        mail.channel().send(replace(PAGE, to=JILL))
        [found] = mail.server.mails
        assert str(found["From"]) == "Holdfast <pager@example.com>"
        assert found["To"].addresses[0].display_name == "Jill Ångström, B.Sc."
        assert found["To"].addresses[0].addr_spec == "jill@example.com"
        assert found["Auto-Submitted"] == "auto-generated"
        assert found["Date"].datetime == PAGE.at
        assert found.get_content_type() == "text/plain"

    def test_the_wire_sees_ascii_alone(self, mail: MailWay) -> None:
        """So that a server that knows nothing newer passes it on unharmed, no line too long."""
        mail.channel().send(replace(PAGE, to=JILL, subject="Zürich", lines=("ü" * 3000,)))
        [raw] = mail.server.raw
        assert raw.isascii()
        assert max(len(line) for line in raw.split(b"\r\n")) <= 78
        assert "ü" * 3000 in message_from_bytes(raw).get_payload(decode=True).decode()

    def test_mails_of_one_incident_stand_together(self, mail: MailWay) -> None:
        """They refer to one thing; those of another incident to another."""
        channel = mail.channel()
        channel.send(PAGE)
        channel.send(replace(PAGE, key="7/resolved/primary/john", step="resolved", wakes=False))
        channel.send(replace(PAGE, key="8/resolved/primary/john", incident=8))
        threads = [mail["References"] for mail in mail.server.mails]
        assert threads[0] == threads[1] != threads[2]

    def test_the_server_says_how_it_calls_it(self, mail: MailWay) -> None:
        """For whoever looks for it there."""
        assert mail.channel().send(PAGE) == "2.0.0 Ok: queued as M1"

    def test_a_server_that_cannot_encrypt_gets_nothing(self, tmp_path: Path, authority: trustme.CA) -> None:
        """Neither the password nor the mail goes out in the clear."""
        trusted(tmp_path, authority)
        server = MailServer()
        with server.serving() as port:
            way = MailWay(tmp_path, server, port)
            with pytest.raises(Refused, match="cannot do what is asked of it .STARTTLS"):
                way.channel().send(PAGE)
        assert (server.logins, server.mails) == ([], [])

    def test_encryption_from_the_first_byte(self, tmp_path: Path, authority: trustme.CA) -> None:
        """`tls` needs no STARTTLS, and checks the certificate as well."""
        trusted(tmp_path, authority)
        server = MailServer()
        with server.serving(tls=certified(authority)) as port:
            way = MailWay(tmp_path, server, port)
            direct = replace(way.declared(), security="tls", user="", password=None)
            way.opened(direct).send(PAGE)
            with pytest.raises(Refused, match="not trusted"):
                way.opened(replace(direct, ca_file="")).send(PAGE)
        assert len(server.mails) == 1

    def test_without_encryption_on_this_machine(self, tmp_path: Path) -> None:
        """A relay on loopback needs neither certificate nor password."""
        server = MailServer()
        with server.serving() as port:
            way = MailWay(tmp_path, server, port)
            way.opened(replace(way.declared(), security="none", user="", password=None, ca_file="")).send(PAGE)
        assert len(server.mails) == 1

    @pytest.mark.parametrize("address", ["john", "john@", "a@example.com, b@example.com", "j@example.com\r\nRCPT TO:<x@y>", "@", "<>", "jöhn@example.com", "john@exämple.com"])
    def test_what_is_no_address_is_refused(self, mail: MailWay, address: str) -> None:
        """Nothing after it is taken for a second one, or for a command; other scripts are not served."""
        with pytest.raises(Refused):
            mail.channel().send(replace(PAGE, to=replace(JOHN, email=address)))
        assert mail.server.recipients == []

    def test_a_password_that_cannot_be_sent_is_not_shown(self, mail: MailWay, monkeypatch: pytest.MonkeyPatch) -> None:
        """SMTP's logins know ASCII alone; the error of it quotes the password, ours does not."""
        monkeypatch.setitem(ENVIRON, "MAIL_PASSWORD", "pässword")
        with pytest.raises(Refused) as failed:
            mail.channel().send(PAGE)
        assert "ssword\"" not in repr(failed.value)
        assert "pässword" not in str(failed.value)

    def test_a_server_that_leaves_without_a_word_has_the_mail_all_the_same(
        self, mail: MailWay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once it has said yes, nothing that follows makes it a failure."""

        def gone(_: smtplib.SMTP) -> None:
            raise smtplib.SMTPServerDisconnected("gone")

        monkeypatch.setattr(smtplib.SMTP, "quit", gone)
        assert mail.channel().send(PAGE).startswith("2.0.0")

    def test_a_server_that_is_none(self, mail: MailWay) -> None:
        """Whatever else answers at the port got no mail."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            other.settimeout(5)
            def chatter() -> None:
                connection, _ = other.accept()
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

            thread = threading.Thread(target=chatter)
            thread.start()
            with pytest.raises(Unsent) as failed:
                mail.opened(replace(mail.declared(), port=port), 0.5).send(PAGE)
            thread.join()
        assert not isinstance(failed.value, Unsure)


class TestWebhook:
    def test_the_signature_is_the_one_that_receivers_libraries_check(self, hook: HookWay) -> None:
        """The standard's own package reads the letter from headers and body."""
        hook.channel().send(PAGE)
        [headers], [body] = hook.server.asked, hook.server.bodies
        key = base64.b64encode(SECRET.encode()).decode()
        assert SecondOpinion(key).verify(body, headers)["target"] == "john"
        with pytest.raises(Exception, match="No matching signature"):
            SecondOpinion(key).verify(body.replace(b"john", b"jill"), headers)

    def test_a_secret_in_the_standards_own_form(self, hook: HookWay, monkeypatch: pytest.MonkeyPatch) -> None:
        """What follows `whsec_` is base64 of the key."""
        monkeypatch.setitem(ENVIRON, "HOOK_SECRET", "whsec_" + base64.b64encode(SECRET.encode()).decode())
        hook.channel().send(PAGE)
        assert len(hook.server.letters) == 1

    def test_a_broken_secret_is_refused_and_not_shown(self, hook: HookWay, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody is asked."""
        monkeypatch.setitem(ENVIRON, "HOOK_SECRET", "whsec_n0t-base64!")
        with pytest.raises(Refused, match="env:HOOK_SECRET cannot sign") as failed:
            hook.channel().send(PAGE)
        assert "n0t-base64" not in str(failed.value)
        assert hook.server.asked == []

    def test_a_receiver_keeps_a_repeat_apart(self, hook: HookWay) -> None:
        """The answer was lost, the letter is sent again, and there is one; both answers name it alike."""
        hook.then("drop-kept")
        with pytest.raises(Unsure):
            hook.channel().send(PAGE)
        assert hook.channel().send(PAGE) == "letter-1"
        assert len(hook.server.letters) == 1
        assert len({asked["idempotency-key"] for asked in hook.server.asked}) == 1

    @pytest.mark.parametrize(("odd", "least", "most"), [("429", 7, 7), ("429-long", 86400, 86400), ("429-date", 7, 9)])
    def test_it_says_how_long_the_receiver_wants_to_be_left_alone(self, hook: HookWay, odd: str, least: float, most: float) -> None:
        """In seconds, however it was written."""
        hook.then(odd)
        with pytest.raises(Unsent) as failed:
            hook.channel().send(PAGE)
        assert least <= failed.value.after_s <= most

    @pytest.mark.parametrize("odd", ["500", "500-kept", "409", "drop"])
    def test_what_breaks_behind_the_door_leaves_doubt(self, hook: HookWay, odd: str) -> None:
        """An error inside, an earlier try under way, a connection that ends: nobody can tell from outside."""
        hook.then(odd)
        with pytest.raises(Unsure):
            hook.channel().send(PAGE)

    @pytest.mark.parametrize("odd", ["cut", "html"])
    def test_yes_is_yes(self, hook: HookWay, odd: str) -> None:
        """Though its answer breaks off after the status, or holds nothing that a program reads."""
        hook.then(odd)
        assert hook.channel().send(PAGE) == ""
        assert len(hook.server.letters) == 1

    def test_it_follows_nobody_elsewhere(self, hook: HookWay) -> None:
        """A page and its signature go where the project says, whatever a receiver answers."""
        elsewhere = HookServer()
        with elsewhere.serving() as url:
            hook.server.elsewhere = url
            hook.then("moved")
            with pytest.raises(Refused, match="has moved"):
                hook.channel().send(PAGE)
        assert elsewhere.asked == []

    def test_without_a_secret_nothing_is_signed(self, hook: HookWay) -> None:
        """Rather than with an empty key, which would look like proof."""
        hook.server.secret = ""
        hook.opened(replace(hook.declared(), secret=None)).send(PAGE)
        assert "webhook-signature" not in hook.server.asked[0]

    def test_it_is_as_idempotent_as_it_was_declared(self, hook: HookWay) -> None:
        """Only the team knows what its receiver does with a key."""
        assert hook.opened(replace(hook.declared(), is_idempotent=False)).is_idempotent is False
        assert hook.channel().is_idempotent

    def test_it_need_not_take_rooms(self, hook: HookWay) -> None:
        """One that rings a telephone does not."""
        assert not hook.opened(replace(hook.declared(), takes_rooms=False)).reaches(ROOM)

    def test_an_answer_without_end_is_left(self, hook: HookWay) -> None:
        """Its status says enough."""
        with serving(lambda *_: (200, {}, b"x" * 50_000_000), ("POST",)) as url:
            assert hook.opened(replace(hook.declared(), url=url)).send(PAGE) == ""


class TestSecretsOfFiles:
    def test_a_secret_may_lie_in_a_file_of_the_project(self, hook: HookWay) -> None:
        """One that git ignores."""
        (hook.folder / "secrets").mkdir()
        (hook.folder / "secrets" / "hook").write_text(f"{SECRET}\n")
        hook.opened(replace(hook.declared(), secret=Secret("file:secrets/hook"))).send(PAGE)
        assert len(hook.server.letters) == 1


def test_time_passes_between_letters_and_their_names_stay() -> None:
    """The identity hangs on project, key and due time, and on nothing that differs between attempts."""
    from holdfast.adapters.channels.written import identity_of

    later = replace(PAGE, at=PAGE.at + timedelta(hours=1), maybe_repeat=True, subject="other", lines=())
    assert identity_of(PAGE, "company") == identity_of(later, "company")
