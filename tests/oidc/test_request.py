"""The authorization request."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.core.errors import PageError, RedirectError
from idp.oidc.parameters import collect
from idp.oidc.pkce import challenge_of
from idp.oidc.request import AuthorizationRequest, verify_target
from idp.oidc.response import granted
from tests.oidc.kit import CALLBACK, ISSUER, NOW, RIGHT, VERIFIER, a_client, asked, asked_by_pairs, error_of


def page_error(pairs: tuple[tuple[str, str], ...], client=None) -> str:
    with pytest.raises(PageError) as refusal:
        verify_target(collect(pairs), lambda name: (client or a_client()) if name == "c1" else None)
    return refusal.value.error


def changed(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((RIGHT | values).items())


def test_request_that_is_right_is_read_whole():
    """What the answer needs is kept as it was sent."""
    resume = asked().resume
    assert (resume.client_id, resume.redirect_uri, resume.response_mode) == ("c1", CALLBACK, "query")
    assert (resume.state, resume.nonce, resume.scopes) == ("a state", "a nonce", ("openid",))
    assert resume.code_challenge == challenge_of(VERIFIER)
    assert (resume.claims, resume.asked_acr, resume.wants_auth_time) == ("{}", (), False)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_target_given_twice_or_not_at_all_gets_a_page(name):
    """OAU-07: a doubled client or redirection URI is never redirected to."""
    assert page_error((*changed(), (name, RIGHT[name])))
    assert page_error(changed(**{name: ""}))
    assert page_error(changed(**{name: "a\nb"}))


@pytest.mark.parametrize("redirect_uri", ["https://rp1.test/cb/", "https://e.test/cb", "javascript:alert(1)"])
def test_target_unregistered_gets_a_page(redirect_uri):
    """RFC 6749 §4.1.2.1: no redirect to an address that is not the client's."""
    assert page_error(changed(redirect_uri=redirect_uri)) == "invalid_redirect_uri"


def test_target_of_an_unknown_or_disabled_client_gets_a_page():
    """RFC 6749 §4.1.2.1."""
    assert page_error(changed(client_id="bogus")) == "invalid_client"
    assert page_error(changed(), a_client(disabled_at=NOW)) == "invalid_client"


@pytest.mark.parametrize("state", ["a\r\nb", "x" * 5000])
def test_state_that_cannot_be_echoed_gets_a_page(state):
    """OAU-19: exact echo or 400."""
    assert page_error(changed(state=state)) == "invalid_request"


@pytest.mark.parametrize("state", ["emoji 😀", "\"quotes'<>", "a+b%20c&d=e", "x" * 4096])
def test_state_is_kept_exactly(state):
    """RFC 6749 §4.1.2: the exact value received from the client."""
    assert asked(state=state).resume.state == state


@pytest.mark.parametrize("name", sorted(set(RIGHT) - {"client_id", "redirect_uri"}))
def test_parameter_given_twice_is_invalid_request(name):
    """OAU-07, RFC 6749 §3.1: no parameter more than once."""
    with pytest.raises(RedirectError) as refusal:
        asked_by_pairs((*changed(), (name, RIGHT[name])))
    assert refusal.value.error == "invalid_request"


def test_parameter_unknown_is_ignored():
    """RFC 6749 §3.1: unrecognized parameters are ignored."""
    assert asked_by_pairs((*changed(), ("extra", "a"), ("extra", "b"))) == asked()


@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        ("", "invalid_request"),
        ("token", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("code id_token", "unsupported_response_type"),
        ("id_token token", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
        ("CODE", "unsupported_response_type"),
        ('co"de', "unsupported_response_type"),
        ("cöde", "unsupported_response_type"),
    ],
)
def test_response_type_is_code_alone(response_type, error):
    """OAU-17: nothing else has ever been offered."""
    assert error_of(response_type=response_type) == error


def test_response_type_must_be_the_clients():
    """RFC 6749 §4.1.2.1: a client not registered for it is not authorized."""
    assert error_of(a_client(response_types=())) == "unauthorized_client"
    assert error_of(a_client(grant_types=("client_credentials",))) == "unauthorized_client"


