"""The logout request and the pages around it."""

import pytest

from idp.core.assurance import traits_table
from idp.core.errors import PageError
from idp.login.policies import Policies
from idp.oidc.logout.request import LogoutRequest, parse
from idp.oidc.logout.service import Logout
from idp.records.audit import store as audit
from idp.records.keys.service import KeyRing
from idp.web.current import Browser as WebBrowser
from tests.support.afterwards import BYE, is_signed_in, logout_url, may_refresh, offline, refresh
from tests.support.browser import FORM, Browser
from tests.support.fixtures import alice, bob, browser, filled, make_provider, provider
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

__all__ = ["alice", "bob", "browser", "filled", "make_provider", "provider"]

DONE = "You are signed out"
ASKS = "Sign out?"


def test_parse_ignores_what_is_unknown_and_takes_each_once():
    """RFC 6749 §3.1: unknown parameters are ignored, an empty one counts as omitted."""
    found = parse((("state", "s"), ("bogus", "1"), ("bogus", "2"), ("client_id", ""), ("logout_hint", "alice")))
    assert found == LogoutRequest(state="s")
    assert found.fields() == {"state": "s"}


@pytest.mark.parametrize(
    "pairs",
    [
        (("state", "a"), ("state", "a")),
        (("id_token_hint", "a"), ("id_token_hint", "b")),
        (("state", "a\r\nb"),),
        (("state", "x" * 4097),),
        (("post_logout_redirect_uri", "x" * 2049),),
    ],
    ids=str,
)
def test_parse_refuses_what_cannot_be_read(pairs):
    """Twice, too long, or no text: a page, never a redirect."""
    with pytest.raises(PageError):
        parse(pairs)


def test_logout_with_a_hint_of_this_session_asks_nothing(provider: Provider, browser: Browser, alice: Person):
    """RP-Initiated Logout 1.0 §2: signed out, and back where the client has registered."""
    tokens = offline(provider, browser, provider.bank, alice)
    page = browser.get(
        logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE, state="a b&c=d")
    )
    assert (page.status, page.location) == (303, BYE + "?state=a%20b%26c%3Dd")
    assert not is_signed_in(provider, browser)
    with provider.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=5, name="session.ended")
    assert event.details == {"by": "logout"}


def test_logout_ends_what_was_granted_online(provider: Provider, browser: Browser, alice: Person):
    """P12: access tokens of the session end with it; what was offered for offline use stays."""
    kept = offline(provider, browser, provider.bank, alice)
    ended = provider.sign_in(browser, provider.parties["shop"], alice)
    browser.get(logout_url(provider, id_token_hint=kept.id_token))
    assert provider.bank.userinfo(ended.access_token).status == 401
    assert provider.bank.userinfo(kept.access_token).status == 200
    assert refresh(provider.bank, kept.reply["refresh_token"]).status == 200


def test_logout_takes_the_cookies_and_nothing_else(provider: Provider, browser: Browser, alice: Person):
    """SES-11: session and waiting sign-ins; the device stays known."""
    tokens = provider.sign_in(browser, provider.bank, alice)
    browser.get(logout_url(provider, id_token_hint=tokens.id_token))
    names = {cookie.name for cookie in browser.jar.held.values()}
    assert names == {provider.cookie("device")}


@pytest.mark.parametrize("has_state", [False, True])
def test_logout_without_a_hint_asks(provider: Provider, browser: Browser, alice: Person, has_state: bool):
    """OAU-40: a person is asked, and says yes by a button that scripts find."""
    provider.sign_in(browser, provider.bank, alice)
    page = browser.get(logout_url(provider, **({"state": "s"} if has_state else {})))
    assert page.status == 200
    assert ASKS in page.text
    assert "form-action" not in page.header("content-security-policy")
    assert page.header("cache-control") == "no-store"
    assert is_signed_in(provider, browser)
    done = browser.submit(page, button="logout-yes")
    assert (done.status, DONE in done.text) == (200, True)
    assert not is_signed_in(provider, browser)


