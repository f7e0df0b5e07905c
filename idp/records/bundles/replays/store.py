"""The table of replays: claimed by one conditional UPDATE, moved on and finished by whoever holds the claim alone."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, Table, Text, and_, bindparam, delete, insert, or_, select, update

from idp.records.bundles.replays.model import Job, Report
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_replays = Table(
    "bundle_replays",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("draft_id", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("before_text", Text, nullable=False),
    Column("after_text", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("claim", Text, nullable=False),
    Column("claimed_until", Utc),
    Column("finished_at", Utc),
    Column("failure", Text, nullable=False),
    Column("report", Json(Report), nullable=False),
    Index(None, "draft_id", "created_at"),
    Index(None, "created_at"),
)

_ID, _NOW = bindparam("replay_id", type_=Text()), bindparam("now", type_=Utc())
_IS_OPEN = _replays.c.finished_at.is_(None)
_IS_FREE = and_(_IS_OPEN, or_(_replays.c.claimed_until.is_(None), _replays.c.claimed_until <= _NOW))
_IS_HELD = and_(_IS_OPEN, _replays.c.id == _ID, _replays.c.claim == bindparam("held", type_=Text()))
_ADD = insert(_replays)
_GET = select(_replays).where(_replays.c.id == _ID)
_LIST_OF = (
    select(_replays)
    .where(_replays.c.draft_id == bindparam("of_draft"))
    .order_by(_replays.c.created_at.desc(), _replays.c.id)
    .limit(bindparam("limit"))
)
_FREE = select(_replays.c.id).where(_IS_FREE).order_by(_replays.c.created_at, _replays.c.id).limit(1)
_CLAIM = (
    update(_replays)
    .where(_IS_FREE, _replays.c.id == _ID)
    .values(claim=bindparam("by_claim"), claimed_until=bindparam("lapses", type_=Utc()), done=0)
    .returning(*_replays.c)
)
_MOVE_ON = (
    update(_replays)
    .where(_IS_HELD)
    .values(total=bindparam("of"), done=bindparam("so_far"), claimed_until=bindparam("lapses", type_=Utc()))
)
_LET_GO = update(_replays).where(_IS_HELD).values(claim="", claimed_until=None, done=0)
_FINISH = (
    update(_replays)
    .where(_IS_HELD)
    .values(finished_at=_NOW, failure=bindparam("why"), report=bindparam("outcome", type_=Json(Report)))
)
_REMOVE = delete(_replays).where(_replays.c.id == _ID)
_REMOVE_BEFORE = delete(_replays).where(_replays.c.created_at < bindparam("before", type_=Utc()))


def add(tx: Tx, job: Job) -> None:
    """Add a replay that is to be run."""
    tx.change(_ADD, values_of(job))


def get(tx: Tx, replay_id: str) -> Job | None:
    """Return the replay."""
    row = tx.one(_GET, {"replay_id": replay_id})
    return None if row is None else Job(**row)


def list_replays(tx: Tx, draft_id: str, *, limit: int) -> tuple[Job, ...]:
    """Return the replays of a draft, newest first."""
    return tuple(Job(**row) for row in tx.all(_LIST_OF, {"of_draft": draft_id, "limit": limit}))


def claim(tx: Tx, token: str, *, now: datetime, until: datetime) -> Job | None:
    """Take up the oldest replay that nobody runs, for one caller alone; it begins anew."""
    free = tx.one(_FREE, {"now": now})
    if free is None:
        return None
    row = tx.change_one(_CLAIM, {"replay_id": free["id"], "now": now, "by_claim": token, "lapses": until})
    return None if row is None else Job(**row)


def move_on(tx: Tx, job: Job, *, done: int, total: int, until: datetime) -> bool:
    """Say how far it has come; false when it is no more, or somebody else's by now."""
    parameters = {"replay_id": job.id, "held": job.claim, "so_far": done, "of": total, "lapses": until}
    return tx.change(_MOVE_ON, parameters) == 1


def let_go(tx: Tx, job: Job) -> None:
    """Leave it to another process."""
    tx.change(_LET_GO, {"replay_id": job.id, "held": job.claim})


def finish(tx: Tx, job: Job, report: Report, *, now: datetime, failure: str = "") -> bool:
    """Write down what came of it; false as in `move_on`."""
    parameters = {"replay_id": job.id, "held": job.claim, "now": now, "why": failure, "outcome": report}
    return tx.change(_FINISH, parameters) == 1


def remove(tx: Tx, replay_id: str) -> bool:
    """Throw a replay away, running or not; tell whether it was there."""
    return tx.change(_REMOVE, {"replay_id": replay_id}) == 1


def remove_before(tx: Tx, moment: datetime) -> int:
    """Remove the replays that were asked for before a moment."""
    return tx.change(_REMOVE_BEFORE, {"before": moment})
