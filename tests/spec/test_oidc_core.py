"""OpenID Connect Core 1.0: the authorization code flow."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PROTOCOL = {"iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce", "sid", "at_hash"}


def test_2_id_token_has_what_is_required_and_nothing_of_the_person(signed_in: Browser, bank: RelyingParty) -> None:
    """§2, §5.4: required claims; claims of scopes come from UserInfo in the code flow."""
    attempt = bank.attempt(scope="openid profile email phone address")
    tokens = bank.tokens(attempt, signed_in.get(attempt.url))
    assert set(tokens.claims) == PROTOCOL
    assert isinstance(tokens.claims["aud"], str)
    assert tokens.claims["sub"].isascii()


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_2_id_token_is_signed_as_registered(provider: Provider, signed_in: Browser, alg: str) -> None:
    """§2, §10.1: signed, with a kid that the key set has; `tokens` verifies it."""
    client = provider.add_client("signed", id_token_signed_response_alg=alg)
    client.alg = alg
    attempt = client.attempt()
    assert client.tokens(attempt, signed_in.get(attempt.url)).header["alg"] == alg


def test_2_nonce_is_there_exactly_when_it_was_sent(signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1.2.1, §2: the nonce is passed through unmodified; in the code flow it may be absent."""
    attempt = bank.attempt(without=("nonce",))
    assert "nonce" not in bank.tokens(attempt, signed_in.get(attempt.url)).claims


