"""What every channel does, whatever it is: a file, the console, e-mail, a webhook."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from channels_under_test import (
    ENVIRON,
    JILL,
    JOHN,
    NOBODYS_MAIL,
    PAGE,
    PASSWORD,
    ROOM,
    SECRET,
    TIMEOUT_S,
    Way,
    certified,
    hook_way,
    mail_way,
    way,
)

from holdfast.incidents.ports import Refused, Unsent, Unsure

KINDS = ("file", "console", "email", "webhook")
ASKED = ("email", "webhook")
OPENED = {"email": mail_way, "webhook": hook_way}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=KINDS)
def any_way(request: pytest.FixtureRequest, tmp_path: Path, authority: trustme.CA) -> Iterator[Way]:
    with way(request.param, tmp_path, authority) as found:
        yield found


@pytest.fixture(params=ASKED)
def asked_way(request: pytest.FixtureRequest, tmp_path: Path, authority: trustme.CA) -> Iterator[Way]:
    """Those with a server at the other end."""
    with way(request.param, tmp_path, authority) as found:
        yield found


class TestHandingOver:
    def test_one_letter_arrives_once(self, any_way: Way) -> None:
        """To whom it was written, with its subject and its lines, and as a page."""
        any_way.channel().send(PAGE)
        [found] = any_way.arrived()
        assert (found.target, found.subject) == ("john", "aggregate_profit: no orders of 2026-10-01")
        assert found.text == "Readers miss gross profit of 2026-10-01.\nAcknowledge: holdfast ack 7"
        assert found.is_page

    def test_what_only_informs_is_no_page(self, any_way: Way) -> None:
        """Whoever is to sleep on sees the difference."""
        any_way.channel().send(replace(PAGE, wakes=False))
        assert [each.is_page for each in any_way.arrived()] == [False]

    def test_a_room_gets_its_letter(self, any_way: Way) -> None:
        """A room is no person, and is named as it is written."""
        assert any_way.channel().reaches(ROOM)
        any_way.channel().send(replace(PAGE, to=ROOM, role="room", wakes=False))
        assert [each.target for each in any_way.arrived()] == [ROOM]

    @pytest.mark.parametrize(
        "line",
        [
            "Überfällig: ‘orders’ – 五月, 𝄞",
            "<script>alert(\"1 < 2 & 3\")</script> 'x' `y` %s {z} $(w) \\n",
            ".",
            "From here: a line that mailbox files take for a mail's beginning",
            "x" * 5000,
            "",
            "  two spaces before, one after ",
        ],
    )
    def test_text_survives_as_it_is(self, any_way: Way, line: str) -> None:
        """Other scripts, quotes, markup, a lone dot, a long line, an empty one."""
        any_way.channel().send(replace(PAGE, lines=("First.", line, "Last.")))
        [found] = any_way.arrived()
        assert found.text == f"First.\n{line}\nLast."

    def test_a_subject_survives_and_is_one_line(self, any_way: Way) -> None:
        """Accents come through; what looks like another header stays in the subject."""
        any_way.channel().send(replace(PAGE, subject="Zürich – “late”"))
        any_way.channel().send(replace(PAGE, subject="late\r\nBcc: everybody@example.com\r\n\r\nbody", key="another"))
        first, second = any_way.arrived()
        assert first.subject == "Zürich – “late”"
        if any_way.kind == "email":
            assert second.subject == "late Bcc: everybody@example.com body"
            assert [mail["Bcc"] for mail in any_way.server.mails] == [None, None]
            assert any_way.server.recipients == ["john@example.com"] * 2

    def test_half_a_letter_of_unicode_stops_nothing(self, any_way: Way) -> None:
        """A lone surrogate, as bad data bring it, is replaced; the page goes out."""
        any_way.channel().send(replace(PAGE, lines=("segment \ud800 fails",)))
        [found] = any_way.arrived()
        assert found.text.startswith("segment ")
        assert found.text.endswith(" fails")

    def test_nothing_in_the_text_moves_a_cursor(self, any_way: Way) -> None:
        """Of a letter's control characters, a terminal is sent none, and a file none that ends its line."""
        any_way.channel().send(replace(PAGE, lines=("a\x1b[2Jb\x85c\u2028d\x07",)))
        assert len(any_way.arrived()) == 1
        if any_way.kind == "console":
            assert not set("\x1b\x07\x85\u2028") & set(any_way.said[0])
        if any_way.kind == "file":
            assert len(any_way.path.read_text().splitlines()) == 1


