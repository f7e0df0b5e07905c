"""The protocol: clients, what was granted to them, keys; policy versions and the records of what was decided."""

import sqlalchemy as sa
from alembic import op

from idp.migrations.columns import flags, moments, sealed, texts, wholes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those that others refer to first."""
    for create in (
        _clients,
        _grants,
        _authorization_codes,
        _access_tokens,
        _refresh_families,
        _revoked_access_tokens,
        _signing_keys,
        _bundles,
        _live_bundle,
        _decisions,
        _audit_events,
        _outbox,
        _versions,
    ):
        create()


def _clients() -> None:
    op.create_table(
        "clients",
        *texts("client_id"),
        *moments("created_at"),
        *texts(
            "client_name",
            "redirect_uris",
            "post_logout_redirect_uris",
            "grant_types",
            "response_types",
            "token_endpoint_auth_method",
            "secrets",
            "scope",
            "application_type",
            "id_token_signed_response_alg",
            "default_acr_values",
        ),
        *wholes("default_max_age", nullable=True),
        *flags("require_auth_time", "require_pkce", "first_party"),
        *texts("tags", "logo_uri", "policy_uri", "tos_uri", "client_uri", "access_token_format", "audience"),
        *moments("disabled_at", nullable=True),
        *wholes("version"),
        sa.PrimaryKeyConstraint("client_id", name="pk_clients"),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        *texts("id", "user_id", "client_id", "session_id"),
        *moments("created_at"),
        *texts("scopes"),
        *texts("nonce", nullable=True),
        *texts("claims", "asked_acr", "evidence", "acr", "amr"),
        *moments("auth_time"),
        *moments("lapses_at", nullable=True),
        *flags("wants_auth_time"),
        *texts("decision_id"),
        *moments("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_session_id", "grants", ["session_id"])
    op.create_index("ix_grants_user_id_client_id", "grants", ["user_id", "client_id"])


def _authorization_codes() -> None:
    op.create_table(
        "authorization_codes",
        *texts("code_hash", "grant_id", "client_id", "redirect_uri", "code_challenge"),
        *moments("expires_at"),
        *moments("spent_at", nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_authorization_codes_grant_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_authorization_codes"),
    )
    op.create_index("ix_authorization_codes_expires_at", "authorization_codes", ["expires_at"])
    op.create_index("ix_authorization_codes_grant_id", "authorization_codes", ["grant_id"])


def _access_tokens() -> None:
    op.create_table(
        "access_tokens",
        *texts("token_hash", "grant_id", "client_id", "scopes"),
        *moments("issued_at", "expires_at"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_access_tokens_grant_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_access_tokens"),
    )
    op.create_index("ix_access_tokens_expires_at", "access_tokens", ["expires_at"])
    op.create_index("ix_access_tokens_grant_id", "access_tokens", ["grant_id"])


def _refresh_families() -> None:
    op.create_table(
        "refresh_families",
        *texts("id", "grant_id", "client_id"),
        *moments("created_at", "expires_at", "idle_until"),
        *texts("current_hash"),
        *texts("previous_hash", nullable=True),
        *moments("rotated_at", nullable=True),
        *sealed("replay_sealed", nullable=True),
        *moments("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_refresh_families_grant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_families"),
        sa.UniqueConstraint("current_hash", name="uq_refresh_families_current_hash"),
    )
    op.create_index("ix_refresh_families_expires_at", "refresh_families", ["expires_at"])
    op.create_index("ix_refresh_families_grant_id", "refresh_families", ["grant_id"])


def _revoked_access_tokens() -> None:
    op.create_table(
        "revoked_access_tokens",
        *texts("id_hash"),
        *moments("expires_at"),
        sa.PrimaryKeyConstraint("id_hash", name="pk_revoked_access_tokens"),
    )
    op.create_index("ix_revoked_access_tokens_expires_at", "revoked_access_tokens", ["expires_at"])


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        *texts("kid", "alg", "state", "public_jwk"),
        *sealed("private_sealed"),
        *moments("created_at"),
        *moments("retired_at", nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
    )
    _only_one("next")
    _only_one("current")


def _bundles() -> None:
    op.create_table(
        "bundles",
        *texts("version", "name", "text", "parent"),
        *moments("created_at"),
        *moments("published_at", nullable=True),
        sa.PrimaryKeyConstraint("version", name="pk_bundles"),
    )


def _live_bundle() -> None:
    op.create_table(
        "live_bundle",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        *texts("version"),
        sa.ForeignKeyConstraint(["version"], ["bundles.version"], name="fk_live_bundle_version"),
        sa.PrimaryKeyConstraint("slot", name="pk_live_bundle"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        *texts("id"),
        *moments("at"),
        *texts(
            "bundle_version",
            "gate",
            "interaction_id",
            "user_id",
            "client_id",
            "outcome",
            "required",
            "achieved",
            "because",
            "reasons",
            "snapshot",
        ),
        *wholes("latency_us"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_index("ix_decisions_user_id_at", "decisions", ["user_id", "at"])


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        *texts("name"),
        *moments("at"),
        *texts("user_id", "client_id", "session_id", "interaction_id", "decision_id", "address", "details"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_name_id", "audit_events", ["name", "id"])
    op.create_index("ix_audit_events_user_id_id", "audit_events", ["user_id", "id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        *texts("id", "channel", "to", "purpose"),
        *moments("created_at"),
        *texts("subject"),
        *sealed("text_sealed"),
        *moments("sent_at", nullable=True),
        *wholes("attempts"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])


def _versions() -> None:
    op.create_table(
        "versions",
        *texts("name"),
        *wholes("version"),
        sa.PrimaryKeyConstraint("name", name="pk_versions"),
    )


def _only_one(state: str) -> None:
    """An algorithm has one key in this state."""
    is_it = sa.text(f"state = '{state}'")
    op.create_index(
        f"uq_signing_keys_{state}", "signing_keys", ["alg"], unique=True, sqlite_where=is_it, postgresql_where=is_it
    )
