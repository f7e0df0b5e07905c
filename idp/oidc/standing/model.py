"""What a token, a grant or a refresh family rests on."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from idp.records.clients.model import Client
from idp.records.grants.model import Grant
from idp.records.users.credentials.model import Held
from idp.records.users.model import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What lies behind a token at one moment, standing or not."""

    grant: Grant
    user: User | None
    session_ends_at: datetime | None
    """The absolute end of the session it was granted in; None where that is gone or was ended."""
    held: tuple[Held, ...]
    """What the person has enrolled."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that stands, with whom it is about and whom it was given to.

    A struct, as each request makes one: a fifth of what a frozen dataclass costs.
    """

    grant: Grant
    user: User
    client: Client
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Nothing may be said of a grant any more: a rule denies it, or no level holds."""

    reason: str
