"""The chain of seals over the audit trail."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, texts

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "audit_seals",
        *counters("number", "event_id"),
        *texts("link", "mac"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_seals"),
    )
    op.create_index("ix_audit_seals_event_id", "audit_seals", ["event_id"], unique=True)
