"""The table of approval requests. Each is decided once and used once, by one conditional write that tells who did."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, case, insert, select, update

from idp.records.users.approvals.model import ApprovalRequest, Verdict
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_requests = Table(
    "approval_requests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("browser_hash", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("client_name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("decided_at", Utc),
    Column("credential_id", Text),
    Column("used_at", Utc),
    Index(None, "user_id", "expires_at"),
    Index(None, "expires_at"),
)

_NOW = bindparam("now", type_=Utc())
_OF_USER = _requests.c.user_id == bindparam("of_user")
_IS_OPEN = (_requests.c.verdict == Verdict.OPEN.value, _requests.c.expires_at > _NOW)
_ADD = insert(_requests)
_GET = select(_requests).where(_requests.c.id == bindparam("request_id"))
_LIST_OPEN = select(_requests).where(_OF_USER, *_IS_OPEN).order_by(_requests.c.created_at, _requests.c.id)
_WITHDRAW = (
    update(_requests)
    .where(_requests.c.interaction_id == bindparam("of_interaction"), *_IS_OPEN)
    .values(verdict=Verdict.WITHDRAWN.value, decided_at=_NOW)
)
_APPROVE = (
    update(_requests)
    .where(_requests.c.id == bindparam("request_id"), _OF_USER, *_IS_OPEN)
    .values(
        verdict=case(
            (_requests.c.number == bindparam("typed"), Verdict.APPROVED.value), else_=Verdict.MISMATCHED.value
        ),
        decided_at=_NOW,
        credential_id=bindparam("on_credential"),
    )
    .returning(_requests.c.verdict)
)
_DENY = update(_requests).where(_OF_USER, *_IS_OPEN).values(verdict=Verdict.DENIED.value, decided_at=_NOW)
_CONSUME = (
    update(_requests)
    .where(
        _requests.c.id == bindparam("request_id"),
        _requests.c.interaction_id == bindparam("of_interaction"),
        _requests.c.verdict == Verdict.APPROVED.value,
        _requests.c.expires_at > _NOW,
        _requests.c.used_at.is_(None),
    )
    .values(used_at=_NOW)
)
_PURGE = oldest(_requests.c.expires_at)


def add(tx: Tx, request: ApprovalRequest) -> None:
    """Add a request."""
    tx.change(_ADD, values_of(request))


def get(tx: Tx, request_id: str) -> ApprovalRequest | None:
    """Return the request."""
    row = tx.one(_GET, {"request_id": request_id})
    return None if row is None else ApprovalRequest(**{**row, "verdict": Verdict(row["verdict"])})


def list_open(tx: Tx, user_id: str, now: datetime) -> tuple[ApprovalRequest, ...]:
    """Return what waits for this person's decision, oldest first."""
    rows = tx.all(_LIST_OPEN, {"of_user": user_id, "now": now})
    return tuple(ApprovalRequest(**{**row, "verdict": Verdict(row["verdict"])}) for row in rows)


def withdraw(tx: Tx, interaction_id: str, now: datetime) -> None:
    """End what an interaction has asked before: only its newest request is open."""
    tx.change(_WITHDRAW, {"of_interaction": interaction_id, "now": now})


def approve(tx: Tx, request_id: str, *, user_id: str, credential_id: str, number: str, now: datetime) -> Verdict | None:
    """Decide an open request of this person by the number that was typed; None: it is not open, or not theirs."""
    parameters = {
        "request_id": request_id,
        "of_user": user_id,
        "typed": number,
        "on_credential": credential_id,
        "now": now,
    }
    row = tx.change_one(_APPROVE, parameters)
    return None if row is None else Verdict(row["verdict"])


def deny_all(tx: Tx, user_id: str, now: datetime) -> int:
    """Deny whatever waits for this person; return how many requests that were."""
    return tx.change(_DENY, {"of_user": user_id, "now": now})


def consume(tx: Tx, request_id: str, interaction_id: str, now: datetime) -> bool:
    """Use an approval up: true for one caller alone, in the interaction that asked, in time."""
    return tx.change(_CONSUME, {"request_id": request_id, "of_interaction": interaction_id, "now": now}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` requests that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
