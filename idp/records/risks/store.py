"""The tables of risk: histories, lessons with their sum, assessments. One indexed row is read for an assessment."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from idp.records.risks.model import KeptAssessment, KeptHistory
from idp.risk.model import Assessment, Visit
from idp.risk.population import Lesson
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_histories = Table(
    "risk_histories",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("last", Json(Visit | None)),
    Column("denied_at", Utc),
)
_lessons = Table(
    "risk_lessons",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    Column("lesson", Json(Lesson), nullable=False),
)
_population = Table(
    "risk_population",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("upto", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
_assessments = Table(
    "risk_assessments",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("band", Text, nullable=False),
    Column("assessment", Json(Assessment), nullable=False),
    Column("cookie_key", BigInteger, nullable=False),
    Column("taught", Boolean, nullable=False),
    Column("feedback", Text, nullable=False),
    Index(None, "user_id", "at"),
    Index(None, "at"),
)

_GET_HISTORY = select(_histories).where(_histories.c.user_id == bindparam("user_id"))
_SAVE_HISTORY = upsert(_histories)
_SAVE_HISTORY = _SAVE_HISTORY.on_conflict_do_update(
    index_elements=[_histories.c.user_id],
    set_={"blob": _SAVE_HISTORY.excluded.blob, "last": _SAVE_HISTORY.excluded.last},
)
_DENY = upsert(_histories)
_DENY = _DENY.on_conflict_do_update(index_elements=[_histories.c.user_id], set_={"denied_at": _DENY.excluded.denied_at})
_FORGET = delete(_histories).where(_histories.c.user_id == bindparam("of_user"))
_FORGET_ASSESSMENTS = delete(_assessments).where(_assessments.c.user_id == bindparam("of_user"))
_ADD_LESSON = insert(_lessons).values(lesson=bindparam("lesson")).inline()
_LESSONS = (
    select(_lessons.c.id, _lessons.c.lesson)
    .where(_lessons.c.id > bindparam("after"))
    .order_by(_lessons.c.id)
    .limit(bindparam("limit"))
)
_SUM = select(_population.c.upto, _population.c.packed).where(_population.c.id == 1)
_ADD_SUM = upsert(_population).on_conflict_do_nothing()
_SAVE_SUM = (
    update(_population)
    .where(_population.c.id == 1, _population.c.upto == bindparam("read_upto"))
    .values(upto=bindparam("new_upto"), packed=bindparam("new_packed"))
)
_DROP_LESSONS = delete(_lessons).where(_lessons.c.id <= bindparam("upto"))
_ADD = insert(_assessments)
_GET = select(_assessments).where(_assessments.c.decision_id == bindparam("decision_id"))
_TAUGHT = (
    select(_assessments)
    .where(
        _assessments.c.user_id == bindparam("of_user"),
        _assessments.c.at >= bindparam("since"),
        _assessments.c.taught.is_(True),
        _assessments.c.feedback != "was_not_me",
    )
    .order_by(_assessments.c.at.desc())
)
_SAY = update(_assessments).where(_assessments.c.decision_id == bindparam("of_decision"))
_SAY = _SAY.values(feedback=bindparam("said"))
_OLDEST = select(_assessments.c.decision_id).where(_assessments.c.at < bindparam("before"))
_OLDEST = _OLDEST.order_by(_assessments.c.at).limit(bindparam("limit"))
_REMOVE = delete(_assessments).where(_assessments.c.decision_id.in_(_OLDEST))
_NEWEST = select(_assessments).where(_assessments.c.at >= bindparam("since"))
_NEWEST = _NEWEST.order_by(_assessments.c.at.desc()).limit(bindparam("limit"))
_COUNT = select(_assessments.c.band, _assessments.c.feedback, func.count().label("total"))
_COUNT = _COUNT.where(_assessments.c.at >= bindparam("since")).group_by(_assessments.c.band, _assessments.c.feedback)


def get_history(tx: Tx, user_id: str) -> KeptHistory | None:
    """Return what is remembered of a person."""
    row = tx.one(_GET_HISTORY, {"user_id": user_id})
    return None if row is None else KeptHistory(**row)


def save_history(tx: Tx, history: KeptHistory) -> None:
    """Remember a person's past as it is now."""
    tx.change(_SAVE_HISTORY, values_of(history))


def note_denial(tx: Tx, user_id: str, now: datetime) -> None:
    """Note that a person has said of an approval that it was not theirs."""
    tx.change(_DENY, values_of(KeptHistory(user_id=user_id, blob=b"", last=None, denied_at=now)))


def forget(tx: Tx, user_id: str) -> None:
    """Forget everything about a person: the account is gone."""
    tx.change(_FORGET, {"of_user": user_id})
    tx.change(_FORGET_ASSESSMENTS, {"of_user": user_id})


def add_lesson(tx: Tx, lesson: Lesson) -> None:
    """Add what a verified sign-in teaches about everybody."""
    tx.change(_ADD_LESSON, {"lesson": lesson})


def list_lessons(tx: Tx, *, after: int, limit: int) -> list[tuple[int, Lesson]]:
    """Return lessons in order, those behind the number `after`."""
    return [(row["id"], row["lesson"]) for row in tx.all(_LESSONS, {"after": after, "limit": limit})]


def get_sum(tx: Tx) -> tuple[int, bytes]:
    """Return the sum of all lessons up to a number, packed; 0 and nothing while there is none."""
    row = tx.one(_SUM)
    return (0, b"") if row is None else (row["upto"], row["packed"])


def save_sum(tx: Tx, packed: bytes, *, read: int, upto: int) -> bool:
    """Keep a newer sum and drop the lessons in it; false when somebody was faster."""
    tx.change(_ADD_SUM, {"id": 1, "upto": 0, "packed": b""})
    if tx.change(_SAVE_SUM, {"read_upto": read, "new_upto": upto, "new_packed": packed}) != 1:
        return False
    tx.change(_DROP_LESSONS, {"upto": upto})
    return True


def add(tx: Tx, kept: KeptAssessment) -> None:
    """Add an assessment."""
    tx.change(_ADD, values_of(kept))


def get(tx: Tx, decision_id: str) -> KeptAssessment | None:
    """Return the assessment that a decision was made with."""
    row = tx.one(_GET, {"decision_id": decision_id})
    return None if row is None else _kept(row)


def list_taught(tx: Tx, user_id: str, since: datetime) -> tuple[KeptAssessment, ...]:
    """Return the sign-ins of a person that taught their history something, newest first."""
    return tuple(_kept(row) for row in tx.all(_TAUGHT, {"of_user": user_id, "since": since}))


def list_newest(tx: Tx, since: datetime, *, limit: int) -> tuple[KeptAssessment, ...]:
    """Return assessments of everybody, newest first."""
    return tuple(_kept(row) for row in tx.all(_NEWEST, {"since": since, "limit": limit}))


def say(tx: Tx, decision_id: str, feedback: str) -> None:
    """Note what a person said of a sign-in."""
    tx.change(_SAY, {"of_decision": decision_id, "said": feedback})


def remove_before(tx: Tx, moment: datetime, *, limit: int) -> int:
    """Remove assessments older than a moment, the oldest first and not more than `limit`; return how many."""
    return tx.change(_REMOVE, {"before": moment, "limit": limit})


def count(tx: Tx, since: datetime) -> dict[tuple[str, str], int]:
    """Return how many assessments there were, by band and by what people said of them."""
    return {(row["band"], row["feedback"]): row["total"] for row in tx.all(_COUNT, {"since": since})}


def _kept(row: Any) -> KeptAssessment:
    return KeptAssessment(**row)
