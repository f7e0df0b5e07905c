"""`/authorize` over HTTP: what never reaches a relying party."""

import pytest

from tests.support.browser import FORM, Browser
from tests.support.provider import Provider
from tests.support.transport import InProcess


def test_authorize_by_head_is_refused(provider: Provider):
    """SES-25: a HEAD begins nothing."""
    reply = InProcess(provider.wsgi).send("HEAD", provider.bank.attempt().url, [], b"")
    assert reply.status == 405
    assert provider.count("interactions") == 0


@pytest.mark.parametrize("path", ["/authorize/", "//authorize"])
def test_authorize_has_one_path(provider: Provider, path: str):
    """Another spelling begins nothing: what discovery names is compared exactly."""
    query = provider.bank.attempt().url.partition("?")[2]
    assert InProcess(provider.wsgi).send("GET", f"http://localhost:8000{path}?{query}", [], b"").status == 404
    assert provider.count("interactions") == 0


def test_authorize_answers_by_redirect_with_the_headers_of_every_page(browser: Browser, provider: Provider):
    """SES-16, SES-17: it is answered at the router, and nothing that pages send is missing."""
    page, other = browser.get(provider.bank.attempt().url), browser.get("/account/")
    names = {name.lower() for name, _ in other.reply.headers} - {"content-type", "location", "set-cookie"}
    assert (page.status, other.status) == (303, 303)
    assert {name: page.header(name) for name in names - {"x-request-id", "content-length"}} == {
        name: other.header(name) for name in names - {"x-request-id", "content-length"}
    }


@pytest.mark.parametrize("query", ["client_id=%ff", "client_id=%zz", "%00=x", "client_id=bank&state=%ed%a0%80"])
def test_authorize_that_is_no_text_gets_a_page(browser: Browser, query: str):
    """Broken escapes and bytes that are not UTF-8 are 400, whatever the method."""
    assert browser.get(f"/authorize?{query}").status == 400
    assert browser.post("/authorize", [], body=query.encode()).status == 400


def test_authorize_by_post_that_grows_too_long_gets_a_page(browser: Browser):
    """The GET that a POST is answered with has the bound of every query."""
    assert browser.post("/authorize", [("state", "é" * 9000)]).status == 400


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
def test_authorize_by_post_of_another_type_carries_nothing(browser: Browser, kind: str):
    """OIDC Core 1.0 §3.1.2.1: form serialisation alone."""
    moved = browser.post("/authorize", [("client_id", "bank")], headers={"Content-Type": kind})
    assert moved.location.endswith("/authorize")


def test_authorize_by_post_reads_its_body_alone(provider: Provider, browser: Browser):
    """OAU-07: the query of a POST does not count."""
    moved = browser.post("/authorize?client_id=shop", [("client_id", "bank")], headers={"Content-Type": FORM})
    assert moved.location == f"{provider.issuer}/authorize?client_id=bank"


def test_authorize_lets_no_script_of_another_origin_in(provider: Provider, signed_in: Browser):
    """SES-17: no CORS header at /authorize, whoever asks."""
    for origin in ("https://rp1.test", "https://evil.test", "null"):
        page = signed_in.get(provider.bank.attempt().url, headers={"Origin": origin})
        assert not [name for name, _ in page.reply.headers if name.lower().startswith("access-control-")]


def test_authorize_answers_are_not_stored(provider: Provider, signed_in: Browser, browser: Browser):
    """SES-16: neither a code nor the way to a page stays in a cache."""
    for page in (signed_in.get(provider.bank.attempt().url), browser.get(provider.bank.attempt().url)):
        assert page.status == 303
        assert "no-store" in page.header("cache-control")
