"""An SMTP server on loopback that keeps mails and misbehaves by a script; aiosmtpd does the talking."""

import asyncio
import ssl
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as reading

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

KEEPING = ("slow", "drop-kept")
"""Misbehaviours after which the mail is there all the same."""


@dataclass
class MailServer:
    """`mails` are those kept, oldest first; `greetings` counts connections."""

    user: str = ""
    password: str = ""
    slow_s: float = 1.2
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    _script: deque[str] = field(default_factory=deque)

    def then(self, *misbehave: str) -> None:
        self._script.extend(misbehave)

    def _turn(self, *those: str) -> str:
        return self._script.popleft() if self._script and self._script[0] in those else ""

    @contextmanager
    def serving(self, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
        """The port it answers on."""
        options = {"authenticator": self._check, "auth_require_tls": bool(starttls), "auth_required": True} if self.user else {}

        def talk() -> SMTP:
            return SMTP(self, tls_context=starttls, require_starttls=bool(starttls), enable_SMTPUTF8=True, loop=loop, **options)

        loop = asyncio.new_event_loop()
        # Not its own controller: that one must know its port before it asks the machine for one.
        server = loop.run_until_complete(loop.create_server(talk, "127.0.0.1", 0, ssl=tls))
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()

    def _check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
        login, password = given.login.decode(), given.password.decode()
        self.logins.append((login, password))
        if self._turn("454"):
            return AuthResult(success=False, handled=False, message="454 4.7.0 not now")
        if (login, password) == (self.user, self.password):
            return AuthResult(success=True)
        # As careless servers do, it repeats what it was given.
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {login} {password} are unknown")

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self._turn("drop"):
            server.transport.abort()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        odd = self._turn("451", "550")
        if odd:
            return f"{odd} not this\r\none" if odd == "550" else "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        odd = self._turn("452", "554", *KEEPING)
        if odd in ("452", "554"):
            return f"{odd} not now"
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=reading))
        self.recipients += envelope.rcpt_tos
        if odd == "slow":
            await asyncio.sleep(self.slow_s)
        if odd == "drop-kept":
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as M{len(self.mails)}"


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
