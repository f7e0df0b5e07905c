"""Where applications are told that a session has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a client says of it: so far none is told."""
    op.add_column("clients", sa.Column("backchannel_logout_uri", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "clients",
        sa.Column("backchannel_logout_session_required", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
