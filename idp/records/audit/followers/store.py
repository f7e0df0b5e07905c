"""The table of followers. Whoever moves one on names where it was: of two who do, one is told."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, select, update

from idp.records.audit.followers.model import Follower
from idp.records.audit.seals import store as seals
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_followers = Table(
    "audit_followers",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("seal", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("rests_until", Utc),
    Column("reason", Text, nullable=False),
)

_GET = select(_followers).where(_followers.c.name == bindparam("of_name"))
_ADD = upsert(_followers).on_conflict_do_nothing()
_IS_THERE = (_followers.c.name == bindparam("of_name"), _followers.c.seal == bindparam("was"))
_MOVE_ON = update(_followers).where(*_IS_THERE).values(seal=bindparam("upto"), failures=0, rests_until=None, reason="")
_FAIL = (
    update(_followers)
    .where(*_IS_THERE)
    .values(failures=_followers.c.failures + 1, rests_until=bindparam("until", type_=Utc()), reason=bindparam("why"))
)


def get(tx: Tx, name: str) -> Follower | None:
    """Return the follower."""
    row = tx.one(_GET, {"of_name": name})
    return None if row is None else Follower(**row)


def begin(tx: Tx, name: str) -> Follower:
    """Begin at what is sealed now, where nobody has begun, and return where it is."""
    newest = seals.last(tx)
    tx.change(_ADD, values_of(Follower(name=name, seal=newest.number if newest is not None else 0)))
    return get(tx, name) or Follower(name=name)


def move_on(tx: Tx, follower: Follower, *, upto: int) -> bool:
    """Note that it was told of all up to a seal; false when it was somewhere else by then."""
    return tx.change(_MOVE_ON, {"of_name": follower.name, "was": follower.seal, "upto": upto}) == 1


def fail(tx: Tx, follower: Follower, *, reason: str, rests_until: datetime) -> None:
    """Note that a try came to nothing."""
    tx.change(_FAIL, {"of_name": follower.name, "was": follower.seal, "why": reason, "until": rests_until})
