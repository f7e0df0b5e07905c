"""Recoveries that have cooled off take effect (E7): by themselves, or where their person comes first.

What was lost is gone then, a password that was set on the way becomes one that the person alone knows, and failures
before it are forgotten. In the same transaction everybody who can be told is told, with the link that undoes what a
stranger could do with it (E9): who slept through the day of cooling off learns it now.
"""

from datetime import datetime
from functools import partial

from idp.factors.email import Email
from idp.login import budget, letters
from idp.login.recovery.cooling import PERSON, event_of
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.records.users.recoveries import store
from idp.records.users.recoveries.model import Recovery
from idp.storage.tx import Tx
from idp.web.languages import Wanted


class Completing:
    """Lets recoveries take effect."""

    def __init__(self, *, telling: Telling) -> None:
        self._telling = telling

    def settled(self, tx: Tx, user: User, now: datetime) -> User:
        """Let a recovery that has cooled off take effect, and return the person as they are now."""
        if user.recovering_until is None or user.recovering_until > now:
            return user
        users.hold(tx, user.id)
        recovery = store.get_open(tx, user.id)
        if recovery is not None and store.end(tx, recovery.id, now):
            self._complete(tx, user, recovery, now)
        users.set_recovering(tx, user.id, None)
        return users.get(tx, user.id) or user

    def settle_due(self, tx: Tx, now: datetime) -> int:
        """Let one take effect whose time has come; return how many that were, none or one."""
        recovery = store.get_due(tx, now)
        if recovery is None:
            return 0
        user = users.get(tx, recovery.user_id)
        if user is None:
            return int(store.end(tx, recovery.id, now))
        return int(self.settled(tx, user, now).recovering_until is None)

    def _complete(self, tx: Tx, user: User, recovery: Recovery, now: datetime) -> None:
        _let_go(tx, user, recovery, now)
        if recovery.password_id:
            credentials.set_channel(tx, recovery.password_id, PERSON)
        budget.clear(tx, (budget.PASSWORD, budget.SECOND), user, None)
        audit.add(tx, event_of("recovery.completed", recovery, now))
        write = partial(letters.recovered, is_lost=bool(recovery.lost))
        # Nobody did it just now: it began at that time, in that language, and nowhere else is known of it.
        occasion = Occasion(at=now, wants=Wanted(anywhere=(recovery.language,)))
        self._telling.tell(tx, user, write, occasion)


def _let_go(tx: Tx, user: User, recovery: Recovery, now: datetime) -> None:
    """Remove what was lost, and bind the mailbox.

    The mailbox that was proved on the way is a second step from now on (E1): without one the person could set nothing
    up again.
    """
    if not recovery.lost:
        return
    users.set_methods_taken(tx, user.id, now)
    for credential_id in recovery.lost:
        credentials.remove_credential(tx, credential_id, user.id)
    mailbox = Email()
    if all(held.factor != mailbox.name for held in credentials.list_credentials(tx, user.id)):
        bound = mailbox.bind(user.email).bound(
            mailbox.name, credential_id=f"{recovery.id}-mail", user_id=user.id, now=now
        )
        credentials.add_credential(tx, bound)
