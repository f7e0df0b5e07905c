"""The table of push subscriptions. Endpoint and keys are sealed with the row's id; a hash finds an endpoint again."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, delete, insert, select

from idp.core.secrets import UnsealError
from idp.core.tokens import digest
from idp.records.users.push.model import Keys, Subscription
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.tx import Tx


def _context(subscription_id: str) -> str:
    return f"push:{subscription_id}"


_subscriptions = Table(
    "push_subscriptions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("credential_id", Text, ForeignKey("credentials.id", ondelete="CASCADE"), nullable=False),
    Column("endpoint_hash", Text, nullable=False),
    Column("keys_sealed", Sealed(_context, lasts=True), nullable=False),
    Column("created_at", Utc, nullable=False),
    Index(None, "endpoint_hash", unique=True),
    Index(None, "credential_id", unique=True),
    Index(None, "user_id"),
)

_GET = select(_subscriptions).where(_subscriptions.c.id == bindparam("subscription_id"))
_GET_BY_ENDPOINT = select(_subscriptions).where(_subscriptions.c.endpoint_hash == bindparam("of_endpoint"))
_LIST = (
    select(_subscriptions)
    .where(_subscriptions.c.user_id == bindparam("of_user"))
    .order_by(_subscriptions.c.created_at.desc(), _subscriptions.c.id)
)
_ADD = insert(_subscriptions)
_REMOVE = delete(_subscriptions).where(_subscriptions.c.id == bindparam("subscription_id"))
_REMOVE_OF = delete(_subscriptions).where(_subscriptions.c.credential_id == bindparam("of_credential"))


def get(tx: Tx, subscription_id: str) -> Subscription | None:
    """Return the subscription."""
    row = tx.one(_GET, {"subscription_id": subscription_id})
    return None if row is None else _opened(tx, row)


def get_by_endpoint(tx: Tx, endpoint: str) -> Subscription | None:
    """Return the subscription with this endpoint, whosever it is."""
    row = tx.one(_GET_BY_ENDPOINT, {"of_endpoint": digest(endpoint)})
    return None if row is None else _opened(tx, row)


def list_subscriptions(tx: Tx, user_id: str) -> tuple[Subscription, ...]:
    """Return the browsers in which a person is told, newest first; those that no key opens are left out."""
    found = (_opened(tx, row) for row in tx.all(_LIST, {"of_user": user_id}))
    return tuple(each for each in found if each.keys.endpoint)


def add(tx: Tx, subscription: Subscription) -> None:
    """Add a subscription; it goes when its credential goes. Raises ConflictError when its endpoint is there already."""
    values = {
        "id": subscription.id,
        "user_id": subscription.user_id,
        "credential_id": subscription.credential_id,
        "endpoint_hash": digest(subscription.keys.endpoint),
        "keys_sealed": tx.keys.seal(msgspec.json.encode(subscription.keys), context=_context(subscription.id)),
        "created_at": subscription.created_at,
    }
    tx.change(_ADD, values)


def remove(tx: Tx, subscription_id: str) -> bool:
    """Remove a subscription; tell whether it was there."""
    return tx.change(_REMOVE, {"subscription_id": subscription_id}) == 1


def remove_of(tx: Tx, credential_id: str) -> bool:
    """Remove the subscription beside a credential; tell whether there was one."""
    return tx.change(_REMOVE_OF, {"of_credential": credential_id}) == 1


def _opened(tx: Tx, row: Mapping[str, Any]) -> Subscription:
    """Return the subscription; without an endpoint where no key opens it."""
    try:
        plain = tx.keys.open(row["keys_sealed"], context=_context(row["id"]))
        keys = msgspec.json.decode(plain, type=Keys)
    except UnsealError:
        keys = Keys(endpoint="", p256dh="", auth="")
    return Subscription(
        id=row["id"],
        user_id=row["user_id"],
        credential_id=row["credential_id"],
        keys=keys,
        created_at=row["created_at"],
    )
