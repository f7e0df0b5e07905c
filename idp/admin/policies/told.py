"""What the audit trail is told of policies: who, which version in the place of which, what changes in plain words."""

import logging
from collections.abc import Iterable
from datetime import datetime

from idp.admin.policies.model import Wish
from idp.admin.staff import is_person
from idp.policy.differences.model import Difference
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.storage.tx import Tx

_LOG = logging.getLogger(__name__)
_MOST_SENTENCES = 50


def told(tx: Tx, name: str, wish: Wish, *, changes: Iterable[Difference], now: datetime) -> None:
    """Write the event, in the transaction of what it describes."""
    sentences = [f"{each.direction.value}: {each.sentence}" for each in changes]
    details: dict[str, str | int | bool] = {
        "version": wish.bundle.version,
        "replaced": wish.parent,
        "by": wish.by,
        "changes": "\n".join(sentences[:_MOST_SENTENCES]),
        "changed": len(sentences),
    }
    if wish.approved_by:
        details["approved_by"] = wish.approved_by
    if wish.note:
        details["note"] = wish.note
    audit.add(tx, Event(name=name, at=now, user_id=wish.by if is_person(wish.by) else "", details=details))
    level = logging.WARNING if name.startswith("maintenance.") else logging.INFO
    _LOG.log(level, "%s: %s in the place of %s, by %s", name, wish.bundle.version, wish.parent, wish.by)
