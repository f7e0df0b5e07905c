"""What somebody left half-way is found among the decisions, once it has ended, and nothing else is (policy.md §4)."""

import json

from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
ENDED = 15 * 60 + 61


def note(provider: Provider) -> int:
    """Do the chore as a serving process does; return how many times it found something."""
    chores = provider._app.chores
    chore = next(each for each in chores._chores if each.name.startswith("note"))
    times = 0
    while chores.do(chore):
        times += 1
    return times


def kept(provider: Provider, outcome: str = "abandoned") -> tuple[DecisionRecord, ...]:
    with provider.database.transaction() as tx:
        return decisions.list_page(tx, limit=50, outcome=outcome)


def events(provider: Provider, name: str) -> tuple[Event, ...]:
    with provider.database.transaction() as tx:
        return audit.list_events(tx, limit=50, name=name)


def at_the_code(provider: Provider, person: Person) -> str:
    """Go as far as the page that asks for a code, and no further; return the page's address."""
    browser = provider.browser()
    page = person.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url))
    page = browser.follow(page)
    assert page.has("code")
    return page.url


def test_a_challenge_that_nobody_answered_is_kept_once(provider: Provider, bob: Person) -> None:
    """Not while it may still be answered; afterwards with what was seen, asked and reached, and by what it was left."""
    at_the_code(provider, bob)
    provider.advance(15 * 60 + 59)
    assert (note(provider), kept(provider)) == (0, ())
    provider.advance(2)
    ended = provider.clock.now()
    note(provider)
    note(provider)
    (record,) = kept(provider)
    assert (record.user_id, record.client_id, record.gate) == (bob.id, "bank", "authorize")
    assert (record.required, record.achieved) == ((MFA,), "urn:idp:acr:1fa")
    assert record.at < ended
    (event,) = events(provider, "challenge.totp.abandoned")
    assert (event.decision_id, event.user_id, event.client_id) == (record.id, bob.id, "bank")
    assert json.loads(record.snapshot)["evidence"][0]["factor"] == "password"
    assert provider.stored("interactions", "browser_sealed") == {None}


def test_whose_account_it_is_is_told(provider: Provider, bob: Person) -> None:
    """Somebody knows the password and has not got the app: whoever owns the account finds out."""
    at_the_code(provider, bob)
    provider.advance(ENDED)
    note(provider)
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    assert "Somebody came as far as this step and left: Authenticator app" in browser.get("/account/activity").text


def test_what_the_browser_told_is_kept_until_then(provider: Provider, bob: Person) -> None:
    """A known browser is a known one in the record, as it was on the page; its address is the policy's to keep."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    provider.publish(a_policy(f"{{id: known, if: {{device.known: {{eq: true}}}}, require: {{acr: {MFA}}}}}"))
    browser.open(provider.bank.attempt(acr_values=MFA).url)
    provider.advance(ENDED)
    note(provider)
    (record,) = kept(provider)
    seen = json.loads(record.snapshot)["values"]
    assert (seen["device.known"], {seen["net.ip"]}) == (True, provider.stored("sessions", "address"))


def a_policy(rule: str) -> str:
    return f"""bundle: told
acr:
  urn:idp:acr:1fa: {{title: Signed in, needs: [any]}}
  {MFA}: {{title: Multi-factor, needs: [{{kinds: 2}}]}}
factors: {{first: [password], order: [totp, password]}}
records: {{addresses: true}}
rules:
  - {rule}
"""


def test_whoever_was_nobody_yet_leaves_nothing(provider: Provider, bob: Person) -> None:
    """A page that was looked at, and a wrong password: nobody is known, and no decision was about anybody."""
    browser = provider.browser()
    bob.identify(browser, browser.open(provider.bank.attempt().url), password="wrong")
    provider.browser().open(provider.bank.attempt().url)
    provider.advance(ENDED)
    with provider.unchanged("decisions"):
        assert note(provider) == 0


def test_what_has_ended_otherwise_is_not_left(provider: Provider, bob: Person) -> None:
    """Signed in, or gone from here since: neither is somebody who gave up."""
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    at_the_code(provider, bob)
    provider.disable(bob)
    provider.advance(ENDED)
    note(provider)
    assert kept(provider) == ()
    assert len(kept(provider, "finish")) == 1


def test_a_refusal_that_was_read_and_closed_is_a_refusal(provider: Provider, alice: Person) -> None:
    """Nobody has to click it away for it to count."""
    provider.publish(a_policy("{id: closed, if: {none: [{user.roles: {contains_any: [owner]}}]}, deny: closed_today}"))
    browser = provider.browser()
    page = alice.identify(browser, browser.open(provider.bank.attempt().url))
    assert browser.follow(page).has("refuse-leave")
    provider.advance(ENDED)
    note(provider)
    (record,), (event,) = kept(provider, "refuse"), events(provider, "login.refused")
    assert (event.decision_id, event.details["reason"]) == (record.id, "closed_today")
    assert kept(provider) == ()


def test_a_key_that_is_gone_holds_up_no_other(provider: Provider, carol: Person, bob: Person) -> None:
    """What cannot be opened is judged without what the browser told."""
    for person in (bob, carol):
        browser = provider.browser()
        person.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url))
    others = "SELECT other.browser_sealed FROM interactions other WHERE other.id <> interactions.id"
    provider._run(f"UPDATE interactions SET browser_sealed = ({others})")
    provider.advance(ENDED)
    note(provider)
    assert {each.user_id for each in kept(provider)} == {carol.id, bob.id}
