"""Versions that say when an in-process cache is out of date (architecture.md §4: the database is the truth).

Whoever changes what others have cached bumps the version in the same transaction; whoever reads the cache compares.
A version is drawn, not counted: a number that was rolled back after somebody had cached under it never comes again.
"""

import os

from sqlalchemy import Column, Integer, Table, Text, bindparam, select

from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_versions = Table(
    "versions",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)

_DRAWN = bindparam("drawn", type_=Integer())
_READ = select(_versions.c.version).where(_versions.c.name == bindparam("name"))
_BUMP = (
    upsert(_versions)
    .values(name=bindparam("name"), version=_DRAWN)
    .on_conflict_do_update(index_elements=[_versions.c.name], set_={"version": _DRAWN})
)


def read(tx: Tx, name: str) -> int:
    """Return the version, 0 while nobody has bumped it; it tells that something changed, not which came first."""
    row = tx.one(_READ, {"name": name})
    return 0 if row is None else int(row["version"])


def bump(tx: Tx, name: str) -> None:
    """Make every cache of this name out of date from the commit on."""
    tx.change(_BUMP, {"name": name, "drawn": int.from_bytes(os.urandom(4)) >> 1 | 1})
