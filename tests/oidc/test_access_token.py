"""Access tokens: signed by default, opaque by choice, and read as nothing else."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.core.tokens import SystemTokens
from idp.oidc.access_token import AccessTokens, audience_of
from idp.oidc.signed_token import SignedTokens
from idp.records.users.credentials import store as credentials
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import ISSUER, MFA, NOW, a_client, asked

USER_INFO = ISSUER + "/userinfo"


def decoded(endpoints: Endpoints, token: str) -> jwt.Token:
    keys = endpoints.call("GET", "/jwks").json()
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])


def sign(endpoints: Endpoints, header: dict, claims: dict) -> str:
    with endpoints.database.transaction() as tx:
        key = endpoints.keys.signing_key(tx, header["alg"])
    return jwt.encode({"kid": key.kid, **header}, claims, key.key, algorithms=[header["alg"]])


def issued(endpoints: Endpoints, scope: str = "openid") -> str:
    return endpoints.redeem(endpoints.code(asked(scope=scope, acr_values=MFA))).json()["access_token"]


def test_access_token_is_what_rfc_9068_says(endpoints: Endpoints):
    """RFC 9068 §2.1, §2.2: type, key and every claim; times are our clock's."""
    token = decoded(endpoints, issued(endpoints, "openid email"))
    assert (token.header["typ"], token.header["alg"]) == ("at+jwt", "ES256")
    claims = dict(token.claims)
    grant_id, _, random = claims.pop("jti").partition(".")
    assert len(grant_id) == len(random) == 32
    assert claims == {
        "iss": ISSUER,
        "aud": USER_INFO,
        "sub": "u1",
        "client_id": "c1",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "acr": MFA,
        "amr": ["pwd", "otp", "mfa"],
        "auth_time": int(NOW.timestamp()),
        "scope": "openid email",
    }


def test_audience_is_the_api_and_with_openid_user_info_too():
    """P8: a client's tokens are for its own API; UserInfo reads them where `openid` was granted."""
    own = a_client(audience="https://api.test")
    assert audience_of(a_client(), ("email",), user_info=USER_INFO) == (USER_INFO,)
    assert audience_of(own, ("openid",), user_info=USER_INFO) == ("https://api.test", USER_INFO)
    assert audience_of(own, ("email",), user_info=USER_INFO) == ("https://api.test",)


def test_access_token_names_both_where_there_are_two(endpoints: Endpoints):
    """RFC 9068 §3."""
    endpoints.amend(audience="https://api.test")
    token = issued(endpoints)
    assert decoded(endpoints, token).claims["aud"] == ["https://api.test", USER_INFO]
    assert endpoints.userinfo(token).status == 200


def test_access_token_for_another_api_does_not_open_user_info(endpoints: Endpoints):
    """OAU-36: an audience is who may read it."""
    endpoints.amend(audience="https://api.test")
    assert endpoints.userinfo(issued(endpoints, "email")).status == 401


@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ({"typ": "JWT"}, {}),
        ({"typ": "logout+jwt"}, {}),
        ({"jku": "https://e.test/jwks"}, {}),
        ({}, {"iss": "https://other.test"}),
        ({}, {"aud": "https://api.test"}),
        ({}, {"jti": 5}),
        ({}, {"jti": "unknown.x"}),
        ({}, {"client_id": "c2"}),
        ({}, {"exp": int(NOW.timestamp())}),
    ],
    ids=str,
)
def test_whatever_else_bears_our_signature_is_refused(endpoints: Endpoints, header, changes):
    """JOS-08, RFC 8725 §3.11: type, issuer, audience, grant, client and time must all be right."""
    token = decoded(endpoints, issued(endpoints))
    right = {"alg": "ES256", "typ": "at+jwt"}
    assert endpoints.userinfo(sign(endpoints, right, dict(token.claims))).status == 200
    assert endpoints.userinfo(sign(endpoints, right | header, dict(token.claims) | changes)).status == 401


@pytest.mark.parametrize("value", ["a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000, ""])
def test_find_takes_nothing_that_is_not_ours(endpoints: Endpoints, value: str):
    """JOS-01, JOS-06: garbage is nobody's token, and never a failure."""
    signed = SignedTokens(issuer=ISSUER, keys=endpoints.keys)
    access_tokens = AccessTokens(signed=signed, tokens=SystemTokens())
    with endpoints.database.transaction() as tx:
        assert access_tokens.find(tx, value, now=NOW) is None


def test_access_token_of_a_previous_key_still_opens(endpoints: Endpoints):
    """Rotation voids nothing: the old key stays published."""
    token = issued(endpoints)
    with endpoints.database.transaction() as tx:
        endpoints.keys.rotate(tx, "ES256")
    assert endpoints.userinfo(token).status == 200
    assert decoded(endpoints, issued(endpoints)).header["kid"] != decoded(endpoints, token).header["kid"]


def test_user_info_tells_the_present_level(endpoints: Endpoints):
    """policy.md §3, Later: where `acr` was asked for at UserInfo it is computed again."""
    wish = asked(claims='{"userinfo":{"acr":null}}', acr_values=MFA)
    token = endpoints.redeem(endpoints.code(wish)).json()["access_token"]
    assert endpoints.userinfo(token).json()["acr"] == MFA
    endpoints.clock.at = NOW + timedelta(minutes=9)
    assert endpoints.userinfo(token).json()["acr"] == MFA


def test_user_info_of_a_level_that_is_gone_is_refused(endpoints: Endpoints):
    """No level to tell is no token: whose proofs were all removed is nobody any more."""
    wish = asked(claims='{"userinfo":{"acr":null}}', acr_values=MFA)
    token = endpoints.redeem(endpoints.code(wish)).json()["access_token"]
    with endpoints.database.transaction() as tx:
        for name in ("p1", "k1"):
            credentials.remove_credential(tx, name, "u1")
    assert endpoints.userinfo(token).status == 401


def test_a_signature_that_was_checked_counts_while_its_key_is_published(endpoints: Endpoints):
    """JOS-08: what is remembered of a token is that these keys have signed it, and nothing of whether it is good."""
    tokens = [issued(endpoints) for _ in range(3)]
    assert [endpoints.userinfo(token).status for token in (*tokens, *tokens)] == [200] * 6
    assert endpoints.userinfo(tokens[0][:-4] + tokens[1][-4:]).status == 401
    assert endpoints.revoke(tokens[0]).status == 200
    assert [endpoints.userinfo(token).status for token in tokens] == [401, 200, 200]
    with endpoints.database.transaction() as tx:
        endpoints.keys.retire(tx, endpoints.keys.signing_key(tx, "ES256").kid)
    assert [endpoints.userinfo(token).status for token in tokens] == [401] * 3


def test_a_signature_that_was_checked_makes_no_token_last_longer(endpoints: Endpoints):
    """RFC 9068 §4: `exp` is looked at each time."""
    token = issued(endpoints)
    assert endpoints.userinfo(token).status == 200
    endpoints.clock.at = NOW + timedelta(minutes=10)
    assert endpoints.userinfo(token).status == 401
