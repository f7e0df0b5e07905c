"""Cookies, what a request tells about its browser, and CSRF."""

from datetime import timedelta

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from idp.core.errors import ForbiddenError
from idp.core.secrets import SecretKeys
from idp.web.cookies import CookieChange, Cookies, Jar
from idp.web.csrf import Csrf
from idp.web.current import browser
from idp.web.languages import Wanted
from tests.web.kit import KEYS

ISSUER = "https://id.example"


def a_request(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    builder = EnvironBuilder(method="POST", headers=named, environ_overrides={"idp.address": "192.0.2.7"})
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("https://id.example", "__Host-idp_session"),
        ("http://localhost:8000", "idp_session_8000"),
        ("http://localhost", "idp_session_80"),
    ],
)
def test_cookie_names_follow_the_issuer(issuer: str, name: str) -> None:
    """`__Host-` on https; on loopback the port, as ports share one jar (surface.md)."""
    assert Cookies(issuer).name(Jar.SESSION) == name


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            CookieChange(jar=Jar.SESSION, value="abc"),
            "__Host-idp_session=abc; Secure; HttpOnly; Path=/; SameSite=Lax",
        ),
        (
            CookieChange(jar=Jar.DEVICE, value="abc", lasts=timedelta(days=1)),
            "__Host-idp_device=abc; Expires=",
        ),
    ],
    ids=["with the browser", "for a day"],
)
def test_cookies_are_set_with_their_attributes(change: CookieChange, expected: str) -> None:
    """Path=/, HttpOnly, SameSite=Lax, Secure on https; no Domain ever."""
    response = Response()
    Cookies(ISSUER).apply(response, [change])
    header = response.headers["Set-Cookie"]
    assert header.startswith(expected)
    assert "Domain" not in header


def test_cookies_are_deleted_by_an_empty_value() -> None:
    """Deleting keeps the attributes, or a `__Host-` cookie stays."""
    response = Response()
    Cookies(ISSUER).apply(response, [CookieChange(jar=Jar.LOGIN, value="", lasts=timedelta(days=9))])
    assert "Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax" in response.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("__Host-idp_session=abc", "abc"),
        ("__Host-idp_session=abc; __Host-idp_session=abc", "abc"),
        ("__Host-idp_session=abc; __Host-idp_session=def", ""),
        ("__Host-idp_session=", ""),
        ("__Host-idp_session=a b", ""),
        ("__Host-idp_session=" + "a" * 300, ""),
        ("idp_session=abc", ""),
        ("", ""),
    ],
)
def test_cookies_that_are_not_ours_count_as_absent(header: str, value: str) -> None:
    """A cookie sent twice, malformed or under another name is no cookie (SES-22)."""
    assert Cookies(ISSUER).brought(header).get(Jar.SESSION, "") == value


def test_browser_is_what_the_request_tells() -> None:
    """Cookies, address and agent; texts are bounded."""
    seen = browser(
        a_request(Cookie="__Host-idp_device=d", User_Agent="x" * 900, Accept_Language="ja, en;q=0.5, fr;q=0"),
        Cookies(ISSUER),
    )
    assert (seen.device, seen.session, seen.address, len(seen.user_agent), seen.wants) == (
        "d",
        "",
        "192.0.2.7",
        300,
        Wanted(anywhere=("ja", "en")),
    )
    assert "=d" not in repr(seen)


CSRF = Csrf(keys=KEYS, issuer=ISSUER)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://id.example"}, {"Sec_Fetch_Site": "same-origin", "Origin": "https://id.example"}],
    ids=["no origin", "own origin", "same site"],
)
def test_csrf_accepts_our_own_pages(headers: dict[str, str]) -> None:
    """An absent Origin is judged by the token alone."""
    CSRF.check(a_request(**headers), token=CSRF.token("secret"), secret="secret")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://id.example"},
        {"Origin": "https://id.example", "Sec_Fetch_Site": "cross-site"},
    ],
    ids=["foreign", "null", "other scheme", "cross-site"],
)
def test_csrf_refuses_another_site_even_with_a_token(headers: dict[str, str]) -> None:
    """A good token from a foreign page is refused (SES-04, SES-05)."""
    with pytest.raises(ForbiddenError):
        CSRF.check(a_request(**headers), token=CSRF.token("secret"), secret="secret")


@pytest.mark.parametrize(
    ("token", "secret"),
    [
        ("", "secret"),
        ("0" * 64, "secret"),
        (CSRF.token("another"), "secret"),
        (CSRF.token(""), ""),
        (Csrf(keys=SecretKeys(["another key altogether, also long"]), issuer=ISSUER).token("secret"), "secret"),
    ],
    ids=["none", "made up", "of another browser", "of no browser", "of another provider"],
)
def test_csrf_refuses_a_token_that_is_not_of_this_browser(token: str, secret: str) -> None:
    """The token is bound to the cookie's secret."""
    with pytest.raises(ForbiddenError):
        CSRF.check(a_request(), token=token, secret=secret)
