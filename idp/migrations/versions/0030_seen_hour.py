"""The hour in which a session was last used, by which all of them are sorted.

The version before writes the moment alone: while both run, a session that it uses keeps the hour of before, and takes
its place when it is next used.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_HOUR = {"postgresql": "floor(extract(epoch FROM seen_at) / 3600)", "sqlite": "seen_at / 3600000000"}


def upgrade() -> None:
    """Add the column, fill it for sessions that are open, and index it; those that have ended are never listed."""
    op.add_column("sessions", sa.Column("seen_hour", sa.Integer(), nullable=False, server_default="0"))
    hour = _HOUR[op.get_bind().dialect.name]
    op.execute(f"UPDATE sessions SET seen_hour = {hour} WHERE ended_at IS NULL")  # noqa: S608 -- one of the two above
    is_open = sa.text("ended_at IS NULL")
    op.create_index("ix_sessions_seen", "sessions", ["seen_hour"], sqlite_where=is_open, postgresql_where=is_open)
