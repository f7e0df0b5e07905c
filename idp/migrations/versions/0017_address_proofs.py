"""Addresses that are being proved."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed, texts

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "address_proofs",
        *texts("id", "user_id", "address"),
        *moments("created_at", "expires_at"),
        *sealed("state_sealed"),
        sa.PrimaryKeyConstraint("id", name="pk_address_proofs"),
    )
    op.create_index("ix_address_proofs_user_id", "address_proofs", ["user_id"])
