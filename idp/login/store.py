"""The table of interactions. Two requests may hold one interaction; whoever saves first by its version goes on.

The answer that ended an interaction is kept sealed for a minute, for the second click (architecture.md §3). What a
challenge must remember is sealed too.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, and_, bindparam, insert, select, update

from idp.core.assurance import Evidence
from idp.core.secrets import UnsealError
from idp.login.model import ANSWER_TTL, Answer, Interaction
from idp.policy.model import Demand
from idp.risk.model import Assessment
from idp.storage.batches import some
from idp.storage.columns import Json, Sealed, Utc, Words
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.tx import Tx
from idp.web.current import Browser


def _state_context(interaction_id: str) -> str:
    return f"interaction:{interaction_id}:challenge"


def _browser_context(interaction_id: str) -> str:
    return f"interaction:{interaction_id}:browser"


def _answer_context(interaction_id: str) -> str:
    return f"interaction:{interaction_id}:answer"


_interactions = Table(
    "interactions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("demand", Json(Demand), nullable=False),
    Column("resume", Text, nullable=False),
    Column("browser_hash", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("evidence", Json(tuple[Evidence, ...]), nullable=False),
    Column("user_id", Text),
    Column("session_id", Text),
    Column("chosen", Text, nullable=False),
    Column("challenge_factor", Text, nullable=False),
    Column("challenge_credential", Text, nullable=False),
    Column("challenge_state_sealed", Sealed(_state_context, lasts=False)),
    Column("consented", Json(tuple[str, ...]), nullable=False),
    Column("prompted_consent", Boolean, nullable=False),
    Column("enrolled_here", Boolean, nullable=False),
    Column("further", Words, nullable=False),
    Column("quietly", Text),
    Column("replaces", Text),
    Column("assessment", Json(Assessment | None)),
    Column("trust_wished_at", Utc),
    Column("version", Integer, nullable=False),
    Column("finished_at", Utc),
    Column("answer_sealed", Sealed(_answer_context, lasts=False)),
    Column("abandoned_at", Utc),
    Column("browser_sealed", Sealed(_browser_context, lasts=False)),
    Index(None, "expires_at"),
)
_IS_LEFT = and_(
    _interactions.c.user_id.is_not(None), _interactions.c.finished_at.is_(None), _interactions.c.abandoned_at.is_(None)
)
"""Somebody is known, and nothing has come of it yet."""
Index("ix_interactions_left", _interactions.c.expires_at, sqlite_where=_IS_LEFT, postgresql_where=_IS_LEFT)

_FIXED = {
    "id",
    "purpose",
    "demand",
    "resume",
    "browser_hash",
    "created_at",
    "expires_at",
    "finished_at",
    "answer_sealed",
    "abandoned_at",
    "browser_sealed",
}
"""What never changes after the start, or only at the end."""
_SHOWN = tuple(column for column in _interactions.c if column.name not in ("answer_sealed", "browser_sealed"))
_AS_READ = (
    _interactions.c.id == bindparam("read_id"),
    _interactions.c.version == bindparam("read_version"),
    _interactions.c.finished_at.is_(None),
)
_GET = select(*_SHOWN).where(_interactions.c.id == bindparam("id"))
_IS_AS_READ = select(_interactions.c.version).where(*_AS_READ)
_ADD = insert(_interactions).values(
    {column.name: bindparam(column.name) for column in (*_SHOWN, _interactions.c.browser_sealed)}
)
_SAVE = (
    update(_interactions)
    .where(*_AS_READ)
    .values({column.name: bindparam(column.name) for column in _interactions.c if column.name not in _FIXED})
)
_FINISH = (
    update(_interactions)
    .where(*_AS_READ)
    .values(
        finished_at=bindparam("at"),
        answer_sealed=bindparam("answer_sealed"),
        challenge_state_sealed=None,
        browser_sealed=None,
        version=_interactions.c.version + 1,
    )
)
_IS_OPEN = (_interactions.c.finished_at.is_(None), _interactions.c.expires_at > bindparam("at", type_=Utc()))
_EXPIRE = update(_interactions).values(expires_at=bindparam("at", type_=Utc()), version=_interactions.c.version + 1)
_EXPIRE_ALL = _EXPIRE.where(
    _interactions.c.user_id == bindparam("of_user"), _interactions.c.id != bindparam("but"), *_IS_OPEN
)
_EXPIRE_SOME = _EXPIRE.where(some(_interactions.c.id, *_IS_OPEN, _interactions.c.created_at <= bindparam("at")))
_LIST_LEFT = (
    select(*_SHOWN, _interactions.c.browser_sealed)
    .where(_IS_LEFT, _interactions.c.expires_at < bindparam("before", type_=Utc()))
    .order_by(_interactions.c.expires_at)
    .limit(bindparam("limit"))
)
_CONSUME_LEFT = (
    update(_interactions)
    .where(_IS_LEFT, _interactions.c.id == bindparam("of_id"))
    .values(abandoned_at=bindparam("at", type_=Utc()), challenge_state_sealed=None, browser_sealed=None)
)
_GET_ANSWER = select(_interactions.c.answer_sealed).where(
    _interactions.c.id == bindparam("id"), _interactions.c.finished_at > bindparam("since")
)
_PURGE = oldest(_interactions.c.expires_at)


def get(tx: Tx, interaction_id: str) -> Interaction | None:
    """Return the interaction, finished or expired ones too."""
    row = tx.one(_GET, {"id": interaction_id})
    if row is None:
        return None
    sealed = row["challenge_state_sealed"]
    return _interaction(row, tx.keys.open(sealed, context=_state_context(interaction_id)) if sealed else b"")


def is_as_read(tx: Tx, interaction: Interaction) -> bool:
    """Tell whether an interaction has been neither saved nor finished since it was read (`version`)."""
    return tx.one(_IS_AS_READ, {"read_id": interaction.id, "read_version": interaction.version}) is not None


def add(tx: Tx, interaction: Interaction, browser: Browser) -> None:
    """Add an interaction, with what the browser told: for whoever looks at it when nobody is there any more."""
    told = msgspec.json.encode(replace(browser, session="", login=""))
    sealed = tx.keys.seal(told, context=_browser_context(interaction.id))
    tx.change(_ADD, _parameters(tx, interaction) | {"browser_sealed": sealed})


def save(tx: Tx, interaction: Interaction) -> bool:
    """Save an interaction as it was read and changed; false when it has been saved or finished since (`version`)."""
    changed = {"read_id": interaction.id, "read_version": interaction.version, "version": interaction.version + 1}
    return tx.change(_SAVE, _parameters(tx, interaction) | changed) == 1


def finish(tx: Tx, interaction: Interaction, answer: Answer, at: datetime) -> bool:
    """End an interaction with this answer: true for one caller alone, and only if it is still as it was read."""
    sealed = tx.keys.seal(msgspec.json.encode(answer), context=_answer_context(interaction.id))
    read = {"read_id": interaction.id, "read_version": interaction.version}
    return tx.change(_FINISH, read | {"answer_sealed": sealed, "at": at}) == 1


def expire_all(tx: Tx, user_id: str, at: datetime, *, but: str = "") -> int:
    """End the open interactions about a person, with whatever was proved in them; return how many they were."""
    return tx.change(_EXPIRE_ALL, {"of_user": user_id, "at": at, "but": but})


def expire_some(tx: Tx, at: datetime, *, limit: int) -> int:
    """End some of all open interactions from before `at` and return how many they were."""
    return tx.change(_EXPIRE_SOME, {"at": at, "limit": limit})


def get_answer(tx: Tx, interaction_id: str, now: datetime) -> Answer | None:
    """Return the answer that ended the interaction, for as long as it may be given again (`ANSWER_TTL`)."""
    row = tx.one(_GET_ANSWER, {"id": interaction_id, "since": now - ANSWER_TTL})
    if row is None:
        return None
    return msgspec.json.decode(tx.keys.open(row["answer_sealed"], context=_answer_context(interaction_id)), type=Answer)


def list_left(tx: Tx, before: datetime, *, limit: int) -> tuple[tuple[Interaction, Browser], ...]:
    """Return interactions of somebody that ended before a moment with nothing come of them, the oldest first.

    With each comes what its browser told when it began.
    """
    rows = tx.all(_LIST_LEFT, {"before": before, "limit": limit})
    return tuple((_interaction(row, _left(tx, row, "challenge_state_sealed")), _browser(tx, row)) for row in rows)


def consume_left(tx: Tx, interaction_id: str, at: datetime) -> bool:
    """Note that an interaction was left half-way: true for one caller alone, and only if nothing has come of it."""
    return tx.change(_CONSUME_LEFT, {"of_id": interaction_id, "at": at}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` interactions that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})


def _interaction(row: Mapping[str, Any], state: bytes) -> Interaction:
    values = {name: value for name, value in row.items() if not name.endswith("_sealed")}
    return Interaction(**values, challenge_state=state)


def _browser(tx: Tx, row: Mapping[str, Any]) -> Browser:
    """Return the browser; where an earlier release began, it has told nothing."""
    told = _left(tx, row, "browser_sealed")
    return msgspec.json.decode(told, type=Browser) if told else Browser()


def _left(tx: Tx, row: Mapping[str, Any], column: str) -> bytes:
    """Return what is sealed of an interaction that is over: nothing where its key is gone, which holds up no other."""
    context = {"browser_sealed": _browser_context, "challenge_state_sealed": _state_context}[column]
    try:
        return tx.keys.open(row[column], context=context(row["id"])) if row[column] else b""
    except UnsealError:
        return b""


def _parameters(tx: Tx, interaction: Interaction) -> dict[str, object]:
    state = interaction.challenge_state
    sealed = tx.keys.seal(state, context=_state_context(interaction.id)) if state else None
    return asdict(interaction) | {"challenge_state_sealed": sealed}
