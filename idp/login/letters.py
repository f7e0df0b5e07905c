"""The words of notices by mail: what happened, when, where, on which device; then "Was this you?" (pages.md, Words)."""

from collections.abc import Sequence
from enum import StrEnum

from idp.login.messages import Letter, factor_words, letter, where_lines
from idp.login.telling import Told
from idp.web.texts import Texts


def added(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in was set up."""
    _, named = told.texts.gettext, factor_words(factor, told.texts)
    what = _("%(factor)s was added to the ways you sign in to %(host)s.", factor=named, host=told.host)
    return _notice(told, _("A way to sign in was added"), what)


def replaced(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in took another's place."""
    _, named = told.texts.gettext, factor_words(factor, told.texts)
    what = _(
        "%(factor)s: a new one took the place of the old among the ways you sign in to %(host)s.",
        factor=named,
        host=told.host,
    )
    return _notice(told, _("A way to sign in was replaced"), what)


def removed(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in was removed."""
    _, named = told.texts.gettext, factor_words(factor, told.texts)
    what = _("%(factor)s was removed from the ways you sign in to %(host)s.", factor=named, host=told.host)
    return _notice(told, _("A way to sign in was removed"), what)


def code_drawn(told: Told, *, until: str) -> Letter:
    """Return the notice that an administrator drew a temporary code; the code itself is in no message."""
    _ = told.texts.gettext
    what = _("Whoever looks after accounts at %(host)s drew a temporary code for you.", host=told.host)
    rest = _(
        "Beside your password it is good once, until %(until)s, and lets you set up another way to sign in. "
        "It is not in this message: whoever drew it reads it out to you.",
        until=until,
    )
    return _notice(told, _("A temporary code was drawn for you"), what, rest)


def used_up(told: Told, *, left: int) -> Letter:
    """Return the notice that a backup code was used."""
    _ = told.texts.gettext
    what = _("A backup code was used to sign in to %(host)s.", host=told.host)
    rest = _("Codes left: %(left)s. Make new ones when few are left.", left=left)
    return _notice(told, _("A backup code was used"), what, rest)


def rotated(told: Told) -> Letter:
    """Return the notice that the recovery code was used, and replaced."""
    _ = told.texts.gettext
    what = _("Your recovery code was used to sign in to %(host)s.", host=told.host)
    rest = _("It is worth nothing now; a new one was shown in its place.")
    lost = _("If you did not write that down, make another under “Sign-in methods”.")
    return _notice(told, _("Your recovery code was used"), what, rest, lost)


def new_device(told: Told) -> Letter:
    """Return the notice that somebody signed in from a browser that was not known."""
    _ = told.texts.gettext
    what = _(
        "Somebody signed in to %(host)s with your name, in a browser that had not been used before.", host=told.host
    )
    return _notice(told, _("New sign-in to your account"), what)


def password_changed(told: Told) -> Letter:
    """Return the notice that the password was changed."""
    _ = told.texts.gettext
    what = _("The password with which you sign in to %(host)s was changed.", host=told.host)
    return _notice(told, _("Your password was changed"), what)


def roles_changed(told: Told, *, roles: Sequence[str]) -> Letter:
    """Return the notice that somebody may do other things in the console than before."""
    _ = told.texts.gettext
    what = _("An owner of %(host)s changed what you may do in its console.", host=told.host)
    rest = _("Your roles now: %(roles)s", roles=", ".join(roles) or "—")
    return _notice(told, _("Your roles were changed"), what, rest)


def recovering(told: Told, *, until: str) -> Letter:
    """Return the notice that a recovery has begun to cool off."""
    _ = told.texts.gettext
    what = _(
        "Somebody has begun to recover your account at %(host)s by its mailbox alone, and set a new password.",
        host=told.host,
    )
    rest = _(
        "Until %(until)s the account cannot do anything that needs more than two steps, "
        "so that you have time to stop it.",
        until=until,
    )
    return _notice(told, _("Your account is being recovered"), what, rest)


def recovered(told: Told, *, is_lost: bool) -> Letter:
    """Return the notice that a recovery has cooled off and taken effect; `is_lost`: lost ways are gone with it."""
    _ = told.texts.gettext
    what = _(
        "The recovery of your account at %(host)s has ended its wait: nobody stopped it, and it is in effect now.",
        host=told.host,
    )
    rest = (
        _("The lost ways to sign in were removed. Sign in with your password and your mailbox, and set up new ones.")
        if is_lost
        else _("The password that was set on the way can do everything again.")
    )
    return _notice(told, _("Your account was recovered"), what, rest)


def losing(told: Told, *, until: str) -> Letter:
    """Return the notice that somebody has begun to recover an account whose second factors are lost."""
    _ = told.texts.gettext
    what = _(
        "Somebody who knows your password and reads your mail has said that every other way to sign in to %(host)s "
        "is lost.",
        host=told.host,
    )
    rest = _(
        "Until %(until)s nothing works that needs more than two steps; then the lost ways are removed. "
        "Until then it can be stopped.",
        until=until,
    )
    return _notice(told, _("Your account is being recovered"), what, rest)


class Contact(StrEnum):
    """What becomes of where a person can be reached."""

    ADDRESS_ASKED = "address_asked"
    ADDRESS_CHANGED = "address_changed"
    NUMBER_ASKED = "number_asked"
    NUMBER_CHANGED = "number_changed"


def contact(told: Told, *, change: Contact, to: str) -> Letter:
    """Return the notice that another address or number was asked for, or is the one from now on; `to` is masked."""
    _, values = told.texts.gettext, {"host": told.host, "address": to, "number": to}
    subject, what = {
        Contact.ADDRESS_ASKED: (
            _("Your e-mail address is about to change"),
            _(
                "Somebody asked to change the e-mail address of your account at %(host)s to %(address)s. "
                "Nothing has changed yet.",
                **values,
            ),
        ),
        Contact.ADDRESS_CHANGED: (
            _("Your e-mail address was changed"),
            _(
                "The e-mail address of your account at %(host)s is now %(address)s. No more is sent to this one.",
                **values,
            ),
        ),
        Contact.NUMBER_ASKED: (
            _("Your phone number is about to change"),
            _(
                "Somebody asked to change the phone number of your account at %(host)s to %(number)s. "
                "Nothing has changed yet.",
                **values,
            ),
        ),
        Contact.NUMBER_CHANGED: (
            _("Your phone number was changed"),
            _(
                "The phone number of your account at %(host)s is now %(number)s. No more is sent to the one before.",
                **values,
            ),
        ),
    }[change]
    return _notice(told, subject, what)


def deleted(told: Told) -> Letter:
    """Return the notice that the account is gone; it has no link, as there is nothing left to make safe."""
    _ = told.texts.gettext
    what = _(
        "Your account at %(host)s was deleted, at the wish of somebody who was signed in and proved it once more.",
        host=told.host,
    )
    return letter(told.texts, _("Your account was deleted"), what)


def registered(texts: Texts, *, host: str) -> Letter:
    """Return what whoever has an address already is told when somebody else would use it."""
    _ = texts.gettext
    what = _(
        "Somebody wanted to use this address at %(host)s. It belongs to your account already, so nothing was changed.",
        host=host,
    )
    rest = _("Was it you? Then sign in with that account. If not, there is nothing to do.")
    return letter(texts, _("You already have an account"), what, rest)


def made_safe(told: Told) -> Letter:
    """Return the notice that somebody has said it was not them."""
    _ = told.texts.gettext
    what = _("You told us that something at %(host)s was not you.", host=told.host)
    rest = _("Nobody is signed in any more; choose a new password next.")
    return _notice(told, _("Everybody was signed out of your account"), what, rest)


def _notice(told: Told, subject: str, *what: str) -> Letter:
    _ = told.texts.gettext
    occasion = told.occasion
    where = where_lines(told.texts, at=occasion.at, address=occasion.address, user_agent=occasion.user_agent)
    return letter(
        told.texts,
        subject,
        *what,
        "\n".join(where),
        _("Was this you? Then there is nothing to do."),
        _(
            "If it was not, open this page and press its button. "
            "It signs everybody out, stops any recovery, and asks for more proof from then on:"
        ),
        told.link,
    )
