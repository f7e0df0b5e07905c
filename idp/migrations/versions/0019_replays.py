"""Replays of drafts, as jobs."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts, wholes

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "bundle_replays",
        *texts("id", "draft_id", "by"),
        *moments("created_at", "since", "until"),
        *texts("before_text", "after_text"),
        *wholes("total", "done"),
        *texts("claim"),
        *moments("claimed_until", "finished_at", nullable=True),
        *texts("failure", "report"),
        sa.PrimaryKeyConstraint("id", name="pk_bundle_replays"),
    )
    op.create_index("ix_bundle_replays_draft_id_created_at", "bundle_replays", ["draft_id", "created_at"])
    op.create_index("ix_bundle_replays_created_at", "bundle_replays", ["created_at"])