class TestReaching:
    def test_without_names_it_reaches_everybody_with_an_address(self, any_way: Way) -> None:
        """A mail needs one; the others know people by name."""
        channel = any_way.channel()
        assert channel.reaches(JOHN)
        assert channel.reaches(NOBODYS_MAIL) is (any_way.kind != "email")

    def test_with_names_it_reaches_these(self, any_way: Way) -> None:
        """And still the room."""
        channel = any_way.channel(people=("jill",))
        assert [channel.reaches(each) for each in (JOHN, JILL, ROOM)] == [False, True, True]


class TestRepeating:
    def test_a_repeat_is_known_by_the_same_name(self, asked_way: Way) -> None:
        """Whenever it is sent again, and though it says now that it may be one."""
        if asked_way.kind == "webhook":
            asked_way.server.forgets_keys = True
        asked_way.channel().send(PAGE)
        asked_way.channel().send(replace(PAGE, at=PAGE.at + timedelta(minutes=3), maybe_repeat=True))
        first, second = asked_way.arrived()
        assert first.identity == second.identity

    @pytest.mark.parametrize(
        ("other", "project"),
        [
            (replace(PAGE, key="7/aggregate_profit@investors-1/0/1.1/primary/john"), "company"),
            (PAGE, "another-company"),
            (replace(PAGE, due_at=datetime(2026, 11, 2, 8, tzinfo=UTC)), "company"),
        ],
        ids=["a reminder", "another project", "a ledger begun anew"],
    )
    def test_what_is_no_repeat_has_another_name(self, asked_way: Way, other: object, project: str) -> None:
        """Otherwise a receiver that keeps repeats apart would lose a page."""
        asked_way.channel().send(PAGE)
        asked_way.channel(project=project).send(other)
        first, second = asked_way.arrived()
        assert first.identity != second.identity


class TestFailing:
    def test_nobody_listens(self, asked_way: Way) -> None:
        """It certainly did not arrive."""
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        declared = asked_way.declared()
        closed = replace(declared, port=port) if asked_way.kind == "email" else replace(declared, url=f"https://127.0.0.1:{port}/x")
        with pytest.raises(Unsent) as failed:
            asked_way.opened(closed, TIMEOUT_S).send(PAGE)
        assert not isinstance(failed.value, Unsure)

    def test_somebody_listens_and_says_nothing(self, asked_way: Way) -> None:
        """Neither a greeting nor a certificate comes: after the time-out it certainly did not arrive."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            declared = asked_way.declared()
            mute = replace(declared, port=port) if asked_way.kind == "email" else replace(declared, url=f"https://127.0.0.1:{port}/x")
            with pytest.raises(Unsent) as failed:
                asked_way.opened(mute, TIMEOUT_S).send(PAGE)
        assert not isinstance(failed.value, Unsure)

    def test_a_server_that_says_one_byte_at_a_time_is_left(self, asked_way: Way) -> None:
        """Each byte comes in time, and the answer never ends: the whole has a limit too."""
        ended = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as slow:
            port = slow.getsockname()[1]
            thread = threading.Thread(target=_trickle, args=(slow, asked_way.kind, ended))
            thread.start()
            declared = asked_way.declared()
            if asked_way.kind == "email":
                declared = replace(declared, port=port, security="none", user="", password=None)
            else:
                declared = replace(declared, url=f"http://127.0.0.1:{port}/x")
            began = time.monotonic()
            with pytest.raises(Unsent):
                replace(asked_way.opened(declared), most_s=0.5).send(PAGE)
            took = time.monotonic() - began
            ended.set()
            thread.join(5)
        assert 0.4 < took < 3

    def test_an_answer_that_comes_too_late_leaves_doubt(self, asked_way: Way) -> None:
        """The letter is there, and its sender cannot know."""
        asked_way.then("slow")
        with pytest.raises(Unsure):
            asked_way.channel(TIMEOUT_S).send(PAGE)
        assert len(asked_way.arrived()) == 1

    def test_an_answer_that_is_lost_leaves_doubt(self, asked_way: Way) -> None:
        """As does a connection that ends after the letter is in."""
        asked_way.then("drop-kept")
        with pytest.raises(Unsure):
            asked_way.channel().send(PAGE)
        assert len(asked_way.arrived()) == 1

    @pytest.mark.parametrize(("kind", "odd"), [("email", "451"), ("email", "452"), ("email", "454"), ("email", "drop"), ("webhook", "503"), ("webhook", "429")])
    def test_a_passing_refusal_is_no_arrival(self, tmp_path: Path, authority: trustme.CA, kind: str, odd: str) -> None:
        """Greylisting, a full queue, a busy directory, a hang-up before the mail; an overload: try again."""
        with OPENED[kind](tmp_path, authority) as found:
            found.then(odd)
            with pytest.raises(Unsent) as failed:
                found.channel().send(PAGE)
            assert not isinstance(failed.value, Unsure)
            assert found.arrived() == []
            found.channel().send(PAGE)
            assert len(found.arrived()) == 1

    @pytest.mark.parametrize(
        ("kind", "odd"), [("email", "550"), ("email", "554"), ("webhook", "400"), ("webhook", "gone"), ("webhook", "moved")]
    )
    def test_a_lasting_refusal_says_so(self, tmp_path: Path, authority: trustme.CA, kind: str, odd: str) -> None:
        """An address nobody has, a mail nobody wants, a letter that is wrong, a receiver that is gone or moved."""
        with OPENED[kind](tmp_path, authority) as found:
            found.then(odd)
            with pytest.raises(Refused) as failed:
                found.channel().send(PAGE)
            assert found.arrived() == []
            assert "\n" not in str(failed.value)
            assert SECRET not in str(failed.value)


class TestTrusting:
    def test_another_authoritys_certificate_is_refused(self, tmp_path: Path, authority: trustme.CA) -> None:
        """Nothing is said to whoever shows it."""
        for kind in ASKED:
            with OPENED[kind](tmp_path, authority, context=certified(trustme.CA())) as found:
                with pytest.raises(Refused, match="certificate that is not trusted"):
                    found.channel().send(PAGE)
                assert found.arrived() == []

    def test_another_machines_certificate_is_refused(self, tmp_path: Path, authority: trustme.CA) -> None:
        """It is signed well, and names somebody else."""
        for kind in ASKED:
            with OPENED[kind](tmp_path, authority, context=certified(authority, "elsewhere.example.com")) as found:
                with pytest.raises(Refused, match="certificate that is not trusted"):
                    found.channel().send(PAGE)
                assert found.arrived() == []

    def test_an_expired_certificate_is_refused(self, tmp_path: Path, authority: trustme.CA) -> None:
        """Also one that was good until yesterday."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        authority.issue_cert("localhost", "127.0.0.1", not_after=yesterday).configure_cert(context)
        for kind in ASKED:
            with OPENED[kind](tmp_path, authority, context=context) as found:
                with pytest.raises(Refused, match="certificate that is not trusted"):
                    found.channel().send(PAGE)

    def test_a_file_that_holds_no_certificate_is_refused(self, asked_way: Way) -> None:
        """The error names the file."""
        (asked_way.folder / "ca.pem").write_text("nothing")
        with pytest.raises(Refused, match=r"ca\.pem is no file of certificates"):
            asked_way.channel().send(PAGE)


