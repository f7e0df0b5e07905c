"""The one interface of all factors.

A factor makes challenges and checks answers. It does not store, send, throttle, log or decide: the login service does
these for all factors alike. What an accepted answer uses up is returned as a value and spent by one conditional write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a factor may know of the person it is shown to."""

    id: str
    username: str
    display_name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One enrolled way to prove something. `material` is the factor's own, sealed at rest, and never printed."""

    id: str
    user_id: str
    factor: str
    channel: str
    created_at: datetime
    material: bytes = field(repr=False)
    label: str = ""
    properties: frozenset[Property] = frozenset()
    step: int | None = None
    """The highest time step or counter spent so far; it only ever rises."""
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to be sent; delivery chooses how."""

    channel: str
    to: str
    purpose: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What must be kept until the answer (`state`, sealed), what the page shows, and what must be sent."""

    state: bytes = field(default=b"", repr=False)
    page: Mapping[str, str] = field(default_factory=dict)
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An accepted answer. It counts only once what it uses up has been spent."""

    properties: frozenset[Property] = frozenset()
    step: int | None = None
    """Spend: the credential's `step` must rise to this value; whoever loses that conditional write is refused."""
    material: bytes | None = field(default=None, repr=False)
    """New material to keep (a password hash with newer parameters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """What a finished enrolment gives the service to store."""

    channel: str
    material: bytes = field(repr=False)
    label: str = ""
    properties: frozenset[Property] = frozenset()
    step: int | None = None


class Factor(Protocol):
    """One file, one interface (architecture.md §5)."""

    name: str
    """The factor's row in the table of traits."""
    input_name: str
    """The form field its answer arrives in (`password`, `code`)."""
    is_slow: bool
    """Whether `verify` must run in the hashing lane."""

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:
        """Make a challenge."""
        ...

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Check an answer. Without a credential it takes as long and is always rejected."""
        ...
