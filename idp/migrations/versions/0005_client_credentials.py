"""Clients on their own: their opaque access tokens, and what signs a client's access tokens."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; clients that are registered already keep the algorithm they had."""
    op.create_table(
        "client_access_tokens",
        *texts("token_hash", "client_id", "scopes"),
        *moments("issued_at", "expires_at"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_client_access_tokens"),
    )
    op.create_index("ix_client_access_tokens_expires_at", "client_access_tokens", ["expires_at"])
    op.add_column(
        "clients",
        sa.Column("access_token_signed_response_alg", sa.Text(), nullable=False, server_default="ES256"),
    )