def test_logout_of_nobody_says_so(provider: Provider, browser: Browser):
    """There is nothing to ask, and nothing is taken away."""
    browser.open(provider.bank.attempt().url)
    page = browser.get(logout_url(provider))
    assert (page.status, DONE in page.text) == (200, True)
    assert page.set_cookies == []


def test_logout_hint_of_an_earlier_session_asks(provider: Provider, browser: Browser, alice: Person):
    """RP-Initiated Logout 1.0 §2: another session of the same person; then the way back is open."""
    may_refresh(provider, "bank")
    earlier = provider.sign_in(provider.browser(), provider.bank, alice)
    provider.sign_in(browser, provider.bank, alice)
    page = browser.get(logout_url(provider, id_token_hint=earlier.id_token, post_logout_redirect_uri=BYE))
    assert ASKS in page.text
    done = browser.submit(page, button="logout-yes")
    assert (done.status, done.location) == (303, BYE)


def test_logout_hint_after_the_session_leads_back(provider: Provider, browser: Browser, alice: Person):
    """§2: the hint may be old, and somebody may have signed out already."""
    tokens = offline(provider, browser, provider.bank, alice)
    url = logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE)
    provider.advance(3600)
    assert browser.get(url).location == BYE
    assert browser.get(url).location == BYE


@pytest.mark.parametrize("client_id", ["shop", "nobody"])
def test_logout_hint_of_another_client_than_named_asks(
    provider: Provider, browser: Browser, alice: Person, client_id: str
):
    """§2: both must agree."""
    tokens = offline(provider, browser, provider.bank, alice)
    page = browser.get(
        logout_url(provider, id_token_hint=tokens.id_token, client_id=client_id, post_logout_redirect_uri=BYE)
    )
    assert ASKS in page.text
    assert browser.submit(page, button="logout-yes").location == ""


def test_logout_client_that_is_named_twice_over_agrees(provider: Provider, browser: Browser, alice: Person):
    """§2: hint and client_id may both be there."""
    tokens = offline(provider, browser, provider.bank, alice)
    page = browser.get(
        logout_url(provider, id_token_hint=tokens.id_token, client_id="bank", post_logout_redirect_uri=BYE)
    )
    assert page.location == BYE


def test_logout_for_a_disabled_client_asks(provider: Provider, browser: Browser, alice: Person):
    """Whoever is disabled decides nothing and receives nobody."""
    tokens = offline(provider, browser, provider.bank, alice)
    provider.disable_client("bank")
    page = browser.get(logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE))
    assert ASKS in page.text


def test_logout_by_post_goes_to_get(provider: Provider, browser: Browser, alice: Person):
    """§2: both methods; a cross-site POST brings no Lax cookie, and the GET after it does."""
    tokens = offline(provider, browser, provider.bank, alice)
    fields = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": BYE, "state": "s"}
    page = browser.post(provider.issuer + "/logout", fields, site="https://rp1.test")
    assert (page.status, page.location.partition("?")[0]) == (303, provider.issuer + "/logout")
    assert browser.get(page.location).location == BYE + "?state=s"
    assert not is_signed_in(provider, browser)


def test_logout_by_an_empty_post_asks(provider: Provider, browser: Browser, alice: Person):
    """Nothing said is nothing sure."""
    provider.sign_in(browser, provider.bank, alice)
    page = browser.post(provider.issuer + "/logout", {}, site="https://rp1.test")
    assert page.location == provider.issuer + "/logout"
    assert ASKS in browser.get(page.location).text


def test_logout_by_a_post_without_end_is_refused(provider: Provider, browser: Browser):
    """What would not fit an address is no request."""
    page = browser.post(provider.issuer + "/logout", {"bogus": "x" * 40_000})
    assert (page.status, page.location) == (400, "")


