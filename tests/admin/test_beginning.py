"""What somebody begins with, in the console: added by a form, a ticket, a temporary code; shown once, by rank."""

import pytest

from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.provider import Provider

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
