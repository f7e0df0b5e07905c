"""Decision records: what a shadow would have changed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was decided before was compared with nothing."""
    for name in ("shadow_version", "shadow_effect"):
        op.add_column("decisions", sa.Column(name, sa.Text(), nullable=False, server_default=""))
