"""Table F, second part: what happens to codes and tokens after the authorization response."""

import base64

import pytest

from tests.support.browser import FORM, Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt, RelyingParty, basic


def test_oau_09_code_works_once_and_a_replay_ends_what_it_gave(provider: Provider, signed_in: Browser) -> None:
    """OAU-09: the second redemption is `invalid_grant` and the first one's access token dies (RFC 6749 §4.1.2)."""
    attempt, code = provider.code(signed_in, provider.bank)
    first = provider.bank.redeem(attempt, code).json()
    assert provider.bank.userinfo(first["access_token"]).status == 200
    with provider.no_token_issued():
        again = provider.bank.redeem(attempt, code)
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")
    assert provider.bank.userinfo(first["access_token"]).status == 401


def test_oau_09_stranger_cannot_burn_a_code(provider: Provider, signed_in: Browser, shop: RelyingParty) -> None:
    """OAU-09: a failed redemption spends nothing and a replay by somebody else revokes nothing."""
    attempt, code = provider.code(signed_in, provider.bank)
    wrong = (
        lambda: shop.redeem(attempt, code),
        lambda: provider.bank.redeem(attempt, code, redirect_uri="https://rp1.test/other"),
        lambda: provider.bank.redeem(attempt, code, code_verifier="x" * 43),
    )
    with provider.no_token_issued():
        assert [answer().json()["error"] for answer in wrong] == ["invalid_grant"] * 3
    tokens = provider.bank.redeem(attempt, code).json()
    assert [answer().json()["error"] for answer in wrong] == ["invalid_grant"] * 3
    assert provider.bank.userinfo(tokens["access_token"]).status == 200


def test_oau_11_code_lives_a_minute(provider: Provider, signed_in: Browser) -> None:
    """OAU-11: after 61 s the code is worth nothing."""
    attempt, code = provider.code(signed_in, provider.bank)
    provider.advance(61)
    with provider.no_token_issued():
        assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"


def test_oau_11_code_dies_with_the_person(provider: Provider, signed_in: Browser, alice: Person) -> None:
    """OAU-11: a code of somebody who was disabled meanwhile is worth nothing."""
    attempt, code = provider.code(signed_in, provider.bank)
    provider.disable(alice)
    with provider.no_token_issued():
        assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"


def test_oau_11_code_dies_with_the_session(provider: Provider, signed_in: Browser, alice: Person) -> None:
    """OAU-11: a code of a session that was ended meanwhile is worth nothing."""
    attempt, code = provider.code(signed_in, provider.bank)
    provider.end_sessions(alice)
    with provider.no_token_issued():
        assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"


def test_oau_11_code_must_say_where_it_was_sent(provider: Provider, signed_in: Browser) -> None:
    """OAU-11: the redirect URI is part of the redemption (RFC 6749 §4.1.3)."""
    attempt, code = provider.code(signed_in, provider.bank)
    with provider.no_token_issued():
        answer = provider.bank.redeem(attempt, code, redirect_uri="")
    assert (answer.status, answer.json()["error"]) in {(400, "invalid_grant"), (400, "invalid_request")}


@pytest.mark.parametrize("verifier", ["", "x", "x" * 42, "x" * 129, "\u00e9" * 43, "a b" * 20, "x" * 43])
def test_oau_14_verifier_is_required_and_right(provider: Provider, signed_in: Browser, verifier: str) -> None:
    """OAU-14: no verifier, an impossible one and a wrong one are all refused."""
    attempt, code = provider.code(signed_in, provider.bank)
    with provider.no_token_issued():
        answer = provider.bank.redeem(attempt, code, code_verifier=verifier)
    assert (answer.status, answer.json()["error"]) in {(400, "invalid_grant"), (400, "invalid_request")}


