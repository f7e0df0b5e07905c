"""Makes the links that are mailed, and finds what they are about.

A link is built from the issuer alone, whatever a request's headers say (ENR-14). Its token is in no log and is kept as
a hash. Opening a link shows a page and changes nothing, as mail scanners open links too; posting the page uses it up
(MSG-09).
"""

from datetime import datetime, timedelta

from idp.core.tokens import Tokens, digest
from idp.records.users.links import store
from idp.records.users.links.model import Link, Purpose
from idp.storage.tx import Tx

PATHS = {
    Purpose.RESET: "/recover/password",
    Purpose.LOST: "/recover/factors",
    Purpose.REPORT: "/recover/not-me",
}
LASTS = {
    Purpose.RESET: timedelta(minutes=15),
    Purpose.LOST: timedelta(minutes=15),
    Purpose.REPORT: timedelta(days=7),
}


class MailedLinks:
    """Makes and finds links."""

    def __init__(self, *, issuer: str, tokens: Tokens) -> None:
        self._issuer = issuer
        self._tokens = tokens

    def make(self, tx: Tx, purpose: Purpose, user_id: str, *, now: datetime, about: str = "") -> str:
        """Keep a link for a person and return its address."""
        token = self._tokens.token()
        link = Link(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user_id,
            about=about,
            created_at=now,
            expires_at=now + LASTS[purpose],
        )
        store.add(tx, link)
        return f"{self._issuer}{PATHS[purpose]}/{token}"


def found(tx: Tx, token: str, purpose: Purpose, now: datetime) -> Link | None:
    """Return the link of a token, while it can be used for this."""
    return store.get(tx, digest(token), purpose=purpose, now=now)


def consume(tx: Tx, link: Link, now: datetime) -> bool:
    """Use a link up: true for one caller alone."""
    return store.consume(tx, link.token_hash, purpose=link.purpose, now=now)
