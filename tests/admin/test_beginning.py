"""What somebody begins with, in the console: added by a form, a ticket, a temporary code; shown once, by rank."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.account.activity import Activity
from idp.records.delivery.model import NOTICE
from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, held
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.recovery import link_in, report

NEW = "/admin/people/new"


def drawn_on(page: Page) -> str:
    """Return what is shown this once."""
    assert (page.status, page.has("drawn")) == (200, True)
    assert "no-store" in page.header("cache-control")
    return page.document.text_in("drawn")


def test_person_is_added_and_begins(provider: Provider, owner: Browser) -> None:
    """From *People* to the form, to the person's page, to a ticket: with it they choose a password and are in."""
    form = owner.get("/admin/people").document.link("new-person")
    typed = {"username": "erin", "display_name": "Erin", "email": "erin@example.org", "groups": "staff, night"}
    page = owner.follow(owner.submit(owner.get(form), typed, button="add-submit"))
    assert "They are added" in page.document.text
    with provider.database.transaction() as tx:
        erin = users.get_by_username(tx, "erin")
    assert erin is not None
    assert (erin.display_name, erin.groups, erin.email_verified_at) == ("Erin", ("staff", "night"), None)
    link = drawn_on(owner.submit(page, button="draw-ticket"))
    assert link.partition("#")[2] not in provider.dump()
    theirs = provider.browser()
    begin = theirs.get(link.partition("#")[0])
    assert begin.status == 200
    assert {"user.added", "ticket.issued"} <= provider.stored("audit_events", "name")


def test_form_tells_what_is_wrong_beside_each_field(provider: Provider, owner: Browser, bob: Person) -> None:
    """What was typed stays, nobody is added, and each mistake has words of its own; a tick vouches."""
    before = provider.count("users")
    typed = {"username": "bob", "display_name": "x" * 101, "email": "nonsense", "groups": "a"}
    page = owner.submit(owner.get(NEW), typed, button="add-submit")
    assert page.status == 422
    for name in ("username", "display_name", "email"):
        assert page.has(f"{name}-problem"), name
    assert 'value="nonsense"' in page.text
    assert "must be" not in page.document.text
    empty = owner.submit(owner.get(NEW), {"username": ""}, button="add-submit")
    assert (empty.status, empty.has("username-problem")) == (422, True)
    assert provider.count("users") == before
    fields = {"username": "eve", "email": "eve@example.org", "email_verified": "1"}
    owner.submit(owner.get(NEW), fields, button="add-submit")
    with provider.database.transaction() as tx:
        eve = users.get_by_username(tx, "eve")
    assert eve is not None
    assert eve.email_verified_at is not None


def test_temporary_code_is_good_once(provider: Provider, bob: Person) -> None:
    """Drawn by the helpdesk for somebody who lost their phone; another voids it, and nothing of it is kept in clear."""
    browser, _ = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{bob.id}")
    assert not page.has("draw-ticket")
    first = drawn_on(browser.submit(page, button="draw-code"))
    second = drawn_on(browser.submit(page, button="draw-code"))
    assert first != second
    assert len(held(provider, bob, "temporary_code")) == 1
    assert first.replace("-", "") not in provider.dump()
    assert second.replace("-", "") not in provider.dump()
    assert not browser.get(f"/admin/people/{bob.id}").has("drawn")


@pytest.mark.parametrize("role", ["auditor", "helpdesk", "admin"])
def test_adm_21_nothing_is_drawn_above_ones_rank(provider: Provider, role: str) -> None:
    """ADM-21: for nobody of one's rank or above, oneself included; only an admin draws tickets, an auditor nothing."""
    browser, person = staff(provider, role)
    owner = provider.add_person("root", has_totp=True, roles=("owner",))
    alice = provider.people["alice"]
    page = browser.get("/admin/delivery")
    token = next(v for form in page.document.forms for k, v in form.entries({}, None) if k == "csrf_token")
    refused = [(each, choice) for each in (person, owner) for choice in ("ticket", "temporary_code")]
    refused += [(alice, "ticket")] if role != "admin" else []
    refused += [(alice, "temporary_code")] if role == "auditor" else []
    with provider.unchanged("credentials", "users"):
        for each, choice in refused:
            posted = browser.post(f"/admin/people/{each.id}/beginning", {"csrf_token": token, "choice": choice})
            assert posted.status == 403, (each.username, choice)
        if role != "admin":
            assert browser.post(NEW, {"csrf_token": token, "username": "x"}).status == 403
    if role == "admin":
        for user_id, choice in (("nobody", "ticket"), (alice.id, "password"), (alice.id, "")):
            posted = browser.post(f"/admin/people/{user_id}/beginning", {"csrf_token": token, "choice": choice})
            assert posted.status == 404


