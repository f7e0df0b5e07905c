"""Row E4: every door by which a password, a factor or an address changes ends the trust in all browsers."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.admin.conftest import staff
from tests.attacks.test_d_trusted import bob, challenged, forget_session, provider, signs_in, trust, trusting
from tests.cli.conftest import runner
from tests.flows import test_contact, test_deletion, test_losing, test_sign_up, test_ticket
from tests.flows.test_approval import turned_on
from tests.support.account import NEW, call
from tests.support.admin_api import robot
from tests.support.browser import Browser
from tests.support.enrolment import address, held, set_up_totp
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import choose, reset_link

__all__ = ["bob", "provider", "trusting"]

MFA = "urn:idp:acr:mfa"
MAILBOX, NUMBER = "robert@example.org", "+12025550177"
Door = Callable[[Provider, Browser, Person], Person]
"""What somebody does who has just proved all they have; returns them as they are afterwards."""


def signed_in(provider: Provider, person: Person) -> Browser:
    """Return another browser, in which this person has just proved all they have."""
    provider.advance(30)
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, person, acr_values=MFA)
    assert provider.count("trusted_devices") == 1
    return browser


def check_ended(provider: Provider, browser: Browser, person: Person) -> None:
    """Check that no browser is trusted: name and password, though right, lead to a second step where there is one."""
    assert provider.count("trusted_devices") == 0
    if not held(provider, person):
        provider.enrol_totp(person)
    assert challenged(provider, browser, person).has("challenge-submit")


def password_page(provider: Provider, browser: Browser, bob: Person) -> Person:
    typed = {"new_password": NEW, "end_others": ""}
    assert browser.submit(browser.open("/account/password"), typed, button="password-submit").status == 303
    return replace(bob, password=NEW)


def password_by_script(provider: Provider, browser: Browser, bob: Person) -> Person:
    assert call(browser, "PUT", "/password", {"new_password": NEW, "end_others": False}).status == 204
    return replace(bob, password=NEW)


def reset_and_stay_signed_in(provider: Provider, browser: Browser, bob: Person) -> Person:
    assert choose(provider.browser(), reset_link(provider, bob), NEW, ends_all=False).status == 200
    assert browser.get("/account/sessions").status == 200
    return replace(bob, password=NEW)


def another_app_in_its_place(provider: Provider, browser: Browser, bob: Person) -> Person:
    (old,) = held(provider, bob)
    page = browser.follow(browser.submit(browser.open(f"/account/factors/{old}"), button="replace-submit"))
    _, holder = set_up_totp(provider, browser, page, bob)
    assert held(provider, bob) not in ([], [old])
    return holder


def device_that_approves(provider: Provider, browser: Browser, bob: Person) -> Person:
    turned_on(provider, bob)
    assert len(held(provider, bob, "approval")) == 1
    return bob


def method_removed_by_script(provider: Provider, browser: Browser, bob: Person) -> Person:
    first = held(provider, bob)
    provider.enrol_totp(bob)
    (second,) = set(held(provider, bob)) - set(first)
    assert call(browser, "DELETE", f"/methods/{second}").status == 204
    return bob


def mailbox_page(provider: Provider, browser: Browser, bob: Person) -> Person:
    page = test_contact.ask(browser, browser.open(test_contact.PAGE), MAILBOX)
    assert test_contact.confirm(browser, page, newest_code(provider.database, MAILBOX)).status == 303
    return bob


def mailbox_by_script(provider: Provider, browser: Browser, bob: Person) -> Person:
    asked = call(browser, "POST", "/email", {"email": MAILBOX}).json()
    code = {"code": newest_code(provider.database, MAILBOX)}
    assert call(browser, "PUT", f"/email/{asked['id']}", code).status == 204
    return bob


@pytest.mark.parametrize(
    "door",
    [
        password_page,
        password_by_script,
        reset_and_stay_signed_in,
        another_app_in_its_place,
        device_that_approves,
        method_removed_by_script,
        mailbox_page,
        mailbox_by_script,
    ],
    ids=lambda door: door.__name__,
)
def test_trust_goes_with_what_a_person_changes(provider: Provider, bob: Person, trusting: Browser, door: Door) -> None:
    """E4: by the pages, by a script on them, by a link: whoever changes a proof is asked for all of them anew."""
    after = door(provider, signed_in(provider, bob), bob)
    check_ended(provider, trusting, after)


def test_trust_goes_with_each_list_of_codes(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: with the first list of backup codes, and with the one that takes its place."""
    lists = []
    for _ in range(2):
        browser = signed_in(provider, bob)
        page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-backup_code"))
        assert browser.submit(page, button="enrol-submit").status == 303
        lists += held(provider, bob, "backup_code")
        check_ended(provider, trusting, bob)
        assert trust(provider, forget_session(provider, trusting), bob).location.startswith("https://rp1.test")
        forget_session(provider, trusting)
    assert len(set(lists)) == 2


