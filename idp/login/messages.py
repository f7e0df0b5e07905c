"""The words of what is sent to people: codes, and notices as text messages (those by mail: `letters`).

Plain text. A text message ends with the line that binds its code to our origin, so that a phone offers it nowhere else
(Origin-bound one-time codes, WICG). No subject holds a code, as locked screens show subjects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.factors.base import Message
from idp.web.texts import translate as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in words."""

    subject: str
    text: str = field(repr=False)


def code_letter(message: Message, *, host: str, client: str) -> Letter:
    """Return a code in words."""
    values: Mapping[str, str] = {**message.values, "client": client or host, "host": host}
    if message.channel == "email":
        return Letter(subject=_("Your code for %(client)s", **values), text=_(_MAIL, **values))
    return Letter(subject="", text=_(_SHORT, **values))


def short_notice(what: str, *, host: str, link: str) -> Letter:
    """Return a notice as a text message: what happened, and the one link."""
    return Letter(subject="", text=_(_SHORT_NOTICE, what=what, host=host, link=link))


def factor_words(factor: str) -> str:
    """Return what people call a factor (pages.md, Words)."""
    names = {
        "password": _("Password"),
        "totp": _("Authenticator app"),
        "sms": _("Text message"),
        "voice": _("Phone call"),
        "email": _("E-mail code"),
        "passkey": _("Passkey"),
        "backup_code": _("Backup codes"),
        "recovery_code": _("Recovery code"),
        "approval": _("Approval on another device"),
    }
    return names.get(factor) or factor.replace("_", " ").capitalize()


_SHORT = """%(code)s is your code for %(client)s. It ends in %(minutes)s minutes. Never tell it to anybody.

@%(host)s #%(code)s"""
_MAIL = """Your code for %(client)s is

%(code)s

Type it into the page that asks for it. It ends in %(minutes)s minutes.

Nobody else needs this code: never tell it to anybody. If you did not ask for it, somebody may know your
password: sign in and change it.
"""
_SHORT_NOTICE = """%(what)s (%(host)s).

Was this not you? Open %(link)s"""
