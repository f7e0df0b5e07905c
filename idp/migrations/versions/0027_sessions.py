"""Indices by which the sessions of everybody are looked through."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them; no row changes, so the version before goes on with these tables as they are."""
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sessions_open", "sessions", ["created_at", "id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_sessions_address_created_at", "sessions", ["address", "created_at"])
    op.create_index("ix_session_clients_client_id", "session_clients", ["client_id"])
