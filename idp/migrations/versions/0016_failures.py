"""Failures of the last minutes, for how fast somebody tries and how many accounts."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, moments

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "risk_failures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        *moments("at"),
        *counters("account", "address", "network"),
        sa.PrimaryKeyConstraint("id", name="pk_risk_failures"),
    )
    op.create_index("ix_risk_failures_at", "risk_failures", ["at"])
    for column in ("account", "address", "network"):
        op.create_index(f"ix_risk_failures_{column}_at", "risk_failures", [column, "at"])
