"""The passkey (F6): something one has, and with user verification something one is.

It prepares ceremonies and checks their ends. A challenge is drawn for each, kept sealed in its interaction for five
minutes, and gone with the first answer. Nothing of a passkey is secret here: it is a public key.
"""

from collections.abc import Sequence
from datetime import datetime

from webauthn.helpers import base64url_to_bytes

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified
from idp.factors.passkey import options
from idp.factors.passkey.answers import key_id_in
from idp.factors.passkey.assertion import asserted
from idp.factors.passkey.material import LASTS, Begun, Ceremony, begun_of, material_of
from idp.factors.passkey.registration import registered
from idp.factors.passkey.site import Site, Terms

_OVER = Rejected(Reason.PASSKEY_EXPIRED)


class Passkey:
    """A key pair on a device of the person's, bound to this site."""

    name = "passkey"
    input_name = "passkey"
    typed_name = ""
    is_slow = False
    is_proof = True
    sending: Sending | None = None

    def __init__(self, *, site: Site, terms: Terms | None = None) -> None:
        self._site = site
        self._terms = terms or Terms()

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:
        """Ask for a proof by this passkey."""
        return self.begin_with(person, (credential,), tokens=tokens, now=now)

    def begin_with(
        self, person: Person | None, held: Sequence[Credential], *, tokens: Tokens, now: datetime
    ) -> Challenge:
        """Ask for a proof by one of these, or for whoever it may be by any passkey that names its owner."""
        begun = Begun(
            ceremony=Ceremony.GET,
            challenge=_drawn(tokens),
            expires_at=now + LASTS,
            person=person.id if person else "",
            offered=tuple(material_of(credential.material).key_id for credential in held),
        )
        return _put(begun, options.to_get(held, begun.challenge, site=self._site, terms=self._terms))

    def key_hash_in(self, answer: str) -> str:
        """Return the hash of the passkey's id that an answer names; nothing is proved by it."""
        key_id = key_id_in(answer)
        return digest(key_id) if key_id else ""

    def accepts(self, credential: Credential) -> bool:
        """Tell whether the policy still has this passkey: the terms may have changed since it was made."""
        return self._terms.synced == "allowed" or Property.DEVICE_BOUND in credential.properties

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Accept a proof by a passkey that the ceremony was offered to, in time."""
        if credential is None:
            return Rejected(Reason.PASSKEY_UNKNOWN)
        begun = begun_of(challenge, Ceremony.GET)
        if begun is None or now >= begun.expires_at:
            return _OVER
        if begun.person not in ("", credential.user_id):
            return Rejected(Reason.PASSKEY_UNKNOWN)
        if not self.accepts(credential):
            return Rejected(Reason.PASSKEY_NOT_ALLOWED)
        return asserted(answer, credential, begun, site=self._site, terms=self._terms)

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Ask for a new passkey of somebody who has none."""
        return self.enroll_begin_beside(person, (), is_quiet=False, tokens=tokens, now=now)

    def enroll_begin_beside(
        self, person: Person, held: Sequence[Credential], *, is_quiet: bool, tokens: Tokens, now: datetime
    ) -> Challenge:
        """Ask for a new passkey on an authenticator that has none of these."""
        begun = Begun(
            ceremony=Ceremony.CREATE_QUIETLY if is_quiet else Ceremony.CREATE,
            challenge=_drawn(tokens),
            expires_at=now + LASTS,
            person=person.id,
        )
        return _put(begun, options.to_create(person, held, begun.challenge, site=self._site, terms=self._terms))

    def enroll_finish(
        self, person: Person, challenge: Challenge, answer: str, *, now: datetime
    ) -> NewCredential | Rejected:
        """Keep the passkey that was made for this person, in time."""
        begun = begun_of(challenge, Ceremony.CREATE, Ceremony.CREATE_QUIETLY)
        if begun is None or now >= begun.expires_at or begun.person != person.id:
            return _OVER
        return registered(answer, begun, site=self._site, terms=self._terms)


def _put(begun: Begun, shown: str) -> Challenge:
    return Challenge(state=begun.encoded(), page={"options": shown, "lasts": str(int(LASTS.total_seconds()))})


def _drawn(tokens: Tokens) -> bytes:
    """Return 256 random bits (WebAuthn Level 3 §13.4.3)."""
    return base64url_to_bytes(tokens.token())
