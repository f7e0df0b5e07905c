"""People."""

import re
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
    must_enrol_at: datetime | None = None
    """Since when an administrator wants them to set up a second step; None: nobody does, or they have."""
    methods_taken_at: datetime | None = None
    """When somebody else, or a recovery, last took a sign-in method of theirs away; None: nobody did, or they have
    given a password since that may stand alone."""


OWNER = "owner"
STAFF = frozenset({"auditor", "helpdesk", "admin", OWNER})
"""Roles that open the console."""
MAX_USERNAME = 128
MAX_TYPED = 256
"""Characters of a name as it is typed, in whatever spelling. A longer one is nobody's, and is not spelled anew: that
takes the square of the number of accents (NFKC)."""
MAX_NAME = 100
MAX_ADDRESS = 254
"""Characters (RFC 5321 §4.5.3.1.3, less its angle brackets)."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")


def is_username(text: str) -> bool:
    """Tell whether this may be a username: printable, not too long, no space around it."""
    return text.isprintable() and 1 <= len(text) <= MAX_USERNAME and text == text.strip()


def is_name(text: str) -> bool:
    """Tell whether this may be what somebody or something is called; empty is none."""
    return text.isprintable() and len(text) <= MAX_NAME and text == text.strip()


def is_address(text: str) -> bool:
    """Tell whether mail could be sent to this; whether it arrives, only a code that comes back shows."""
    is_shaped = text.isprintable() and len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None
    return is_shaped and _is_plain_domain(text.rpartition("@")[2])


def _is_plain_domain(domain: str) -> bool:
    """Tell whether a domain is spelled as it is, in its letters or in ASCII, and not in what is merely read as them.

    Mail to one in full-width letters, or with a sharp s, goes to another spelling (RFC 3490 §4), which would then have
    many names here, each with tries and messages of its own (MSG-06).
    """
    try:
        sent = domain.encode("idna")
        return domain.lower() in (sent.decode().lower(), sent.decode("idna"))
    except UnicodeError:
        return False


def subject(user_id: str) -> str:
    """Return the `sub` that clients know a person by: the same for all of them (OIDC Core 1.0 §8)."""
    return user_id


def username_key(username: str) -> str:
    """Return the form under which usernames are unique: NFKC, case-folded, without surrounding space."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).strip().casefold())


def email_key(email: str) -> str:
    """Return the form under which addresses are looked up; mail always goes to the address as it was stored."""
    return email.strip().casefold()
