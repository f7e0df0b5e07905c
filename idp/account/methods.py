"""A person's sign-in methods: what there is, and what may be changed.

Every change is guarded by the action `account.factors`; setting up goes through an interaction of the login, so there
is one way to do it. The last method that policy needs stays (E3): removals of one person queue behind each other, each
looks at what the one before has left, so that two at once cannot remove two last ones (ENR-07).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.core.clock import Clock
from idp.core.reasons import Reason
from idp.factors import ticket
from idp.factors.base import Credential
from idp.login import trusting
from idp.login.choosing import shortest_for
from idp.login.elsewhere import is_elsewhere
from idp.login.installed import Installed
from idp.login.lasting import is_needed
from idp.login.notices import Notices
from idp.login.setting_up import label_of
from idp.login.standing import Judge
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.sessions.model import Session
from idp.records.users import store as users
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.languages import Wanted

ACTION = "account.factors"
FEW = 3
"""Backup codes left at which a person is warned (F7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One sign-in method as its owner sees it."""

    id: str
    factor: str
    label: str
    created_at: datetime
    used_at: datetime | None
    may_change: bool
    may_replace: bool = False
    """Whether another can take its place; a list of codes is voided by the next one as it is."""
    left: int | None = None
    """Backup codes: how many are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """All of them, and what could be added."""

    held: tuple[Method, ...]
    addable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, and from where."""

    user: User
    session: Session
    address: str = field(default="", repr=False)
    wants: Wanted = field(default_factory=Wanted)
    here: Browser = field(default_factory=Browser, repr=False)
    """Their browser, where it matters which of those that they trust it is."""


def event_by(actor: Actor, name: str, now: datetime, **details: str | int | bool) -> Event:
    """Return an audit event about what somebody has done with their own account."""
    return Event(
        name=name,
        at=now,
        user_id=actor.user.id,
        session_id=actor.session.id,
        address=actor.address,
        details=details,
    )


class RefusedError(Exception):
    """The change may not stay; nothing of its transaction does."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInMethods:
    """Shows and changes sign-in methods."""

    def __init__(self, *, judge: Judge, notices: Notices, clock: Clock) -> None:
        self._judge = judge
        self._notices = notices
        self._clock = clock

    def all_of(self, tx: Tx, user: User) -> Methods:
        """Return what this person has, and what they could set up."""
        bundle = self._judge.bundle(tx, user.id)
        installed = self._judge.installed(tx, user.id)
        held = tuple(each for each in credentials.list_credentials(tx, user.id) if each.factor != ticket.NAME)
        has_proof = any(credential.factor in installed.enrollable for credential in held)
        addable = tuple(
            name
            for name in bundle.order
            if (factor := installed.enrollable_factor(name)) is not None and (factor.is_proof or has_proof)
        )
        return Methods(held=tuple(_method(tx, credential, installed) for credential in held), addable=addable)

    def one_of(self, tx: Tx, user: User, credential_id: str) -> Method | None:
        """Return a method of this person that may be changed; whose it is else is nobody's business here."""
        found = next((each for each in self.all_of(tx, user).held if each.id == credential_id), None)
        return found if found is not None and found.may_change else None

    def rename(self, tx: Tx, actor: Actor, method: Method, label: str) -> None:
        """Call a method something else."""
        credentials.rename(tx, method.id, actor.user.id, label_of(label))
        self._note(tx, actor, "factor.renamed", method)

    def alone_without(self, tx: Tx, user: User, credential_id: str) -> int:
        """Return how long the password must be once this method is gone; 0 where that is as before, or it cannot go."""
        if is_needed(tx, self._judge, user, credential_id, action=ACTION, now=self._clock.now()):
            return 0
        return self._alone_without(tx, user, credential_id)

    def _alone_without(self, tx: Tx, user: User, credential_id: str) -> int:
        """NIST SP 800-63B-4 §3.1.1.2: longer where it is the only factor."""
        bundle, held = self._judge.bundle(tx, user.id), credentials.list_credentials(tx, user.id)
        going = self._going(tx, user, held, credential_id)
        kept = [credential for credential in held if credential not in going]
        if all(credential.factor != "password" for credential in kept):
            return 0
        before, after = (shortest_for(bundle.password, each, bundle.traits) for each in (held, kept))
        return after if after > before else 0

    def remove(self, tx: Tx, actor: Actor, method: Method, *, is_long: bool = False) -> None:
        """Remove a method, and a list of backup codes that would be left alone. Raises RefusedError.

        `is_long`: the password has just been chosen as one that may stand alone.
        """
        now, user = self._clock.now(), actor.user
        users.hold(tx, user.id)
        removed = self._found(tx, user, method.id)
        if removed is None:
            return
        if is_needed(tx, self._judge, user, removed.id, action=ACTION, now=now):
            raise RefusedError(Reason.LAST_FACTOR)
        if not is_long and self._alone_without(tx, user, removed.id):
            raise RefusedError(Reason.PASSWORD_ALONE)
        for credential in self._going(tx, user, credentials.list_credentials(tx, user.id), removed.id):
            credentials.remove_credential(tx, credential.id, user.id)
        self._note(tx, actor, "factor.removed", method)
        trusting.void_all(tx, user.id, why="factors_changed", address=actor.address, now=now)
        self._notices.removed(tx, user, removed, Occasion(at=now, address=actor.address, wants=actor.wants))

    def _found(self, tx: Tx, user: User, credential_id: str) -> Credential | None:
        held = credentials.list_credentials(tx, user.id)
        return next((credential for credential in held if credential.id == credential_id), None)

    def _going(self, tx: Tx, user: User, held: Sequence[Credential], credential_id: str) -> list[Credential]:
        """Return what goes with a method: itself, and a list of codes that nothing would be left beside."""
        installed = self._judge.installed(tx, user.id)
        gone, kept = ([each for each in held if (each.id == credential_id) is is_it] for is_it in (True, False))
        if any(credential.factor in installed.enrollable for credential in kept):
            return gone
        return gone + [each for each in kept if installed.enrollable_factor(each.factor) is not None]

    def _note(self, tx: Tx, actor: Actor, name: str, method: Method) -> None:
        audit.add(tx, event_by(actor, name, self._clock.now(), factor=method.factor, credential=method.id))


def _method(tx: Tx, credential: Credential, installed: Installed) -> Method:
    factor = installed.enrollable_factor(credential.factor)
    has_list = factor is not None and not factor.is_proof
    return Method(
        id=credential.id,
        factor=credential.factor,
        label=credential.label,
        created_at=credential.created_at,
        used_at=credential.used_at,
        may_change=factor is not None or is_elsewhere(installed, credential.factor),
        may_replace=factor is not None and factor.is_proof,
        left=backup_codes.count_codes(tx, credential.id) if has_list else None,
    )
