"""One person is asked to set up a second step: by an administrator, once, with no way around it."""

from pathlib import Path

import pytest

from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.support.admin_api import administrator, robot
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send, set_up_totp
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
SHIPPED = ("demo", "default", "adaptive", "step-up-only", "phishing-resistant-admins")


@pytest.fixture
def ann(provider: Provider) -> Person:
    """ann, who has a password and a proven mailbox."""
    person = provider.add_person("ann")
    bind(provider, person, email=True)
    return person


def shipped(name: str) -> str:
    return Path("policies", f"{name}.yaml").read_text()


def is_asked(provider: Provider, person: Person) -> bool:
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
    return user is not None and user.must_enrol_at is not None


def events(provider: Provider, name: str) -> list[Event]:
    with provider.database.transaction() as tx:
        return list(audit.list_events(tx, limit=20, name=name))


def ask(provider: Provider, person: Person) -> Browser:
    """Press the button on the person's page, and return the administrator's browser."""
    browser, _ = staff(provider, "helpdesk")
    page = browser.follow(browser.submit(browser.get(f"/admin/people/{person.id}"), button="ask-to-enrol"))
    assert "They are asked for a second step" in page.document.text
    assert page.has("must-enrol")
    return browser


def at_setting_up(provider: Provider, browser: Browser, person: Person, url: str) -> Page:
    """Go on until something must be set up; prove the mailbox on the way, where it is asked."""
    page = browser.open(url)
    if page.has("login-submit"):
        page = browser.follow(person.identify(browser, page))
    assert "Whoever looks after your account" in page.document.text
    page = send(browser, page)
    return browser.follow(person.give_code(browser, page, newest_code(provider.database, address(person))))


@pytest.mark.parametrize("policy", SHIPPED)
def test_who_is_asked_sets_it_up_at_the_next_sign_in(provider: Provider, policy: str) -> None:
    """Whatever shipped policy decides: asked at sign-in, not to be put off, then in, and not asked again."""
    ann = provider.add_person("ann")
    bind(provider, ann, email=True)
    console = ask(provider, ann)
    provider.publish(shipped(policy))
    browser, attempt = provider.browser(), provider.bank.attempt()
    page = at_setting_up(provider, browser, ann, attempt.url)
    assert page.has("choose-totp")
    assert not page.has("enrol-skip")
    page, _ = set_up_totp(provider, browser, page, ann)
    assert is_asked(provider, ann), "nothing is over before the sign-in is"
    answer = browser.follow(browser.submit(page, button="enrol-skip"))
    assert provider.bank.tokens(attempt, answer).acr == MFA
    assert not is_asked(provider, ann)
    (done,) = events(provider, "user.enrolment.done")
    assert done.user_id == ann.id
    if policy != "phishing-resistant-admins":  # which lets nobody with an app alone look
        page = console.get(f"/admin/people/{ann.id}")
        assert (page.has("must-enrol"), page.has("ask-to-enrol")) == (False, False)
    assert "asked you to set up a second step" in browser.open("/account/activity").document.text


