"""Publishing: drafts, versions at work beside the live one, publications, proposals."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import moments, texts, wholes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "bundle_drafts",
        *texts("id", "name", "text", "parent", "by"),
        *moments("created_at", "edited_at"),
        *wholes("edition"),
        sa.PrimaryKeyConstraint("id", name="pk_bundle_drafts"),
    )
    op.create_table(
        "bundle_rollouts",
        *texts("kind", "version", "parent", "by"),
        *moments("at"),
        *wholes("share"),
        *texts("audience"),
        sa.ForeignKeyConstraint(["version"], ["bundles.version"], name="fk_bundle_rollouts_version"),
        sa.PrimaryKeyConstraint("kind", name="pk_bundle_rollouts"),
    )
    op.create_table(
        "bundle_publications",
        *texts("id", "version", "replaced", "change"),
        *moments("at"),
        *texts("by", "approved_by", "note"),
        sa.PrimaryKeyConstraint("id", name="pk_bundle_publications"),
    )
    op.create_index("ix_bundle_publications_at", "bundle_publications", ["at"])
    op.create_table(
        "bundle_proposals",
        *texts("id", "version", "parent", "by"),
        *moments("at"),
        *texts("note"),
        *moments("starts_at", "closed_at", nullable=True),
        sa.ForeignKeyConstraint(["version"], ["bundles.version"], name="fk_bundle_proposals_version"),
        sa.PrimaryKeyConstraint("id", name="pk_bundle_proposals"),
    )
    op.create_table(
        "glass",
        *texts("id", "by", "reason"),
        *moments("broken_at", "mends_at"),
        *moments("mended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_glass"),
    )
