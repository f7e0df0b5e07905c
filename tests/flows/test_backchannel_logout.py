"""Applications are told that a session has ended: those that were in it, of that one alone, whatever ended it."""

from collections.abc import Callable, Iterator

import pytest

from idp.cli import restoring
from idp.oidc import hints
from idp.records.audit import store as audit
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage, State
from tests.support.admin_api import robot
from tests.support.afterwards import amend, is_signed_in, logout_url
from tests.support.browser import Browser
from tests.support.gateway import HANGS, LOST, Answer
from tests.support.logouts import Listener, listening
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.recovery import choose, report, report_link, reset_link
from tests.support.relying_party import RelyingParty, Tokens

SESSIONS = "/account/sessions"
MFA = "urn:idp:acr:mfa"
DAY = 86_400


@pytest.fixture
def listener(provider: Provider, bank: RelyingParty) -> Iterator[Listener]:
    """The bank, which wishes to know."""
    with listening(provider, bank) as it:
        yield it


def sent(provider: Provider, state: State | None = None) -> tuple[OutboxMessage, ...]:
    """Return the sign-outs in the outbox."""
    with provider.database.transaction() as tx:
        found = outbox.list_messages(tx, limit=100, state=state)
    return tuple(message for message in found if message.channel == "logout")


def sign_out(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """Sign out as a relying party asks for it."""
    assert browser.get(logout_url(provider, id_token_hint=tokens.id_token)).status == 200
    assert not is_signed_in(provider, browser)


def test_logout_is_told_to_whoever_was_in_the_session(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """§2.4: `sub` and `sid` are those of the ID token, signed as it is; nobody learns of another session (§2.7)."""
    elsewhere = provider.sign_in(provider.browser(), bank, bob)
    tokens = provider.sign_in(browser, bank, bob)
    with listening(provider, provider.parties["shop"]) as shop, listening(provider, provider.parties["third"]) as third:
        shopping = provider.sign_in(browser, provider.parties["shop"], bob)
        sign_out(provider, browser, tokens)
        (told,) = listener.heard()
        assert (told["sub"], told["sid"]) == (tokens.claims["sub"], tokens.claims["sid"])
        assert listener.checked(listener.server.told[0])[1]["kid"] == tokens.header["kid"]
        assert shop.sessions() == [shopping.claims["sid"]] == [tokens.claims["sid"]]
        assert third.heard() == []
    assert elsewhere.claims["sid"] != told["sid"]
    assert listener.sessions() == [told["sid"]], "each is told once"
    assert {message.state for message in sent(provider)} == {State.SENT}


def test_nothing_is_written_for_whoever_does_not_listen(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """An application without an address costs no row."""
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    assert sent(provider) == ()


def test_logout_token_is_no_id_token(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """JOS-08: as a hint, or where an ID token is looked for, it is nothing."""
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    assert listener.heard()
    token = listener.server.told[0].body.decode().removeprefix("logout_token=")
    assert hints.read(token, issuer=provider.issuer, public_jwks=bank.get("/jwks").json()) is None
    assert bank.userinfo(token).status == 401
    provider.sign_in(browser, bank, bob)
    assert "Sign out?" in browser.get(logout_url(provider, id_token_hint=token)).text


def test_es256_client_is_told_with_es256(provider: Provider, browser: Browser, bob: Person) -> None:
    """§2.6: the algorithm is that of the client's ID tokens."""
    amend(provider, "shop", id_token_signed_response_alg="ES256")
    shop = provider.parties["shop"]
    shop.alg = "ES256"
    with listening(provider, shop) as listener:
        sign_out(provider, browser, provider.sign_in(browser, shop, bob))
        assert len(listener.heard()) == 1


def at_account(provider: Provider, browser: Browser, person: Person) -> None:
    browser.follow(browser.submit(browser.get(SESSIONS), button="end-all"))


def elsewhere(provider: Provider, browser: Browser, person: Person) -> None:
    provider.advance(31)
    other = provider.browser()
    provider.sign_in(other, provider.parties["shop"], person, acr_values=MFA)
    other.follow(other.submit(other.get(SESSIONS), button="end-others"))


def by_administrator(path: str) -> Callable[[Provider, Browser, Person], None]:
    def does(provider: Provider, _: Browser, person: Person) -> None:
        robot(provider).do("POST", f"/people/{person.id}/{path}")

    return does


def one_by_administrator(provider: Provider, _: Browser, person: Person) -> None:
    api = robot(provider)
    (found,) = api.get("/sessions", person=person.username)["items"]
    api.do("DELETE", f"/sessions/{found['id']}")


def by_reset(provider: Provider, _: Browser, person: Person) -> None:
    assert choose(provider.browser(), reset_link(provider, person)).status == 200


def by_report(provider: Provider, _: Browser, person: Person) -> None:
    robot(provider).do("POST", f"/people/{person.id}/reset-factors")
    report(provider.browser(), report_link(provider, f"{person.username}@example.com"))


def by_another(provider: Provider, browser: Browser, _: Person) -> None:
    page = browser.open(provider.parties["shop"].attempt(prompt="login").url)
    page = browser.follow(browser.submit(page, button="not-you"))
    assert provider.people["alice"].identify(browser, page).answer["code"]


def by_restored_backup(provider: Provider, _: Browser, __: Person) -> None:
    for kind in restoring.kinds():
        restoring.void(provider.database, kind, provider.clock.now())


@pytest.mark.parametrize(
    "ends",
    [
        at_account,
        elsewhere,
        by_administrator("end-sessions"),
        by_administrator("disable"),
        by_administrator("reset-factors"),
        one_by_administrator,
        by_reset,
        by_report,
        by_another,
        by_restored_backup,
    ],
    ids=[
        "account",
        "elsewhere",
        "all by staff",
        "disabled",
        "factors reset",
        "one by staff",
        "reset",
        "report",
        "other",
        "restored",
    ],
)
def test_whatever_ends_a_session_is_told(
    provider: Provider,
    browser: Browser,
    bob: Person,
    bank: RelyingParty,
    listener: Listener,
    ends: Callable[[Provider, Browser, Person], None],
) -> None:
    """§2.5: once, in the transaction that ends it."""
    session = provider.sign_in(browser, bank, bob, acr_values=MFA).claims["sid"]
    ends(provider, browser, bob)
    assert not is_signed_in(provider, browser) or ends is by_another
    assert listener.sessions() == [session]


def test_session_that_expires_is_not_told(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """No moment ends it; whoever signs in again in that browser begins another one."""
    provider.sign_in(browser, bank, bob)
    provider.advance(40 * DAY)
    provider.do("purge")
    provider.sign_in(browser, bank, bob)
    assert listener.heard() == []


def test_session_that_does_not_end_is_not_told(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """What is rolled back was never written."""
    tokens = provider.sign_in(browser, bank, bob)
    with provider.broken("audit_events", "INSERT"):
        assert browser.get(logout_url(provider, id_token_hint=tokens.id_token)).status == 500
    assert is_signed_in(provider, browser)
    assert sent(provider) == ()


@pytest.mark.parametrize(
    "fault",
    [Answer(500), Answer(503), Answer(302, headers={"Location": "/elsewhere"}), Answer(201), Answer(404), LOST],
    ids=["500", "503", "redirect", "201", "404", "lost"],
)
def test_what_was_not_taken_comes_again(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener, fault: Answer
) -> None:
    """§2.8: only 200 and 204 are a yes; each try has a new token of the same `jti`, and no redirect is followed."""
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    listener.server.script = [fault, Answer(204)]
    assert len(listener.heard()) == 1
    assert len(listener.heard()) == 1, "not at once"
    provider.advance(300)
    first, second = listener.heard()
    assert first["jti"] == second["jti"]
    assert second["iat"] >= first["iat"] + 300
    provider.advance(300)
    assert len(listener.heard()) == 2


def test_refusal_is_final_and_seen(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """§2.8: 400 is not asked again; it is among what was given up, in the trail, and can be tried by hand."""
    listener.server.usual = Answer(400)
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    listener.heard()
    provider.advance(DAY)
    assert len(listener.heard()) == 1
    api = robot(provider)
    (dead,) = api.get("/delivery/messages", state="dead")["items"]
    assert (dead["channel"], dead["to"], dead["reason"]) == ("logout", "bank", "http_400")
    with provider.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=5, name="delivery.logout.failed")
    assert (event.client_id, event.details["reason"]) == ("bank", "http_400")
    listener.server.usual = Answer(200)
    api.do("POST", f"/delivery/messages/{dead['id']}/retry")
    first, second = listener.heard()
    assert first["jti"] == second["jti"] == dead["id"]
    assert api.get("/delivery/messages", state="dead")["items"] == []


def test_what_nobody_takes_is_given_up_after_a_week(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """Until then it is tried, rarely; whoever looks after applications sees how it stands."""
    listener.server.usual = Answer(503)
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    for _ in range(4):
        listener.heard()
        provider.advance(600)
    (channel,) = [each for each in robot(provider).get("/delivery/channels") if each["name"] == "logout"]
    assert (channel["gateway"], channel["waiting"], channel["failures"]) == ("back-channel", 1, 4)
    provider.advance(8 * DAY)
    listener.heard()
    assert [message.reason for message in sent(provider, State.DEAD)] == ["expired"]


def test_one_that_hangs_holds_up_no_other(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """After a few tries it is left alone by itself, whatever else is on its way to it."""
    shop = provider.parties["shop"]
    listener.server.usual = HANGS
    with listening(provider, shop) as other:
        for _ in range(5):
            lonely = provider.browser()
            provider.sign_in(lonely, bank, bob)
            sign_out(provider, lonely, provider.sign_in(lonely, shop, bob))
        assert len(other.heard()) == 5
        assert len(listener.server.told) == 3
        provider.advance(10)
        listener.heard()
        assert len(listener.server.told) == 3


def test_message_survives_the_process_that_wrote_it(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """The outbox is the database's: another process sends what one has left, signed with the key of that moment."""
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    other = provider.restarted()
    assert other.deliver() == 1
    assert provider.deliver() == 0
    assert len(listener.heard()) == 1


def test_client_that_is_gone_is_not_told(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, listener: Listener
) -> None:
    """Whoever no longer listens is asked nothing, and a successor of the same id learns nothing (ENR-25)."""
    sign_out(provider, browser, provider.sign_in(browser, bank, bob))
    amend(provider, "bank", backchannel_logout_uri="")
    assert listener.heard() == []
    assert [message.reason for message in sent(provider)] == ["unregistered"]
