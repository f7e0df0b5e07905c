"""Tells people, and the audit trail, what has changed in how they sign in (E9).

In the transaction of the change: there is none without its notice.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from idp.factors.base import Credential
from idp.login import letters
from idp.login.closing import event_of
from idp.login.messages import Letter
from idp.login.setting_up import Passed
from idp.login.situation import Situation
from idp.login.telling import Occasion, Telling, Told
from idp.records.audit import store as audit
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.model import User
from idp.storage.tx import Tx


class Notices:
    """Writes notices."""

    def __init__(self, *, telling: Telling) -> None:
        self._telling = telling

    def passed(self, tx: Tx, situation: Situation, user: User, passed: Passed) -> None:
        """Tell what an accepted answer has changed, if anything."""
        credential = passed.credential
        if passed.new is not None:
            details = {"credential": credential.id}
            event = event_of(f"factor.{credential.factor}.enrolled", situation, user_id=user.id, details=details)
            audit.add(tx, event)
            self._added(tx, situation, user, credential)
        elif passed.verified.code_hash:
            self._telling.tell(tx, user, self._used(tx, credential), _occasion(situation))

    def _used(self, tx: Tx, credential: Credential) -> Callable[[Told], Letter]:
        if credential.factor == "recovery_code":
            return letters.rotated
        return partial(letters.used_up, left=backup_codes.count_codes(tx, credential.id))

    def _added(self, tx: Tx, situation: Situation, user: User, credential: Credential) -> None:
        replaced = situation.interaction.replaced_by(credential.factor)
        if replaced is not None:
            details = {"credential": replaced, "factor": credential.factor, "replaced_by": credential.id}
            audit.add(tx, event_of("factor.removed", situation, user_id=user.id, details=details))
        write = letters.added if replaced is None else letters.replaced
        self._telling.tell(tx, user, partial(write, factor=credential.factor), _occasion(situation))

    def added(self, tx: Tx, user: User, credential: Credential, occasion: Occasion) -> None:
        """Tell that a way to sign in was added."""
        self._telling.tell(tx, user, partial(letters.added, factor=credential.factor), occasion)

    def removed(self, tx: Tx, user: User, credential: Credential, occasion: Occasion) -> None:
        """Tell that a way to sign in was removed."""
        self._telling.tell(tx, user, partial(letters.removed, factor=credential.factor), occasion)

    def code_drawn(self, tx: Tx, user: User, until: datetime, occasion: Occasion) -> None:
        """Tell that an administrator drew a temporary code, good until then."""
        write = partial(letters.code_drawn, until=f"{until:%Y-%m-%d %H:%M} UTC")
        self._telling.tell(tx, user, write, occasion)

    def password_changed(self, tx: Tx, user: User, occasion: Occasion) -> None:
        """Tell that the password is another one."""
        self._telling.tell(tx, user, letters.password_changed, occasion)


def _occasion(situation: Situation) -> Occasion:
    return Occasion.of(situation.browser, situation.now)
