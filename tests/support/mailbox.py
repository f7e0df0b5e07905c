"""A mail server on this machine: takes what it is given, or fails as a test wants."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.workers import free_port


@dataclass
class Mailbox:
    """What has arrived, and how the server answers."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    is_protected: list[bool] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """By recipient: how it is refused."""
    content: str = "250 taken"
    """What is said once the content is there; '' hangs up."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]) -> str:  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        with self.lock:
            self.mails.append(mail)
            self.recipients.append(list(envelope.rcpt_tos))
            self.is_protected.append(session.ssl is not None)
        if not self.content:
            server.transport.close()
        return self.content or "250 never heard"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        name, password = data.login.decode(), data.password.decode()
        if password != "its password":
            return AuthResult(success=False, handled=False)
        self.signed_in.append(name)
        return AuthResult(success=True)


@contextmanager
def mailbox(
    port: int = 0, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Mailbox]:
    """Run a mail server until the block ends."""
    box = Mailbox(port=port or free_port())
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=box.authenticate,
        auth_require_tls=False,
        decode_data=False,
    )
    server.start()
    try:
        yield box
    finally:
        server.stop()
