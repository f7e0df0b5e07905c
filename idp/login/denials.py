"""What follows from "this was not me": approvals are closed for a while, longer each time, and risk is high (F9)."""

from datetime import datetime, timedelta

from idp.records.risks import store as risks
from idp.records.throttle import store as throttle
from idp.storage.tx import Tx

CLOSED_FOR = timedelta(minutes=15)
"""After one denial; twice as long after each further one."""
CLOSED_AT_MOST = timedelta(hours=24)
REMEMBERED = timedelta(hours=24)
"""How long a denial is a fact (`risk.denied_prompt`)."""
_MOST_DOUBLED = 10


def close(tx: Tx, user_id: str, now: datetime) -> None:
    """Close approvals after a denial."""
    before = throttle.get(tx, _key(user_id))
    doubled = min(before.failures if before else 0, _MOST_DOUBLED)
    lasts = min(CLOSED_FOR * 2**doubled, CLOSED_AT_MOST)
    throttle.reserve(tx, _key(user_id), now=now, after=1, lock_for=lasts, ceiling=None)
    risks.note_denial(tx, user_id, now)


def closed_until(tx: Tx, user_id: str, now: datetime) -> datetime | None:
    """Return until when a denial closes approvals; None: it does not."""
    counted = throttle.get(tx, _key(user_id))
    return counted.locked_until if counted and counted.locked_until and counted.locked_until > now else None


def was_denied(tx: Tx, user_id: str, now: datetime) -> bool:
    """Tell whether this person has lately said of a sign-in that it was not theirs."""
    counted = throttle.get(tx, _key(user_id))
    return counted is not None and now - counted.failed_at < REMEMBERED


def _key(user_id: str) -> str:
    return f"denied:{user_id}"
