"""Interactions: what the browser told, and when it was noted that somebody had left one half-way."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_LEFT = sa.text("user_id IS NOT NULL AND finished_at IS NULL AND abandoned_at IS NULL")


def upgrade() -> None:
    """Add the columns, and an index of those alone of which it is still to be noted."""
    for column in (*moments("abandoned_at", nullable=True), *sealed("browser_sealed", nullable=True)):
        op.add_column("interactions", column)
    op.create_index("ix_interactions_left", "interactions", ["expires_at"], sqlite_where=_LEFT, postgresql_where=_LEFT)
