"""Webhooks, and what is on its way to them."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, moments, sealed, texts, wholes

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "webhooks",
        *texts("id", "url", "description", "events"),
        *sealed("secret_sealed", "old_secret_sealed"),
        *moments("created_at"),
        *moments("old_ends_at", "disabled_at", "rests_until", nullable=True),
        *counters("seal"),
        *wholes("failures", "version"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_messages",
        *texts("id", "webhook_id", "name", "body", "reason"),
        *moments("created_at"),
        *moments("due_at", "sent_at", "dead_at", nullable=True),
        *wholes("attempts"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_messages_webhook_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_webhook_messages_due_at", "webhook_messages", ["due_at"])
    op.create_index("ix_webhook_messages_webhook_id_created_at", "webhook_messages", ["webhook_id", "created_at"])
    op.create_index("ix_webhook_messages_created_at", "webhook_messages", ["created_at"])
