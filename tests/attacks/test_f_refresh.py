"""Table F: refresh tokens, introspection, revocation, logout; and what they must never make of a level."""

import time
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from idp.records.bundles import store as bundles
from idp.records.clients import store as clients
from idp.records.consents import store as consents
from idp.records.users import store as users
from tests.support.afterwards import (
    BYE,
    OFFLINE,
    amend,
    introspect,
    is_signed_in,
    logout_url,
    may_refresh,
    offline,
    refresh,
    revoke,
)
from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens

MFA = "urn:idp:acr:mfa"
AAL1 = "urn:idp:acr:1fa"
INACTIVE = {"active": False}


@pytest.fixture
def tokens(provider: Provider, browser: Browser, bank: RelyingParty, alice: Person) -> Tokens:
    """Alice's tokens at the bank, with offline access."""
    return offline(provider, browser, bank, alice)


def refused(page: Page, error: str = "invalid_grant") -> None:
    assert (page.status, page.json()["error"]) == (400, error), page
    assert not {"access_token", "refresh_token", "id_token"} & set(page.json())


@pytest.mark.parametrize("seconds", [11, 86400])
def test_oau_26_reuse_ends_the_family(provider: Provider, bank: RelyingParty, tokens: Tokens, seconds: float) -> None:
    """OAU-26: the first token again, after its successor has been used and before."""
    first = tokens.reply["refresh_token"]
    second = refresh(bank, first).json()
    provider.advance(seconds)
    refused(refresh(bank, first))
    refused(refresh(bank, second["refresh_token"]))
    assert bank.userinfo(second["access_token"]).status == 401
    assert bank.userinfo(tokens.access_token).status == 401


def test_oau_26_reuse_after_the_successor_was_used(bank: RelyingParty, tokens: Tokens) -> None:
    """OAU-26: once the successor has been used, no time is too short."""
    first = tokens.reply["refresh_token"]
    third = refresh(bank, refresh(bank, first).json()["refresh_token"]).json()
    refused(refresh(bank, first))
    refused(refresh(bank, third["refresh_token"]))


