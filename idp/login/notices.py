"""Tells people at their proven mailbox, and the audit trail, what has changed in how they sign in (E9).

In the transaction of the change: there is none without its notice.
"""

from datetime import datetime

from idp.factors.base import Credential
from idp.login.closing import event_of
from idp.login.messages import (
    Letter,
    added_letter,
    password_letter,
    removed_letter,
    replaced_letter,
    rotated_letter,
    used_up_letter,
)
from idp.login.sender import Sender
from idp.login.setting_up import Passed
from idp.login.situation import Situation
from idp.records.audit import store as audit
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.model import User
from idp.storage.tx import Tx


class Notices:
    """Writes notices."""

    def __init__(self, *, sender: Sender) -> None:
        self._sender = sender

    def passed(self, tx: Tx, situation: Situation, user: User, passed: Passed) -> None:
        """Tell what an accepted answer has changed, if anything."""
        credential, now = passed.credential, situation.now
        if passed.new is not None:
            details = {"credential": credential.id}
            event = event_of(f"factor.{credential.factor}.enrolled", situation, user_id=user.id, details=details)
            audit.add(tx, event)
            self._added(tx, situation, user, credential)
        elif passed.verified.code_hash:
            self._tell(tx, user, self._used(tx, credential, _words(now)), now)

    def _used(self, tx: Tx, credential: Credential, at: str) -> Letter:
        if credential.factor == "recovery_code":
            return rotated_letter(host=self._sender.host, at=at)
        return used_up_letter(backup_codes.count_codes(tx, credential.id), host=self._sender.host, at=at)

    def _added(self, tx: Tx, situation: Situation, user: User, credential: Credential) -> None:
        replaced, now = situation.interaction.replaced_by(credential.factor), situation.now
        if replaced is not None:
            details = {"credential": replaced, "factor": credential.factor, "replaced_by": credential.id}
            audit.add(tx, event_of("factor.removed", situation, user_id=user.id, details=details))
        letter = added_letter if replaced is None else replaced_letter
        self._tell(tx, user, letter(credential.factor, host=self._sender.host, at=_words(now)), now)

    def removed(self, tx: Tx, user: User, credential: Credential, now: datetime) -> None:
        """Tell that a way to sign in was removed."""
        self._tell(tx, user, removed_letter(credential.factor, host=self._sender.host, at=_words(now)), now)

    def password_changed(self, tx: Tx, user: User, now: datetime) -> None:
        """Tell that the password is another one."""
        self._tell(tx, user, password_letter(host=self._sender.host, at=_words(now)), now)

    def _tell(self, tx: Tx, user: User, letter: Letter, now: datetime) -> None:
        self._sender.notify(tx, user, letter, now)


def _words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
