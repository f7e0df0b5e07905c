"""Mailed links and recoveries; until when a person's recovery cools off, and whether they reported a stranger."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed, texts

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the columns of people."""
    op.create_table(
        "mailed_links",
        *texts("token_hash", "purpose", "user_id", "about"),
        *moments("created_at", "expires_at"),
        *moments("used_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mailed_links"),
    )
    op.create_index("ix_mailed_links_user_id_purpose", "mailed_links", ["user_id", "purpose"])
    op.create_table(
        "recoveries",
        *texts("id", "user_id"),
        *moments("started_at", "cools_until"),
        *texts("lost", "password_id"),
        *sealed("replaced_sealed", nullable=True),
        *moments("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
    )
    op.create_index("ix_recoveries_user_id", "recoveries", ["user_id"])
    for column in moments("recovering_until", "reported_at", nullable=True):
        op.add_column("users", column)
