"""Changing one's e-mail address, once `account.contact` has been admitted.

A code goes to the new address and a notice to the old one before anything changes (ENR-11; NIST SP 800-63B-4 §4.6). A
mailbox that was a second step is replaced by the new one; where there was none, an address becomes none by being
changed: setting up a factor asks for more (policy.md §3.7).
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from idp.account.contact.changing import AddressChange
from idp.account.methods import Actor, event_by
from idp.account.proving import EMAIL, AddressProving
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Credential
from idp.factors.email import Email
from idp.login import letters, trusting
from idp.login.budget import PASSWORD
from idp.login.recovery.cooling import PERSON
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.links.model import Purpose
from idp.records.users.model import User, email_key
from idp.storage.tx import Tx


class EmailChange(AddressChange):
    """Changes e-mail addresses."""

    def __init__(self, *, proving: AddressProving, telling: Telling, clock: Clock, tokens: Tokens) -> None:
        super().__init__(proving=proving)
        self._telling = telling
        self._clock = clock
        self._tokens = tokens

    def ask(self, tx: Tx, actor: Actor, typed: str) -> AddressProof | Rejected:
        """Send a code to the new address and a notice to the old one, within limits."""
        address, now = typed.strip(), self._clock.now()
        if actor.user.recovering_until is not None and actor.user.recovering_until > now:
            # Whoever recovers by the mailbox alone would give themselves another one (E7).
            return Rejected(Reason.RECOVERING)
        is_taken = _is_taken(tx, actor.user, address)
        proof = self.proving.begin(
            tx,
            owner=actor.user.id,
            address=address,
            is_taken=is_taken,
            wants=actor.wants,
            asked_from=actor.address,
        )
        if isinstance(proof, Rejected):
            return proof
        self._tell(tx, actor, actor.user, letters.Contact.ADDRESS_ASKED, address, now)
        audit.add(tx, event_by(actor, "email.change.asked", now))
        return proof

    def settle(self, tx: Tx, actor: Actor, proof: AddressProof) -> Rejected | None:
        """Spend the proof and change the address; None: it is changed."""
        now = self._clock.now()
        users.hold(tx, actor.user.id)
        present = users.get(tx, actor.user.id)
        if not proofs.consume(tx, proof.id, actor.user.id, now):
            return Rejected(Reason.CODE_USED)
        if present is None or _is_taken(tx, present, proof.address):
            return Rejected(Reason.CODE_MISMATCH)
        self._tell(tx, actor, present, letters.Contact.ADDRESS_CHANGED, proof.address, now)
        users.save(tx, replace(present, email=proof.address, email_verified_at=now, updated_at=now))
        self._rebind(tx, present, proof.address, now)
        trusting.void_all(tx, present.id, why="factors_changed", address=actor.address, now=now)
        # What was mailed to the old address opens nothing any more (ENR-13).
        links.void(tx, present.id, Purpose.RESET)
        audit.add(tx, event_by(actor, "email.changed", now))
        return None

    def is_own(self, proof: AddressProof) -> bool:
        """Tell whether a proof is of a mailbox."""
        return "@" in proof.address

    def masked(self, address: str) -> str:
        """Return the first letter and the domain."""
        return Email().masked(address)

    def _tell(self, tx: Tx, actor: Actor, user: User, change: letters.Contact, address: str, now: datetime) -> None:
        occasion = Occasion(at=now, address=actor.address, wants=actor.wants)
        self._telling.tell(tx, user, partial(letters.contact, change=change, to=self.masked(address)), occasion)

    def _rebind(self, tx: Tx, user: User, address: str, now: datetime) -> None:
        """Let codes go to the new mailbox, where they went to the old one.

        A password that was reset by the old mailbox is still worth no more than a mailbox (policy.md §2): it moves to
        the new one's channel, as another credential, so that no proof of before makes two channels of one.
        """
        new = self.proving.factor(tx).bind(address)
        for held in credentials.list_credentials(tx, user.id):
            if held.factor == EMAIL:
                self._put(tx, held, new.bound(EMAIL, credential_id=self._tokens.new_id(), user_id=user.id, now=now))
            elif held.factor == PASSWORD and held.channel != PERSON:
                self._put(tx, held, replace(held, id=self._tokens.new_id(), channel=new.channel))

    def _put(self, tx: Tx, held: Credential, other: Credential) -> None:
        """Put another credential in the place of one."""
        credentials.remove_credential(tx, held.id, held.user_id)
        credentials.add_credential(tx, other)


def _is_taken(tx: Tx, user: User, address: str) -> bool:
    key = email_key(address)
    return key != email_key(user.email) and key in users.taken_emails(tx, [key])
