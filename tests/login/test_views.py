"""The interaction's URL: who may open it, what may be posted, how pages are made."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.core.errors import BusyError
from idp.login.lane import Lane
from tests.login.kit import ISSUER, MFA, Desk, Make, identify, password_of, start, told


def test_another_browser_is_not_told_whether_it_exists(desk: Desk) -> None:
    """The id opens nothing: absent, foreign and invented are all 404 (SES-03, ACR-10)."""
    page = start(desk.browser())
    other = desk.browser()
    assert other.get(page.url).status == 404
    start(other)
    assert other.get(page.url).status == 404
    for invented in ("x" * 32, "a%00b", "%ff", "..%2f", "é", "x" * 500):
        assert other.get(f"/login/{invented}").status == 404


def test_another_browser_cannot_answer(desk: Desk) -> None:
    """A code given from another jar is refused before it is looked at (ACR-10)."""
    browser, other = desk.browser(), desk.browser()
    page = start(browser)
    start(other)
    _form, url, entries = browser.fill(page, {"username": "alice", "password": "x"}, button="login-submit")
    assert other.post(url, entries).status == 404
    assert desk.failures("password", "alice") == 0


@pytest.mark.parametrize(
    ("site", "headers"),
    [("https://evil.test", {}), ("null", {}), (None, {"Sec-Fetch-Site": "cross-site"})],
    ids=["foreign", "null", "cross-site"],
)
def test_a_foreign_page_cannot_post(desk: Desk, site: str | None, headers: dict[str, str]) -> None:
    """Login CSRF: 403, and no session is set (SES-04)."""
    browser = desk.browser()
    page = start(browser)
    _, url, entries = browser.fill(page, {"username": "alice", "password": password_of("alice")}, button="login-submit")
    reply = browser.post(url, entries, site=site, headers=headers)
    assert reply.status == 403
    assert reply.set_cookies == []
    assert desk.finisher.finishings == []


def test_a_post_without_token_is_refused(desk: Desk) -> None:
    """An absent Origin is judged by the token alone."""
    browser = desk.browser()
    page = start(browser)
    fields = {"username": "alice", "password": password_of("alice"), "state": "1"}
    assert browser.post(page.url, fields, site=None).status == 403
    token = start(desk.browser()).document.form_with("csrf_token").control("csrf_token")
    assert token is not None
    assert browser.post(page.url, {**fields, "csrf_token": token.value}).status == 403


def test_looking_changes_nothing(desk: Desk) -> None:
    """HEAD and GET move nothing; other methods are 405 (SES-25)."""
    browser = desk.browser()
    page = start(browser)
    assert browser.get(page.url).status == 200
    assert browser._send("HEAD", page.url, {}, b"", is_lax_allowed=True).status == 200
    assert browser._send("PUT", page.url, {}, b"", is_lax_allowed=True).status == 405
    assert told(identify(browser, page, "alice"))


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("GET", b"", 404), ("POST", b"username=alice&username=bob", 400), ("POST", b"username=%ZZ", 400)],
    ids=["nobody's", "a-field-twice", "no-form"],
)
def test_what_is_no_answer_of_an_interaction_is_refused_by_a_page(
    desk: Desk, method: str, body: bytes, status: int
) -> None:
    """The same page as anywhere else, in the security headers of our own pages."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ISSUER} if body else {}
    page = desk.browser()._send(method, f"{ISSUER}/login/{'x' * 32}", headers, body, is_lax_allowed=True)
    assert page.status == status
    assert page.text.count("<h1") == 1
    assert "form-action 'self'" in page.header("content-security-policy")


def test_an_interaction_ends_after_a_quarter_of_an_hour(desk: Desk) -> None:
    """The page says so and leads back; late answers count nothing."""
    browser = desk.browser()
    page = start(browser)
    desk.clock.pass_(minutes=15)
    late = identify(browser, page, "alice")
    assert late.status == 410
    assert "15 minutes" in late.document.text
    assert told(browser.submit(late)) == {"error": "access_denied"}
    assert desk.failures("password", "alice") == 0


def test_pages_follow_the_house_rules(desk: Desk) -> None:
    """One h1, labels, the stable ids, strict policy, no form-action, no store."""
    browser = desk.browser()
    page = start(browser, login_hint="alice@example.com")
    assert {"username", "password", "login-submit"} <= page.document.ids
    assert page.text.count("<h1") == 1
    assert page.document.text_of("label") == "Username Password"
    assert 'autocomplete="username webauthn"' in page.text
    assert 'value="alice@example.com"' in page.text
    policy = page.header("content-security-policy")
    assert policy.startswith("default-src 'none'")
    assert "form-action" not in policy
    assert page.header("cache-control") == "no-store"


def test_reasons_are_said_in_words(desk: Desk) -> None:
    """A person is told why a step is asked, and for which application (U2)."""
    browser = desk.browser()
    assert "to continue to Bank" in start(browser).document.text
    identify(browser, start(browser), "bob")
    assert "Approve a payment" in start(browser, action="payment.approve").document.text
    assert "The bank asks again before money moves." in start(browser, acr=MFA).document.text


def test_what_people_type_is_escaped(desk: Desk) -> None:
    """A username is text, never markup."""
    browser = desk.browser()
    refused = identify(browser, start(browser), '"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in refused.text


def test_a_full_lane_answers_503_and_counts_nothing(make: Make) -> None:
    """As many hashes as cores and a short queue, then Retry-After; nobody loses an attempt to it."""
    lane = Lane(size=1, queue=0)
    desk = make(lane=lane)
    browser = desk.browser()
    page = start(browser)
    with lane.place():
        busy = identify(browser, page, "alice")
    assert (busy.status, busy.header("retry-after")) == (503, "2")
    assert desk.failures("password", "alice") == 0
    assert told(identify(browser, page, "alice"))


def test_lane_runs_as_many_as_it_has_places_for() -> None:
    """Beyond size and queue it is busy at once, and free again afterwards."""
    lane = Lane(size=1, queue=1)
    with lane.place(), lane.place(), pytest.raises(BusyError), lane.place():
        pass
    with lane.place():
        assert lane.run(lambda: 7) == 7


_TEXT = st.text(max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.one_of(st.sampled_from(["username", "password", "code", "choice"]), _TEXT), _TEXT))
def test_no_form_gives_a_5xx(desk: Desk, fields: dict[str, Any]) -> None:
    """Whatever is posted to an open interaction is answered below 500."""
    browser = desk.browser()
    page = start(browser)
    _, url, entries = browser.fill(page, {}, button="login-submit")
    known = [(name, value) for name, value in entries if name not in fields]
    sent = [
        *known,
        *((n.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass")) for n, v in fields.items()),
    ]
    assert browser.post(url, sent).status < 500
