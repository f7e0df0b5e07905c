"""Deleting an account, at once, once `account.delete` has been admitted.

What proves the person, what they allowed and where they were signed in is gone, and so is what is known of them; what
stays is a row without a name, so that the `sub` is never anybody else's (OIDC Core 1.0 §2; ENR-25), and the audit
trail, which is kept for its own reasons. Whoever looks after this service gives their role up first: a console without
anybody is locked for good.
"""

from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.login import letters
from idp.login.ending import end_everything
from idp.login.recovery import cooling
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.consents import store as consents
from idp.records.devices import store as devices
from idp.records.risks import store as risks
from idp.records.users import store as users
from idp.records.users.address_proofs import store as proofs
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.links.model import Purpose
from idp.records.users.model import MAX_TYPED, username_key
from idp.storage.tx import Tx

ACTION = "account.delete"


class Deletion:
    """Deletes accounts."""

    def __init__(self, *, telling: Telling, clock: Clock) -> None:
        self._telling = telling
        self._clock = clock

    def delete(self, tx: Tx, actor: Actor, typed: str) -> Rejected | None:
        """Delete the account of whoever types its username; None: it is gone."""
        now, user_id = self._clock.now(), actor.user.id
        users.hold(tx, user_id)
        user = users.get(tx, user_id)
        if user is None or len(typed) > MAX_TYPED or username_key(typed) != username_key(user.username):
            return Rejected(Reason.USERNAME_MISMATCH)
        if user.roles:
            return Rejected(Reason.NOT_ALLOWED)
        self._telling.tell(tx, user, letters.deleted, Occasion(at=now, address=actor.address, wants=actor.wants))
        end_everything(tx, user_id, address=actor.address, now=now)
        for held in credentials.list_credentials(tx, user_id):
            credentials.remove_credential(tx, held.id, user_id)
        for consent in consents.list_consents(tx, user_id):
            consents.remove(tx, user_id, consent.client_id)
        devices.forget_all(tx, user_id)
        risks.forget(tx, user_id)
        proofs.void(tx, user_id)
        cooling.forget(tx, user_id, now)
        for purpose in Purpose:
            links.void(tx, user_id, purpose)
        users.erase(tx, user_id, now)
        audit.add(tx, event_by(actor, "user.deleted", now))
        return None
