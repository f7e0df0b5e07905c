"""Tickets: one-time tokens that let somebody begin."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "tickets",
        *texts("token_hash", "purpose"),
        *moments("created_at", "expires_at"),
        *moments("used_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_tickets"),
    )
