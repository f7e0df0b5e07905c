"""Ends everything that stands on what a person has proved so far: wherever they are signed in, and on the way to it."""

from datetime import datetime

from idp.login import store as interactions
from idp.login import trusting
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.storage.tx import Tx


def end_everything(tx: Tx, user_id: str, *, address: str, now: datetime) -> None:
    """End a person's sessions, open interactions and trusted browsers, and revoke all that was granted."""
    users.hold(tx, user_id)
    for session in sessions.list_sessions(tx, user_id):
        if sessions.end(tx, session.id, now):
            event = Event(name="session.ended", at=now, user_id=user_id, session_id=session.id, address=address)
            audit.add(tx, event)
    grants.revoke_all(tx, user_id, now)
    trusting.void_all(tx, user_id, why="signed_out_everywhere", address=address, now=now)
    interactions.expire_all(tx, user_id, now)
