"""What risk remembers: histories, lessons and their sum, assessments; and the assessment of a running interaction."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, flags, moments, sealed, texts

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the column of interactions."""
    op.create_table(
        "risk_histories",
        *texts("user_id"),
        *sealed("blob"),
        *texts("last", nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_risk_histories"),
    )
    op.create_table(
        "risk_lessons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        *texts("lesson"),
        sa.PrimaryKeyConstraint("id", name="pk_risk_lessons"),
    )
    op.create_table(
        "risk_population",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *counters("upto"),
        *sealed("packed"),
        sa.PrimaryKeyConstraint("id", name="pk_risk_population"),
    )
    op.create_table(
        "risk_assessments",
        *texts("decision_id", "user_id"),
        *moments("at"),
        *texts("band", "assessment"),
        *counters("cookie_key"),
        *flags("taught"),
        *texts("feedback"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_risk_assessments"),
    )
    op.create_index("ix_risk_assessments_user_id_at", "risk_assessments", ["user_id", "at"])
    for column in texts("assessment", nullable=True):
        op.add_column("interactions", column)
