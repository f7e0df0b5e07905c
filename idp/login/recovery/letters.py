"""The words of the mail that carries a link for a new password."""

from idp.login.messages import Letter, letter
from idp.web.texts import Texts


def reset(link: str, texts: Texts, *, host: str) -> Letter:
    """Return the mail with the link; its subject says what it is, and no more."""
    _ = texts.gettext
    return letter(
        texts,
        _("Choose a new password"),
        _(
            "Somebody, probably you, has forgotten the password for %(host)s. To choose a new one, open this page:",
            host=host,
        ),
        link,
        _(
            "It can be used once, within 15 minutes. "
            "Nobody is signed in by it, and your other ways to sign in stay as they are."
        ),
        _("If it was not you, there is nothing to do: without this mail nobody can use it."),
    )
