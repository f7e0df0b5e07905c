"""What removes the oldest rows of a table, a batch at a time, so that nobody who writes waits long for it."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Delete, TextClause, bindparam, delete, select, tuple_

from idp.storage.columns import Utc


def oldest(moment: Column[Any], *conditions: ColumnElement[bool] | TextClause) -> Delete:
    """Return the statement that removes up to `limit` rows whose moment lies before `before`, the oldest first.

    The moment needs an index, or every batch looks at the whole table.
    """
    key = tuple(moment.table.primary_key)
    found = (
        select(*key)
        .where(moment < bindparam("before", type_=Utc()), *conditions)
        .order_by(moment)
        .limit(bindparam("limit"))
    )
    return delete(moment.table).where((key[0] if len(key) == 1 else tuple_(*key)).in_(found))
