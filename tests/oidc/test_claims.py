"""What tokens and UserInfo say."""

import json
from datetime import timedelta

from idp.core.assurance import Evidence
from idp.oidc import claims
from idp.oidc.claims_request import parse
from idp.records.grants.model import Grant
from idp.records.users.model import User
from tests.oidc.kit import ISSUER, MFA, NOW

PROTOCOL = {
    "iss": ISSUER,
    "sub": "u1",
    "aud": "c1",
    "exp": 1795522200,
    "iat": 1795521600,
    "auth_time": 1795521300,
    "acr": MFA,
    "amr": ["pwd", "otp", "mfa"],
    "sid": "s1",
    "nonce": "n",
    "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
}
ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"


def a_user(**changes) -> User:
    values = {
        "id": "u1",
        "username": "bob",
        "created_at": NOW,
        "display_name": "Bob",
        "email": "bob@example.test",
        "email_verified_at": NOW,
        "phone": "+81312345678",
        "locale": "en",
        "updated_at": NOW,
    }
    return User(**(values | changes))


def a_grant(wanted=None, **changes) -> Grant:
    proof = Evidence(factor="totp", at=NOW, user_id="u1", credential_id="k1", interaction_id="i1", channel="totp:k1")
    values = {
        "id": "g1",
        "user_id": "u1",
        "client_id": "c1",
        "session_id": "s1",
        "created_at": NOW,
        "scopes": ("openid",),
        "nonce": "n",
        "claims": parse(json.dumps(wanted), ("profile", "email", "phone", "address")).text if wanted else "{}",
        "asked_acr": (),
        "evidence": (proof,),
        "acr": MFA,
        "amr": ("pwd", "otp", "mfa"),
        "auth_time": NOW - timedelta(minutes=5),
        "lapses_at": None,
        "wants_auth_time": False,
        "decision_id": "d1",
    }
    return Grant(**(values | changes))


def id_token(grant, user=None):
    return claims.id_token(grant, user or a_user(), issuer=ISSUER, now=NOW, access_token=ACCESS_TOKEN)


def user_info(grant, user=None):
    return claims.user_info(grant, user or a_user(), scopes=grant.scopes)


def test_id_token_says_who_and_how_and_nothing_else():
    """OIDC Core 1.0 §2, §5.4: claims of scopes are not in the ID token of the code flow."""
    assert id_token(a_grant(scopes=("openid", "profile", "email", "phone"))) == PROTOCOL


def test_id_token_without_nonce_has_none():
    """OIDC Core 1.0 §2: the nonce is there exactly when it was sent."""
    assert "nonce" not in id_token(a_grant(nonce=None))
    assert id_token(a_grant(nonce=""))["nonce"] == ""


def test_id_token_carries_what_was_asked_for_singly():
    """OIDC Core 1.0 §5.5: the `id_token` member, and it alone."""
    wanted = {"id_token": {"email": None, "evidence": None}, "userinfo": {"name": None}}
    assert id_token(a_grant(wanted)) == PROTOCOL | {
        "email": "bob@example.test",
        "evidence": [{"factor": "totp", "time": 1795521600}],
    }


def test_profile_never_overrides_the_protocol():
    """JOS-12: protocol values win over whatever is kept about a person."""
    hostile = {name: json.dumps("forged") for name in (*PROTOCOL, "evidence", "email", "email_verified", "scope")}
    user = a_user(claims=tuple(hostile.items()), email="", email_verified_at=None)
    wanted = {place: dict.fromkeys([*hostile, "name"]) for place in ("id_token", "userinfo")}
    grant = a_grant(wanted, scopes=("openid", "profile", "email"))
    for answer in (id_token(grant, user), user_info(grant, user)):
        assert "forged" not in json.dumps(answer)
        assert {name: answer[name] for name in ("sub", "acr", "amr", "auth_time")} == {
            name: PROTOCOL[name] for name in ("sub", "acr", "amr", "auth_time")
        }


def test_user_info_follows_scopes():
    """OIDC Core 1.0 §5.4."""
    assert user_info(a_grant()) == {"sub": "u1"}
    assert user_info(a_grant(scopes=("openid", "email"))) == {
        "sub": "u1",
        "email": "bob@example.test",
        "email_verified": True,
    }
    assert user_info(a_grant(scopes=("openid", "profile", "phone"))) == {
        "sub": "u1",
        "name": "Bob",
        "preferred_username": "bob",
        "locale": "en",
        "updated_at": 1795521600,
        "phone_number": "+81312345678",
        "phone_number_verified": False,
    }


def test_user_info_follows_the_claims_parameter():
    """OIDC Core 1.0 §5.5: the `userinfo` member."""
    assert user_info(a_grant({"userinfo": {"name": {"essential": True}, "acr": None}})) == {
        "sub": "u1",
        "name": "Bob",
        "acr": MFA,
    }


def test_user_info_leaves_out_what_is_not_known():
    """OIDC Core 1.0 §5.3.2: no claim without a value."""
    bare = User(id="u1", username="bob", created_at=NOW)
    grant = a_grant(scopes=("openid", "profile", "email", "phone", "address"))
    assert user_info(grant, bare) == {"sub": "u1", "preferred_username": "bob"}


def test_user_info_takes_further_standard_claims_from_the_profile():
    """OIDC Core 1.0 §5.1: with their JSON types."""
    user = a_user(claims=(("address", '{"country":"JP"}'), ("given_name", '"Robert"'), ("shoe_size", "42")))
    answer = user_info(a_grant(scopes=("openid", "profile", "address")), user)
    assert answer["address"] == {"country": "JP"}
    assert answer["given_name"] == "Robert"
    assert "shoe_size" not in answer
