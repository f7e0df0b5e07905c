"""Authorization requests that clients push, and the clients that must.

The version before leaves the column out when it registers a client: nothing is required of that one, as before.
"""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and add the column."""
    op.create_table(
        "pushed_requests",
        *texts("uri_hash", "client_id", "parameters"),
        *moments("pushed_at", "expires_at"),
        sa.PrimaryKeyConstraint("uri_hash", name="pk_pushed_requests"),
    )
    op.create_index("ix_pushed_requests_expires_at", "pushed_requests", ["expires_at"])
    op.add_column(
        "clients",
        sa.Column("require_pushed_authorization_requests", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
