"""Web push: the key by which push services know us, and the browsers that are told."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, sealed, texts

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "push_keys",
        *texts("id", "public_key"),
        *sealed("private_sealed"),
        *moments("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_push_keys"),
    )
    op.create_table(
        "push_subscriptions",
        *texts("id", "user_id", "credential_id", "endpoint_hash"),
        *sealed("keys_sealed"),
        *moments("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscriptions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_push_subscriptions_user_id"),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name="fk_push_subscriptions_credential_id", ondelete="CASCADE"
        ),
    )
    for column, is_unique in (("endpoint_hash", True), ("credential_id", True), ("user_id", False)):
        op.create_index(f"ix_push_subscriptions_{column}", "push_subscriptions", [column], unique=is_unique)
