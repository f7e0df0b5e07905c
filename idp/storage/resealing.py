"""What was sealed under an older key, sealed anew under the newest (F11).

Which columns hold such values, their type says (`Sealed`), so none can be forgotten. A value is replaced only while it
is still the one that was read, in a transaction of its own: whoever holds a single lock never waits in a ring, and
nothing that traffic writes meanwhile is undone. What is done is never looked at again, so that a run which was stopped
goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, bindparam, func, or_, select, update

from idp.core.secrets import KEY_ID_BYTES
from idp.storage.columns import Sealed
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How many values of a column are sealed under which keys."""

    newest: int
    older: int
    lost: int
    """Under a key that is not in the ring: nobody can open these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """One value that is not sealed under the newest key."""

    key: Any
    """Of its row."""
    sealed: bytes = field(repr=False)


class SealedValues:
    """The values of one sealed column."""

    def __init__(self, column: Column[Any], kind: Sealed) -> None:
        (key,) = column.table.primary_key.columns
        key_id = func.substr(column, 1, KEY_ID_BYTES, type_=LargeBinary())
        is_one = func.length(column) > KEY_ID_BYTES
        of_key, after = bindparam("of_key", type_=key.type), bindparam("after", type_=key.type)
        self.name = f"{column.table.name}.{column.name}"
        self.lasts = kind.lasts
        self._context = kind.context
        self._count = select(key_id.label("key_id"), func.count().label("total")).where(is_one).group_by(key_id)
        self._older = (
            select(key.label("key"), column.label("sealed"))
            .where(is_one, key_id != bindparam("newest", type_=LargeBinary()), or_(after.is_(None), key > after))
            .order_by(key)
            .limit(bindparam("limit"))
        )
        self._renew = (
            update(column.table)
            .where(key == of_key, column == bindparam("before", type_=LargeBinary()))
            .values({column.name: bindparam("renewed", type_=LargeBinary())})
        )

    def count(self, tx: Tx) -> Census:
        """Return how many there are under which keys. It reads the whole column."""
        found = {row["key_id"]: row["total"] for row in tx.all(self._count)}
        newest, older = found.get(tx.keys.newest_id, 0), sum(found.get(each, 0) for each in tx.keys.older_ids)
        return Census(newest=newest, older=older, lost=sum(found.values()) - newest - older)

    def list_older(self, tx: Tx, *, after: Any, limit: int) -> Sequence[Older]:
        """Return values not under the newest key, those behind the row `after` (None: from the first on)."""
        rows = tx.all(self._older, {"newest": tx.keys.newest_id, "after": after, "limit": limit})
        return [Older(**row) for row in rows]

    def renew(self, tx: Tx, value: Older) -> bool:
        """Seal a value anew; false when it has been written since. Raises UnsealError when no key opens it."""
        renewed = tx.keys.renewed(value.sealed, context=self._context(value.key))
        return tx.change(self._renew, {"of_key": value.key, "before": value.sealed, "renewed": renewed}) == 1


def sealed_values(metadata: MetaData) -> tuple[SealedValues, ...]:
    """Return the values of every sealed column there is, by name."""
    columns = [column for table in metadata.tables.values() for column in table.columns]
    found = [SealedValues(column, column.type) for column in columns if isinstance(column.type, Sealed)]
    return tuple(sorted(found, key=lambda values: values.name))
