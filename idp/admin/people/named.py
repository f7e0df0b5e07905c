"""Who is meant by what an administrator typed: a username, an e-mail address or an id."""

from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx


def person_called(tx: Tx, text: str) -> User | None:
    """Return the person; None where nobody is called that, or nobody is named."""
    if not text:
        return None
    # The id first: a username that looks like somebody's id is no way to stand in their place.
    return users.get(tx, text) or users.get_by_username(tx, text) or users.get_by_email(tx, text)
