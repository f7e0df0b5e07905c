"""RFC 6750, Bearer Token Usage, at UserInfo."""

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def token(provider: Provider, signed_in: Browser, bank: RelyingParty) -> str:
    value: str = bank.redeem(*provider.code(signed_in, bank)).json()["access_token"]
    return value


def test_2_1_header(bank: RelyingParty, token: str) -> None:
    """§2.1: resource servers MUST support the header; the scheme's case does not matter (RFC 9110 §11.1)."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert bank.get("/userinfo", headers={"Authorization": f"{scheme} {token}"}).status == 200


def test_2_2_body(bank: RelyingParty, token: str) -> None:
    """§2.2: the form-encoded body of a POST."""
    assert bank.post("/userinfo", {"access_token": token}).status == 200


def test_2_2_body_of_another_type_is_not_read(bank: RelyingParty, token: str) -> None:
    """§2.2: the content type MUST be form-encoded."""
    headers = {"Content-Type": "text/plain"}
    assert bank.post("/userinfo", {"access_token": token}, headers=headers).status == 401


def test_2_3_query_is_not_read(bank: RelyingParty, token: str) -> None:
    """§2.3, RFC 9700 §4.3.2: tokens in the query SHOULD NOT be used, so they are not."""
    assert bank.get(f"/userinfo?access_token={token}").status == 401


def test_2_one_method_at_a_time(bank: RelyingParty, token: str) -> None:
    """§2: clients MUST NOT use more than one method in each request."""
    answer = bank.post("/userinfo", {"access_token": token}, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert 'error="invalid_request"' in answer.header("www-authenticate")


def test_3_challenge_without_credentials_names_no_error(bank: RelyingParty) -> None:
    """§3, §3.1: 401 MUST include WWW-Authenticate; without credentials no error code."""
    answer = bank.get("/userinfo")
    assert answer.status == 401
    assert answer.header("www-authenticate").startswith("Bearer realm=")
    assert "error" not in answer.header("www-authenticate") + answer.text


def test_3_1_malformed_token(bank: RelyingParty) -> None:
    """§3.1: a malformed request is 400 invalid_request."""
    answer = bank.get("/userinfo", headers={"Authorization": "Bearer a b"})
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_3_1_unknown_token(bank: RelyingParty) -> None:
    """§3.1: an expired, revoked or unknown token is 401 invalid_token."""
    answer = bank.userinfo("bogus")
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.header("www-authenticate")


def test_3_1_insufficient_scope(signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1: a token without the needed scope is 403 insufficient_scope, with the scope that is."""
    attempt = bank.attempt(scope="email")
    reply = bank.redeem(attempt, bank.code(attempt, signed_in.get(attempt.url))).json()
    answer = bank.userinfo(reply["access_token"])
    assert (answer.status, answer.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="openid"' in answer.header("www-authenticate")


def test_5_3_answer_is_not_stored(bank: RelyingParty, token: str) -> None:
    """§5.3: answers that hold personal data are not cached."""
    assert bank.userinfo(token).header("cache-control") == "no-store"
