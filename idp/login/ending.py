"""Ends sessions: the one place where one ends before its time, for whatever reason.

What ends one lets the applications know that were used in it, in the same transaction, by the outbox (OpenID Connect
Back-Channel Logout 1.0 §2.5). Of a session that merely expires nobody is told: no one moment ends it, and each
application learns of it when it asks next.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from idp.core.tokens import digest
from idp.login import store as interactions
from idp.login import trusting
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients import store as clients
from idp.records.delivery import store as outbox
from idp.records.delivery.model import LOGOUT, OutboxMessage, SignedOut
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session, Use
from idp.records.users import store as users
from idp.storage.tx import Tx


def end(tx: Tx, session: Session, now: datetime) -> bool:
    """End a session; false when it had ended already."""
    return bool(end_these(tx, [session], now))


def end_these(tx: Tx, found: Iterable[Session], now: datetime) -> list[Session]:
    """End sessions; return those that had not ended already."""
    ended = [each for each in found if sessions.end(tx, each.id, now)]
    _let_know(tx, ended, now)
    return ended


def end_some(tx: Tx, before: datetime, *, limit: int) -> int:
    """End some of all open sessions from before a moment, as of it; return how many: none when it is done."""
    found = sessions.list_some(tx, before, limit=limit)
    if found:
        sessions.end_these(tx, [each.id for each in found], before)
        _let_know(tx, found, before)
    return len(found)


def sign_out(tx: Tx, found: Iterable[Session], *, address: str, now: datetime) -> None:
    """End sessions of a person and what was granted in them, for whoever asked from this address."""
    for session in end_these(tx, found, now):
        grants.revoke_session(tx, session.id, now)
        event = Event(name="session.ended", at=now, user_id=session.user_id, session_id=session.id, address=address)
        audit.add(tx, event)


def end_everything(tx: Tx, user_id: str, *, address: str, now: datetime) -> None:
    """End a person's sessions, open interactions and trusted browsers, and revoke all that was granted."""
    users.hold(tx, user_id)
    for session in end_these(tx, sessions.list_sessions(tx, user_id), now):
        event = Event(name="session.ended", at=now, user_id=user_id, session_id=session.id, address=address)
        audit.add(tx, event)
    grants.revoke_all(tx, user_id, now)
    trusting.void_all(tx, user_id, why="signed_out_everywhere", address=address, now=now)
    interactions.expire_all(tx, user_id, now)


def _let_know(tx: Tx, ended: Sequence[Session], now: datetime) -> None:
    people = {each.id: each.user_id for each in ended}
    uses = [use for use in sessions.list_uses(tx, tuple(people)) if _listens(tx, use)]
    # Of a session that somebody else ended a moment before, the same message is there already.
    outbox.add_once(tx, [_message(use, people[use.session_id], now) for use in uses])


def _listens(tx: Tx, use: Use) -> bool:
    """Tell whether a client wishes to know; one of the same id may have been there before (ENR-25)."""
    client = clients.get(tx, use.client_id)
    return client is not None and bool(client.backchannel_logout_uri) and client.may_own(use.first_used_at)


def _message(use: Use, user_id: str, now: datetime) -> OutboxMessage:
    """Return what is to be told. Its id follows from the session and the client, so that it is told once."""
    return OutboxMessage(
        id=digest(f"logout {use.session_id} {use.client_id}"),
        channel=LOGOUT,
        to=use.client_id,
        purpose=LOGOUT,
        created_at=now,
        text=msgspec.json.encode(SignedOut(session_id=use.session_id, user_id=user_id)).decode(),
    )
