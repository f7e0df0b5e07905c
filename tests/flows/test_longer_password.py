"""A short password that an administrator leaves alone is good for one more sign-in, in which it is replaced."""

import pytest

from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.admin.conftest import staff
from tests.support.admin_api import administrator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, send, set_up_totp, with_password
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt

MFA = "urn:idp:acr:mfa"
SHORT, LONG = "k4uq-8wz", "a harbour of nine umbrellas"


@pytest.fixture
def ann(provider: Provider) -> Person:
    """ann, who has a short password, an app and a proven mailbox."""
    person = provider.add_person("ann", has_totp=True)
    bind(provider, person, email=True)
    return with_password(provider, person, SHORT)


def reset(provider: Provider, person: Person) -> Page:
    """Press *Remove second steps* on the person's page, which says before and after what follows."""
    browser, _ = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{person.id}")
    assert "fewer than 15 characters, they choose a longer one" in page.document.text
    assert not page.has("longer-password")
    page = browser.follow(browser.submit(page, button="reset-factors"))
    assert page.has("longer-password")
    return page


def at_longer(provider: Provider, person: Person) -> tuple[Browser, Page, Attempt]:
    browser, attempt = provider.browser(), provider.bank.attempt()
    page = browser.follow(person.identify(browser, browser.open(attempt.url)))
    assert page.has("password-submit")
    return browser, page, attempt


def is_in_doubt(provider: Provider, person: Person) -> bool:
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
    assert user is not None
    return user.methods_taken_at is not None


def test_short_password_is_replaced_in_the_same_sign_in(provider: Provider, ann: Person) -> None:
    """Nothing is issued before; a longer one finishes the sign-in, its owner is told, and the old one is none."""
    reset(provider, ann)
    with provider.nothing_issued():
        browser, page, attempt = at_longer(provider, ann)
        for typed in ("", SHORT, "fourteen--long", "ann@example.com ann"):
            refused = browser.submit(page, {"new_password": typed}, button="password-submit")
            assert (refused.status, refused.has("problem")) == (422, True)
        assert browser.get("/account/").status == 303
    sent = len(messages(provider.database))
    answer = browser.submit(page, {"new_password": LONG}, button="password-submit")
    assert provider.bank.tokens(attempt, answer).acr == "urn:idp:acr:1fa"
    assert len(messages(provider.database)) == sent + 1
    assert not is_in_doubt(provider, ann)
    again = provider.browser()
    assert ann.identify(again, again.open(provider.bank.attempt().url)).status == 422
    longer = Person(id=ann.id, username="ann", password=LONG)
    assert provider.sign_in(provider.browser(), provider.bank, longer).acr == "urn:idp:acr:1fa"
    with provider.database.transaction() as tx:
        (changed,) = audit.list_events(tx, limit=5, name="password.changed")
    assert (changed.user_id, changed.client_id) == (ann.id, "bank")


def test_password_that_may_stand_alone_stays(provider: Provider) -> None:
    """Whoever types one that is long enough is asked for nothing, and not again."""
    zoe = provider.add_person("zoe", has_totp=True)
    page = reset(provider, zoe)
    assert is_in_doubt(provider, zoe)
    assert provider.sign_in(provider.browser(), provider.bank, zoe).acr == "urn:idp:acr:1fa"
    assert not is_in_doubt(provider, zoe)
    assert page.has("longer-password")


def test_second_step_may_be_set_up_instead(provider: Provider, ann: Person) -> None:
    """After the proof that setting up takes; the password stays then, and changing one's mind is possible."""
    reset(provider, ann)
    browser, page, attempt = at_longer(provider, ann)
    page = browser.follow(browser.submit(page, button="second-step"))
    assert page.has("send-code")
    page = browser.follow(browser.submit(page, button="longer-password"))
    page = browser.follow(browser.submit(page, button="second-step"))
    page = send(browser, page)
    page = browser.follow(ann.give_code(browser, page, newest_code(provider.database, address(ann))))
    assert page.has("longer-password")
    with provider.nothing_issued():
        back = browser.follow(browser.submit(page, button="longer-password"))
    page = browser.follow(browser.submit(back, button="second-step"))
    assert not page.has("enrol-skip")
    page, ann = set_up_totp(provider, browser, page, ann)
    answer = browser.follow(browser.submit(page, button="enrol-skip"))
    assert provider.bank.tokens(attempt, answer).acr == MFA
    provider.advance(30)
    assert provider.sign_in(provider.browser(), provider.bank, ann, acr_values=MFA).acr == MFA


