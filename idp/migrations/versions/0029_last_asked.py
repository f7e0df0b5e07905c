"""When somebody last put off what a rule asks them to set up; the language of whoever began a recovery."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what was there before, neither is known."""
    for column in moments("last_asked_at", nullable=True):
        op.add_column("enrol_asks", column)
    op.add_column("recoveries", sa.Column("language", sa.Text(), nullable=False, server_default=""))
