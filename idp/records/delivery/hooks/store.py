"""The table of webhooks; their secrets are sealed.

The place that a webhook has reached in the audit trail moves by one conditional UPDATE, in the transaction that writes
its messages: of two processes one hands an event on.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from idp.core.secrets import UnsealError
from idp.records.delivery.hooks.model import Webhook
from idp.storage.columns import Json, Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx


def _context(webhook_id: str) -> str:
    return f"webhooks:secret:{webhook_id}"


def _old_context(webhook_id: str) -> str:
    return f"webhooks:old_secret:{webhook_id}"


hooks = Table(
    "webhooks",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", Json(tuple[str, ...]), nullable=False),
    Column("secret_sealed", Sealed(_context, lasts=True), nullable=False),
    Column("old_secret_sealed", Sealed(_old_context, lasts=True), nullable=False),
    Column("old_ends_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("disabled_at", Utc),
    Column("seal", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("rests_until", Utc),
    Column("version", Integer, nullable=False),
)
_HOOK = bindparam("hook_id", type_=Text())
_OWN = hooks.c.id == _HOOK
_AS_READ = and_(_OWN, hooks.c.version == bindparam("version_read"))

_GET = select(hooks).where(_OWN)
_LIST = select(hooks).order_by(hooks.c.created_at, hooks.c.id)
_ADD = insert(hooks)
_SAVE = (
    update(hooks)
    .where(_AS_READ)
    .values(
        {
            name: bindparam(name)
            for name in (
                "url", "description", "events", "secret_sealed", "old_secret_sealed", "old_ends_at", "disabled_at",
                "version",
            )
        }
    )
)  # fmt: skip
_REMOVE = delete(hooks).where(_AS_READ)
_MOVE_ON = update(hooks).where(_OWN, hooks.c.seal == bindparam("seal_read")).values(seal=bindparam("upto"))
_REST = update(hooks).where(_OWN).values(failures=hooks.c.failures + 1, rests_until=bindparam("until", type_=Utc()))
_WORKS = update(hooks).where(_OWN).values(failures=0, rests_until=None)


def get(tx: Tx, webhook_id: str) -> Webhook | None:
    """Return the webhook."""
    row = tx.one(_GET, {"hook_id": webhook_id})
    return None if row is None else _opened(tx, row)


def list_webhooks(tx: Tx) -> tuple[Webhook, ...]:
    """Return all, oldest first."""
    return tuple(_opened(tx, row) for row in tx.all(_LIST))


def add(tx: Tx, webhook: Webhook) -> None:
    """Add one."""
    tx.change(_ADD, _sealed(tx, webhook))


def save(tx: Tx, webhook: Webhook) -> bool:
    """Save what can be changed of one as it was read; false when somebody else has since."""
    wanted = {"hook_id": webhook.id, "version_read": webhook.version, "version": webhook.version + 1}
    return tx.change(_SAVE, _sealed(tx, webhook) | wanted) == 1


def remove(tx: Tx, webhook: Webhook) -> bool:
    """Remove one as it was read, with what is on its way to it."""
    return tx.change(_REMOVE, {"hook_id": webhook.id, "version_read": webhook.version}) == 1


def move_on(tx: Tx, webhook: Webhook, *, upto: int) -> bool:
    """Say up to which seal the trail was looked at for it; false when another process was first."""
    return tx.change(_MOVE_ON, {"hook_id": webhook.id, "seal_read": webhook.seal, "upto": upto}) == 1


def rest(tx: Tx, webhook_id: str, *, until: datetime) -> None:
    """Count a failure, and leave the webhook alone until then."""
    tx.change(_REST, {"hook_id": webhook_id, "until": until})


def note_works(tx: Tx, webhook_id: str) -> None:
    """Forget failures: it has taken a message."""
    tx.change(_WORKS, {"hook_id": webhook_id})


_CONTEXTS = {"secret": _context, "old_secret": _old_context}


def _sealed(tx: Tx, webhook: Webhook) -> dict[str, Any]:
    values = values_of(webhook)
    for name, context in _CONTEXTS.items():
        values[f"{name}_sealed"] = tx.keys.seal(values.pop(name).encode(), context=context(webhook.id))
    return values


def _opened(tx: Tx, row: Mapping[str, Any]) -> Webhook:
    """Return the webhook; a secret whose key is gone is none, and nothing is signed with it."""
    values = dict(row)
    for name, context in _CONTEXTS.items():
        sealed = values.pop(f"{name}_sealed")
        try:
            values[name] = tx.keys.open(sealed, context=context(values["id"])).decode()
        except UnsealError:
            values[name] = ""
    return Webhook(**values)
