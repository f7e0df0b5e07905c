"""Versions that say when an in-process cache is out of date (architecture.md §4: the database is the truth).

Whoever changes what others have cached bumps the version in the same transaction; whoever reads the cache compares.
A version is drawn, not counted: a number that was rolled back after somebody had cached under it never comes again.
All are read at once, and once in a transaction: what a request begins with, it ends with. With Redis they are kept for
a second at most, and told to all processes when they change (`idp.storage.told`).
"""

import os
from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Integer, Table, Text, bindparam, select

from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Row, Tx

_versions = Table(
    "versions",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)

_DRAWN = bindparam("drawn", type_=Integer())
_READ = select(_versions)
_BUMP = (
    upsert(_versions)
    .values(name=bindparam("name"), version=_DRAWN)
    .on_conflict_do_update(index_elements=[_versions.c.name], set_={"version": _DRAWN})
)


def read(tx: Tx, name: str) -> int:
    """Return the version, 0 while nobody has bumped it; it tells that something changed, not which came first."""
    if tx.versions is None:
        tx.versions = tx.snapshots.told.versions(lambda: _stored(tx))
    return tx.versions.get(name, 0)


def settle_for_recent(tx: Tx) -> None:
    """Let this transaction work with versions that may be a second old, and read none: for what anybody may cache."""
    tx.versions = tx.snapshots.told.lately(lambda: _stored(tx))


def bump(tx: Tx, name: str) -> None:
    """Make every cache of this name out of date from the commit on."""
    tx.change(_BUMP, {"name": name, "drawn": int.from_bytes(os.urandom(4)) >> 1 | 1})
    tx.versions = _stored(tx)  # this transaction's own, which nobody else may keep before it is committed
    tx.after_commit(tx.snapshots.told.change)


def _stored(tx: Tx) -> Mapping[str, int]:
    return tx.made(_READ, {}, _by_name) or {}


def _by_name(rows: Sequence[Row]) -> Mapping[str, int]:
    return {row["name"]: row["version"] for row in rows}
