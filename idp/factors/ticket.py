"""The ticket (E8): handed to somebody once, so that they can begin.

Owns how a ticket is drawn, written and compared. It names its credential, so that whoever brings one need not say who
they are; of its secret the hash is kept. It is good for some days and once.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from idp.core.tokens import Tokens, digest
from idp.factors.base import Credential, NewCredential
from idp.factors.issued import CHANNEL, Issued, Lasting

NAME = "ticket"
_MARK = "."
_MAX_TYPED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Lasting):
    """What is kept of a ticket."""

    secret_hash: str = field(repr=False)


class Ticket(Issued):
    """Something one was handed."""

    name = NAME
    is_slow = False

    def __init__(self, *, ttl: timedelta = timedelta(days=5)) -> None:
        self._ttl = ttl

    def issue(self, *, credential_id: str, tokens: Tokens, now: datetime) -> tuple[str, NewCredential]:
        """Draw a ticket: the text that is handed out, shown this once, and what is kept."""
        secret = tokens.token()
        kept = _Kept(secret_hash=digest(secret), expires_at=now + self._ttl)
        return f"{credential_id}{_MARK}{secret}", NewCredential(channel=CHANNEL, material=msgspec.json.encode(kept))

    def matches(self, credential: Credential, answer: str) -> bool:
        """Tell whether this is the ticket."""
        kept = msgspec.json.decode(credential.material, type=_Kept)
        named, _, secret = answer.strip().partition(_MARK)
        return named == credential.id and hmac.compare_digest(digest(secret), kept.secret_hash)


def credential_of(typed: str) -> str:
    """Return the id of the credential that a ticket names; empty where it is none."""
    named, mark, secret = typed.strip()[:_MAX_TYPED].partition(_MARK)
    return named if mark and secret else ""
