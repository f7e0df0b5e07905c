"""A sign-in method that takes another's place. Empty where nothing is replaced, as the version before leaves it."""

from alembic import op

from idp.migrations.columns import texts

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    for column in texts("replaces", nullable=True):
        op.add_column("interactions", column)