@pytest.mark.parametrize("mode", ["fragment", "jwt", "query.jwt", "form_post.jwt", "web_message", "bogus"])
def test_response_mode_unknown_is_refused(mode):
    """OAU-18: only query and form_post."""
    assert error_of(response_mode=mode) == "invalid_request"


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_response_mode_is_kept(mode):
    """OAuth 2.0 Form Post Response Mode §2."""
    assert asked(response_mode=mode).resume.response_mode == mode


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ],
)
def test_request_object_is_told_to_be_unsupported(name, error):
    """OIDC Core 1.0 §6.1, §6.2, §7.2.1: refused by its own error, even when the rest is missing or it is huge."""
    assert error_of(**{name: "x"}) == error
    assert error_of(without=("response_type", "scope"), **{name: "x" * 70000}) == error


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge_method": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": "x" * 44},
        {"code_challenge": "x" * 42 + "="},
        {"code_challenge": "é" * 43},
    ],
    ids=str,
)
def test_pkce_is_required_and_s256(changes):
    """OAU-12, OAU-13, RFC 7636 §4.4.1: absent, plain or malformed is invalid_request."""
    assert error_of(**changes) == "invalid_request"


def test_pkce_may_be_absent_where_an_administrator_allows_it():
    """conformance.md §3: `require_pkce` off; what is sent is checked all the same."""
    client = a_client(require_pkce=False)
    without = asked(client, without=("code_challenge", "code_challenge_method"))
    assert without.resume.code_challenge == ""
    assert asked(client).resume.code_challenge == challenge_of(VERIFIER)
    assert error_of(client, code_challenge_method="plain") == "invalid_request"
    assert error_of(client, without=("code_challenge_method",)) == "invalid_request"
    assert error_of(client, without=("code_challenge",)) == "invalid_request"


def test_pkce_is_required_of_a_public_client_whatever_its_record_says():
    """RFC 9700 §2.1.1: public clients must use PKCE."""
    client = a_client(require_pkce=False, token_endpoint_auth_method="none")
    assert error_of(client, without=("code_challenge", "code_challenge_method")) == "invalid_request"


@pytest.mark.parametrize("scope", ["", "bogus", "offline_access", 'open"id', "openid\\"])
def test_scope_that_grants_nothing_is_invalid(scope):
    """RFC 6749 §3.3, §4.1.2.1."""
    assert error_of(scope=scope) == "invalid_scope"


def test_scope_unknown_is_ignored():
    """RFC 6749 §3.3: fewer scopes than asked for."""
    assert asked(scope="openid bogus email offline_access").resume.scopes == ("openid", "email")


def test_scope_for_offline_use_is_for_clients_that_can_refresh():
    """OIDC Core 1.0 §11: to any other client it means nothing."""
    client = a_client(grant_types=("authorization_code", "refresh_token"))
    assert asked(client, scope="openid offline_access").resume.scopes == ("openid", "offline_access")


def test_scope_without_openid_is_plain_oauth():
    """RFC 6749 alone: no ID token is promised."""
    assert asked(scope="email").resume.scopes == ("email",)


def test_claims_named_singly_are_asked_consent_for():
    """A claim is no way around the consent that its scope would need."""
    request = asked(claims=json.dumps({"userinfo": {"name": None}}))
    assert request.demand.scopes == ("openid", "profile")
    assert request.resume.scopes == ("openid",)


@pytest.mark.parametrize(
    ("client", "changes"),
    [
        (a_client(), {"max_age": "60"}),
        (a_client(default_max_age=60), {}),
        (a_client(require_auth_time=True), {}),
        (a_client(), {"claims": '{"id_token":{"auth_time":{"essential":true}}}'}),
    ],
)
def test_auth_time_is_noted_when_asked_for(client, changes):
    """OIDC Core 1.0 §2: when `auth_time` is required."""
    assert asked(client, **changes).resume.wants_auth_time


ANY_TEXT = st.text() | st.sampled_from(
    ["", " ", "none", "{}", "[]", "null", "\x00", "\ud800", "a.b.c", "[" * 2000, "9" * 40]
)
ANY_PAIR = st.tuples(
    st.sampled_from([*RIGHT, "prompt", "max_age", "claims", "id_token_hint", "request", "x"]), ANY_TEXT
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_PAIR, max_size=6), st.booleans())
def test_request_of_garbage_is_refused_by_page_or_by_redirect(pairs, is_alone):
    """No anonymous input raises anything but the two refusals; whatever is accepted can be stored and echoed."""
    with contextlib.suppress(PageError, RedirectError):
        request = asked_by_pairs(tuple(pairs if is_alone else [*RIGHT.items(), *pairs]))
        assert msgspec.json.decode(msgspec.json.encode(request), type=AuthorizationRequest) == request
        assert granted(request.resume, code="c", issuer=ISSUER).url.isascii()
