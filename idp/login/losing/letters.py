"""The words of what is mailed to whoever says they have lost every second factor."""

from idp.login.messages import Letter, letter
from idp.web.texts import Texts


def lost(link: str, texts: Texts, *, host: str) -> Letter:
    """Return the mail with the link; whoever never asked for it learns that their password is known."""
    _ = texts.gettext
    return letter(
        texts,
        _("Get back into your account"),
        _(
            "Somebody, probably you, signed in to %(host)s with your password, and has lost every other way to prove "
            "that it is you. To go on, open this page:",
            host=host,
        ),
        link,
        _(
            "It can be used once, within 15 minutes. From then on it takes 24 hours; "
            "after that you can set up new ways to sign in."
        ),
        _("If it was not you, do not open it: somebody knows your password. Change it."),
    )
