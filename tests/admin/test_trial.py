"""What the policy asks at an application, and a sign-in that is tried there from the console (A4)."""

from pathlib import Path

import pytest

from tests.admin.conftest import staff
from tests.admin.test_console import token_of
from tests.support.browser import Browser, Page
from tests.support.provider import Provider

DEMO = Path("policies", "demo.yaml").read_text()
RULES = """rules:
  - id: client:bank
    scope: {clients: [bank]}
    require: {acr: phr, max_age: 5m, forbid: [sms]}
  - id: others
    scope: {clients: [elsewhere]}
    deny: not_here
"""


def tried(browser: Browser, acr: str = "") -> Page:
    """Press the button of the bank's page, and go where it leads."""
    return browser.follow(browser.submit(browser.get("/admin/clients/bank"), {"acr": acr}, button="try"))


def test_page_says_what_the_policy_asks_there(provider: Provider, owner: Browser) -> None:
    """The rule of this application by its own words, those of others not; a client's own wish beside them."""
    provider.publish(DEMO.replace("rules:\n", RULES, 1))
    provider.add_client("booth", default_acr_values=("urn:idp:acr:mfa",))
    table = owner.get("/admin/clients/bank").document.text_in("asking")
    assert "client:bank" in table
    assert "Phishing-resistant" in table
    assert "not by: sms" in table
    assert "5 minutes" in table
    assert "not_here" not in table
    assert "moved-session" not in table, "a rule of our own pages alone"
    assert "default_acr_values" not in table
    other = owner.get("/admin/clients/booth").document.text_in("asking")
    assert "default_acr_values" in other
    assert "client:bank" not in other


@pytest.mark.parametrize("role", ["auditor", "owner"])
def test_trial_shows_the_decision_and_what_a_token_would_say(provider: Provider, role: str) -> None:
    """Whoever may look may try; what is proved counts, nothing is issued, the decision is kept as a trial."""
    browser, person = staff(provider, role)
    with provider.nothing_issued():
        page = tried(browser, "urn:idp:acr:mfa")
    assert page.url.startswith(f"{provider.issuer}/admin/decisions/")
    assert page.has("said")
    assert "urn:idp:acr:mfa" in page.text
    assert "pwd otp mfa" in page.text
    assert "nothing was issued" in page.text
    (kept,) = provider._query("SELECT user_id, client_id, outcome FROM decisions WHERE gate = 'trial'")
    assert tuple(kept) == (person.id, "bank", "finish")


def test_trial_asks_what_is_missing_and_says_what_the_application_would_be_told(provider: Provider) -> None:
    """A passkey is asked for where a rule does; whoever stops is back at the application, with the error's name."""
    provider.publish(DEMO.replace("rules:\n", RULES, 1))
    browser, _ = staff(provider, "owner")
    with provider.nothing_issued():
        asked = tried(browser)
        assert "/login/" in asked.url
        stopped = browser.follow(browser.submit(asked, button="refuse-leave"))
    assert stopped.url == f"{provider.issuer}/admin/clients/bank?told=access_denied"
    assert stopped.has("told")


def test_trial_is_nobody_elses(provider: Provider) -> None:
    """The interaction names whoever tries: another person who signs in on its page gets neither in nor an answer."""
    provider.add_client("strict", default_max_age=0)
    browser, person = staff(provider, "owner")
    provider.advance(5)
    asked = browser.follow(browser.submit(browser.get("/admin/clients/strict"), button="try"))
    assert "/login/" in asked.url
    stranger = provider.browser()
    assert stranger.get(asked.url).status == 404
    provider.end_sessions(person)
    bob = provider.people["bob"]
    with provider.unchanged("sessions"), provider.nothing_issued():
        page = bob.answer(browser, browser.get(asked.url), provider.clock.now())
    assert "/admin/decisions/" not in page.url
    assert provider._query("SELECT count(*) FROM decisions WHERE gate = 'trial' AND outcome = 'finish'")[0][0] == 0


@pytest.mark.parametrize("acr", ["made-up", "phr'--"])
def test_trial_of_a_level_that_there_is_not(owner: Browser, provider: Provider, acr: str) -> None:
    """What the form does not offer is nowhere; neither is a stopped application, and no other site begins one."""
    page = owner.get("/admin/clients/bank")
    token = token_of(page)
    assert owner.post("/admin/clients/bank/trial", {"csrf_token": token, "acr": acr}).status == 404
    assert owner.post("/admin/clients/none/trial", {"csrf_token": token}).status == 404
    assert owner.post("/admin/clients/bank/trial", {"acr": ""}).status == 403
    provider.disable_client("bank")
    assert owner.post("/admin/clients/bank/trial", {"csrf_token": token}).status == 404
    assert not owner.get("/admin/clients/bank").has("try")
