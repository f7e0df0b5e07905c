"""The words of what is sent to people: codes, and notices as text messages (those by mail: `letters`).

Plain text, a paragraph at a time. A text message ends with the line that binds its code to our origin, so that a phone
offers it nowhere else (Origin-bound one-time codes, WICG). No subject and no first line of a mail holds a code, as
locked screens and lists show them: they say what it is for and who asked. No message has a link that finishes
anything. A call says the digits one by one, twice.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from idp.factors.base import Message
from idp.web.agents import agent_words
from idp.web.texts import Texts

LONGEST_NAME = 60
"""Characters of an application's name that a message holds: a text message is paid by its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in words."""

    subject: str
    text: str = field(repr=False)
    language: str


class Errand(StrEnum):
    """What a code is asked for."""

    SIGN_IN = "sign_in"
    GO_ON = "go_on"
    """Whoever is signed in already proves once more that it is them."""
    SET_UP = "set_up"
    """It proves what is being set up as a way to sign in."""
    ADDRESS = "address"
    """It proves an address or a number as one's own, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked for a code, as far as it is known: for what, in which application, when and from where."""

    errand: Errand
    at: datetime
    client: str = ""
    """What the application is called; empty: the account itself."""
    address: str = field(default="", repr=False)
    country: str = ""
    """ISO 3166-1 alpha-2."""
    user_agent: str = ""


def code_letter(message: Message, texts: Texts, *, host: str, asked: Asked) -> Letter:
    """Return a code in words: first what it is for and who asked, then the code, in a line of its own."""
    name = " ".join(asked.client.split())[:LONGEST_NAME] or host
    code, time = message.values["code"], texts.minutes_left(60 * int(message.values["minutes"]))
    match message.channel:
        case "email":
            return _mail(texts, code, asked, name=name, time=time)
        case "voice":
            return _call(texts, code, name=name)
    _ = texts.gettext
    values = {"code": code, "client": name, "time": time}
    words = {
        Errand.SIGN_IN: _(
            "To sign in to %(client)s: %(code)s. It ends in %(time)s. Never tell it to anybody.", **values
        ),
        Errand.GO_ON: _("To go on at %(client)s: %(code)s. It ends in %(time)s. Never tell it to anybody.", **values),
        Errand.SET_UP: _(
            "To set up this number for %(client)s: %(code)s. It ends in %(time)s. Never tell it to anybody.", **values
        ),
        Errand.ADDRESS: _(
            "To confirm this number for %(client)s: %(code)s. It ends in %(time)s. Never tell it to anybody.", **values
        ),
    }
    return letter(texts, "", words[asked.errand], f"@{host} #{code}")


def where_lines(
    texts: Texts, *, at: datetime, address: str, user_agent: str, country: str = ""
) -> tuple[str, str, str]:
    """Return when, from where and on which device something happened, a line each."""
    _ = texts.gettext
    place = ", ".join(each for each in (texts.country(country), address) if each)
    return (
        _("When: %(at)s", at=f"{at:%Y-%m-%d %H:%M} UTC"),
        _("From: %(address)s", address=place or "—"),
        _("Device: %(device)s", device=agent_words(user_agent) or "—"),
    )


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


def _mail(texts: Texts, code: str, asked: Asked, *, name: str, time: str) -> Letter:
    _ = texts.gettext
    subject, first = {
        Errand.SIGN_IN: (
            _("Code to sign in to %(client)s", client=name),
            _("Somebody who gave your name is signing in to %(client)s, which takes a code.", client=name),
        ),
        Errand.GO_ON: (
            _("Code to go on at %(client)s", client=name),
            _("Somebody who is signed in as you wants to go on at %(client)s, which takes a code.", client=name),
        ),
        Errand.SET_UP: (
            _("Code to set up this mailbox for %(client)s", client=name),
            _("Somebody who is signed in as you sets up this mailbox for %(client)s, which takes a code.", client=name),
        ),
        Errand.ADDRESS: (
            _("Code to confirm this address for %(client)s", client=name),
            _("Somebody gave this address at %(client)s. If it was you, this code confirms it.", client=name),
        ),
    }[asked.errand]
    where = where_lines(texts, at=asked.at, address=asked.address, user_agent=asked.user_agent, country=asked.country)
    warning = (
        _("If it was not you, there is nothing to do.")
        if asked.errand is Errand.ADDRESS
        else _("If you did not ask for it, somebody may know your password: sign in and change it.")
    )
    return letter(
        texts,
        subject,
        first,
        "\n".join(where),
        code,
        _("Type it into the page that asks for it. It ends in %(time)s.", time=time),
        _("Nobody else needs this code: never tell it to anybody."),
        warning,
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
