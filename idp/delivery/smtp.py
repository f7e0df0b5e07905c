"""Mail by SMTP submission (RFC 6409), over TLS from the first byte or after STARTTLS (RFC 8314, RFC 3207).

The standard library's client, spoken to verb by verb: only so is it known whether a mail whose reply was lost may have
been taken. Certificates are always verified; a private authority is named by `SSL_CERT_FILE`, as for every program.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from idp.core.clock import Clock
from idp.delivery.addresses import Security, SmtpAddress
from idp.delivery.mail import Letterhead
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.records.delivery.model import OutboxMessage

TIMEOUT = 10
"""Seconds for each answer of the gateway."""


class Smtp:
    """A mail gateway."""

    name = "smtp"
    channels = frozenset({"email"})
    drops_duplicates = False

    def __init__(
        self,
        address: SmtpAddress,
        *,
        letterhead: Letterhead,
        clock: Clock,
        timeout: float = TIMEOUT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._address = address
        self._letterhead = letterhead
        self._clock = clock
        self._timeout = timeout
        self._trust = trust or ssl.create_default_context()

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand one mail over."""
        try:
            to, mail = self._letterhead.write(message, now=self._clock.now())
        except ValueError:  # UnicodeError is one
            return Refused("address")
        handed: list[bool] = []
        try:
            with self._connected() as gateway:
                return _submit(gateway, mail, sender=self._letterhead.address, to=to, handed=handed)
        except smtplib.SMTPAuthenticationError:
            return Later(reason="authentication")
        except OSError as error:  # what the client raises is one too
            return Later(reason=_word(error), is_unsure=bool(handed))

    def check(self) -> str:
        """Connect, protect the way, sign in."""
        try:
            with self._connected():
                return ""
        except smtplib.SMTPAuthenticationError:
            return "the mail gateway does not accept user and password"
        except OSError as error:
            return f"the mail gateway cannot be used ({_word(error)})"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        address = self._address
        if address.security is Security.TLS:
            gateway: smtplib.SMTP = smtplib.SMTP_SSL(
                address.host, address.port, timeout=self._timeout, context=self._trust
            )
        else:
            gateway = smtplib.SMTP(address.host, address.port, timeout=self._timeout)
        try:
            if address.security is Security.STARTTLS:
                gateway.starttls(context=self._trust)  # raises where it is not offered: never in clear instead
            gateway.ehlo_or_helo_if_needed()
            if address.password is not None:
                gateway.login(address.user, address.password.value)
            yield gateway
        finally:
            gateway.close()


def _submit(gateway: smtplib.SMTP, mail: EmailMessage, *, sender: str, to: str, handed: list[bool]) -> Outcome:
    """Hand the mail over, verb by verb; `handed` is filled once the gateway may have taken it."""
    options = []
    if not to.isascii():
        if not gateway.has_extn("smtputf8"):
            return Refused("smtputf8")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    code, _ = gateway.mail(sender, options)
    if code != 250:
        return Later(reason=f"sender_{code}")
    code, _ = gateway.rcpt(to)
    if code not in (250, 251):
        return _answered(code, "recipient")
    content = mail.as_bytes()
    handed.append(True)
    try:
        code, _ = gateway.data(content)
    except smtplib.SMTPDataError as error:  # it does not even want the content
        code = error.smtp_code
    return Sent() if code == 250 else _answered(code, "content")


def _answered(code: int, what: str) -> Outcome:
    """Return what an answer about this mail means; 421 is the gateway taking its leave (RFC 5321 §4.2.1)."""
    if code == 421:
        return Later(reason="closing_421")
    return Refused(f"{what}_{code}") if code >= 500 else Later(reason=f"{what}_{code}", is_outage=False)


def _word(error: OSError) -> str:
    """Return a short code for what went wrong on the way."""
    match error:
        case TimeoutError():
            return "timeout"
        case ssl.SSLError():
            return "tls"
        case smtplib.SMTPNotSupportedError():
            return "not_offered"
        case smtplib.SMTPServerDisconnected():
            return "disconnected"
        case smtplib.SMTPException():
            return "protocol"
    return "connection"
