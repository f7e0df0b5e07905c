"""Plain rows of every noun, changed where it matters to the test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from idp.core.assurance import Evidence, Property
from idp.factors.base import Credential
from idp.login.model import Interaction
from idp.policy.model import Demand
from idp.records.delivery.model import OutboxMessage
from idp.records.grants.model import AccessToken, AuthorizationCode, Grant
from idp.records.sessions.model import Session
from idp.records.users.model import User

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
HOUR = timedelta(hours=1)

PROOF = Evidence(
    factor="passkey",
    at=NOW,
    user_id="u1",
    credential_id="c1",
    interaction_id="i1",
    channel="credential",
    properties=frozenset({Property.USER_VERIFIED, Property.SYNCED}),
)


def user(**changes: Any) -> User:
    return User(**{"id": "u1", "username": "Alice", "created_at": NOW} | changes)


def credential(**changes: Any) -> Credential:
    values = {
        "id": "c1",
        "user_id": "u1",
        "factor": "totp",
        "channel": "totp:c1",
        "created_at": NOW,
        "material": b"\x00seed\xff",
        "properties": frozenset({Property.DEVICE_BOUND}),
    }
    return Credential(**values | changes)


def session(**changes: Any) -> Session:
    values = {
        "id": "s1",
        "secret_hash": "h1",
        "user_id": "u1",
        "evidence": (PROOF,),
        "created_at": NOW,
        "seen_at": NOW,
        "expires_at": NOW + HOUR,
        "user_agent": "Firefox",
        "address": "192.0.2.1",
    }
    return Session(**values | changes)


def grant(**changes: Any) -> Grant:
    values = {
        "id": "g1",
        "user_id": "u1",
        "client_id": "rp",
        "session_id": "s1",
        "created_at": NOW,
        "scopes": ("openid", "email"),
        "nonce": None,
        "claims": '{"id_token":{"acr":null}}',
        "asked_acr": ("urn:idp:acr:mfa",),
        "evidence": (PROOF,),
        "acr": "urn:idp:acr:mfa",
        "amr": ("pop", "user"),
        "auth_time": NOW,
        "lapses_at": LATER,
        "wants_auth_time": True,
        "decision_id": "d1",
    }
    return Grant(**values | changes)


def code(**changes: Any) -> AuthorizationCode:
    values = {
        "code_hash": "ch1",
        "grant_id": "g1",
        "client_id": "rp",
        "redirect_uri": "https://rp.test/cb",
        "code_challenge": "x" * 43,
        "expires_at": NOW + timedelta(seconds=60),
    }
    return AuthorizationCode(**values | changes)


def access_token(**changes: Any) -> AccessToken:
    values = {
        "token_hash": "th1",
        "grant_id": "g1",
        "client_id": "rp",
        "scopes": ("openid",),
        "issued_at": NOW,
        "expires_at": LATER,
    }
    return AccessToken(**values | changes)


def interaction(**changes: Any) -> Interaction:
    values = {
        "id": "i1",
        "purpose": "authorize",
        "demand": Demand(client_id="rp", scopes=("openid",), details={"amount": 12.5, "to": "bob", "urgent": True}),
        "resume": '{"state":"x"}',
        "browser_hash": "b1",
        "created_at": NOW,
        "expires_at": NOW + HOUR,
        "evidence": (PROOF,),
        "challenge_factor": "totp",
        "challenge_state": b"\x01state",
        "consented": ("email",),
    }
    return Interaction(**values | changes)


def message(**changes: Any) -> OutboxMessage:
    plain = {"id": "m1", "channel": "sms", "to": "+81", "purpose": "code", "created_at": NOW, "text": "code 123456"}
    return OutboxMessage(**(plain | changes))
