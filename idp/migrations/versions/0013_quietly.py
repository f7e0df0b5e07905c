"""What a browser says it can set up by itself. Empty where it says nothing, as the version before leaves it."""

from alembic import op

from idp.migrations.columns import texts

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    for column in texts("quietly", nullable=True):
        op.add_column("interactions", column)
