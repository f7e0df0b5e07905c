"""Changing one's phone number: where notices go, and what applications are told.

A number that is also a second step is another thing: it is replaced among the sign-in methods, where that takes the
proof which setting up a factor takes. So nothing here changes how anybody signs in.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from idp.account.contact.changing import AddressChange
from idp.account.methods import Actor, event_by
from idp.account.proving import AddressProving
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors import phone_number
from idp.login import letters
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.model import User
from idp.storage.tx import Tx


class PhoneChange(AddressChange):
    """Changes phone numbers."""

    def __init__(self, *, proving: AddressProving, telling: Telling, clock: Clock) -> None:
        super().__init__(proving=proving)
        self._telling = telling
        self._clock = clock

    def ask(self, tx: Tx, actor: Actor, typed: str) -> AddressProof | Rejected:
        """Send a code to the new number and a notice to every address there is, within limits."""
        now = self._clock.now()
        if actor.user.recovering_until is not None and actor.user.recovering_until > now:
            # Whoever recovers an account would be told of it alone (E7).
            return Rejected(Reason.RECOVERING)
        proof = self.proving.begin_number(tx, actor.user, typed, wants=actor.wants)
        if isinstance(proof, Rejected):
            return proof
        self._tell(tx, actor, actor.user, letters.Contact.NUMBER_ASKED, proof.address, now)
        audit.add(tx, event_by(actor, "phone.change.asked", now))
        return proof

    def settle(self, tx: Tx, actor: Actor, proof: AddressProof) -> Rejected | None:
        """Spend the proof and change the number; None: it is changed."""
        now = self._clock.now()
        users.hold(tx, actor.user.id)
        present = users.get(tx, actor.user.id)
        if present is None or not proofs.consume(tx, proof.id, actor.user.id, now):
            return Rejected(Reason.CODE_USED)
        self.proving.note_returned(tx, proof.address, present.id)
        self._tell(tx, actor, present, letters.Contact.NUMBER_CHANGED, proof.address, now)
        users.save(tx, replace(present, phone=proof.address, phone_verified_at=now, updated_at=now))
        audit.add(tx, event_by(actor, "phone.changed", now))
        return None

    def is_own(self, proof: AddressProof) -> bool:
        """Tell whether a proof is of a number."""
        return "@" not in proof.address

    def masked(self, address: str) -> str:
        """Return the number's last digits."""
        return phone_number.masked(address)

    def _tell(self, tx: Tx, actor: Actor, user: User, change: letters.Contact, number: str, now: datetime) -> None:
        occasion = Occasion(at=now, address=actor.address, wants=actor.wants)
        self._telling.tell(tx, user, partial(letters.contact, change=change, to=self.masked(number)), occasion)
