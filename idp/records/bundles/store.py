"""The tables of policy versions, and of the one that is live."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text, bindparam, select, update

from idp.records.bundles.model import BundleVersion
from idp.storage import versions
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

CACHE = "bundle"
"""The version's name (`idp.storage.versions`)."""

_bundles = Table(
    "bundles",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("published_at", Utc),
)
_live = Table(
    "live_bundle",
    METADATA,
    Column("slot", Integer, CheckConstraint("slot = 1", name="only_one"), primary_key=True, autoincrement=False),
    Column("version", Text, ForeignKey("bundles.version"), nullable=False),
)

_ADD = upsert(_bundles).on_conflict_do_nothing()
_GET = select(_bundles).where(_bundles.c.version == bindparam("version"))
_LIVE = select(_bundles).join_from(_live, _bundles)
_LIST = select(_bundles).order_by(_bundles.c.created_at.desc(), _bundles.c.version).limit(bindparam("limit"))
_BEGINNING = select(_bundles).where(_bundles.c.version.startswith(bindparam("head"))).limit(bindparam("limit"))
_POINT = (
    upsert(_live)
    .values(slot=1, version=bindparam("version"))
    .on_conflict_do_update(index_elements=[_live.c.slot], set_={"version": bindparam("version", type_=Text)})
)
_REPLACE = update(_live).where(_live.c.version == bindparam("replaced")).values(version=bindparam("by_version"))
_DATE = update(_bundles).where(_bundles.c.version == bindparam("published")).values(published_at=bindparam("at"))


def add(tx: Tx, bundle: BundleVersion) -> None:
    """Add a version; named by its content, it is the same one if it is there already."""
    tx.change(_ADD, values_of(bundle))


def get(tx: Tx, version: str) -> BundleVersion | None:
    """Return the version."""
    row = tx.one(_GET, {"version": version})
    return None if row is None else BundleVersion(**row)


def live(tx: Tx) -> BundleVersion | None:
    """Return the version that decides now; None before the first was published."""
    row = tx.one(_LIVE)
    return None if row is None else BundleVersion(**row)


def list_bundles(tx: Tx, *, limit: int) -> tuple[BundleVersion, ...]:
    """Return versions, newest first."""
    return tuple(BundleVersion(**row) for row in tx.all(_LIST, {"limit": limit}))


def list_beginning_with(tx: Tx, head: str, *, limit: int) -> tuple[BundleVersion, ...]:
    """Return versions whose name begins with these digits."""
    return tuple(BundleVersion(**row) for row in tx.all(_BEGINNING, {"head": head, "limit": limit}))


def publish(tx: Tx, version: str, at: datetime) -> None:
    """Make a version the live one, an older one too (a rollback). Raises ConflictError if there is none such."""
    tx.change(_POINT, {"version": version})
    tx.change(_DATE, {"published": version, "at": at})
    versions.bump(tx, CACHE)


def replace_live(tx: Tx, version: str, *, replaced: str, at: datetime) -> bool:
    """Make a version the live one in the place of this one; false when another is live by now. Raises ConflictError."""
    if tx.change(_REPLACE, {"replaced": replaced, "by_version": version}) != 1:
        return False
    tx.change(_DATE, {"published": version, "at": at})
    versions.bump(tx, CACHE)
    return True
