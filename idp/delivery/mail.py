"""Mails as they leave: one text in two forms, and headers that nothing can be slipped into.

The HTML is made of the text, so the two never say different things; a paragraph that is a code or a link, and nothing
else, is shown as one. Headers are built by the standard library's address objects, which refuse line ends and lists
(MSG-07).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from idp.records.delivery.model import OutboxMessage

MAX_ADDRESS = 254
"""Characters (RFC 5321 §4.5.3.1.3, less the angle brackets)."""
MAX_SUBJECT = 200
"""Characters; what is longer is a mistake, and slow to fold."""
_TEMPLATE = "mail/letter.html"
_CODE = re.compile(r"[0-9]{4,10}", re.ASCII)
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)


class Letterhead:
    """Writes mails for one sender, with the template of this installation."""

    def __init__(self, *, sender: str, templates: Path) -> None:
        name, address = parseaddr(sender)
        self.address = _address(address).addr_spec
        self._sender = Address(display_name=name, addr_spec=self.address)
        environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template(_TEMPLATE)

    def write(self, message: OutboxMessage, *, now: datetime) -> tuple[str, EmailMessage]:
        """Return the recipient's address and the mail. Raises ValueError for an address that is none."""
        to = _address(message.to)
        # A name before the @ that is not ASCII needs headers in UTF-8 (RFC 6532) and a gateway that takes them.
        mail = EmailMessage(policy=policy.SMTP if to.username.isascii() else policy.SMTPUTF8)
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = message.subject[:MAX_SUBJECT]
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message.id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation notice answers it
        mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
        mail.add_alternative(self._html(message), subtype="html", charset="utf-8", cte="quoted-printable")
        mail["Content-Language"] = message.language  # set earlier, it would go along into the first part
        return to.addr_spec, mail

    def _html(self, message: OutboxMessage) -> str:
        return self._template.render(
            subject=message.subject,
            blocks=[_Block.of(text) for text in message.text.split("\n\n") if text.strip()],
            language=message.language,
            direction=Locale.parse(message.language, sep="-").text_direction,
            sender=self._sender.display_name or self._sender.domain,
        )


@dataclass(frozen=True, slots=True)
class _Block:
    """One paragraph: its lines, and what it is."""

    lines: tuple[str, ...]
    is_code: bool
    is_link: bool

    @classmethod
    def of(cls, text: str) -> "_Block":
        whole = text.strip()
        return cls(
            tuple(whole.splitlines()),
            is_code=_CODE.fullmatch(whole) is not None,
            is_link=_LINK.fullmatch(whole) is not None,
        )


def _address(text: str) -> Address:
    """Return one plain address: its domain in ASCII. Raises ValueError for anything else, a quoted name included."""
    local, at, domain = text.rpartition("@")
    if (
        not (at and local and domain)
        or len(text) > MAX_ADDRESS
        or re.search(r"""[\s"(),:;<>@\[\]\\]""", local + domain)
    ):
        raise ValueError("not one plain address")
    return Address(username=local, domain=domain.encode("idna").decode())