def test_oau_14_verifier_without_a_challenge_is_a_downgrade(provider: Provider, signed_in: Browser) -> None:
    """OAU-14: somebody has cut the challenge out of the request (RFC 9700 §4.8.2)."""
    client = provider.add_client("no-pkce", require_pkce=False)
    attempt = client.attempt(without=("code_challenge", "code_challenge_method"))
    code = client.code(attempt, signed_in.get(attempt.url))
    with provider.no_token_issued():
        assert client.redeem(attempt, code).json()["error"] == "invalid_grant"
    assert client.redeem(attempt, code, code_verifier="").status == 200


def test_oau_15_code_of_another_does_not_fit(provider: Provider, signed_in: Browser) -> None:
    """OAU-15: a stolen code brought into one's own sign-in meets one's own verifier."""
    attempt, code = provider.code(signed_in, provider.bank)
    thief = provider.bank.attempt()
    with provider.no_token_issued():
        assert provider.bank.redeem(thief, code).json()["error"] == "invalid_grant"
    assert provider.bank.redeem(attempt, code).status == 200


BAD_CREDENTIALS = {
    "wrong secret": {"Authorization": basic("bank", "wrong")},
    "empty secret": {"Authorization": basic("bank", "")},
    "non-ascii secret": {"Authorization": basic("bank", "s\u00e9cret")},
    "unknown client": {"Authorization": basic("nobody", "x")},
    "non-ascii client": {"Authorization": basic("b\u00e4nk", "x")},
    "not utf-8": {"Authorization": "Basic " + base64.b64encode(b"bank:\xff\xfe").decode()},
    "not base64": {"Authorization": "Basic %%%"},
    "bearer": {"Authorization": "Bearer abc"},
    "none at all": {},
}


@pytest.mark.parametrize("headers", BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS.keys())
def test_oau_32_bad_credentials_look_all_alike(provider: Provider, signed_in: Browser, headers: dict[str, str]) -> None:
    """OAU-32: 401 `invalid_client`, the same for a wrong secret and for a client that does not exist."""
    attempt, code = provider.code(signed_in, provider.bank)
    fields, _ = provider.bank.token_request(attempt, code)
    with provider.no_token_issued():
        answer = provider.bank.post("/token", fields, headers=headers)
    assert (answer.status, answer.json()) == (401, {**answer.json(), "error": "invalid_client"})
    assert answer.header("www-authenticate").startswith("Basic realm=")
    assert (
        answer.reply.body == provider.bank.post("/token", fields, headers=BAD_CREDENTIALS["unknown client"]).reply.body
    )
    assert provider.bank.redeem(attempt, code).status == 200


def test_oau_32_two_methods_at_once_are_refused(provider: Provider, signed_in: Browser) -> None:
    """OAU-32: a client authenticates in one way (RFC 6749 §2.3)."""
    attempt, code = provider.code(signed_in, provider.bank)
    fields, headers = provider.bank.token_request(attempt, code)
    fields |= {"client_id": "bank", "client_secret": provider.bank.secret}
    with provider.no_token_issued():
        answer = provider.bank.post("/token", fields, headers=headers)
    assert answer.status in {400, 401}
    assert answer.json()["error"] in {"invalid_client", "invalid_request"}


def test_oau_32_unregistered_method_is_refused(provider: Provider, signed_in: Browser) -> None:
    """OAU-32: the right secret in a way that the client is not registered for is refused; so is a public client's."""
    attempt, code = provider.code(signed_in, provider.bank)
    fields, _ = provider.bank.token_request(attempt, code)
    with provider.no_token_issued():
        posted = provider.bank.post("/token", fields | {"client_id": "bank", "client_secret": provider.bank.secret})
        nameless = provider.bank.post("/token", fields | {"client_id": "bank"})
    assert posted.json()["error"] == nameless.json()["error"] == "invalid_client"


