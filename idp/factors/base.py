"""The one interface of all factors.

A factor makes challenges and checks answers. It does not store, send, throttle, log or decide: the login service does
these for all factors alike. What an accepted answer uses up is returned as a value and spent by one conditional write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

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
    key_hash: str | None = None
    """Hash of the id that its own device gave it, by which it is found; no two credentials have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one hash costs (argon2id, RFC 9106)."""

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to be sent; delivery chooses how."""

    channel: str
    to: str
    purpose: str
    values: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None
    """From when it is of no more use to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What must be kept until the answer (`state`, sealed), what the page shows, and what must be sent."""

    state: bytes = field(default=b"", repr=False)
    page: Mapping[str, str] = field(default_factory=dict, repr=False)
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An accepted answer. It counts only once what it uses up has been spent."""

    properties: frozenset[Property] | None = None
    """What this proof showed; None: what its credential shows."""
    lasting: frozenset[Property] | None = None
    """What the credential shows from now on; None: what it showed before."""
    step: int | None = None
    """Spend: the credential's `step` must rise to this value; whoever loses that conditional write is refused."""
    material: bytes | None = field(default=None, repr=False)
    """New material to keep (a password hash with newer parameters)."""
    code_hash: str = field(default="", repr=False)
    """Spend: the stored code of the credential with this hash; whoever finds it gone is refused."""
    request: str = ""
    """Spend: the request with this id, approved on another device; whoever finds it used is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """What a finished enrolment gives the service to store."""

    channel: str
    """Empty: the credential is a channel of its own."""
    material: bytes = field(repr=False)
    label: str = ""
    properties: frozenset[Property] = frozenset()
    step: int | None = None
    code_hashes: tuple[str, ...] = field(default=(), repr=False)
    """Codes to store beside it, each of which can be spent once."""
    key_hash: str | None = None
    """Under which it is found, and which no other credential of anybody may have."""

    def bound(self, factor: str, *, credential_id: str, user_id: str, now: datetime) -> Credential:
        """Return the credential as it is stored for a person."""
        return Credential(
            id=credential_id,
            user_id=user_id,
            factor=factor,
            channel=self.channel or f"{factor}:{credential_id}",
            created_at=now,
            material=self.material,
            label=self.label,
            properties=self.properties,
            step=self.step,
            key_hash=self.key_hash,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What takes the place of an answer that was used up: what to keep, and the page that shows it."""

    challenge: Challenge
    new: NewCredential


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """By which numbers a factor that sends something is bounded."""

    attempts: int
    """Tries at one destination in one interaction, over all that was sent."""
    resend_after: timedelta = timedelta(seconds=60)
    most: int = 10
    """Messages to one destination within `per`."""
    per: timedelta = timedelta(minutes=10)


class Factor(Protocol):
    """One file, one interface (architecture.md §5)."""

    name: str
    """The factor's row in the table of traits."""
    input_name: str
    """The form field its answer arrives in (`password`, `code`)."""
    is_slow: bool
    """Whether `verify` must run in the hashing lane."""
    sending: Sending | None
    """How what its challenge sends is bounded; None: it sends nothing."""

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:
        """Make a challenge."""
        ...

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Check an answer. Without a credential it takes as long and is always rejected."""
        ...


@runtime_checkable
class Enrollable(Protocol):
    """A factor that a person can set up for themselves, in two steps."""

    name: str
    input_name: str
    typed_name: str
    """The form field in which the person says what is to be set up (`phone`); empty where there is nothing to say."""
    is_slow: bool
    sending: Sending | None
    is_proof: bool
    """Whether setting it up proves it. What does not is only ever set up beside something that does."""

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:
        """Prepare what is to be set up."""
        ...

    def enroll_finish(
        self, person: Person, challenge: Challenge, answer: str, *, now: datetime
    ) -> NewCredential | Rejected:
        """Return what to keep once the first answer is right."""
        ...


@runtime_checkable
class Ceremonial(Factor, Protocol):
    """A factor whose page must hold its challenge before anything is answered, for all credentials of a person at once.

    Any answer uses the challenge up, right or wrong. An answer names the credential that it is by, so such a factor may
    also say who somebody is.
    """

    def begin_with(
        self, person: Person | None, held: Sequence[Credential], *, tokens: Tokens, now: datetime
    ) -> Challenge:
        """Make a challenge for any of these; without a person for whoever it may be."""
        ...

    def enroll_begin_beside(
        self, person: Person, held: Sequence[Credential], *, is_quiet: bool, tokens: Tokens, now: datetime
    ) -> Challenge:
        """Prepare what is to be set up beside these; quietly: without asking the person."""
        ...

    def key_hash_in(self, answer: str) -> str:
        """Return the `key_hash` of the credential that an answer names, or nothing; nothing is proved by it."""
        ...

    def accepts(self, credential: Credential) -> bool:
        """Tell whether the policy still has this credential."""
        ...
