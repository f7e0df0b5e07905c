"""People."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `id` is the local subject: never reused, and not shown as `sub` to pairwise clients."""

    id: str
    username: str
    created_at: datetime
    display_name: str = ""
    email: str = ""
    email_verified_at: datetime | None = None
    phone: str = ""
    phone_verified_at: datetime | None = None
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    locale: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    """Further standard claims (`given_name`, `address`…), values as JSON; protocol claims are never read from here."""
    updated_at: datetime | None = None
    signed_in_at: datetime | None = None
    disabled_at: datetime | None = None
    recovering_until: datetime | None = None
    """When a recovery will have cooled off, or has; None once it took effect or was cancelled."""
    reported_at: datetime | None = None
    """When the person last said that something was not them; None once they have proved themselves anew."""


def username_key(username: str) -> str:
    """Return the form under which usernames are unique: NFKC, case-folded, without surrounding space."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).strip().casefold())


def email_key(email: str) -> str:
    """Return the form under which addresses are looked up; mail always goes to the address as it was stored."""
    return email.strip().casefold()
