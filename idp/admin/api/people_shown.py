"""People as the API shows them: who they are, what they have set up and where they are signed in, and no secret."""

import msgspec

from idp.admin.api.calls import Moment
from idp.admin.people.service import Card, SecondStep
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.sessions.model import Session
from idp.records.users.model import User


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody."""

    id: str
    username: str
    display_name: str
    email: str
    email_verified: bool
    phone: str
    phone_verified: bool
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    created_at: Moment
    signed_in_at: Moment | None
    disabled_at: Moment | None
    must_enrol_at: Moment | None
    """Since when they are to set up a second step, and have not."""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in method: that it is there."""

    id: str
    factor: str
    label: str
    created_at: Moment
    used_at: Moment | None


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts of one family that are counted or stopped now."""

    family: str
    failures: int
    is_closed: bool
    until: Moment | None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which somebody is signed in."""

    id: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    address: str
    user_agent: str


class TrustedBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that somebody trusts: what excuses it is the policy's to say."""

    id: str
    trusted_at: Moment
    used_at: Moment
    address: str
    user_agent: str


class PersonCard(msgspec.Struct, frozen=True, kw_only=True):
    """All that is shown of somebody."""

    person: Person
    methods: tuple[Method, ...]
    locks: tuple[Lock, ...]
    sessions: tuple[SignedIn, ...]
    trusted_browsers: tuple[TrustedBrowser, ...]
    second_step: SecondStep
    longer_password: int
    """Characters: whose password is shorter chooses a longer one, or sets up a second step, at the next sign-in; 0: it
    may stay."""
    longer_after_reset: int
    """The same, should every second step be taken away."""
    decisions: tuple[str, ...]
    """The last ones about them, by id."""


def person_of(user: User) -> Person:
    """Return somebody as they are shown."""
    return Person(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        phone=user.phone,
        phone_verified=user.phone_verified_at is not None,
        groups=user.groups,
        roles=user.roles,
        created_at=user.created_at,
        signed_in_at=user.signed_in_at,
        disabled_at=user.disabled_at,
        must_enrol_at=user.must_enrol_at,
    )


def card_of(card: Card) -> PersonCard:
    """Return all that is shown of somebody."""
    return PersonCard(
        person=person_of(card.user),
        methods=tuple(
            Method(id=each.id, factor=each.factor, label=each.label, created_at=each.created_at, used_at=each.used_at)
            for each in card.held
        ),
        locks=tuple(
            Lock(family=each.family, failures=each.failures, is_closed=each.is_closed, until=each.until)
            for each in card.locks
        ),
        sessions=tuple(map(signed_in_of, card.sessions)),
        trusted_browsers=tuple(map(trusted_of, card.trusted)),
        second_step=card.second_step,
        longer_password=card.longer_password,
        longer_after_reset=card.longer_after_reset,
        decisions=tuple(each.id for each in card.decisions),
    )


def signed_in_of(session: Session) -> SignedIn:
    """Return a session as it is shown: nothing that opens it, and nothing of its proofs."""
    return msgspec.convert(session, SignedIn, from_attributes=True)


def trusted_of(device: TrustedDevice) -> TrustedBrowser:
    """Return a trusted browser as it is shown."""
    return msgspec.convert(device, TrustedBrowser, from_attributes=True)
