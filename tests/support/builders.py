"""Builders of whatever a test needs to exist: something plain that works, changed where it matters to the test."""

from datetime import UTC, datetime
from typing import Any

from idp.core.assurance import Evidence, Property
from idp.core.tokens import SystemTokens, digest
from idp.factors.base import Credential
from idp.factors.password import Password
from idp.factors.totp import TotpMaterial
from idp.records.clients.model import Client, ClientSecret
from idp.records.risks.model import KeptAssessment
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.risk.model import Assessment, Visit

NOW = datetime(2026, 3, 2, 9, 0, 12, tzinfo=UTC)
"""A Monday morning, in the middle of a TOTP step."""
CHEAP = Password(memory_kib=8, passes=1, lanes=1)
"""Hashing at a cost that only tests may have."""
_TOKENS = SystemTokens()


def a_user(username: str = "alice", **changes: Any) -> User:
    """Return a person."""
    values: dict[str, Any] = {
        "id": _TOKENS.new_id(),
        "username": username,
        "created_at": NOW,
        "display_name": username.title(),
        "email": f"{username}@example.com",
        "email_verified_at": NOW,
    }
    return User(**values | changes)


def a_client(client_id: str = "bank", *, secret: str = "", **changes: Any) -> Client:
    """Return a relying party; with a `secret` it has it, by its hash."""
    values: dict[str, Any] = {
        "client_id": client_id,
        "created_at": NOW,
        "client_name": client_id.title(),
        "redirect_uris": ("https://rp1.test/cb",),
        "secrets": (ClientSecret(secret_hash=digest(secret), created_at=NOW),) if secret else (),
        "first_party": True,
    }
    return Client(**values | changes)


def a_password(user: User, password: str, *, factor: Password = CHEAP) -> Credential:
    """Return the credential of this password."""
    new = factor.enrol(password)
    return _credential(user, "password", channel="person", material=new.material)


def a_totp(user: User, secret: str, **changes: Any) -> Credential:
    """Return the credential of an authenticator app with this base32 secret."""
    return _credential(user, "totp", material=TotpMaterial(secret=secret).encoded(), **changes)


def _credential(user: User, factor: str, **changes: Any) -> Credential:
    credential_id = _TOKENS.new_id()
    values: dict[str, Any] = {
        "id": credential_id,
        "user_id": user.id,
        "factor": factor,
        "channel": f"{factor}:{credential_id}",
        "created_at": user.created_at,
    }
    return Credential(**values | changes)


def an_evidence(factor: str = "password", *, user: User | None = None, at: datetime = NOW, **changes: Any) -> Evidence:
    """Return one proof."""
    values: dict[str, Any] = {
        "factor": factor,
        "at": at,
        "user_id": user.id if user else "alice",
        "credential_id": f"{factor}-1",
        "interaction_id": "earlier",
        "channel": "person" if factor == "password" else f"{factor}:{factor}-1",
        "properties": frozenset[Property](),
    }
    return Evidence(**values | changes)


def a_session(user: User, *evidence: Evidence, secret: str = "", **changes: Any) -> Session:
    """Return a browser's session, raised by these proofs."""
    values: dict[str, Any] = {
        "id": _TOKENS.new_id(),
        "secret_hash": digest(secret or _TOKENS.token()),
        "user_id": user.id,
        "evidence": evidence,
        "created_at": NOW,
        "seen_at": NOW,
        "expires_at": NOW.replace(year=NOW.year + 1),
    }
    return Session(**values | changes)


def an_assessment(decision_id: str, *, at: datetime = NOW, user_id: str = "dora", **changes: Any) -> KeptAssessment:
    """Return an assessment as it is kept under a decision; `changes` are of what was found."""
    values = {"before": None, "score": 0.0, "percentile": 50.0, "band": "low", **changes}
    found = Assessment(user_id=user_id, visit=Visit(at=at), **values)
    return KeptAssessment(decision_id=decision_id, user_id=user_id, at=at, band=found.band, assessment=found)
