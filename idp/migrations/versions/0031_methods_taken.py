"""When somebody else last took a sign-in method of a person's away."""

from alembic import op

from idp.migrations.columns import moments

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of nobody is it known, and the version before goes on with the table as it is."""
    for column in moments("methods_taken_at", nullable=True):
        op.add_column("users", column)
