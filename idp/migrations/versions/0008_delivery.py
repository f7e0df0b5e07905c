"""Delivery: messages are tried until they are sent or of no more use; carriers that fail are left alone."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts, wholes

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is known of each attempt, and the table of outages.

    A program of the version before goes on adding messages: it names none of the new columns.
    """
    op.add_column("outbox", sa.Column("language", sa.Text(), nullable=False, server_default="en"))
    op.add_column("outbox", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    for column in moments("expires_at", "due_at", "dead_at", nullable=True):
        op.add_column("outbox", column)
    is_waiting = sa.text("sent_at IS NULL AND dead_at IS NULL")
    op.create_index("ix_outbox_waiting", "outbox", ["due_at"], sqlite_where=is_waiting, postgresql_where=is_waiting)
    op.create_table(
        "delivery_outages",
        *texts("channel"),
        *wholes("failures"),
        *moments("until", nullable=True),
        sa.PrimaryKeyConstraint("channel", name="pk_delivery_outages"),
    )
