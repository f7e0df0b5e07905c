"""The words of notices by mail: what happened, when, where, on which device; then "Was this you?" (pages.md, Words)."""

from idp.login.messages import Letter, factor_words
from idp.login.telling import Told
from idp.web.texts import translate as _


def added(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in was set up."""
    return Letter(subject=_("A way to sign in was added"), text=_text(_ADDED, told, factor=factor_words(factor)))


def replaced(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in took another's place."""
    return Letter(subject=_("A way to sign in was replaced"), text=_text(_REPLACED, told, factor=factor_words(factor)))


def removed(told: Told, *, factor: str) -> Letter:
    """Return the notice that a way to sign in was removed."""
    return Letter(subject=_("A way to sign in was removed"), text=_text(_REMOVED, told, factor=factor_words(factor)))


def used_up(told: Told, *, left: int) -> Letter:
    """Return the notice that a backup code was used."""
    return Letter(subject=_("A backup code was used"), text=_text(_USED, told, left=str(left)))


def rotated(told: Told) -> Letter:
    """Return the notice that the recovery code was used, and replaced."""
    return Letter(subject=_("Your recovery code was used"), text=_text(_ROTATED, told))


def new_device(told: Told) -> Letter:
    """Return the notice that somebody signed in from a browser that was not known."""
    return Letter(subject=_("New sign-in to your account"), text=_text(_NEW_DEVICE, told))


def password_changed(told: Told) -> Letter:
    """Return the notice that the password was changed."""
    return Letter(subject=_("Your password was changed"), text=_text(_PASSWORD, told))


def recovering(told: Told, *, until: str) -> Letter:
    """Return the notice that a recovery has begun to cool off."""
    return Letter(subject=_("Your account is being recovered"), text=_text(_RECOVERING, told, until=until))


def made_safe(told: Told) -> Letter:
    """Return the notice that somebody has said it was not them."""
    return Letter(subject=_("Everybody was signed out of your account"), text=_text(_SAFE, told))


def _text(text: str, told: Told, **values: str) -> str:
    return _(f"{text}\n{_WHERE}\n{_WAS_IT_YOU}", **told.values(), **values)


_ADDED = "%(factor)s was added to the ways you sign in to %(host)s."
_REPLACED = "%(factor)s: a new one took the place of the old among the ways you sign in to %(host)s."
_REMOVED = "%(factor)s was removed from the ways you sign in to %(host)s."
_USED = "A backup code was used to sign in to %(host)s. Codes left: %(left)s. Make new ones when few are left."
_ROTATED = """Your recovery code was used to sign in to %(host)s. It is worth nothing now; a new one was shown in its
place. If you did not write that down, make another under "Sign-in methods".
"""
_NEW_DEVICE = "Somebody signed in to %(host)s with your name, in a browser that had not been used before."
_PASSWORD = "The password with which you sign in to %(host)s was changed."
_RECOVERING = """Somebody has begun to recover your account at %(host)s by its mailbox alone, and set a new password.

Until %(until)s the account cannot do anything that needs more than two steps, so that you have time to stop it.
"""
_SAFE = "You told us that something at %(host)s was not you. Nobody is signed in any more; choose a new password next."
_WHERE = """
When: %(at)s
From: %(address)s
Device: %(device)s
"""
_WAS_IT_YOU = """Was this you? Then there is nothing to do.

If it was not, open this page and press its button. It signs everybody out, stops any recovery, and asks for more proof
from then on:

%(link)s
"""
