"""Answers of the admin API that may be asked for again."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed, texts

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "api_repeats",
        *texts("id", "fingerprint"),
        *moments("at"),
        *sealed("answer_sealed"),
        sa.PrimaryKeyConstraint("id", name="pk_api_repeats"),
    )
    op.create_index("ix_api_repeats_at", "api_repeats", ["at"])