def test_who_is_signed_in_is_asked_too_and_silence_gets_nothing(provider: Provider, ann: Person) -> None:
    """ACR-26: a session of before does not pass; prompt=none is told that something must be asked."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, ann)
    ask(provider, ann)
    with provider.nothing_issued():
        silent = browser.get(provider.bank.attempt(prompt="none").url)
        assert "error=interaction_required" in silent.location
        assert at_setting_up(provider, browser, ann, provider.bank.attempt().url).has("choose-totp")


def test_it_cannot_be_got_around(provider: Provider, ann: Person) -> None:
    """No form skips it, nor does another browser, an aborted try, or a new password; the demand stays."""
    ask(provider, ann)
    for _ in range(2):
        browser = provider.browser()
        page = at_setting_up(provider, browser, ann, provider.bank.attempt().url)
        _, url, entries = browser.fill(page, {}, button="choose-totp")
        hidden = [entry for entry in entries if entry[0] != "choice"]
        with provider.nothing_issued():
            for choice in ("skip", "back", "saved", "finish", "choose:email", "choose:backup_code"):
                browser.post(url, [*hidden, ("choice", choice)])
            assert browser.get("/account/factors").status == 303
        assert is_asked(provider, ann)
        provider.advance(90)
    assert events(provider, "user.enrolment.done") == []


def test_only_a_second_step_ends_it(provider: Provider, ann: Person) -> None:
    """Where no rule asks, signing in with a mailbox as second step leaves it, and the page says nothing comes of it."""
    unheard = shipped("demo").replace("{user.must_enrol: {eq: true}}", "{user.groups: {contains_any: [x]}}")
    provider.publish(unheard.replace("facts: {user.must_enrol: true}", "facts: {user.groups: [x]}"))
    browser, _ = staff(provider, "admin")
    path = f"/admin/people/{ann.id}"
    page = browser.follow(browser.submit(browser.get(path), button="ask-to-enrol"))
    assert "nothing will come of it" in page.document.text
    theirs, attempt = provider.browser(), provider.bank.attempt(acr_values="urn:idp:acr:2sv")
    page = send(theirs, theirs.follow(ann.identify(theirs, theirs.open(attempt.url))))
    answer = ann.give_code(theirs, page, newest_code(provider.database, address(ann)))
    assert provider.bank.tokens(attempt, answer).acr == "urn:idp:acr:2sv"
    assert is_asked(provider, ann)
    page = browser.follow(browser.submit(browser.get(path), button="ask-no-longer"))
    assert (page.has("ask-to-enrol"), is_asked(provider, ann)) == (True, False)
    assert len(events(provider, "user.enrolment.taken_back")) == 1


def test_who_cannot_prove_enough_is_said_to_be_unheard(provider: Provider, alice: Person) -> None:
    """Somebody with a password alone cannot set anything up; a temporary code changes that, and the page says so."""
    browser, _ = staff(provider, "owner")
    path = f"/admin/people/{alice.id}"
    page = browser.follow(browser.submit(browser.get(path), button="ask-to-enrol"))
    assert "nothing will come of it" in page.document.text
    provider.temporary_code(alice)
    assert "cannot put it off" in browser.get(path).document.text


def test_api_asks_and_takes_it_back(provider: Provider, ann: Person, bob: Person) -> None:
    """By helpdesk or a client with the scope; twice is once; who has a second step is 409."""
    for api in (administrator(provider, "helpdesk"), robot(provider)):
        path = f"/people/{ann.id}"
        for _ in range(2):
            assert api.call("POST", f"{path}/ask-to-enrol").status == 204
        assert api.get(path)["person"]["must_enrol_at"]
        assert api.get(path)["second_step"] == "asked"
        for _ in range(2):
            assert api.call("POST", f"{path}/ask-no-longer").status == 204
        assert api.get(path)["person"]["must_enrol_at"] is None
        page = api.call("POST", f"/people/{bob.id}/ask-to-enrol")
        assert (page.status, page.json()["type"]) == (409, "urn:idp:problem:already_enrolled")
        assert api.call("POST", "/people/nobody/ask-to-enrol").status == 404
    assert len(events(provider, "user.enrolment.asked")) == 2
    assert not is_asked(provider, bob)


def test_page_that_is_behind_is_told(provider: Provider, ann: Person) -> None:
    """A second step was set up since the page was opened: 422, and nobody is asked."""
    browser, _ = staff(provider, "admin")
    page = browser.get(f"/admin/people/{ann.id}")
    bind(provider, ann, phone="+12025550103")
    refused = browser.submit(page, button="ask-to-enrol")
    assert (refused.status, "nothing to ask for" in refused.document.text) == (422, True)
    assert not is_asked(provider, ann)


@pytest.mark.parametrize("role", ["auditor", "helpdesk", "admin"])
def test_adm_21_nobody_above_is_asked_and_nobody_asks_themselves(provider: Provider, role: str) -> None:
    """ADM-21: an auditor asks nobody; the others nobody of their rank or above, themselves included; both doors."""
    api = administrator(provider, role)
    mine = provider.people[f"the-{role}"]
    peer, owner = provider.add_person("peer", roles=(role,)), provider.add_person("root", roles=("owner",))
    people = (mine, peer, owner, *((provider.people["alice"],) if role == "auditor" else ()))
    browser = provider.browser()
    provider.advance(30)
    mine.answer(browser, browser.open("/admin/"), provider.clock.now())
    token = next(v for k, v in browser.get("/admin/keys").document.forms[0].entries({}, None) if k == "csrf_token")
    for person in people:
        for choice, path in (("ask_to_enrol", "ask-to-enrol"), ("ask_no_longer", "ask-no-longer")):
            assert api.call("POST", f"/people/{person.id}/{path}").status == 403
            posted = browser.post(f"/admin/people/{person.id}", {"csrf_token": token, "choice": choice})
            assert posted.status == 403
        assert not is_asked(provider, person)
