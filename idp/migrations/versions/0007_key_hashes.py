"""Key hashes: a passkey is found by the id that its own device gave it, and nobody else may have the same."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty for what is found otherwise."""
    op.add_column("credentials", sa.Column("key_hash", sa.Text()))
    op.create_index("ix_credentials_key_hash", "credentials", ["key_hash"], unique=True)
