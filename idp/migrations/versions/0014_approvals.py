"""Requests to approve a sign-in on another device."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "approval_requests",
        *texts("id", "user_id", "interaction_id", "browser_hash", "number", "client_name", "address", "user_agent"),
        *moments("created_at", "expires_at"),
        *texts("verdict"),
        *moments("decided_at", nullable=True),
        *texts("credential_id", nullable=True),
        *moments("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approval_requests"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_approval_requests_user_id"),
    )
    op.create_index("ix_approval_requests_user_id_expires_at", "approval_requests", ["user_id", "expires_at"])