def test_oau_32_secret_of_another_client_is_refused(provider: Provider, signed_in: Browser, shop: RelyingParty) -> None:
    """OAU-32: each client has its own secrets."""
    attempt, code = provider.code(signed_in, provider.bank)
    fields, _ = provider.bank.token_request(attempt, code)
    with provider.no_token_issued():
        answer = provider.bank.post("/token", fields, headers={"Authorization": basic("bank", shop.secret)})
    assert answer.json()["error"] == "invalid_client"


def test_oau_32_expired_secret_is_refused(provider: Provider, signed_in: Browser) -> None:
    """OAU-32: a secret ends when it was said to."""
    client = provider.add_client("expiring", secret_lasts=3600)
    attempt, code = provider.code(signed_in, client)
    assert client.redeem(attempt, code).status == 200
    provider.advance(3600)
    attempt, code = provider.code(signed_in, client)
    with provider.no_token_issued():
        assert client.redeem(attempt, code).json()["error"] == "invalid_client"


def test_oau_32_disabled_client_is_refused(provider: Provider, signed_in: Browser, shop: RelyingParty) -> None:
    """OAU-32: a disabled client can neither begin nor redeem."""
    attempt, code = provider.code(signed_in, shop)
    provider.disable_client(shop.client_id)
    with provider.no_token_issued():
        assert shop.redeem(attempt, code).json()["error"] == "invalid_client"
        assert signed_in.get(shop.attempt().url).status == 400


def wrong_kinds(provider: Provider, attempt: Attempt, code: str) -> dict[str, str]:
    tokens = provider.bank.redeem(attempt, code).json()
    return {
        "id_token": tokens["id_token"],
        "code": code,
        "secret": provider.bank.secret,
        "prefix": tokens["access_token"][:-1],
        "longer": tokens["access_token"] + "x",
        "case": tokens["access_token"].swapcase(),
        "empty": "",
    }


def test_oau_36_wrong_kind_of_token_opens_nothing(provider: Provider, signed_in: Browser) -> None:
    """OAU-36: only an access token opens UserInfo; all else is 401 `invalid_token`."""
    attempt, code = provider.code(signed_in, provider.bank)
    for kind, token in wrong_kinds(provider, attempt, code).items():
        answer = provider.bank.userinfo(token)
        assert answer.status == 401, kind
        assert answer.header("www-authenticate").startswith("Bearer"), kind
        assert b"sub" not in answer.reply.body, kind


def test_oau_36_token_ends_after_ten_minutes(provider: Provider, signed_in: Browser) -> None:
    """OAU-36: an access token is worth nothing once it has expired."""
    attempt, code = provider.code(signed_in, provider.bank)
    token = provider.bank.redeem(attempt, code).json()["access_token"]
    provider.advance(601)
    answer = provider.bank.userinfo(token)
    assert (answer.status, 'error="invalid_token"' in answer.header("www-authenticate")) == (401, True)


def test_oau_36_token_in_the_address_is_not_read(provider: Provider, signed_in: Browser) -> None:
    """OAU-36: a bearer token in a URL would be in every log (RFC 9700 §4.3.2)."""
    attempt, code = provider.code(signed_in, provider.bank)
    token = provider.bank.redeem(attempt, code).json()["access_token"]
    assert provider.bank.get(f"/userinfo?access_token={token}").status == 401


@pytest.mark.parametrize("method", ["header", "post header", "body"])
def test_oau_36_right_token_opens_in_each_way(provider: Provider, signed_in: Browser, method: str) -> None:
    """The three ways that conformance tries: GET and POST with a header, POST with a body."""
    attempt, code = provider.code(signed_in, provider.bank)
    token = provider.bank.redeem(attempt, code).json()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    answers = {
        "header": lambda: provider.bank.get("/userinfo", headers=header),
        "post header": lambda: provider.bank.post("/userinfo", {}, headers=header | {"Content-Type": FORM}),
        "body": lambda: provider.bank.post("/userinfo", {"access_token": token}),
    }
    assert answers[method]().status == 200