def test_there_is_no_way_around_it(provider: Provider, ann: Person) -> None:
    """No choice of any page leads past it, nor does another application, and without a mailbox a password it is."""
    with provider.database.transaction() as tx:
        credentials.remove_credential(tx, f"email-{ann.id}", ann.id)
    reset(provider, ann)
    for _ in range(2):
        with provider.nothing_issued():
            browser, page, _ = at_longer(provider, ann)
            assert not page.has("second-step")
            _, url, entries = browser.fill(page, {}, button="password-submit")
            hidden = [entry for entry in entries if entry[0] in ("csrf_token", "state")]
            for choice in ("skip", "back", "saved", "second_step", "longer", "allow", "choose:totp"):
                browser.post(url, [*hidden, ("choice", choice)])
            assert browser.get("/account/").status == 303
            assert "error=login_required" in browser.get(provider.bank.attempt(prompt="none").url).location
    assert is_in_doubt(provider, ann)


def test_two_who_choose_at_once_change_it_once(provider: Provider, ann: Person) -> None:
    """Two browsers at the step: the second begins again, and its password is none."""
    reset(provider, ann)
    first, second = at_longer(provider, ann), at_longer(provider, ann)
    browser, page, _ = first
    assert browser.submit(page, {"new_password": LONG}, button="password-submit").status == 303
    browser, page, _ = second
    late = browser.follow(
        browser.submit(page, {"new_password": "nine harbours of umbrellas"}, button="password-submit")
    )
    assert late.status == 410
    longer = Person(id=ann.id, username="ann", password=LONG)
    assert provider.sign_in(provider.browser(), provider.bank, longer).acr == "urn:idp:acr:1fa"


def test_second_step_of_meanwhile_keeps_the_password(provider: Provider, ann: Person) -> None:
    """Set up since the page was shown: a password alone may change none then, and the sign-in goes on without."""
    reset(provider, ann)
    browser, page, attempt = at_longer(provider, ann)
    ann = provider.enrol_totp(ann)
    answer = browser.submit(page, {"new_password": LONG}, button="password-submit")
    assert provider.bank.tokens(attempt, answer).acr == "urn:idp:acr:1fa"
    with provider.database.transaction() as tx:
        assert list(audit.list_events(tx, limit=5, name="password.changed")) == []
    assert provider.sign_in(provider.browser(), provider.bank, ann, acr_values=MFA).acr == MFA


def test_removing_the_last_method_does_the_same(provider: Provider, ann: Person) -> None:
    """The API takes one method away and says what follows."""
    api, path = administrator(provider, "helpdesk"), f"/people/{ann.id}"
    card = api.get(path)
    assert (card["longer_password"], card["longer_after_reset"]) == (0, 15)
    (app,) = held(provider, ann)
    assert api.call("DELETE", f"{path}/methods/{app}").status == 204
    card = api.get(path)
    assert (card["longer_password"], card["longer_after_reset"]) == (15, 0)
    at_longer(provider, ann)


def test_whoever_signed_in_by_the_short_one_is_signed_out(provider: Provider, ann: Person) -> None:
    """FLT-31: no session of the old password outlives it; the one that is made here stands."""
    elsewhere, api = provider.browser(), administrator(provider, "helpdesk")
    provider.sign_in(elsewhere, provider.bank, ann)
    (app,) = held(provider, ann)
    assert api.call("DELETE", f"/people/{ann.id}/methods/{app}").status == 204
    provider.sign_in(elsewhere, provider.bank, ann, prompt="none")
    browser, page, attempt = at_longer(provider, ann)
    answer = browser.submit(page, {"new_password": LONG}, button="password-submit")
    assert provider.bank.tokens(attempt, answer).acr == "urn:idp:acr:1fa"
    with provider.nothing_issued():
        assert "error=login_required" in elsewhere.get(provider.bank.attempt(prompt="none").url).location
    longer = Person(id=ann.id, username="ann", password=LONG)
    provider.sign_in(browser, provider.bank, longer, prompt="none")


def test_whoever_has_another_second_step_is_not_asked(provider: Provider, ann: Person) -> None:
    """One of two methods goes: the password does not stand alone."""
    bind(provider, ann, phone="+12025550103")
    (app,) = held(provider, ann)
    api, path = administrator(provider, "helpdesk"), f"/people/{ann.id}"
    assert api.call("DELETE", f"{path}/methods/{app}").status == 204
    assert api.get(path)["longer_password"] == 0
    browser = provider.browser()
    answer = ann.identify(browser, browser.open(provider.bank.attempt().url))
    assert not browser.follow(answer).has("password-submit")


def test_enr_02_what_is_to_be_set_up_waits_for_a_proof_whoever_has_set_up_another_meanwhile(
    provider: Provider, ann: Person
) -> None:
    """ENR-02: who knows the password alone waits where a proof is asked until its owner has a second step: no closer.

    The password need not be longer then; what had been chosen instead still takes what setting up takes.
    """
    reset(provider, ann)
    thief, page, _ = at_longer(provider, ann)
    page = thief.follow(thief.submit(page, button="second-step"))
    assert page.has("send-code"), "the mailbox, which the thief cannot read"
    provider.enrol_totp(ann)
    with provider.unchanged("credentials"):
        page = thief.open(page.url)
        assert not page.has("enrol-submit")
        assert not page.has("choose-totp")