def test_adm_02_drawing_takes_a_fresh_proof(provider: Provider, bob: Person) -> None:
    """ADM-02: ten minutes after the last proof nothing is drawn; whoever proves themselves is back at the person."""
    browser, person = staff(provider, "owner")
    page = browser.get(f"/admin/people/{bob.id}")
    provider.advance(601)
    with provider.unchanged("credentials"):
        asked = browser.submit(page, button="draw-code")
        assert "/login/" in asked.location
    back = person.answer(browser, browser.follow(asked), provider.clock.now())
    assert back.url.endswith(f"/admin/people/{bob.id}")


def test_ses_05_forms_of_others_draw_nothing(provider: Provider, owner: Browser, bob: Person) -> None:
    """SES-05: without this session's token nobody is added and nothing is drawn."""
    with provider.unchanged("credentials", "users"):
        assert owner.post(f"/admin/people/{bob.id}/beginning", {"choice": "ticket"}).status == 403
        assert owner.post(NEW, {"username": "x"}).status == 403


def activity_of(provider: Provider, person: Person) -> str:
    """Sign in with the app, and return what the page of activity says."""
    browser = provider.browser()
    provider.advance(30)
    provider.sign_in(browser, provider.bank, person)
    return browser.open("/account/activity").document.text


@pytest.mark.parametrize(("language", "subject"), [("en", "temporary code"), ("ja", "一時コード")])
def test_person_is_told_of_a_temporary_code(provider: Provider, bob: Person, language: str, subject: str) -> None:
    """At once and everywhere, with its end and the link that makes it worthless, and without the code."""
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        assert users.save(tx, replace(user, locale=language))
    browser, _ = staff(provider, "helpdesk")
    code = drawn_on(browser.submit(browser.get(f"/admin/people/{bob.id}"), button="draw-code"))
    (notice,) = messages(provider.database, to=address(bob), purpose=NOTICE)
    assert subject in notice.subject
    assert f"{provider.clock.now() + timedelta(hours=8):%Y-%m-%d %H:%M} UTC" in notice.text
    assert not any(part in notice.text for part in code.split("-"))
    report(provider.browser(), link_in(notice.text))
    assert held(provider, bob, "temporary_code") == []


def test_activity_says_what_became_of_a_temporary_code(provider: Provider, bob: Person) -> None:
    """Issued, used, or come to its end; of one that another voided, or that was used, no end is told."""
    browser, _ = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{bob.id}")
    drawn_on(browser.submit(page, button="draw-code"))
    provider.advance(60)
    code = drawn_on(browser.submit(page, button="draw-code"))
    assert activity_of(provider, bob).count("An administrator drew a temporary code for you") == 2
    theirs = provider.browser()
    page = theirs.follow(bob.identify(theirs, theirs.open(provider.bank.attempt(acr_values="urn:idp:acr:2sv").url)))
    page = theirs.open(f"{page.url}?another=1")
    page = theirs.follow(theirs.submit(page, button="choose-temporary_code"))
    assert theirs.submit(page, {"code": code}, button="challenge-submit").status == 303
    provider.advance(9 * 3600)
    said = activity_of(provider, bob)
    assert ("The temporary code was used" in said, "came to its end" in said) == (True, False)


def test_activity_says_that_a_temporary_code_came_to_its_end(provider: Provider, bob: Person) -> None:
    """At the moment of its end, and not before; in the API too."""
    browser, _ = staff(provider, "helpdesk")
    drawn_on(browser.submit(browser.get(f"/admin/people/{bob.id}"), button="draw-code"))
    end = provider.clock.now() + timedelta(hours=8)
    provider.advance(7 * 3600)
    assert "came to its end" not in activity_of(provider, bob)
    provider.advance(2 * 3600)
    assert "came to its end" in activity_of(provider, bob)
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        found = Activity(clock=provider.clock).recent(tx, user)
    assert [each.at for each in found if each.kind == "code_expired"] == [end]
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