class TestSecrets:
    def test_a_wrong_one_is_refused_and_not_repeated(self, asked_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server repeats what it was given, or what it knows; the error does not, and says what to renew."""
        name = {"email": "MAIL_PASSWORD", "webhook": "HOOK_SECRET"}[asked_way.kind]
        monkeypatch.setitem(ENVIRON, name, "wrong-pass-word")
        with pytest.raises(Refused) as failed:
            asked_way.channel().send(PAGE)
        assert f"env:{name}" in str(failed.value)
        for secret in (PASSWORD, SECRET, "wrong-pass-word"):
            assert secret not in _everything_said(failed.value)
        assert asked_way.arrived() == []

    def test_a_missing_one_is_refused_before_anybody_is_asked(self, asked_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next channel gets its turn at once."""
        name = {"email": "MAIL_PASSWORD", "webhook": "HOOK_SECRET"}[asked_way.kind]
        monkeypatch.delitem(ENVIRON, name)
        with pytest.raises(Refused, match=f"environment variable {name}, which is not set"):
            asked_way.channel().send(PAGE)

    def test_it_is_looked_up_when_it_is_needed(self, asked_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        """A secret renewed while the pager runs counts from the next letter on."""
        channel = asked_way.channel()
        name = {"email": "MAIL_PASSWORD", "webhook": "HOOK_SECRET"}[asked_way.kind]
        with monkeypatch.context() as patch:
            patch.setitem(ENVIRON, name, "old")
            with pytest.raises(Refused):
                channel.send(PAGE)
        channel.send(PAGE)
        assert len(asked_way.arrived()) == 1

    def test_no_letter_and_no_name_carries_it(self, asked_way: Way) -> None:
        """Neither what arrived nor what the channel says of itself."""
        channel = asked_way.channel()
        told = channel.send(PAGE)
        for secret in (PASSWORD, SECRET):
            assert secret not in f"{channel!r} {told} {asked_way.arrived()}"


def _trickle(server: socket.socket, kind: str, ended: threading.Event) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"220 hello\r\n" if kind == "email" else b"HTTP/1.1 200 OK\r\n")
        while not ended.wait(0.05):
            try:
                connection.sendall(b"250-x\r\n" if kind == "email" else b"x")
            except OSError:
                return


def _everything_said(error: BaseException) -> str:
    """As a log would have it, with all that led there."""
    import traceback

    return "".join(traceback.format_exception(error))
