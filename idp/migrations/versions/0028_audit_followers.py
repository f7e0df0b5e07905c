"""Who follows the audit trail from outside, and how far they have come; drafts by when they were touched."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, moments, texts, wholes

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "audit_followers",
        *texts("name"),
        *counters("seal"),
        *wholes("failures"),
        *moments("rests_until", nullable=True),
        *texts("reason"),
        sa.PrimaryKeyConstraint("name", name="pk_audit_followers"),
    )
    op.create_index("ix_bundle_drafts_edited_at", "bundle_drafts", ["edited_at"])
