"""oidcc-basic-certification-test-plan: 38 modules (conformance.md §2, Basic)."""

import base64
import json
import math
from collections import Counter

import pytest

from tests.conformance.kit import CALLBACK, OFFLINE, PROFILE, Check, Suite
from tests.support.afterwards import refresh
from tests.support.browser import FORM

USUAL = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid", "azp"}
SCOPES = {
    "profile": {*PROFILE} - {"address"} | {"name", "preferred_username", "updated_at"},
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}


def entropy(text: str) -> float:
    """Return the suite's estimate: Shannon's entropy of the characters, times their number."""
    counts = Counter(text).values()
    return -sum(count * math.log2(count / len(text)) for count in counts)


def server(suite: Suite) -> None:
    """The code flow works; the code is long and random; the ID token holds no profile."""
    attempt = suite.attempt()
    page = suite.walk(suite.browser.get(attempt.url))
    code = suite.basic.code(attempt, page)
    assert len(code) * 6 >= 128
    assert entropy(code) >= 96
    tokens = suite.exchange(attempt, page)
    assert set(tokens.claims) <= USUAL
    assert entropy(tokens.access_token) >= 96
    suite.user_info(tokens)


def response_type_missing(suite: Suite) -> None:
    """Told to the client, or on a page."""
    attempt = suite.attempt(without=("response_type",))
    assert suite.basic.error(attempt, suite.browser.get(attempt.url)) in {
        "invalid_request",
        "unsupported_response_type",
    }


def idtoken_signature(suite: Suite) -> None:
    """RS256 by default, and a kid that the JWKS has."""
    header = suite.sign_in().header
    assert header["alg"] == "RS256"
    assert header["kid"] in {key["kid"] for key in suite.basic.get("/jwks").json()["keys"]}


def idtoken_unsigned(suite: Suite) -> None:
    """Skipped by the suite where `none` is not advertised; it is not."""
    assert "none" not in suite.metadata["id_token_signing_alg_values_supported"]


def userinfo_get(suite: Suite) -> None:
    """The token in the header of a GET."""
    suite.user_info(suite.sign_in())


def userinfo_post_header(suite: Suite) -> None:
    """The token in the header of a POST."""
    header = {"Authorization": f"Bearer {suite.sign_in().access_token}"}
    assert suite.basic.post("/userinfo", {}, headers=header).status == 200


def userinfo_post_body(suite: Suite) -> None:
    """The token in the body of a POST."""
    token = suite.sign_in().access_token
    assert suite.basic.post("/userinfo", {"access_token": token}, headers={"Content-Type": FORM}).status == 200


def without_nonce(suite: Suite) -> None:
    """No nonce is fine in the code flow, and none comes back."""
    assert "nonce" not in suite.sign_in(without=("nonce",)).claims


def scopes(*names: str) -> Check:
    """Claims come from UserInfo, complete and well-formed, and not in the ID token."""

    def check(suite: Suite) -> None:
        assert set(names) <= set(suite.metadata["scopes_supported"])
        tokens = suite.sign_in(scope=" ".join(("openid", *names)))
        expected = set().union(*(SCOPES[name] for name in names))
        claims = suite.user_info(tokens)
        assert expected <= set(claims)
        assert set(claims) <= expected | {"sub", "locale"}
        assert set(tokens.claims) <= USUAL
        _check_types(claims)

    return check


def _check_types(claims: dict[str, object]) -> None:
    for name, value in claims.items():
        kind = {"email_verified": bool, "phone_number_verified": bool, "updated_at": int, "address": dict}
        assert isinstance(value, kind.get(name, str)), name


def alternate_happy_flow(suite: Suite) -> None:
    """Scopes and parameters in another order."""
    attempt = suite.attempt(scope="email profile openid")
    start, _, query = attempt.url.partition("?")
    url = start + "?" + "&".join(reversed(query.split("&")))
    suite.exchange(attempt, suite.walk(suite.browser.get(url)))


def parameter(**changes: str) -> Check:
    """A parameter that must not break anything."""

    def check(suite: Suite) -> None:
        suite.sign_in(**changes)

    return check


