"""Peppers of risk in a table of their own, so that they can follow each other; denials; failures by provider."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed
from idp.storage.columns import Utc

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


def upgrade() -> None:
    """Create the table and take the one pepper there was into it; its year begins with this revision."""
    op.create_table(
        "risk_peppers",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *sealed("sealed"),
        *moments("drawn_at"),
        sa.PrimaryKeyConstraint("number", name="pk_risk_peppers"),
    )
    population = sa.table("risk_population", sa.column("id"), sa.column("packed"))
    drawn = sa.select(sa.literal(1), population.c.packed, sa.literal(_BEGAN, Utc())).where(population.c.id == 0)
    names = ["number", "sealed", "drawn_at"]
    op.execute(sa.insert(sa.table("risk_peppers", *map(sa.column, names))).from_select(names, drawn))
    op.execute(sa.delete(population).where(population.c.id == 0))
    op.create_index("ix_risk_assessments_at", "risk_assessments", ["at"])
    for column in moments("denied_at", nullable=True):
        op.add_column("risk_histories", column)
    op.add_column("risk_failures", sa.Column("provider", sa.BigInteger(), nullable=False, server_default="0"))
