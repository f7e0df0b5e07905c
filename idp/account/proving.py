"""How an address is proved outside of an interaction: a code goes there, and few tries are taken at it.

An address that is somebody else's is treated alike, only that no code is the right one, and its owner is told that they
have an account already: the page tells nobody who exists (SES-08). Each code has few tries, and each address few a day,
however many codes somebody asks for: nobody who cannot read a mailbox ever proves it by guessing on (OTP-06, OTP-07).
"""

from datetime import datetime, timedelta

from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Challenge
from idp.factors.email import Email
from idp.factors.sent_code import proven
from idp.factors.sms import Sms
from idp.login import letters, postage
from idp.login import sender as sending
from idp.login.messages import Asked, Errand, code_letter
from idp.login.sender import Sender
from idp.login.setting_up import person_of
from idp.login.standing import Judge
from idp.records.delivery.outages import store as outages
from idp.records.throttle import store as throttle
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.model import User, email_key, is_address
from idp.storage.tx import Tx
from idp.web.languages import Wanted

EMAIL, SMS = "email", "sms"
MOST_TRIES, MOST_SENT = 10, 20
"""At one address in a day, whoever asks: of a million codes, and of mails to somebody who wants none."""
_DAY = timedelta(days=1)
_REGISTERED = "registered"
"""The purpose of the message to whoever has the address already."""


class AddressProving:
    """Proves addresses."""

    def __init__(self, *, judge: Judge, sender: Sender, clock: Clock, tokens: Tokens) -> None:
        self._judge = judge
        self._sender = sender
        self._clock = clock
        self._tokens = tokens

    def begin(
        self, tx: Tx, *, owner: str, address: str, is_taken: bool, wants: Wanted, asked_from: str
    ) -> AddressProof | Rejected:
        """Send a code to the address, within limits; `owner` names whoever proves it, and has one proof at a time."""
        now, factor, texts = self._clock.now(), self.factor(tx), self._sender.texts(wants)
        if not is_address(address):
            return Rejected(Reason.ADDRESS_MALFORMED)
        challenge = factor.ask(address, tokens=self._tokens, now=now)
        message, limits = challenge.message, factor.sending
        if message is None or limits is None:
            return Rejected(Reason.FACTOR_UNAVAILABLE)
        refused = sending.reserve(tx, message, limits, user_id=owner, pace=f"resend:address:{owner}", now=now)
        if refused is not None:
            return refused
        counted = _count(tx, "sent", address, most=MOST_SENT, now=now)
        if not counted.allowed:
            return Rejected(Reason.SEND_LIMITED, counted.until)
        proof = AddressProof(
            id=self._tokens.new_id(),
            user_id=owner,
            address=address,
            created_at=now,
            expires_at=now + factor.ttl,
            state=b"" if is_taken else challenge.state,
        )
        proofs.add(tx, proof)
        host = self._sender.host
        asked = Asked(errand=Errand.ADDRESS, at=now, address=asked_from)
        letter = (
            letters.registered(texts, host=host) if is_taken else code_letter(message, texts, host=host, asked=asked)
        )
        purpose = _REGISTERED if is_taken else message.purpose
        self._sender.send(
            tx, channel=EMAIL, to=address, purpose=purpose, letter=letter, now=now, expires_at=proof.expires_at
        )
        return proof

    def begin_number(self, tx: Tx, user: User, typed: str, *, wants: Wanted) -> AddressProof | Rejected:
        """Send a code to the number that was typed, if it is one that is served, within limits and budgets."""
        now, bundle = self._clock.now(), self._judge.bundle(tx, user.id)
        factor = Sms(**bundle.factor_settings.get(SMS, {}))
        challenge = factor.enroll_begin(person_of(user), typed=typed, tokens=self._tokens, now=now)
        if isinstance(challenge, Rejected):
            return challenge
        message, limits = challenge.message, factor.sending
        if message is None or limits is None:
            return Rejected(Reason.FACTOR_UNAVAILABLE)
        down = outages.list_open(tx, now).get(message.channel)
        if down is not None:
            return Rejected(Reason.FACTOR_UNAVAILABLE, down)
        pace = f"resend:address:{user.id}"
        refused = sending.reserve(tx, message, limits, user_id=user.id, pace=pace, now=now)
        refused = refused or postage.reserve(
            tx, message.to, user_id=user.id, is_proven=False, budgets=bundle.budgets, now=now
        )
        if refused is not None:
            return refused
        proof = AddressProof(
            id=self._tokens.new_id(),
            user_id=user.id,
            address=message.to,
            created_at=now,
            expires_at=now + factor.ttl,
            state=challenge.state,
        )
        proofs.add(tx, proof)
        asked = Asked(errand=Errand.ADDRESS, at=now)
        letter = code_letter(message, self._sender.texts(wants), host=self._sender.host, asked=asked)
        self._sender.send(
            tx, channel=SMS, to=message.to, purpose=message.purpose, letter=letter, now=now, expires_at=proof.expires_at
        )
        return proof

    def note_returned(self, tx: Tx, number: str, user_id: str) -> None:
        """Count that the code of a message that was paid for has come back (MSG-01)."""
        now = self._clock.now()
        postage.note_used(tx, Sms().bind(number).bound(SMS, credential_id="", user_id=user_id, now=now), now)

    def reserve(self, tx: Tx, proof: AddressProof) -> Rejected | None:
        """Count a try before the code is looked at; all tries at one proof are few, and all at one address."""
        limits, now = self.factor(tx).sending, self._clock.now()
        if limits is None:
            return Rejected(Reason.FACTOR_UNAVAILABLE)
        counted = throttle.reserve(
            tx,
            f"tries:address:{proof.id}",
            now=now,
            after=limits.attempts + 1,
            lock_for=limits.per,
            ceiling=limits.attempts,
        )
        if counted.allowed:
            counted = _count(tx, "tries-of-a-day", proof.address, most=MOST_TRIES, now=now)
        return None if counted.allowed else Rejected(Reason.TOO_MANY_ATTEMPTS, counted.until)

    def verify(self, proof: AddressProof, code: str) -> Rejected | None:
        """Compare; None: it is the code."""
        found = proven(Challenge(state=proof.state), code, self._clock.now())
        return found if isinstance(found, Rejected) else None

    def factor(self, tx: Tx) -> Email:
        """Return the factor as the live policy sets it."""
        return Email(**self._judge.bundle(tx).factor_settings.get(EMAIL, {}))


def _count(tx: Tx, what: str, address: str, *, most: int, now: datetime) -> throttle.Reserved:
    """Count something of a day at one address, in whosever name it is done."""
    key = f"{what}:address:{digest(email_key(address))}"
    return throttle.reserve(tx, key, now=now, after=most, lock_for=_DAY, ceiling=None, forget_after=_DAY)