def prompt_login(suite: Suite) -> None:
    """The second request forces a visible login, and auth_time is later."""
    first = suite.sign_in()
    suite.provider.advance(2)
    attempt = suite.attempt(prompt="login")
    second = suite.exchange(attempt, suite.walk(suite.must_see_login(attempt)))
    assert second.auth_time > first.auth_time
    assert second.claims["sub"] == first.claims["sub"]


def prompt_none_not_logged_in(suite: Suite) -> None:
    """An error, and no page."""
    attempt = suite.attempt(prompt="none")
    assert suite.basic.error(attempt, suite.browser.get(attempt.url)) == "login_required"


def prompt_none_logged_in(suite: Suite) -> None:
    """Silent success: same person, same auth_time, so the consent was remembered."""
    first = suite.sign_in()
    suite.provider.advance(2)
    second = suite.silent()
    assert (second.claims["sub"], second.auth_time) == (first.claims["sub"], first.auth_time)


def max_age_1(suite: Suite) -> None:
    """After two seconds somebody must act again."""
    first = suite.sign_in()
    suite.provider.advance(2)
    attempt = suite.attempt(max_age="1")
    second = suite.exchange(attempt, suite.walk(suite.must_see_login(attempt)))
    assert second.auth_time >= first.auth_time + 2


def max_age_10000(suite: Suite) -> None:
    """Nobody need act again, and auth_time says since when."""
    first = suite.sign_in(max_age="15000")
    suite.provider.advance(2)
    attempt = suite.attempt(max_age="10000")
    assert suite.exchange(attempt, suite.browser.get(attempt.url)).auth_time == first.auth_time


def id_token_hint(suite: Suite) -> None:
    """prompt=none with a hint succeeds for the same person."""
    first = suite.sign_in()
    second = suite.silent(id_token_hint=first.id_token)
    assert second.claims["sub"] == first.claims["sub"]


def acr_values(suite: Suite) -> None:
    """All supported values are sent, weakest first; the first that can be met is."""
    supported = suite.metadata["acr_values_supported"]
    assert suite.sign_in(acr_values=" ".join(supported)).acr in supported


def code_reuse(*, seconds: float) -> Check:
    """The second time is invalid_grant, and the first token is revoked."""

    def check(suite: Suite) -> None:
        attempt = suite.attempt()
        page = suite.walk(suite.browser.get(attempt.url))
        tokens = suite.exchange(attempt, page)
        suite.user_info(tokens)
        suite.provider.advance(seconds)
        again = suite.basic.redeem(attempt, suite.basic.code(attempt, page), code_verifier="")
        assert (again.status, again.json()["error"]) == (400, "invalid_grant")
        assert suite.basic.userinfo(tokens.access_token).status == 401

    return check


def registered_redirect_uri(suite: Suite) -> None:
    """An address that is not registered gets a page, never a redirect."""
    page = suite.browser.get(suite.attempt(redirect_uri=CALLBACK + "/other").url)
    assert (page.status, page.location) == (400, "")
    assert "That request" in page.text


def post_request(suite: Suite) -> None:
    """POST to the authorization endpoint works."""
    attempt = suite.attempt()
    page = suite.browser.post(suite.provider.issuer + "/authorize", attempt.parameters, site="https://suite.test")
    suite.exchange(attempt, suite.walk(page))


def client_secret_post(suite: Suite) -> None:
    """The happy flow of a client that posts its secret."""
    suite.sign_in(suite.post)


def unsupported(name: str, value: str) -> Check:
    """Told that it is not supported; ignoring it would be a failure."""

    def check(suite: Suite) -> None:
        attempt = suite.attempt(**{name: value})
        assert suite.basic.error(attempt, suite.browser.get(attempt.url)) == f"{name}_not_supported"
        assert suite.metadata[f"{name}_parameter_supported"] is False

    return check


def request_object_with_redirect_uri(suite: Suite) -> None:
    """Neither the object's address nor the other is answered with a code."""
    attempt = suite.attempt(request=unsigned({"redirect_uri": CALLBACK}), redirect_uri=CALLBACK + "/other")
    page = suite.browser.get(attempt.url)
    assert (page.status, page.location) == (400, "")


