"""Indices by which what has ended is found, and leases, by which one process does what one should."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BY = {
    "address_proofs": "expires_at",
    "approval_requests": "expires_at",
    "grants": "created_at",
    "known_devices": "seen_at",
    "mailed_links": "expires_at",
    "recoveries": "ended_at",
    "sessions": "expires_at",
    "tickets": "expires_at",
    "trusted_devices": "used_at",
}


def upgrade() -> None:
    """Create them; no row changes, so the version before goes on with these tables as they are."""
    for table, column in _BY.items():
        op.create_index(f"ix_{table}_{column}", table, [column])
    ends_by_itself = sa.text("key NOT LIKE 'second:%'")
    op.create_index(
        "ix_attempt_budgets_ending",
        "attempt_budgets",
        ["failed_at"],
        sqlite_where=ends_by_itself,
        postgresql_where=ends_by_itself,
    )
    op.create_table(
        "leases",
        *texts("task", "holder"),
        *moments("until"),
        sa.PrimaryKeyConstraint("task", name="pk_leases"),
    )
