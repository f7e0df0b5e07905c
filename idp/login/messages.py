"""The words of what is sent to people: codes, and notices as text messages (those by mail: `letters`).

Plain text, a paragraph at a time. A text message ends with the line that binds its code to our origin, so that a phone
offers it nowhere else (Origin-bound one-time codes, WICG). No subject holds a code, as locked screens show subjects. A
call says the digits one by one, twice.
"""

from dataclasses import dataclass, field

from idp.factors.base import Message
from idp.web.texts import Texts

LONGEST_NAME = 60
"""Characters of an application's name that a message holds: a text message is paid by its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in words."""

    subject: str
    text: str = field(repr=False)
    language: str


def code_letter(message: Message, texts: Texts, *, host: str, client: str) -> Letter:
    """Return a code in words."""
    name = " ".join(client.split())[:LONGEST_NAME] or host
    code, time = message.values["code"], texts.minutes_left(60 * int(message.values["minutes"]))
    match message.channel:
        case "email":
            return _mail(texts, code, name=name, time=time)
        case "voice":
            return _call(texts, code, name=name)
    _ = texts.gettext
    words = _(
        "%(code)s is your code for %(client)s. It ends in %(time)s. Never tell it to anybody.",
        code=code,
        client=name,
        time=time,
    )
    return letter(texts, "", words, f"@{host} #{code}")


def waiting_letter(texts: Texts, *, client: str) -> Letter:
    """Return what another device is told of a sign-in that waits for it; locked screens may show all of it."""
    _ = texts.gettext
    name = " ".join(client.split())[:LONGEST_NAME]
    asks = (
        _("Is this you, signing in to %(client)s?", client=name)
        if name
        else _("Is this you, signing in to your account?")
    )
    return letter(texts, _("A sign-in waits for you"), asks)


def short_notice(what: str, texts: Texts, *, host: str, link: str) -> Letter:
    """Return a notice as a text message: what happened, and the one link."""
    _ = texts.gettext
    happened = _("%(what)s (%(host)s).", what=what, host=host)
    return letter(texts, "", happened, _("Was this not you? Open %(link)s", link=link))


def trial_letter(channel: str, texts: Texts, *, host: str) -> Letter:
    """Return the test that an administrator sends themselves: it holds nothing that is worth anything."""
    _ = texts.gettext
    words = _("This is a test from %(host)s. You asked for it on the console; nothing has changed.", host=host)
    if channel != "email":
        return letter(texts, "", words)
    warning = _("If it was not you who asked, somebody else may be using your account: change your password.")
    return letter(texts, _("A test from %(host)s", host=host), words, warning)


def letter(texts: Texts, subject: str, *paragraphs: str) -> Letter:
    """Return these paragraphs as a message."""
    return Letter(subject=subject, text="\n\n".join(paragraphs), language=texts.tag)


def factor_words(factor: str, texts: Texts) -> str:
    """Return what people call a factor (pages.md, Words)."""
    _ = texts.gettext
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


def _mail(texts: Texts, code: str, *, name: str, time: str) -> Letter:
    _ = texts.gettext
    return letter(
        texts,
        _("Your code for %(client)s", client=name),
        _("Your code for %(client)s is", client=name),
        code,
        _("Type it into the page that asks for it. It ends in %(time)s.", time=time),
        _("Nobody else needs this code: never tell it to anybody."),
        _("If you did not ask for it, somebody may know your password: sign in and change it."),
    )


def _call(texts: Texts, code: str, *, name: str) -> Letter:
    _ = texts.gettext
    digits = ", ".join(code)
    return letter(
        texts,
        "",
        _("Hello. Your code for %(client)s is: %(digits)s.", client=name, digits=digits),
        _("Once more: %(digits)s.", digits=digits),
        _("Never tell it to anybody. Goodbye."),
    )
