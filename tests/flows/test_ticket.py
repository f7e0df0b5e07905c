"""Beginning with a ticket: from the link to a signed-in person with a second factor (E8)."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.cli.main import main
from idp.records.users import store as users
from tests.support.browser import Browser, Page
from tests.support.enrolment import held, set_up_totp
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.relying_party import RelyingParty

PAGE = "/account/begin"
NEW = "violet umbrellas forget nothing"
MFA = "urn:idp:acr:mfa"


@pytest.fixture
def erin(provider: Provider) -> Person:
    """She was imported, and has nothing yet."""
    return provider.add_nobody_yet("erin")


def bring(browser: Browser, ticket: str) -> Page:
    return browser.submit(browser.open(PAGE), {"ticket": ticket}, button="begin-submit")


def choose(browser: Browser, page: Page, password: str = NEW) -> Page:
    return browser.submit(page, {"new_password": password}, button="begin-submit")


def test_ticket_leads_to_a_password_and_an_app(
    provider: Provider, browser: Browser, erin: Person, bank: RelyingParty
) -> None:
    """The ticket, a password, an app: then she is signed in, at the level that she has proved, and the bank sees it."""
    page = bring(browser, provider.ticket(erin))
    assert (page.status, page.has("new_password")) == (200, True)
    page = browser.follow(choose(browser, page))
    assert page.has("choose-totp")
    page, holder = set_up_totp(provider, browser, page, erin)
    page = browser.follow(browser.submit(page, button="enrol-skip")) if page.has("enrol-skip") else page
    assert page.url.endswith("/account/factors")
    assert "Ticket" not in page.document.text
    assert len(held(provider, holder)) == 1
    attempt = bank.attempt(acr_values=MFA)
    assert bank.tokens(attempt, browser.open(attempt.url)).acr == MFA


@pytest.mark.parametrize(("suggested", "other"), [("passkey", "totp"), ("totp", "passkey")])
def test_ticket_offers_what_is_suggested_first_and_all_else(
    provider: Provider, browser: Browser, erin: Person, suggested: str, other: str
) -> None:
    """E1, E8: whoever has no device for what is suggested takes another way; a mailbox and codes alone are none."""
    provider.publish(Path("policies/demo.yaml").read_text().replace("suggest: totp", f"suggest: {suggested}"))
    page = browser.follow(choose(browser, bring(browser, provider.ticket(erin))))
    offered = [button.id for form in page.document.forms for button in form.buttons if button.id.startswith("choose-")]
    assert offered[0] == f"choose-{suggested}"
    assert f"choose-{other}" in offered
    assert not {"choose-email", "choose-backup_code", "choose-recovery_code"} & set(offered)
    page = browser.follow(browser.submit(page, button=f"choose-{suggested}"))
    page = browser.follow(browser.submit(page, button="try-another"))
    _, holder = set_up_totp(provider, browser, page, erin)
    assert len(held(provider, holder)) == 1


def test_ticket_holder_may_put_the_second_factor_off(
    provider: Provider, browser: Browser, erin: Person, bank: RelyingParty
) -> None:
    """Where no rule asks for more she may skip; her level is then what two steps are, never multi-factor."""
    page = browser.follow(choose(browser, bring(browser, provider.ticket(erin))))
    page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert page.url.endswith("/account/factors")
    attempt = bank.attempt()
    assert bank.tokens(attempt, browser.open(attempt.url)).acr in {"urn:idp:acr:1fa", "urn:idp:acr:2sv"}


def test_ticket_opens_no_session_by_itself(provider: Provider, browser: Browser, alice: Person) -> None:
    """Whoever has a password must still prove it: the ticket replaces nothing (ACR-16)."""
    with provider.nothing_issued():
        page = browser.follow(bring(browser, provider.ticket(alice)))
        assert page.has("password")
        assert not page.has("new_password")
        assert browser.open("/account/factors").has("login-submit")
    page = browser.follow(alice.give_password(browser, page))
    assert page.has("choose-totp"), "the ticket beside the password lets her enrol"


def test_ticket_proves_enough_to_set_up_the_first_factor(provider: Provider, browser: Browser, alice: Person) -> None:
    """Whoever is signed in with a password alone may give the ticket where more must be proved first (policy.md §3)."""
    ticket = provider.ticket(alice)
    page = browser.follow(alice.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    page = browser.follow(browser.submit(page, button="add-totp"))
    assert "Ticket" in page.document.text
    assert alice.give_code(browser, page, f"{ticket}x").status == 422
    page = browser.follow(alice.give_code(browser, page, ticket))
    assert page.has("choose-totp") or page.has("enrol-submit")


def test_ticket_of_somebody_with_an_app_still_asks_for_it(provider: Provider, browser: Browser, bob: Person) -> None:
    """Nothing is offered to whoever has a second factor, and none is replaced."""
    page = browser.follow(bring(browser, provider.ticket(bob)))
    assert page.has("password")
    page = browser.follow(bob.give_password(browser, page))
    assert page.url.endswith("/account/factors")
    assert len(held(provider, bob)) == 1


def test_ticket_is_good_once(provider: Provider, browser: Browser, erin: Person) -> None:
    """ENR-09: a second use is told, and begins nothing."""
    ticket = provider.ticket(erin)
    other = provider.browser()
    page = bring(other, ticket)
    assert choose(browser, bring(browser, ticket)).status == 303
    with provider.nothing_issued(), provider.unchanged("credentials", "interactions"):
        late = choose(other, page)
        assert (late.status, "has been used" in late.document.text) == (422, True)
        assert bring(other, ticket).status == 422


@pytest.mark.parametrize("seconds", [5 * 86_400])
def test_ticket_ends(provider: Provider, browser: Browser, erin: Person, seconds: int) -> None:
    """Five days."""
    ticket = provider.ticket(erin)
    provider.advance(seconds)
    late = bring(browser, ticket)
    assert (late.status, "Ask for another" in late.document.text) == (422, True)


def test_ticket_is_voided_by_the_next(provider: Provider, browser: Browser, erin: Person) -> None:
    """Of two, the newest alone is good."""
    old, new = provider.ticket(erin), provider.ticket(erin)
    assert bring(browser, old).status == 422
    assert bring(browser, new).status == 200


def test_ticket_is_refused_for_whoever_is_out(provider: Provider, browser: Browser, erin: Person) -> None:
    """SES-14: a disabled person's ticket is none, and the page does not say why."""
    ticket = provider.ticket(erin)
    provider.disable(erin)
    out, unknown = bring(browser, ticket), bring(browser, "abc.def")
    assert (out.status, out.document.text) == (422, unknown.document.text)


