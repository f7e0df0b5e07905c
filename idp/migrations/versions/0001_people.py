"""People: who they are, what they prove themselves with, their sessions, and how they sign in."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import counters, flags, moments, sealed, texts, wholes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those that others refer to first."""
    for create in (
        _users,
        _credentials,
        _backup_codes,
        _enrol_asks,
        _sessions,
        _session_clients,
        _known_devices,
        _consents,
        _attempt_budgets,
        _interactions,
    ):
        create()


def _users() -> None:
    op.create_table(
        "users",
        *texts("id", "username", "username_key"),
        *moments("created_at"),
        *texts("display_name", "email", "email_key"),
        *moments("email_verified_at", nullable=True),
        *texts("phone"),
        *moments("phone_verified_at", nullable=True),
        *texts("groups", "roles", "locale", "claims"),
        *moments("updated_at", "signed_in_at", "disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username_key", name="uq_users_username_key"),
    )
    op.create_index("ix_users_email_key", "users", ["email_key"])


def _credentials() -> None:
    op.create_table(
        "credentials",
        *texts("id", "user_id", "factor", "channel"),
        *moments("created_at"),
        *sealed("material_sealed"),
        *texts("label", "properties"),
        *counters("step", nullable=True),
        *moments("used_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_credentials_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_user_id", "credentials", ["user_id"])


def _backup_codes() -> None:
    op.create_table(
        "backup_codes",
        *texts("credential_id", "code_hash"),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name="fk_backup_codes_credential_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("credential_id", "code_hash", name="pk_backup_codes"),
    )


def _enrol_asks() -> None:
    op.create_table(
        "enrol_asks",
        *texts("user_id", "rule"),
        *wholes("skips"),
        *moments("first_asked_at"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_enrol_asks_user_id"),
        sa.PrimaryKeyConstraint("user_id", "rule", name="pk_enrol_asks"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        *texts("id", "secret_hash", "user_id", "evidence"),
        *moments("created_at", "seen_at", "expires_at"),
        *moments("ended_at", nullable=True),
        *wholes("version"),
        *texts("user_agent", "address"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _session_clients() -> None:
    op.create_table(
        "session_clients",
        *texts("session_id", "client_id"),
        *moments("first_used_at"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_session_clients_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "client_id", name="pk_session_clients"),
    )


def _known_devices() -> None:
    op.create_table(
        "known_devices",
        *texts("user_id", "secret_hash"),
        *moments("first_seen_at", "seen_at"),
        *texts("factors"),
        sa.PrimaryKeyConstraint("user_id", "secret_hash", name="pk_known_devices"),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        *texts("user_id", "client_id", "scopes"),
        *moments("granted_at"),
        sa.PrimaryKeyConstraint("user_id", "client_id", name="pk_consents"),
    )


def _attempt_budgets() -> None:
    op.create_table(
        "attempt_budgets",
        *texts("key"),
        *wholes("failures", "streak"),
        *moments("failed_at"),
        *moments("locked_until", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_attempt_budgets"),
    )


def _interactions() -> None:
    op.create_table(
        "interactions",
        *texts("id", "purpose", "demand", "resume", "browser_hash"),
        *moments("created_at", "expires_at"),
        *texts("evidence"),
        *texts("user_id", "session_id", nullable=True),
        *texts("chosen", "challenge_factor", "challenge_credential"),
        *sealed("challenge_state_sealed", nullable=True),
        *texts("consented"),
        *flags("prompted_consent", "enrolled_here"),
        *texts("further"),
        *wholes("version"),
        *moments("finished_at", nullable=True),
        *sealed("answer_sealed", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_interactions"),
    )
    op.create_index("ix_interactions_expires_at", "interactions", ["expires_at"])
