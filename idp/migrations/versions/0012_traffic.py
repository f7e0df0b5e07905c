"""Traffic: what was sent where, behind the spending budgets."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts, wholes

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "delivery_traffic",
        *texts("key"),
        *moments("starts_at"),
        *wholes("sent", "used"),
        *moments("stopped_at", nullable=True),
        sa.PrimaryKeyConstraint("key", "starts_at", name="pk_delivery_traffic"),
    )
    op.create_index("ix_delivery_traffic_starts_at", "delivery_traffic", ["starts_at"])
