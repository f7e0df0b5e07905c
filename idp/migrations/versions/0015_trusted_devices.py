"""Trusted devices, and the wish for one in an interaction."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the column of the wish."""
    op.create_table(
        "trusted_devices",
        *texts("id", "user_id", "secret_hash"),
        *moments("trusted_at", "used_at"),
        *texts("user_agent", "address"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_devices"),
    )
    op.create_index("ix_trusted_devices_user_id", "trusted_devices", ["user_id"])
    for column in moments("trust_wished_at", nullable=True):
        op.add_column("interactions", column)
