"""The table of versions at work beside the live one; at most one of each kind."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, bindparam, delete, select

from idp.records.bundles.model import Rollout, Trial
from idp.storage import versions
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

CACHE = "bundle"
"""The version's name (`idp.storage.versions`): whoever keeps the live bundle keeps these beside it."""

_rollouts = Table(
    "bundle_rollouts",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("version", Text, ForeignKey("bundles.version"), nullable=False),
    Column("parent", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("share", Integer, nullable=False),
    Column("audience", Text, nullable=False),
)

_LIST = select(_rollouts)
_NAMES = tuple(column.name for column in _rollouts.c)
_PUT = (
    upsert(_rollouts)
    .values({name: bindparam(name, type_=_rollouts.c[name].type) for name in _NAMES})
    .on_conflict_do_update(
        index_elements=[_rollouts.c.kind],
        set_={name: bindparam(name, type_=_rollouts.c[name].type) for name in _NAMES if name != "kind"},
    )
)
_END = delete(_rollouts).where(_rollouts.c.kind == bindparam("ended"))
_END_ALL = delete(_rollouts)


def list_rollouts(tx: Tx) -> tuple[Trial, ...]:
    """Return all that is at work beside the live version."""
    return tuple(Trial(**{**row, "kind": Rollout(row["kind"])}) for row in tx.all(_LIST))


def put(tx: Tx, trial: Trial) -> None:
    """Set a version to work, in the place of another of its kind."""
    tx.change(_PUT, values_of(trial))
    versions.bump(tx, CACHE)


def end(tx: Tx, kind: Rollout) -> bool:
    """End one; tell whether there was one."""
    is_ended = tx.change(_END, {"ended": kind}) == 1
    versions.bump(tx, CACHE)
    return is_ended


def end_all(tx: Tx) -> None:
    """End all of them: another version has become the live one."""
    tx.change(_END_ALL)
    versions.bump(tx, CACHE)