def test_oau_27_race_leaves_one_branch(bank: RelyingParty, tokens: Tokens) -> None:
    """OAU-27: twenty at once; every answer is the same, so there is one live successor."""
    replies, gate = [], Barrier(20)

    def present() -> None:
        gate.wait()
        replies.append(refresh(bank, tokens.reply["refresh_token"]))

    threads = [Thread(target=present) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = {reply.reply.body for reply in replies if reply.status == 200}
    assert len(bodies) == 1
    assert {reply.status for reply in replies} <= {200, 503}
    assert refresh(bank, replies[0].json()["refresh_token"]).status == 200


def test_oau_28_order_is_kept_within_a_second_and_over_a_restart(
    provider: Provider, bank: RelyingParty, tokens: Tokens
) -> None:
    """OAU-28: what was rotated twice within one second is old for every process."""
    first = tokens.reply["refresh_token"]
    third = refresh(bank, refresh(bank, first).json()["refresh_token"]).json()["refresh_token"]
    other = provider.restarted()
    try:
        refused(refresh(other.bank, first))
        refused(refresh(other.bank, third))
    finally:
        other.close()


def test_oau_30_one_sign_in_is_no_other(provider: Provider, bank: RelyingParty, tokens: Tokens, bob: Person) -> None:
    """OAU-30: each sign-in has its own family; ending one leaves the others."""
    others = offline(provider, provider.browser(), bank, bob)
    assert revoke(bank, tokens.reply["refresh_token"]).status == 200
    refused(refresh(bank, tokens.reply["refresh_token"]))
    assert refresh(bank, others.reply["refresh_token"]).status == 200


def test_oau_30_family_ends_for_good(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """OAU-30: rotating does not move the absolute end."""
    token = tokens.reply["refresh_token"]
    for _ in range(3):
        provider.advance(29 * 86400)
        token = refresh(bank, token).json()["refresh_token"]
    provider.advance(3 * 86400)
    refused(refresh(bank, token))


def test_oau_30_token_is_its_clients_own(
    provider: Provider, bank: RelyingParty, third_party: RelyingParty, tokens: Tokens
) -> None:
    """OAU-30: another client, or nobody in particular, gets nothing and ends nothing."""
    may_refresh(provider, "third")
    token = tokens.reply["refresh_token"]
    refused(refresh(third_party, token))
    nameless = bank.post("/token", {"grant_type": "refresh_token", "refresh_token": token})
    named = bank.post("/token", {"grant_type": "refresh_token", "refresh_token": token, "client_id": "bank"})
    assert nameless.status == named.status == 401
    assert refresh(bank, token).status == 200


def withdraw_consent(provider: Provider, person: Person) -> None:
    with provider.database.transaction() as tx:
        assert consents.remove(tx, person.id, "third")


def remove_client(provider: Provider, person: Person) -> None:
    with provider.database.transaction() as tx:
        assert clients.remove(tx, "third")


def disable_client(provider: Provider, person: Person) -> None:
    provider.disable_client("third")


def take_the_scope(provider: Provider, person: Person) -> None:
    amend(provider, "third", scope=("openid", "profile"))


def take_the_grant(provider: Provider, person: Person) -> None:
    amend(provider, "third", grant_types=("authorization_code",))


def disable_person(provider: Provider, person: Person) -> None:
    provider.disable(person)


@pytest.mark.parametrize(
    "event", [withdraw_consent, remove_client, disable_client, take_the_scope, take_the_grant, disable_person]
)
def test_oau_31_token_dies_with_its_authority(
    provider: Provider, browser: Browser, third_party: RelyingParty, alice: Person, event
) -> None:
    """OAU-31: consent, client, registration and person must all still be there."""
    may_refresh(provider, "third")
    attempt = third_party.attempt(scope=OFFLINE)
    page = browser.submit(browser.follow(alice.identify(browser, browser.open(attempt.url))), button="consent-allow")
    token = third_party.tokens(attempt, page).reply["refresh_token"]
    event(provider, alice)
    answer = refresh(third_party, token)
    assert answer.status in {400, 401}, answer
    assert "access_token" not in answer.json()


def test_oau_31_scope_taken_from_the_client_is_gone(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """OAU-31: narrowed, where what remains still makes sense."""
    amend(provider, "bank", scope=("openid", "offline_access"))
    assert refresh(bank, tokens.reply["refresh_token"]).json()["scope"] == "openid offline_access"


DENIED = """
  - id: nobody-suspended
    if: {user.groups: {contains_any: [suspended]}}
    deny: suspended
"""


def test_oau_31_group_that_is_denied_refreshes_no_more(
    provider: Provider, bank: RelyingParty, tokens: Tokens, alice: Person
) -> None:
    """OAU-31: `deny` rules run at refresh and introspection, with what is known of client and person."""
    with provider.database.transaction() as tx:
        live, user = bundles.live(tx), users.get(tx, alice.id)
        assert live is not None
        assert user is not None
        users.save(tx, replace(user, groups=("suspended",)))
    provider.publish(live.text.replace("\nrules:", "\nrules:" + DENIED.rstrip(), 1))
    assert introspect(bank, tokens.access_token).json() == INACTIVE
    refused(refresh(bank, tokens.reply["refresh_token"]))


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_oau_34_introspection_tells_strangers_nothing(
    provider: Provider,
    browser: Browser,
    bank: RelyingParty,
    third_party: RelyingParty,
    alice: Person,
    kind: str,
    form: str,
) -> None:
    """OAU-34: another client learns nothing, a public one and nobody are refused; Accept changes nothing."""
    amend(provider, "bank", access_token_format=form)
    token = offline(provider, browser, bank, alice).reply[kind]
    public = provider.add_client("public", token_endpoint_auth_method="none")
    assert introspect(third_party, token).json() == INACTIVE
    assert introspect(public, token).status == 401
    assert bank.post("/introspect", {"token": token}).status == 401
    headers = {"Accept": "application/token-introspection+jwt"}
    assert bank.post("/introspect", {"token": token}, headers=headers).status == 401
    assert introspect(bank, token).json()["active"] is True


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "bogus"])
def test_oau_35_strangers_revoke_nothing(
    bank: RelyingParty, third_party: RelyingParty, tokens: Tokens, kind: str, hint: str
) -> None:
    """OAU-35: no effect, and one reply for all: unknown, foreign, wrong hint."""
    replies = [revoke(third_party, token, token_type_hint=hint) for token in (tokens.reply[kind], "unknown", "a.b.c")]
    assert {(page.status, page.reply.body) for page in replies} == {(200, b"{}")}
    assert bank.userinfo(tokens.access_token).status == 200
    assert refresh(bank, tokens.reply["refresh_token"]).status == 200


def test_oau_36_refresh_and_id_tokens_open_nothing(bank: RelyingParty, tokens: Tokens) -> None:
    """OAU-36: neither is an access token, at UserInfo, introspection or as each other."""
    for name in ("refresh_token", "id_token"):
        assert bank.userinfo(tokens.reply[name]).status == 401
    assert introspect(bank, tokens.id_token).json() == INACTIVE
    assert "token_type" not in introspect(bank, tokens.reply["refresh_token"]).json()
    for name in ("access_token", "id_token"):
        refused(refresh(bank, tokens.reply[name]))


def test_oau_36_token_for_another_api_opens_nothing_here(
    provider: Provider, browser: Browser, bank: RelyingParty, alice: Person
) -> None:
    """OAU-36: a token that does not name UserInfo does not open it."""
    amend(provider, "bank", audience="https://api.test")
    attempt = bank.attempt(scope="profile")
    page = alice.identify(browser, browser.open(attempt.url))
    token = bank.redeem(attempt, bank.code(attempt, page)).json()["access_token"]
    assert bank.userinfo(token).status == 401


TARGETS = [
    *("https://rp1.test/other", "https://rp2.test/bye", BYE + "/", BYE + "x", BYE + "?a=b", BYE.upper()),
    *("https://rp1.test@e.test/bye", "https://e.test/bye", "//rp1.test/bye", "/bye", "javascript:alert(1)", BYE + "#x"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_oau_39_logout_goes_nowhere_else(
    provider: Provider, browser: Browser, bank: RelyingParty, tokens: Tokens, target: str
) -> None:
    """OAU-39: only a registered address of the hint's client, byte by byte; the person is asked instead."""
    amend(provider, "shop", post_logout_redirect_uris=("https://rp2.test/bye",))
    page = browser.get(logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=target))
    assert (page.location, page.has("logout-yes")) == ("", True)
    done = browser.submit(page, button="logout-yes")
    assert (done.status, done.location) == (200, "")
    assert "e.test" not in done.text


@pytest.mark.parametrize("client_id", ["", "bank"])
def test_oau_39_logout_without_a_hint_goes_nowhere(
    provider: Provider, browser: Browser, tokens: Tokens, client_id: str
) -> None:
    """OAU-39: a name alone proves nobody's wish."""
    named = {"client_id": client_id} if client_id else {}
    page = browser.get(logout_url(provider, post_logout_redirect_uri=BYE, **named))
    assert (page.location, page.has("logout-yes")) == ("", True)
    assert browser.submit(page, button="logout-yes").location == ""


def test_oau_40_nobody_is_signed_out_by_a_stranger(
    provider: Provider, browser: Browser, bank: RelyingParty, tokens: Tokens, bob: Person
) -> None:
    """OAU-40: no hint, the attacker's own hint, GET and POST from another site: a question, and she stays in."""
    attacker = offline(provider, provider.browser(), bank, bob)
    foreign = {"id_token_hint": attacker.id_token, "post_logout_redirect_uri": BYE}
    for fields in ({}, foreign):
        page = browser.get(logout_url(provider, **fields))
        assert (page.status, page.location, page.has("logout-yes")) == (200, "", True)
        posted = browser.post(provider.issuer + "/logout", fields, site="https://evil.test")
        page = browser.follow(posted)
        assert page.has("logout-yes")
    assert is_signed_in(provider, browser)


def test_oau_40_answer_of_a_stranger_is_refused(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """OAU-40, SES-05: the button of our page cannot be pressed from elsewhere."""
    page = browser.get(logout_url(provider))
    _, url, entries = browser.fill(page, {}, button="logout-yes")
    assert browser.post(url, entries, site="https://evil.test").status == 403
    assert browser.post(url, {"csrf_token": "x"}).status == 403
    assert is_signed_in(provider, browser)


def test_ses_11_logout_is_real(provider: Provider, browser: Browser, bank: RelyingParty, tokens: Tokens) -> None:
    """SES-11: the cookie is dead on the server, also for a step-up that had begun; nothing is kept by the browser."""
    waiting = browser.open(bank.attempt(acr_values=MFA, prompt="login").url)
    stolen = browser.jar.copy()
    page = browser.get(logout_url(provider, id_token_hint=tokens.id_token))
    assert page.header("cache-control") == "no-store"
    assert {cookie.name for cookie in browser.jar.held.values()} == {provider.cookie("device")}
    assert not is_signed_in(provider, browser)
    thief = provider.browser()
    thief.jar = stolen
    assert not is_signed_in(provider, thief)
    assert "code=" not in thief.get(bank.attempt().url).location
    again = thief.get(waiting.url)
    assert not again.location.startswith(bank.redirect_uri)


def test_ses_11_step_up_that_had_begun_is_over(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-11: whoever copied the cookies of a step-up that waits for its code has no password behind it any more."""
    tokens = provider.sign_in(browser, provider.bank, bob)
    attempt = provider.bank.attempt(acr_values=MFA)
    waiting = browser.open(attempt.url)
    assert waiting.has("code")
    thief = provider.browser()
    thief.jar = browser.jar.copy()
    browser.get(logout_url(provider, id_token_hint=tokens.id_token))
    with provider.nothing_issued():
        after = thief.follow(bob.give_code(thief, waiting, bob.code(provider.clock.now())))
        assert after.has("password")
        assert not after.location


def test_acr_19_auth_time_is_never_now(
    provider: Provider, browser: Browser, bank: RelyingParty, shop: RelyingParty, bob: Person
) -> None:
    """ACR-19: after an hour, by refresh and by silent sign-in, it is still when he acted; a step-up moves it."""
    first = offline(provider, browser, bank, bob)
    provider.advance(3600)
    assert _claims(bank, refresh(bank, first.reply["refresh_token"]))["auth_time"] == first.auth_time
    attempt = shop.attempt(prompt="none")
    assert shop.tokens(attempt, browser.get(attempt.url)).auth_time == first.auth_time
    raised = provider.sign_in(browser, shop, bob, acr_values=MFA)
    assert raised.auth_time > first.auth_time


def _claims(party: RelyingParty, page: Page):
    reply = page.json()
    return party.checked(reply["id_token"], nonce="", access_token=reply["access_token"])[0]


def test_acr_22_refresh_never_raises(provider: Provider, browser: Browser, bank: RelyingParty, bob: Person) -> None:
    """ACR-22: the session has risen since; the old grant has not."""
    low = offline(provider, browser, bank, bob, acr_values=AAL1)
    assert low.acr == AAL1
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    answer = refresh(bank, low.reply["refresh_token"])
    claims = _claims(bank, answer)
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == (AAL1, ["pwd"], low.auth_time)
    assert introspect(bank, answer.json()["access_token"]).json()["acr"] == AAL1


def test_acr_22_refresh_falls_when_the_evidence_is_old(
    provider: Provider, browser: Browser, bank: RelyingParty, bob: Person
) -> None:
    """ACR-22: past `valid_for` the level is lower, in the ID token, the access token and at introspection alike."""
    high = offline(provider, browser, bank, bob, acr_values=MFA)
    provider.advance(24 * 3600)
    answer = refresh(bank, high.reply["refresh_token"])
    claims = _claims(bank, answer)
    assert claims["acr"] not in {MFA, "phr", "phrh"}
    assert (claims["auth_time"], claims["amr"]) == (high.auth_time, high.claims["amr"])
    assert introspect(bank, answer.json()["access_token"]).json()["acr"] == claims["acr"]


def test_jos_08_tokens_are_not_confused(
    provider: Provider, browser: Browser, bank: RelyingParty, tokens: Tokens
) -> None:
    """JOS-08: an ID token, an access token, a logout token and an assertion each work in one place alone."""
    claims = dict(tokens.claims)
    others = {
        "id token": tokens.id_token,
        "logout token": provider.sign({"alg": "ES256", "typ": "logout+jwt"}, claims | {"events": {}}),
        "assertion": provider.sign(
            {"alg": "ES256", "typ": "JWT"}, {"iss": "bank", "sub": "bank", "exp": time.time() + 60}
        ),
    }
    for name, token in others.items():
        assert bank.userinfo(token).status == 401, name
        assert introspect(bank, token).json() == INACTIVE, name
    for name, hint in {**others, "access token": tokens.access_token}.items():
        if name == "id token":
            continue
        page = browser.get(logout_url(provider, id_token_hint=hint, post_logout_redirect_uri=BYE))
        assert (page.location, page.has("logout-yes")) == ("", True), name