@pytest.mark.parametrize(("token", "site"), [("wrong", ""), ("right", "https://evil.test"), ("right", "null")])
def test_logout_answer_must_come_from_our_page(
    provider: Provider, browser: Browser, alice: Person, token: str, site: str
):
    """SES-05: a token bound to this browser's session, from our own origin."""
    provider.sign_in(browser, provider.bank, alice)
    page = browser.get(logout_url(provider))
    _, url, entries = browser.fill(page, {}, button="logout-yes")
    fields = dict(entries) | ({"csrf_token": "0" * 64} if token == "wrong" else {})
    assert browser.post(url, fields, site=site or provider.issuer).status == 403
    assert is_signed_in(provider, browser)


def test_logout_answered_twice_says_the_same(provider: Provider, browser: Browser, alice: Person):
    """A second click finds nobody signed in."""
    provider.sign_in(browser, provider.bank, alice)
    page = browser.get(logout_url(provider))
    _, url, entries = browser.fill(page, {}, button="logout-yes")
    for _ in range(2):
        assert DONE in browser.post(url, entries).text


@pytest.mark.parametrize("query", ["?state=a&state=b", "?state=%ff", "?state=%zz", "?state=%00"])
def test_logout_that_cannot_be_read_is_a_page(provider: Provider, browser: Browser, query: str):
    """400, never a redirect, never a failure."""
    page = browser.get(provider.issuer + "/logout" + query)
    assert (page.status, page.location) == (400, "")


def test_logout_is_not_begun_by_a_head(provider: Provider, browser: Browser, alice: Person):
    """SES-25: whoever only looks ends nothing."""
    tokens = provider.sign_in(browser, provider.bank, alice)
    url = logout_url(provider, id_token_hint=tokens.id_token)
    reply = provider.transport.send("HEAD", url, [("Cookie", browser.jar.header(url)), ("Content-Type", FORM)], b"")
    assert reply.status == 405
    assert is_signed_in(provider, browser)


def test_logout_names_who_asks_only_when_that_is_proved(make_provider: MakeProvider):
    """The page speaks of a client that a hint of ours names, escaped; of nobody else."""
    provider = make_provider(issuer="https://idp.test")
    browser, alice = provider.browser(), provider.people["alice"]
    client = provider.add_client("named", client_name="<b>Named</b>")
    earlier = provider.sign_in(provider.browser(), client, alice)
    provider.sign_in(browser, client, alice)
    assert "&lt;b&gt;Named" in browser.get(logout_url(provider, id_token_hint=earlier.id_token)).text
    assert "Named" not in browser.get(logout_url(provider, client_id="named")).text


def test_logout_hint_about_somebody_else_asks_and_leads_nowhere(
    provider: Provider, browser: Browser, alice: Person, bob: Person
):
    """OAU-40: a hint about another person is not this session's, whoever signed it."""
    others = offline(provider, provider.browser(), provider.bank, bob)
    provider.sign_in(browser, provider.bank, alice)
    page = browser.get(logout_url(provider, id_token_hint=others.id_token, post_logout_redirect_uri=BYE))
    assert ASKS in page.text
    assert browser.submit(page, button="logout-yes").location == ""


def test_logout_ends_a_session_once(provider: Provider, browser: Browser, alice: Person):
    """Of two requests at once the second changes nothing and tells nothing."""
    provider.sign_in(browser, provider.bank, alice)
    keys, policies = KeyRing(clock=provider.clock), Policies(traits=traits_table(), clock=provider.clock)
    service = Logout(issuer=provider.issuer, keys=keys, policies=policies, clock=provider.clock)
    here = WebBrowser(session=next(c.value for c in browser.jar.held.values() if c.name == provider.cookie("session")))
    with provider.database.transaction() as tx:
        leaving = service.look(tx, LogoutRequest(), here)
        assert leaving.session is not None
        for _ in range(2):
            service.end(tx, leaving.session, here)
        assert len(audit.list_events(tx, limit=5, name="session.ended")) == 1
