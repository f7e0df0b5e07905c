"""The table of attempt budgets.

The rule it keeps: an attempt is counted as a failure by one conditional statement before its answer is looked at, so
however many arrive together, exactly as many as the budget holds are let through (NIST SP 800-63B-4 §3.2.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Integer, Table, Text, and_, bindparam, case, delete, or_, select, text

from idp.records.throttle.model import Budget
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.searching import literal
from idp.storage.statements import upsert
from idp.storage.tx import Tx

STEPS = 5
"""Of a delay that grows: the last of them holds for all failures behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Whether the attempt may be made, how many failures are counted, and until when nothing may be tried.

    Not allowed without `until`: the ceiling is reached, and waiting does not help.
    """

    allowed: bool
    failures: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowing:
    """From the failure number `after` of a streak on attempts must be apart: by `first`, then twice that, and so on."""

    after: int
    first: timedelta

    def delay(self, step: int) -> timedelta:
        """Return how long after the failure that is `step` behind the first slow one."""
        return self.first * 2 ** min(step, STEPS - 1) if step >= 0 else timedelta(0)


_budgets = Table(
    "attempt_budgets",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("failed_at", Utc, nullable=False),
    Column("locked_until", Utc),
)
_ENDS_BY_ITSELF = text("key NOT LIKE 'second:%'")
"""Wrong second factors are counted until a full success, however long that takes (NIST SP 800-63B-4 §3.2.2)."""
Index("ix_attempt_budgets_ending", _budgets.c.failed_at, sqlite_where=_ENDS_BY_ITSELF, postgresql_where=_ENDS_BY_ITSELF)

_NOW, _UNTIL = bindparam("now", type_=Utc()), bindparam("until", type_=Utc())
_FORGOTTEN = bindparam("forgotten", type_=Utc())
_AFTER, _CEILING = bindparam("after", type_=Integer()), bindparam("ceiling", type_=Integer())
_SLOW_FROM = bindparam("slow_from", type_=Integer())
_HAS_BEEN_LOCKED = _budgets.c.locked_until.is_not(None)
_IS_FORGOTTEN = and_(_FORGOTTEN.is_not(None), _budgets.c.failed_at <= _FORGOTTEN)
_STREAK = case((or_(_HAS_BEEN_LOCKED, _IS_FORGOTTEN), 1), else_=_budgets.c.streak + 1)
"""The statement runs on no locked row, so a lock that is there has passed and the streak starts again."""
_HAS_WAITED = or_(
    _SLOW_FROM.is_(None),
    _HAS_BEEN_LOCKED,
    _IS_FORGOTTEN,
    _budgets.c.streak < _SLOW_FROM,
    _budgets.c.failed_at
    <= case(
        *(
            (_budgets.c.streak >= _SLOW_FROM + step, bindparam(f"waited{step}", type_=Utc()))
            for step in reversed(range(1, STEPS))
        ),
        else_=bindparam("waited0", type_=Utc()),
    ),
)
"""Whether the delay after the last failure has passed; it grows with the streak."""
_RESERVE = (
    upsert(_budgets)
    .values(key=bindparam("key"), failures=1, streak=1, failed_at=_NOW, locked_until=bindparam("first_until"))
    .on_conflict_do_update(
        index_elements=[_budgets.c.key],
        set_={
            "failures": _budgets.c.failures + 1,
            "streak": _STREAK,
            "failed_at": _NOW,
            "locked_until": case((_STREAK >= _AFTER, _UNTIL), else_=None),
        },
        where=and_(
            or_(_budgets.c.locked_until.is_(None), _budgets.c.locked_until <= _NOW),
            or_(_CEILING.is_(None), _budgets.c.failures < _CEILING),
            _HAS_WAITED,
        ),
    )
    .returning(_budgets.c.failures, _budgets.c.locked_until)
)
_GET = select(_budgets).where(_budgets.c.key == bindparam("key"))
_CLEAR = delete(_budgets).where(_budgets.c.key == bindparam("key"))
_BOTH = _budgets.c.key.in_([bindparam("key"), bindparam("other")])
_CLEAR_BOTH = delete(_budgets).where(_BOTH)
_GET_BOTH = select(_budgets).where(_BOTH)
_GIVE_BACK = delete(_budgets).where(_budgets.c.key == bindparam("key"), _budgets.c.failures == 1)
_CLEAR_ALL = delete(_budgets).where(_budgets.c.key.like(bindparam("pattern"), escape="\\"))
_PURGE = oldest(
    _budgets.c.failed_at,
    or_(_budgets.c.locked_until.is_(None), _budgets.c.locked_until < bindparam("before", type_=Utc())),
    _ENDS_BY_ITSELF,
)


def reserve(
    tx: Tx,
    key: str,
    *,
    now: datetime,
    after: int,
    lock_for: timedelta,
    ceiling: int | None,
    forget_after: timedelta | None = None,
    slowing: Slowing | None = None,
) -> Reserved:
    """Count one attempt as failed in advance, unless the key is locked or at its ceiling (None: there is none).

    The attempt number `after` of a streak is let through and locks the key until `now + lock_for`; a full success then
    clears it. When the lock has passed, or nothing was counted for `forget_after`, the streak starts again, while
    `failures` keeps growing. Before that, `slowing` says how long must have passed since the last failure.
    """
    until = now + lock_for
    parameters: dict[str, Any] = {
        "key": key,
        "now": now,
        "after": after,
        "until": until,
        "first_until": until if after <= 1 else None,
        "ceiling": ceiling,
        "forgotten": now - forget_after if forget_after is not None else None,
        "slow_from": slowing.after if slowing is not None else None,
    }
    for step in range(STEPS):
        parameters[f"waited{step}"] = now - slowing.delay(step) if slowing is not None else None
    counted = tx.change_one(_RESERVE, parameters)
    if counted is not None:
        return Reserved(allowed=True, failures=counted["failures"], until=counted["locked_until"])
    budget = get(tx, key)
    if budget is None:
        raise AssertionError("what stopped the count is there, and this transaction holds it")
    return Reserved(allowed=False, failures=budget.failures, until=_until(budget, now, ceiling, slowing))


def _until(budget: Budget, now: datetime, ceiling: int | None, slowing: Slowing | None) -> datetime | None:
    """Return when the next attempt may be made; None: waiting does not help."""
    if budget.locked_until is not None and budget.locked_until > now:
        return budget.locked_until
    if slowing is None or (ceiling is not None and budget.failures >= ceiling):
        return None
    return budget.failed_at + slowing.delay(budget.streak - slowing.after)


def get(tx: Tx, key: str) -> Budget | None:
    """Return what is counted under this key."""
    row = tx.one(_GET, {"key": key})
    return None if row is None else Budget(**row)


def get_both(tx: Tx, key: str, other: str) -> dict[str, Budget]:
    """Return what is counted under these keys, by key; nothing where nothing is."""
    return {row["key"]: Budget(**row) for row in tx.all(_GET_BOTH, {"key": key, "other": other})}


def clear(tx: Tx, key: str, other: str = "") -> None:
    """Forget what is counted under this key, and under another: a full success."""
    if other:
        tx.change(_CLEAR_BOTH, {"key": key, "other": other})
    else:
        tx.change(_CLEAR, {"key": key})


def give_back(tx: Tx, key: str) -> bool:
    """Forget the one failure that is counted under this key; where there are more they all stay."""
    return tx.change(_GIVE_BACK, {"key": key}) == 1


def clear_all(tx: Tx, key: str) -> int:
    """Forget what is counted under this key and every key that continues it with a colon; return how many those were.

    Somebody with the right to it has looked and lets the person try again.
    """
    return tx.change(_CLEAR, {"key": key}) + tx.change(_CLEAR_ALL, {"pattern": f"{literal(key)}:%"})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` counts that end by themselves, to which nothing was added since a moment; return how many.

    One whose lock has not passed stays.
    """
    return tx.change(_PURGE, {"before": before, "limit": limit})
