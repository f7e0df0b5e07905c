"""One site, one person, and how they make and use a passkey without any page."""

from datetime import datetime, timedelta
from typing import Any

from idp.core.errors import Rejected
from idp.core.tokens import SystemTokens
from idp.factors.base import Credential, NewCredential, Person, Verified
from idp.factors.passkey.factor import Passkey
from idp.factors.passkey.site import Site, Terms
from tests.support.authenticator import Authenticator
from tests.support.builders import NOW

ALICE = Person(id="a1", username="alice", display_name="Alice")
SITE = Site(rp_id="localhost", name="localhost", origins=("http://localhost:8000", "https://other.example"))
TOKENS = SystemTokens()


def a_passkey(site: Site = SITE, **terms: Any) -> Passkey:
    return Passkey(site=site, terms=Terms(**terms))


def made(
    factor: Passkey,
    device: Authenticator,
    *,
    is_quiet: bool = False,
    after: float = 0,
    person: Person = ALICE,
    **lies: Any,
) -> NewCredential | Rejected:
    """Make a passkey."""
    begun = factor.enroll_begin_beside(ALICE, (), is_quiet=is_quiet, tokens=TOKENS, now=NOW)
    said = device.create(begun.page["options"], **lies)
    return factor.enroll_finish(person, begun, said, now=NOW + timedelta(seconds=after))


def held(new: NewCredential | Rejected, **changes: Any) -> Credential:
    """Return the passkey as it is stored."""
    assert isinstance(new, NewCredential), new
    return new.bound("passkey", credential_id="c1", user_id=ALICE.id, now=NOW)


def used(
    factor: Passkey, credential: Credential, device: Authenticator, *, now: datetime = NOW, **lies: Any
) -> Verified | Rejected:
    """Prove somebody by it."""
    begun = factor.begin(ALICE, credential, tokens=TOKENS, now=NOW)
    return factor.verify(credential, begun, device.get(begun.page["options"], **lies), now=now)
