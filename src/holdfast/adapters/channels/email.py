"""SMTP as channel: one mail a letter, with the same Message-ID at each attempt."""

import base64
import contextlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from pathlib import Path

from holdfast.adapters.channels.declared import Way
from holdfast.adapters.channels.limits import MOST_S, ended_after
from holdfast.adapters.channels.telling import told
from holdfast.adapters.channels.written import identity_of
from holdfast.adapters.references import References
from holdfast.definitions.channel import Email
from holdfast.definitions.people import Person
from holdfast.errors import WorldError
from holdfast.incidents.ports import Letter, Refused, Unsent, Unsure

TIMEOUT_S = 10.0
"""Of connecting, and of each answer of the server."""
MOST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Mail(Way):
    """Hands each letter to the declared server, over a connection of its own."""

    declared: Email
    project: str
    root: Path
    references: References
    timeout_s: float = TIMEOUT_S
    most_s: float = MOST_S
    """Of the whole conversation after the server's greeting."""

    @property
    def is_idempotent(self) -> bool:
        """No: a server takes a second mail of one Message-ID; at best the reader's program shows one of them."""
        return False

    def send(self, letter: Letter) -> str:
        """What the server calls it, as far as its answer says."""
        mail = self._written(letter)
        password = self._password()
        with self._connected(password) as server:
            return self._hand_over(server, mail, letter, password)

    def _address(self, letter: Letter) -> str:
        return letter.to.email if isinstance(letter.to, Person) else self.declared.room_address

    def _written(self, letter: Letter) -> bytes:
        try:
            return self._mail(letter).as_bytes()
        except (MessageError, ValueError, IndexError) as error:
            raise Refused(f"{self._place()}: {letter.role or 'the recipient'} has no address that a mail can go to.") from error

    def _mail(self, letter: Letter) -> EmailMessage:
        named = letter.to.full_name if isinstance(letter.to, Person) else letter.to
        identity, domain = identity_of(letter, self.project), self.declared.sender.rpartition("@")[2]
        mail = EmailMessage(policy=WIRE)
        mail["From"] = Address("Holdfast", addr_spec=self.declared.sender)
        mail["To"] = Address(_one_line(named), addr_spec=self._address(letter))
        mail["Subject"] = _one_line(letter.subject)[:MOST_SUBJECT]
        mail["Date"] = letter.at
        mail["Message-ID"] = f"<{identity}@{domain}>"
        if letter.incident:
            # Never sent itself: readers' programs show together what refers to one thing.
            mail["References"] = f"<{_thread(self.project, letter.incident)}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if letter.wakes:
            mail["Importance"] = "high"
        text = "\n".join(letter.lines) + "\n"
        mail.set_content(text.encode("utf-8", "replace").decode(), cte="quoted-printable")
        return mail

    def _password(self) -> str:
        if self.declared.password is None:
            return ""
        try:
            return self.references.value(
                self.declared.password,
                needed_by=f"holdfast.yml: channel '{self.name}'",
                remedy=f"Ask whoever runs {self.declared.host} for it.",
            )
        except WorldError as error:
            raise Refused(str(error)) from error

    @contextmanager
    def _connected(self, password: str) -> Iterator[smtplib.SMTP]:
        """A session ready for a mail; nothing was sent while it was made."""
        with self._told(password, Unsent):
            server = self._reached()
        try:
            with ended_after(self.most_s, lambda: server.sock):
                self._greet(server, password)
                yield server
        finally:
            _leave(server)

    def _greet(self, server: smtplib.SMTP, password: str) -> None:
        with self._told(password, Unsent):
            if self.declared.security == "starttls":
                server.starttls(context=self._trusted())
            if self.declared.user:
                server.login(self.declared.user, password)
            else:
                server.ehlo_or_helo_if_needed()

    def _reached(self) -> smtplib.SMTP:
        # Our own name is not looked up: that can take longer than the mail.
        host, port, name = self.declared.host, self.declared.port, self.declared.sender.rpartition("@")[2]
        if self.declared.security == "tls":
            return smtplib.SMTP_SSL(host, port, name, timeout=self.timeout_s, context=self._trusted())
        return smtplib.SMTP(host, port, name, timeout=self.timeout_s)

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self.root / self.declared.ca_file) if self.declared.ca_file else None)
        except OSError as error:
            raise Refused(f"{self._place()}: {self.declared.ca_file} is no file of certificates ({type(error).__name__}).") from error

    def _hand_over(self, server: smtplib.SMTP, mail: bytes, letter: Letter, password: str) -> str:
        with self._told(password, Unsent):
            _accepted(server.mail(self.declared.sender))
            _accepted(server.rcpt(self._address(letter)))
        # From here on the server may have it though its answer does not come.
        with self._told(password, Unsure):
            code, answer = server.data(mail)
            _accepted((code, answer))
        return told(answer.decode("utf-8", "replace"), self._secrets(password))

    @contextmanager
    def _told(self, password: str, lost: Callable[[str], Unsent]) -> Iterator[None]:
        """What a failure in the block means; `lost` is what a connection means that breaks off."""
        place, secrets = self._place(), self._secrets(password)
        try:
            yield
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(f"{place}: the server cannot do what is asked of it ({told(str(error), secrets)}).") from None
        except smtplib.SMTPAuthenticationError as error:
            said = f"{place} refuses user and password ({error.smtp_code}: {_said(error, secrets)})"
            raise (Unsent(said) if error.smtp_code < 500 else Refused(f"{said}: renew {self.declared.password}.")) from None
        except smtplib.SMTPResponseException as error:
            said = f"{place} answers {error.smtp_code}: {_said(error, secrets)}"
            # -1 is what smtplib makes of an answer that is none.
            raise (lost(said) if error.smtp_code < 400 else Unsent(said) if error.smtp_code < 500 else Refused(said)) from None
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"{place} shows a certificate that is not trusted ({told(error.verify_message, secrets)}).") from None
        except UnicodeError:
            # Its text quotes what could not be written.
            raise Refused(f"{place}: user, password or address has letters that the server cannot be sent.") from None
        except smtplib.SMTPServerDisconnected as error:
            raise lost(f"{place}: the connection broke off ({told(str(error), secrets)})") from None
        except smtplib.SMTPException as error:
            raise Refused(f"{place}: no way to log in ({told(str(error), secrets)}).") from None
        except OSError as error:
            raise lost(f"{place}: no connection ({told(f'{type(error).__name__}: {error}', secrets)})") from None

    def _secrets(self, password: str) -> tuple[str, ...]:
        """The password, and the forms in which it goes over the wire: servers repeat what they were given."""
        if not password:
            return ()
        plain = base64.b64encode(f"\0{self.declared.user}\0{password}".encode()).decode()
        return (password, plain, base64.b64encode(password.encode()).decode())

    def _place(self) -> str:
        return f"channel '{self.name}': {self.declared.host}:{self.declared.port}"


def _accepted(answer: tuple[int, bytes]) -> None:
    code, said = answer
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, said)


def _said(error: smtplib.SMTPResponseException, secrets: tuple[str, ...]) -> str:
    said = error.smtp_error
    return told(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said), secrets)


def _leave(server: smtplib.SMTP) -> None:
    """Politely where the server listens; the mail's fate is known already."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _one_line(text: str) -> str:
    """The text as a header can carry it: nothing in it begins another header."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _thread(project: str, incident: int) -> str:
    found = "".join(each if each.isascii() and each.isalnum() else "-" for each in project)
    return f"incident-{incident}.{found}"