@pytest.mark.parametrize("ticket", ["", "x", ".", "a.b", "é.ü", "x" * 5000])
def test_ticket_page_takes_no_nonsense(browser: Browser, ticket: str) -> None:
    """Refused, never an error."""
    assert bring(browser, ticket).status == 422


def test_ticket_in_the_browser_of_somebody_else(
    provider: Provider, browser: Browser, erin: Person, bob: Person, bank: RelyingParty
) -> None:
    """ENR-09: what bob has proved here is none of erin's: she is signed in by her own proofs, and nobody by both."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    before = held(provider, bob)
    page = browser.follow(choose(browser, bring(browser, provider.ticket(erin))))
    browser.follow(browser.submit(page, button="enrol-skip"))
    attempt = bank.attempt()
    tokens = bank.tokens(attempt, browser.open(attempt.url))
    assert (tokens.claims["sub"], "mfa" in tokens.amr) == (erin.id, False)
    attempt = bank.attempt(acr_values=MFA)
    assert not browser.open(attempt.url).location.startswith(bank.redirect_uri)
    assert held(provider, bob) == before


def test_ticket_of_another_credential_is_none(provider: Provider, browser: Browser, bob: Person) -> None:
    """The id of an app in the place of a ticket's opens nothing."""
    assert bring(browser, f"{held(provider, bob)[0]}.{'A' * 43}").status == 422


def test_ticket_page_wants_our_own_page(provider: Provider, browser: Browser, erin: Person) -> None:
    """SES-04: no other site, and nothing that does not say where it comes from, begins as anybody in this browser."""
    ticket = provider.ticket(erin)
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post(PAGE, {"ticket": ticket}, headers=headers).status == 403


def test_ticket_password_keeps_the_rules(provider: Provider, browser: Browser, erin: Person) -> None:
    """SES-27 here too: refused with the reason, and the ticket is still good."""
    page = bring(browser, provider.ticket(erin))
    for password in ("", "short", "erin@example.com", "password123456789"):
        page = choose(browser, page, password)
        assert (page.status, page.has("problem")) == (422, True)
    assert choose(browser, page).status == 303


def test_ticket_is_nowhere_in_plain(provider: Provider, browser: Browser, erin: Person) -> None:
    """What is stored and noted opens nothing."""
    ticket = provider.ticket(erin)
    bring(browser, ticket)
    assert ticket.partition(".")[2] not in provider.dump()


def test_ticket_is_printed_as_a_link(make_provider: MakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """`idp user ticket` prints a link whose fragment is the ticket: it reaches no server by itself."""
    provider = make_provider()
    provider.add_nobody_yet("erin")
    for name, value in provider.environ.items():
        monkeypatch.setenv(name, value)
    printed = CliRunner().invoke(main, ["user", "ticket", "erin"]).output
    found = re.search(r"(http\S+/account/begin)#(\S+)", printed)
    assert found
    browser = provider.browser()
    page = bring(browser, found.group(2))
    assert page.has("new_password")


@pytest.mark.parametrize(("has_been_here", "notices"), [(True, 1), (False, 0)], ids=["known", "newcomer"])
def test_enr_26_who_has_been_here_is_told_of_a_password_by_ticket(
    provider: Provider, browser: Browser, has_been_here: bool, notices: int
) -> None:
    """ENR-23, ENR-26: whoever draws tickets could have chosen it, for somebody who signs in with a passkey alone."""
    now = provider.clock.now()
    erin = provider.add_nobody_yet("erin", email="erin@example.com", email_verified_at=now)
    if has_been_here:
        with provider.database.transaction() as tx:
            users.note_sign_in(tx, erin.id, now)
    assert choose(browser, bring(browser, provider.ticket(erin))).status == 303
    told = messages(provider.database, to="erin@example.com", purpose="notice")
    assert len(told) == notices
    assert all("Password" in each.text and "/recover/not-me/" in each.text for each in told)
