"""How a new password is taken, wherever one is chosen: judged, looked for in breaches, hashed (F1, SES-27).

Nothing is stored here, and nothing of it may run inside a transaction: a breach list is asked over the network and a
hash takes its time in the lane. Whoever stores the result does so in its own transaction, and notes there what
`note` writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from idp.core.assurance import TraitsTable
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import Credential, NewCredential, Person
from idp.factors.password import Password
from idp.factors.password_rules import PasswordRules, Strength, words_about
from idp.login.breaches import Breaches
from idp.login.lane import Lane
from idp.login.lost_factors import is_second
from idp.policy.language import PasswordLengths
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A password that may be kept."""

    new: NewCredential = field(repr=False)
    strength: Strength
    is_checked: bool
    """Whether breaches were looked through; false where nobody could be asked."""


class NewPasswords:
    """Takes new passwords."""

    def __init__(self, *, password: Password, breaches: Breaches, lane: Lane, service: str) -> None:
        self._password = password
        self._breaches = breaches
        self.lane = lane
        self._service = service

    def choose(self, text: str, *, person: Person, shortest: int) -> Chosen | Rejected:
        """Return what to keep of a new password, or why it may not be chosen. Raises BusyError."""
        if not text:
            return Rejected(Reason.NOTHING_TYPED)
        rules = PasswordRules(shortest=shortest, words=words_about(person, service=self._service))
        with self.lane.place():
            strength = self.lane.run(lambda: rules.judge(text))
        if isinstance(strength, Rejected):
            return strength
        is_breached = self._breaches.holds(text)
        if is_breached:
            return Rejected(Reason.PASSWORD_BREACHED)
        with self.lane.place():
            new = self.lane.run(lambda: self._password.enrol(text))
        return Chosen(new=new, strength=strength, is_checked=is_breached is not None)


def shortest_for(lengths: PasswordLengths, held: Iterable[Credential], traits: TraitsTable) -> int:
    """Return how long a password must be beside what a person holds: longer where it is the only factor.

    A mailbox is no factor (NIST SP 800-63B-4 §3.1.3), so a password beside it is alone.
    """
    return lengths.min if any(is_second(credential.factor, traits) for credential in held) else lengths.alone


def note(tx: Tx, chosen: Chosen, *, user_id: str, at: datetime) -> None:
    """Write into the audit trail that breaches could not be looked through, where that is so."""
    if not chosen.is_checked:
        audit.add(tx, Event(name="password.breach_check.failed", at=at, user_id=user_id))
