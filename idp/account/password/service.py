"""Changing one's password, once `account.password` has been admitted.

The credential stays the same, with another hash, so that what this browser has proved stays proved.
"""

from collections.abc import Sequence

from idp.account.devices import SignedInDevices
from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.tokens import Tokens
from idp.factors.base import Credential
from idp.login import store as interactions
from idp.login import trusting
from idp.login.choosing import Chosen, NewPasswords, note, shortest_for
from idp.login.notices import Notices
from idp.login.setting_up import person_of
from idp.login.standing import Judge
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

ACTION = "account.password"
_PASSWORD = "password"


class PasswordChange:
    """Changes passwords."""

    def __init__(
        self,
        *,
        judge: Judge,
        passwords: NewPasswords,
        devices: SignedInDevices,
        notices: Notices,
        clock: Clock,
        tokens: Tokens,
    ) -> None:
        self._judge = judge
        self._passwords = passwords
        self._devices = devices
        self._notices = notices
        self._clock = clock
        self._tokens = tokens

    def shortest(self, tx: Tx, user: User) -> int:
        """Return how many characters this person's password must have."""
        bundle = self._judge.bundle(tx, user.id)
        return shortest_for(bundle.password, credentials.list_credentials(tx, user.id), bundle.traits)

    def choose(self, user: User, text: str, *, shortest: int) -> Chosen | Rejected:
        """Judge and hash a new password, outside any transaction. Raises BusyError."""
        return self._passwords.choose(text, person=person_of(user), shortest=shortest)

    def change(self, tx: Tx, actor: Actor, chosen: Chosen, *, end_others: bool) -> None:
        """Keep the new password, tell its owner, and where they wish it sign out everywhere else.

        Whoever has given the old one and is still on the way in begins again (FLT-31).
        """
        now, user = self._clock.now(), actor.user
        users.hold(tx, user.id)
        present = _password_of(credentials.list_credentials(tx, user.id))
        if present is None:
            made = chosen.new.bound(_PASSWORD, credential_id=self._tokens.new_id(), user_id=user.id, now=now)
            credentials.add_credential(tx, made)
        else:
            # After a reset it keeps its channel: used beside another one, it has become the person's own before
            # (policy.md §2).
            credentials.replace_material(tx, present.id, chosen.new.material)
        interactions.expire_all(tx, user.id, now)
        trusting.void_all(tx, user.id, why="password_changed", address=actor.address, now=now)
        if end_others:
            self._devices.end_others(tx, actor)
        audit.add(tx, event_by(actor, "password.changed", now, others_ended=end_others))
        note(tx, chosen, user_id=user.id, at=now)
        self._notices.password_changed(tx, user, Occasion(at=now, address=actor.address, wants=actor.wants))


def _password_of(held: Sequence[Credential]) -> Credential | None:
    return next((credential for credential in held if credential.factor == _PASSWORD), None)