def unsigned(claims: dict[str, str]) -> str:
    """Return a request object with alg none."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def claims_essential(suite: Suite) -> None:
    """An essential claim for UserInfo is there, and not in the ID token."""
    tokens = suite.sign_in(claims='{"userinfo":{"name":{"essential":true}}}')
    assert suite.user_info(tokens)["name"] == "Pat"
    assert "name" not in tokens.claims


def valid_pkce(suite: Suite) -> None:
    """S256 works for a client that need not use it."""
    attempt = suite.basic.attempt()
    suite.basic.tokens(attempt, suite.walk(suite.browser.get(attempt.url)))


def refresh_token(suite: Suite) -> None:
    """Two clients; refreshed tokens are about the same sign-in; one client's token is no use to the other."""
    first = suite.sign_in(scope=OFFLINE, prompt="consent")
    other = suite.sign_in(suite.second, scope=OFFLINE, prompt="consent")
    token = first.reply["refresh_token"]
    assert entropy(token) >= 128
    suite.provider.advance(2)
    second = suite.read(suite.basic, refresh(suite.basic, token))
    for name in ("iss", "sub", "aud", "auth_time"):
        assert second.claims[name] == first.claims[name], name
    assert second.claims["iat"] > first.claims["iat"]
    assert second.claims.get("azp") == first.claims.get("azp")
    assert second.access_token != first.access_token
    suite.user_info(second)
    foreign = refresh(suite.basic, other.reply["refresh_token"])
    assert (foreign.status, foreign.json()["error"]) == (400, "invalid_grant")


MODULES: dict[str, Check] = {
    "oidcc-server": server,
    "oidcc-response-type-missing": response_type_missing,
    "oidcc-idtoken-signature": idtoken_signature,
    "oidcc-idtoken-unsigned": idtoken_unsigned,
    "oidcc-userinfo-get": userinfo_get,
    "oidcc-userinfo-post-header": userinfo_post_header,
    "oidcc-userinfo-post-body": userinfo_post_body,
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": without_nonce,
    "oidcc-scope-profile": scopes("profile"),
    "oidcc-scope-email": scopes("email"),
    "oidcc-scope-address": scopes("address"),
    "oidcc-scope-phone": scopes("phone"),
    "oidcc-scope-all": scopes("profile", "email", "address", "phone"),
    "oidcc-alternate-happy-flow": alternate_happy_flow,
    "oidcc-display-page": parameter(display="page"),
    "oidcc-display-popup": parameter(display="popup"),
    "oidcc-prompt-login": prompt_login,
    "oidcc-prompt-none-not-logged-in": prompt_none_not_logged_in,
    "oidcc-prompt-none-logged-in": prompt_none_logged_in,
    "oidcc-max-age-1": max_age_1,
    "oidcc-max-age-10000": max_age_10000,
    "oidcc-ensure-request-with-unknown-parameter-succeeds": parameter(extra="foobar"),
    "oidcc-id-token-hint": id_token_hint,
    "oidcc-login-hint": parameter(login_hint="pat"),
    "oidcc-ui-locales": parameter(ui_locales="se ja"),
    "oidcc-claims-locales": parameter(claims_locales="se ja"),
    "oidcc-ensure-request-with-acr-values-succeeds": acr_values,
    "oidcc-codereuse": code_reuse(seconds=0),
    "oidcc-codereuse-30seconds": code_reuse(seconds=30),
    "oidcc-ensure-registered-redirect-uri": registered_redirect_uri,
    "oidcc-ensure-post-request-succeeds": post_request,
    "oidcc-server-client-secret-post": client_secret_post,
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": unsupported(
        "request_uri", "https://suite.test/request.jwt"
    ),
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": unsupported(
        "request", unsigned({"state": "from the object"})
    ),
    "oidcc-ensure-request-object-with-redirect-uri": request_object_with_redirect_uri,
    "oidcc-claims-essential": claims_essential,
    "oidcc-ensure-request-with-valid-pkce-succeeds": valid_pkce,
    "oidcc-refresh-token": refresh_token,
}


@pytest.mark.parametrize("module", MODULES)
def test_basic(suite: Suite, module: str) -> None:
    """Each module of the plan passes."""
    MODULES[module](suite)


def test_plan_is_whole() -> None:
    """The plan has 38 modules."""
    assert len(MODULES) == 38
