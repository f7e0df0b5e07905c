"""Recoveries that cool off: started, or cancelled before they take effect (E7).

Who regains an account by one way alone waits: while the recovery cools off no level above two steps holds (policy.md
§3), every address of the person has been told, and one link undoes it. What it undoes it remembers: the password that
was there before comes back.
"""

from datetime import datetime, timedelta

import msgspec

from idp.core.tokens import Tokens
from idp.factors.base import Credential
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
    tx: Tx,
    user: User,
    *,
    replaced: Credential | None,
    password_id: str,
    lost: tuple[str, ...],
    language: str,
    id_: str,
    now: datetime,
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
        language=language,
    )
    store.add(tx, recovery)
    users.set_recovering(tx, user.id, recovery.cools_until)
    audit.add(tx, event_of("recovery.started", recovery, now))
    return recovery


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
    audit.add(tx, event_of("recovery.cancelled", recovery, now))
    return True


def forget(tx: Tx, user_id: str, now: datetime) -> None:
    """End a recovery without effect, and forget the password it kept: its account is going."""
    recovery = store.get_open(tx, user_id)
    if recovery is not None:
        store.end(tx, recovery.id, now)
    users.set_recovering(tx, user_id, None)


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


def event_of(name: str, recovery: Recovery, now: datetime) -> Event:
    """Return an audit event about a recovery."""
    return Event(name=name, at=now, user_id=recovery.user_id, details={"recovery": recovery.id})
