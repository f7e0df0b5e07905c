"""Since when somebody has been asked to set up a second step."""

from alembic import op

from idp.migrations.columns import moments

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has been asked, and the version before goes on with the table as it is."""
    for column in moments("must_enrol_at", nullable=True):
        op.add_column("users", column)
