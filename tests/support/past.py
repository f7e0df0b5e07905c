"""Decisions of the past, written into a database in large portions."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import insert, text

from idp.policy.replay import Row
from idp.records.decisions import store as decisions
from idp.storage.engine import Database

_PORTION = 20_000


def remember(database: Database, rows: Iterable[tuple[datetime, Row]]) -> None:
    """Store these as decisions that were recorded."""
    waiting: Iterator[tuple[datetime, Row]] = iter(rows)
    while portion := list(islice(waiting, _PORTION)):
        values = [
            {
                "id": row.id, "at": at, "bundle_version": "v", "gate": "authorize", "interaction_id": "i",
                "user_id": "", "client_id": row.client_id, "outcome": "finish", "required": (), "achieved": "",
                "because": (), "reasons": (), "snapshot": row.snapshot, "latency_us": 1,
            }
            for at, row in portion
        ]  # fmt: skip
        with database.engine().begin() as connection:
            connection.execute(insert(decisions._decisions), values)


def repeat(database: Database, times: int) -> None:
    """Store every decision so many times in all, each under an id of its own; in one statement."""
    columns = ", ".join(column.name for column in decisions._decisions.columns if column.name != "id")
    statement = (
        f"WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {times - 1}) "
        f"INSERT INTO decisions (id, {columns}) SELECT id || '-' || n, {columns} FROM decisions, counted"
    )
    with database.engine().begin() as connection:
        connection.execute(text(statement))
