"""Recoveries that cool off: started, in effect after their time, or cancelled before it (E7).

Who regains an account by one way alone waits: while the recovery cools off no level above two steps holds (policy.md
§3), every address of the person has been told, and one link undoes it. What it undoes it remembers: the password that
was there before comes back.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from idp.core.tokens import Tokens
from idp.factors.base import Credential
from idp.factors.email import Email
from idp.login import budget
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.records.users.recoveries import store
from idp.records.users.recoveries.model import Recovery
from idp.storage.tx import Tx

COOLS_FOR = timedelta(hours=24)
PERSON = "person"
"""The channel of a password that its person alone knows."""


class _Kept(msgspec.Struct, frozen=True):
    """A password set aside."""

    channel: str
    material: bytes


def start(
    tx: Tx, user: User, *, replaced: Credential | None, password_id: str, lost: tuple[str, ...], id_: str, now: datetime
) -> Recovery:
    """Start a recovery; one that was under way gives way to it, and what that one would undo and remove goes on."""
    kept = _kept(replaced)
    before = store.get_open(tx, user.id)
    if before is not None and store.end(tx, before.id, now):
        kept, password_id = before.replaced or kept, password_id or before.password_id
        lost = tuple(dict.fromkeys((*before.lost, *lost)))
    recovery = Recovery(
        id=id_,
        user_id=user.id,
        started_at=now,
        cools_until=now + COOLS_FOR,
        lost=lost,
        password_id=password_id,
        replaced=kept,
    )
    store.add(tx, recovery)
    users.set_recovering(tx, user.id, recovery.cools_until)
    audit.add(tx, _event("recovery.started", recovery, now))
    return recovery


def settled(tx: Tx, user: User, now: datetime) -> User:
    """Let a recovery that has cooled off take effect, and return the person as they are now.

    Its password becomes one that the person alone knows, what was lost is gone, and failures before it are forgotten.
    Where something was lost, the mailbox that was proved on the way is a second step from now on (E1): without one the
    person could set nothing up again.
    """
    if user.recovering_until is None or user.recovering_until > now:
        return user
    users.hold(tx, user.id)
    recovery = store.get_open(tx, user.id)
    if recovery is not None and store.end(tx, recovery.id, now):
        _let_go(tx, user, recovery, now)
        if recovery.password_id:
            credentials.set_channel(tx, recovery.password_id, PERSON)
        budget.clear(tx, (budget.PASSWORD, budget.SECOND), user, None)
        audit.add(tx, _event("recovery.completed", recovery, now))
    users.set_recovering(tx, user.id, None)
    return replace(user, recovering_until=None)


def _let_go(tx: Tx, user: User, recovery: Recovery, now: datetime) -> None:
    """Remove what was lost, and bind the mailbox."""
    if not recovery.lost:
        return
    for credential_id in recovery.lost:
        credentials.remove_credential(tx, credential_id, user.id)
    mailbox = Email()
    if all(held.factor != mailbox.name for held in credentials.list_credentials(tx, user.id)):
        bound = mailbox.bind(user.email).bound(
            mailbox.name, credential_id=f"{recovery.id}-mail", user_id=user.id, now=now
        )
        credentials.add_credential(tx, bound)


def cancel(tx: Tx, user: User, *, tokens: Tokens, now: datetime) -> bool:
    """Cancel a recovery that cools off and put the password before it back; tell whether there was one."""
    if user.recovering_until is None or user.recovering_until <= now:
        return False
    recovery = store.get_open(tx, user.id)
    if recovery is None or not store.end(tx, recovery.id, now):
        return False
    users.set_recovering(tx, user.id, None)
    if recovery.replaced:
        kept = msgspec.json.decode(recovery.replaced, type=_Kept)
        if credentials.remove_credential(tx, recovery.password_id, user.id):
            credentials.add_credential(tx, _password(user, kept, tokens.new_id(), now))
    audit.add(tx, _event("recovery.cancelled", recovery, now))
    return True


def _kept(credential: Credential | None) -> bytes:
    if credential is None:
        return b""
    return msgspec.json.encode(_Kept(channel=credential.channel, material=credential.material))


def _password(user: User, kept: _Kept, credential_id: str, now: datetime) -> Credential:
    return Credential(
        id=credential_id,
        user_id=user.id,
        factor=budget.PASSWORD,
        channel=kept.channel,
        created_at=now,
        material=kept.material,
    )


def _event(name: str, recovery: Recovery, now: datetime) -> Event:
    return Event(name=name, at=now, user_id=recovery.user_id, details={"recovery": recovery.id})
