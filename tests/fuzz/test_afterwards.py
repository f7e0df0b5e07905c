"""No anonymous input gives a 5xx at what comes after the sign-in: refresh, revocation, introspection, logout."""

import base64
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.inputs import BYTES, FUZZ, HEADER, TEXT, encoded, pairs, send
from tests.support.afterwards import may_refresh
from tests.support.browser import FORM
from tests.support.provider import Provider

TOKEN = ("token", "token_type_hint", "client_id", "client_secret", "client_assertion", "refresh_token", "access_token")
LOGOUT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales", "csrf_token")
CREDENTIALS = st.one_of(st.none(), HEADER, st.tuples(TEXT, TEXT))
NEARLY = ["0" * 32 + "." + "a" * 43 + "0" * 64, "0" * 32 + ".", "a.b.c", "..", "e30.e30.", "0" * 32 + "." + "a" * 43]


def headers_of(credentials: object) -> dict[str, str]:
    headers = {"Content-Type": FORM}
    match credentials:
        case str():
            headers["Authorization"] = credentials
        case (str(name), str(secret)):
            raw = f"{name}:{secret}".encode("utf-8", "surrogatepass")
            headers["Authorization"] = "Basic " + base64.b64encode(raw).decode()
    return headers


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
def test_token_endpoints(provider: Provider, path: str) -> None:
    """No form and no header of a stranger fails, or is answered with anything about a token."""

    @FUZZ
    @given(fields=pairs(TOKEN), credentials=CREDENTIALS)
    def check(fields: list[tuple[str, bytes]], credentials: object) -> None:
        page = send(provider, "POST", path, headers=headers_of(credentials), body=encoded(fields))
        assert page.status in {400, 401}

    check()


@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/token"])
def test_token_endpoints_with_credentials(provider: Provider, path: str) -> None:
    """Whatever a known client sends in place of a token is refused, or answered as no token at all."""
    may_refresh(provider, "bank")
    headers = headers_of(("bank", provider.bank.secret))
    name = "refresh_token" if path == "/token" else "token"

    @FUZZ
    @given(value=st.one_of(BYTES, st.sampled_from(NEARLY).map(str.encode)), rest=pairs(("scope", "token_type_hint")))
    def check(value: bytes, rest: list[tuple[str, bytes]]) -> None:
        fields = [("grant_type", b"refresh_token"), (name, value), *rest]
        page = send(provider, "POST", path, headers=headers, body=encoded(fields))
        assert page.status in ({400} if path == "/token" else {200, 400})
        assert page.json() in ({}, {"active": False}) or "error" in page.json()

    check()


def test_logout(provider: Provider) -> None:
    """No query, form or cookie makes a logout fail, and none leads anywhere else."""

    @FUZZ
    @given(fields=pairs(LOGOUT), cookie=HEADER, is_post=st.booleans())
    def check(fields: list[tuple[str, bytes]], cookie: str, is_post: bool) -> None:
        headers = {"Cookie": f"idp_session_8000={cookie}", "Content-Type": FORM}
        ask = partial(send, provider, headers=headers)
        query = encoded(fields)
        page = ask("POST", "/logout", body=query) if is_post else ask("GET", "/logout?" + query.decode())
        assert page.status < 500
        assert not page.location or page.location.startswith(provider.issuer + "/logout")

    check()


@pytest.mark.parametrize("body", [b"\xff\xfe", b"token=\xff", b"%ff=%fe", b"token=%zz", b"=", b"&&&"], ids=repr)
@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/logout"])
def test_body_that_is_not_utf8(provider: Provider, path: str, body: bytes) -> None:
    """authlib.md §3.3: a body that is not UTF-8 is a 4xx, or nothing at all to a page."""
    page = send(provider, "POST", path, headers={"Content-Type": FORM}, body=body)
    assert page.status in ({303, 400} if path == "/logout" else {400, 401})
