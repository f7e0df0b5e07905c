"""The table of drafts. An edit names the edition it was made on: of two at once, one is told (409)."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, Table, Text, bindparam, delete, insert, select, text, update

from idp.records.bundles.model import Draft
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_drafts = Table(
    "bundle_drafts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("edited_at", Utc, nullable=False),
    Column("edition", Integer, nullable=False),
    Index(None, "edited_at"),
)
_IS_AT_WORK = """
    SELECT bundles.text FROM bundles JOIN bundle_rollouts ON bundle_rollouts.version = bundles.version
    UNION ALL SELECT bundles.text FROM bundles JOIN bundle_proposals ON bundle_proposals.version = bundles.version
    WHERE bundle_proposals.closed_at IS NULL
"""
"""The texts of what is compared, tried out, scheduled or waiting for a second administrator."""

_GET = select(_drafts).where(_drafts.c.id == bindparam("draft_id"))
_LIST = select(_drafts).order_by(_drafts.c.edited_at.desc(), _drafts.c.id).limit(bindparam("limit"))
_ADD = insert(_drafts)
_SAVE = (
    update(_drafts)
    .where(_drafts.c.id == bindparam("draft_id"), _drafts.c.edition == bindparam("seen"))
    .values(
        text=bindparam("new_text"),
        parent=bindparam("new_parent"),
        edited_at=bindparam("now"),
        edition=_drafts.c.edition + 1,
    )
)
_REMOVE = delete(_drafts).where(_drafts.c.id == bindparam("draft_id"), _drafts.c.edition == bindparam("seen"))
_PURGE = oldest(_drafts.c.edited_at, text(f"bundle_drafts.text NOT IN ({_IS_AT_WORK})"))


def get(tx: Tx, draft_id: str) -> Draft | None:
    """Return the draft."""
    row = tx.one(_GET, {"draft_id": draft_id})
    return None if row is None else Draft(**row)


def list_drafts(tx: Tx, *, limit: int) -> tuple[Draft, ...]:
    """Return drafts, those edited last first."""
    return tuple(Draft(**row) for row in tx.all(_LIST, {"limit": limit}))


def add(tx: Tx, draft: Draft) -> None:
    """Add a draft."""
    tx.change(_ADD, values_of(draft))


def save(tx: Tx, draft: Draft, *, new_text: str, parent: str, now: datetime) -> bool:
    """Keep another text; false when somebody has edited it since this edition."""
    return (
        tx.change(
            _SAVE,
            {"draft_id": draft.id, "seen": draft.edition, "new_text": new_text, "new_parent": parent, "now": now},
        )
        == 1
    )


def remove(tx: Tx, draft: Draft) -> bool:
    """Take a draft away; false when somebody has edited it since this edition."""
    return tx.change(_REMOVE, {"draft_id": draft.id, "seen": draft.edition}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` drafts that nobody has touched since, none whose text is at work; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
