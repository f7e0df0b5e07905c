"""The words of the mail that carries a link for a new password."""

from idp.login.messages import Letter
from idp.web.texts import translate as _


def reset(link: str, *, host: str) -> Letter:
    """Return the mail with the link; its subject says what it is, and no more."""
    return Letter(subject=_("Choose a new password"), text=_(_RESET, link=link, host=host))


_RESET = """Somebody, probably you, has forgotten the password for %(host)s. To choose a new one, open this page:

%(link)s

It can be used once, within 15 minutes. Nobody is signed in by it, and your other ways to sign in stay as they are.

If it was not you, there is nothing to do: without this mail nobody can use it.
"""