def test_trust_goes_with_a_password_chosen_by_ticket(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4, E8: as on the page of passwords, where there was none before."""
    (password,) = held(provider, bob, "password")
    with provider.database.transaction() as tx:
        assert credentials.remove_credential(tx, password, bob.id)
    browser = provider.browser()
    page = test_ticket.bring(browser, provider.ticket(bob))
    assert provider.count("trusted_devices") == 1
    assert test_ticket.choose(browser, page, NEW).status == 303
    check_ended(provider, trusting, replace(bob, password=NEW))


def test_trust_goes_with_lost_factors(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4, E7: at once, not after the day of cooling off, in which no browser comes to be trusted."""
    link = test_losing.lost_link(provider, bob)
    assert provider.count("trusted_devices") == 1
    test_losing.confirm(provider.browser(), link)
    assert provider.count("trusted_devices") == 0
    assert challenged(provider, trusting, bob).has("refuse-leave")
    provider.advance(test_losing.DAY)
    assert provider.do("complete recoveries") == 1
    check_ended(provider, forget_session(provider, trusting), bob)


def test_trust_goes_with_the_account(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4, E11: nothing is left that a later holder of the name could inherit."""
    browser = signed_in(provider, bob)
    test_deletion.delete(browser, test_deletion.opened(provider, browser, bob), bob.username)
    assert provider.count("trusted_devices") == 0
    assert challenged(provider, trusting, bob).status == 422


def test_trust_goes_with_an_address_that_was_never_proved(make_provider: MakeProvider) -> None:
    """E4, ENR-24: whoever loses their account to the owner of its address loses the trust in their browser too."""
    provider = make_provider(policy="default", is_fresh=True, IDP_SIGN_UP="open")
    bob, browser, owner = provider.people["bob"], provider.browser(), provider.browser()
    trust(provider, browser, bob)
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        assert users.save(tx, replace(user, email_verified_at=None))
    page = test_sign_up.begun(owner, owner.open(test_sign_up.PAGE), address(bob))
    assert provider.count("trusted_devices") == 1
    code = newest_code(provider.database, address(bob))
    assert test_sign_up.finish(owner, page, code).status == 303
    assert provider.count("trusted_devices") == 0
    assert challenged(provider, forget_session(provider, browser), bob).status == 422


@pytest.mark.parametrize("button", ["reset-factors", "remove-{totp}", "end-sessions", "disable", "untrust"])
def test_trust_goes_by_the_console(provider: Provider, bob: Person, trusting: Browser, button: str) -> None:
    """E4: whatever an administrator takes from somebody, the trust goes with it."""
    browser, _ = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{bob.id}")
    page = browser.follow(browser.submit(page, button=button.format(totp=held(provider, bob)[0])))
    if button == "disable":
        browser.submit(page, button="enable")
    check_ended(provider, trusting, bob)


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("POST", "/reset-factors", None),
        ("DELETE", "/methods/{totp}", None),
        ("PATCH", "", {"email": MAILBOX}),
        ("PATCH", "", {"email": ""}),
        ("POST", "/end-sessions", None),
        ("POST", "/disable", None),
        ("DELETE", "/trusted-browsers", None),
    ],
)
def test_trust_goes_by_the_admin_api(
    provider: Provider, bob: Person, trusting: Browser, verb: str, path: str, body: dict[str, str] | None
) -> None:
    """E4: by programs as by the console, and where an address is written down that nobody has proved."""
    api, home = robot(provider), f"/people/{bob.id}"
    headers = {"If_Match": api.tag(home)} if body else {}
    api.do(verb, home + path.format(totp=held(provider, bob)[0]), body, **headers)
    api.do("POST", f"{home}/enable")
    check_ended(provider, trusting, bob)


@pytest.mark.parametrize(
    "words",
    ["reset-mfa bob", "remove-method bob {totp}", "update bob --email robert@example.org", "end-sessions bob",
     "disable bob", "forget-devices bob"],
)  # fmt: skip
def test_trust_goes_by_the_command_line(
    provider: Provider, bob: Person, trusting: Browser, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """E4: `idp user` does what the console does."""
    idp = runner(provider.environ, monkeypatch)
    assert idp("user", *words.format(totp=held(provider, bob)[0]).split()).exit_code == 0
    assert idp("user", "disable", "bob", "--undo").exit_code == 0
    check_ended(provider, trusting, bob)


def test_trust_stays_with_what_proves_nobody(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: a name, and a number that only notices go to, change nothing that anybody signs in with."""
    browser, api, home = signed_in(provider, bob), robot(provider), f"/people/{bob.id}"
    asked = call(browser, "POST", "/phone", {"phone": NUMBER}).json()
    code = {"code": newest_code(provider.database, NUMBER)}
    assert call(browser, "PUT", f"/phone/{asked['id']}", code).status == 204
    assert call(browser, "PATCH", f"/methods/{held(provider, bob)[0]}", {"label": "mine"}).status == 204
    api.do("PATCH", home, {"phone": "", "display_name": "Robert"}, If_Match=api.tag(home))
    assert signs_in(provider, trusting, bob)
