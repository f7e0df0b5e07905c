"""The table of publications that wait for a second administrator; one conditional update closes each."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, insert, select, update

from idp.records.bundles.model import Proposal
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_proposals = Table(
    "bundle_proposals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Text, ForeignKey("bundles.version"), nullable=False),
    Column("parent", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Column("starts_at", Utc),
    Column("closed_at", Utc),
)

_IS_OPEN = _proposals.c.closed_at.is_(None)
_ADD = insert(_proposals)
_GET = select(_proposals).where(_proposals.c.id == bindparam("proposal_id"))
_LIST = select(_proposals).where(_IS_OPEN).order_by(_proposals.c.at.desc(), _proposals.c.id).limit(bindparam("limit"))
_CLOSE = (
    update(_proposals).where(_proposals.c.id == bindparam("proposal_id"), _IS_OPEN).values(closed_at=bindparam("now"))
)


def add(tx: Tx, proposal: Proposal) -> None:
    """Add a proposal."""
    tx.change(_ADD, values_of(proposal))


def get(tx: Tx, proposal_id: str) -> Proposal | None:
    """Return the proposal."""
    row = tx.one(_GET, {"proposal_id": proposal_id})
    return None if row is None else Proposal(**row)


def list_open(tx: Tx, *, limit: int) -> tuple[Proposal, ...]:
    """Return proposals that nobody has closed, newest first."""
    return tuple(Proposal(**row) for row in tx.all(_LIST, {"limit": limit}))


def consume_proposal(tx: Tx, proposal_id: str, now: datetime) -> bool:
    """Close a proposal: true for one caller alone."""
    return tx.change(_CLOSE, {"proposal_id": proposal_id, "now": now}) == 1
