"""Many rows, some at a time: so that whoever goes through a large table holds nobody else up for long.

A batch is chosen and changed by one statement, so two who go through the same table do no harm to each other.
"""

from sqlalchemy import Column, ColumnElement, Integer, bindparam, select


def some(key: Column[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return what is true of `limit` rows, any of those for which the conditions hold; `key` is their primary key."""
    return key.in_(select(key).where(*conditions).limit(bindparam("limit", type_=Integer())))
