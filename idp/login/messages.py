"""The words of what is sent to people: codes, and notices of what has changed.

Plain text. A text message ends with the line that binds its code to our origin, so that a phone offers it nowhere else
(Origin-bound one-time codes, WICG). No subject holds a code, as locked screens show subjects. A notice begins with what
happened and says what to do if it was somebody else (pages.md, Words).
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


def added_letter(factor: str, *, host: str, at: str) -> Letter:
    """Return the notice that a way to sign in was set up."""
    values = {"factor": factor_words(factor), "host": host, "at": at}
    return Letter(subject=_("A way to sign in was added"), text=_(_ADDED, **values))


def replaced_letter(factor: str, *, host: str, at: str) -> Letter:
    """Return the notice that a way to sign in took another's place."""
    values = {"factor": factor_words(factor), "host": host, "at": at}
    return Letter(subject=_("A way to sign in was replaced"), text=_(_REPLACED, **values))


def removed_letter(factor: str, *, host: str, at: str) -> Letter:
    """Return the notice that a way to sign in was removed."""
    values = {"factor": factor_words(factor), "host": host, "at": at}
    return Letter(subject=_("A way to sign in was removed"), text=_(_REMOVED, **values))


def password_letter(*, host: str, at: str) -> Letter:
    """Return the notice that the password was changed."""
    return Letter(subject=_("Your password was changed"), text=_(_CHANGED, host=host, at=at))


def used_up_letter(left: int, *, host: str, at: str) -> Letter:
    """Return the notice that a backup code was used."""
    return Letter(subject=_("A backup code was used"), text=_(_USED, left=left, host=host, at=at))


def rotated_letter(*, host: str, at: str) -> Letter:
    """Return the notice that the recovery code was used, and replaced."""
    return Letter(subject=_("Your recovery code was used"), text=_(_ROTATED, host=host, at=at))


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
_ADDED = """%(factor)s was added to the ways you sign in to %(host)s, on %(at)s.

Was this you? Then there is nothing to do.

If it was not, sign in at once, remove it under "Sign-in methods", and sign out everywhere.
"""
_REPLACED = """%(factor)s: a new one took the place of the old among the ways you sign in to %(host)s, on %(at)s.

Was this you? Then there is nothing to do.

If it was not, sign in at once, look at your sign-in methods, and sign out everywhere.
"""
_REMOVED = """%(factor)s was removed from the ways you sign in to %(host)s, on %(at)s.

Was this you? Then there is nothing to do.

If it was not, sign in at once, look at your sign-in methods, and sign out everywhere.
"""
_CHANGED = """The password of your account at %(host)s was changed on %(at)s.

Was this you? Then there is nothing to do.

If it was not, somebody has been in your account: sign in at once, or ask whoever runs this service for help, and sign
out everywhere.
"""
_ROTATED = """Your recovery code was used to sign in to %(host)s, on %(at)s. It is worth nothing now; a new one
was shown in its place.

Was this you? Then keep the new one safe. If you did not write it down, make another under "Sign-in methods".

If it was not, sign in at once, make a new code, and sign out everywhere.
"""
_USED = """A backup code was used to sign in to %(host)s, on %(at)s. Codes left: %(left)s.

Was this you? Then keep the rest safe, and make new codes when few are left.

If it was not, sign in at once, make new codes, and sign out everywhere.
"""
