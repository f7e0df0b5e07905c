"""The table of publications: written, read, never changed."""

from sqlalchemy import Column, Index, Table, Text, bindparam, insert, select

from idp.records.bundles.model import Change, Publication
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_publications = Table(
    "bundle_publications",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("replaced", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "at"),
)

_ADD = insert(_publications)
_LIST = select(_publications).order_by(_publications.c.at.desc(), _publications.c.id).limit(bindparam("limit"))


def add(tx: Tx, publication: Publication) -> None:
    """Remember a change of what is live."""
    tx.change(_ADD, values_of(publication))


def list_publications(tx: Tx, *, limit: int) -> tuple[Publication, ...]:
    """Return changes of what is live, newest first."""
    return tuple(Publication(**{**row, "change": Change(row["change"])}) for row in tx.all(_LIST, {"limit": limit}))