def test_2_each_id_token_has_its_own_iat(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§2: iat is when the token was issued, auth_time when the person signed in."""
    first, second = (self_tokens(provider, signed_in, bank) for _ in range(2))
    assert second.claims["iat"] == first.claims["iat"] + 5
    assert second.auth_time == first.auth_time


def self_tokens(provider: Provider, browser: Browser, client: RelyingParty):
    provider.advance(5)
    attempt = client.attempt()
    return client.tokens(attempt, browser.get(attempt.url))


def test_3_1_2_1_get_and_post_are_supported(signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1.2.1: servers MUST support GET and POST at the authorization endpoint, also from another site."""
    attempt = bank.attempt()
    fields = parse_qsl(urlsplit(attempt.url).query, keep_blank_values=True)
    moved = signed_in.post("/authorize", fields, site="https://rp1.test")
    assert moved.status == 303
    assert moved.location.startswith(signed_in.origin + "/authorize?")
    assert bank.code(attempt, signed_in.get(moved.location))


def test_3_1_2_1_post_keeps_what_came_twice(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1.2.2: nothing of the request is lost or added on the way."""
    attempt = bank.attempt()
    fields = parse_qsl(urlsplit(attempt.url).query, keep_blank_values=True)
    moved = signed_in.post("/authorize?prompt=none", [*fields, ("nonce", "again")], site=None)
    with provider.nothing_issued():
        assert bank.error(attempt, signed_in.get(moved.location)) == "invalid_request"


def test_3_1_2_1_head_begins_nothing(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """RFC 9110 §9.2.1: a HEAD changes nothing; it is not offered here."""
    from tests.support.transport import InProcess

    with provider.nothing_issued():
        reply = InProcess(provider.wsgi).send("HEAD", bank.attempt().url, [], b"")
    assert reply.status == 405


def test_3_1_2_1_redirect_uri_is_required(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1.2.1: redirect_uri is REQUIRED, though only one is registered."""
    with provider.nothing_issued():
        assert signed_in.get(bank.attempt(without=("redirect_uri",)).url).status == 400


@pytest.mark.parametrize("prompt", ["create", "select_account", "login"])
def test_3_1_2_1_prompt_that_asks_for_the_person_shows_a_page(
    signed_in: Browser, bank: RelyingParty, prompt: str
) -> None:
    """§3.1.2.1: with prompt=login the server SHOULD prompt for reauthentication; the others act alike for now."""
    assert signed_in.open(bank.attempt(prompt=prompt).url).has("password")


@pytest.mark.parametrize(
    "changes",
    [
        {"display": "page"},
        {"display": "popup"},
        {"display": "bogus"},
        {"ui_locales": "se xx-bogus"},
        {"claims_locales": "se"},
        {"login_hint": "bob@example.test"},
        {"scope": "address openid phone"},
    ],
    ids=str,
)
def test_3_1_2_1_hints_never_fail(signed_in: Browser, bank: RelyingParty, changes: dict[str, str]) -> None:
    """§3.1.2.1, §5.2: display, locales and hints are wishes."""
    attempt = bank.attempt(**changes)
    assert bank.code(attempt, signed_in.get(attempt.url))


def test_3_1_2_2_subject_asked_for_is_the_only_one_answered_for(
    provider: Provider, signed_in: Browser, alice: Person, bob: Person, bank: RelyingParty
) -> None:
    """§3.1.2.2, §5.5.1: with a `sub` value the server MUST NOT answer for somebody else."""
    for values, is_answered in (({"value": alice.id}, True), ({"value": bob.id}, False), ({"values": [bob.id]}, False)):
        attempt = bank.attempt(prompt="none", claims=json.dumps({"id_token": {"sub": values}}))
        page = signed_in.get(attempt.url)
        if is_answered:
            assert bank.code(attempt, page)
        else:
            assert bank.error(attempt, page) == "login_required"


def test_3_1_2_2_subject_among_several_is_answered_for(
    provider: Provider, signed_in: Browser, alice: Person, bob: Person, bank: RelyingParty
) -> None:
    """§5.5.1: `values` are alternatives."""
    claims = json.dumps({"id_token": {"sub": {"values": [alice.id, bob.id]}}})
    attempt = bank.attempt(prompt="none", claims=claims)
    assert bank.code(attempt, signed_in.get(attempt.url))
    others = json.dumps({"id_token": {"sub": {"values": [bob.id, "nobody"]}}})
    attempt = bank.attempt(prompt="none", claims=others)
    with provider.no_code_issued():
        assert bank.error(attempt, signed_in.get(attempt.url)) == "login_required"


def test_3_1_2_6_unsupported_request_parameters_have_their_own_errors(
    provider: Provider, signed_in: Browser, bank: RelyingParty
) -> None:
    """§3.1.2.6, §6: request, request_uri and registration are refused by name."""
    for name in ("request", "request_uri", "registration"):
        attempt = bank.attempt(**{name: "https://rp1.test/x"})
        with provider.nothing_issued():
            assert bank.error(attempt, signed_in.get(attempt.url)) == f"{name}_not_supported"


def test_5_3_userinfo_follows_the_scopes(signed_in: Browser, bank: RelyingParty) -> None:
    """§5.3.2, §5.4: sub always; the claims of the scopes that were granted, and no others."""
    attempt = bank.attempt(scope="openid email")
    tokens = bank.tokens(attempt, signed_in.get(attempt.url))
    answer = bank.userinfo(tokens.access_token)
    assert answer.header("content-type").startswith("application/json")
    assert answer.json()["sub"] == tokens.claims["sub"]
    assert set(answer.json()) <= {"sub", "email", "email_verified"}


def test_5_3_userinfo_dies_with_the_person(
    provider: Provider, signed_in: Browser, alice: Person, bank: RelyingParty
) -> None:
    """SES-14: nothing is told about somebody who was disabled."""
    attempt = bank.attempt()
    token = bank.tokens(attempt, signed_in.get(attempt.url)).access_token
    provider.disable(alice)
    assert bank.userinfo(token).status == 401


def test_5_5_claims_are_given_where_they_were_asked_for(signed_in: Browser, bank: RelyingParty) -> None:
    """§5.5: essential and voluntary claims, each in its own place."""
    claims = {"userinfo": {"preferred_username": {"essential": True}, "bogus": None}, "id_token": {"acr": None}}
    attempt = bank.attempt(claims=json.dumps(claims))
    tokens = bank.tokens(attempt, signed_in.get(attempt.url))
    assert set(tokens.claims) == PROTOCOL
    assert set(bank.userinfo(tokens.access_token).json()) == {"sub", "preferred_username"}


def test_5_5_claims_named_singly_need_the_same_consent(
    browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """§5.5, P14: a third party is no nearer to a claim by naming it than by its scope."""
    plain = third_party.attempt(scope="openid")
    page = browser.follow(alice.identify(browser, browser.open(plain.url)))
    third_party.code(plain, browser.submit(page, button="consent-allow"))
    claims = json.dumps({"userinfo": {"email": None}})
    assert browser.open(third_party.attempt(scope="openid", claims=claims).url).has("consent-allow")


def test_evidence_is_told_on_request(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """surface.md: with the claim `evidence`, one entry a proof, and nothing that identifies the credential."""
    attempt = bank.attempt(claims=json.dumps({"id_token": {"evidence": None}}))
    tokens = bank.tokens(attempt, signed_in.get(attempt.url))
    assert tokens.claims["evidence"] == [{"factor": "password", "time": tokens.auth_time}]
