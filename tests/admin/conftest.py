"""What the tests of the console are given."""

import pytest

from idp.storage.engine import Database
from tests.admin.kit import Office, an_office
from tests.support.browser import Browser
from tests.support.fixtures import alice, bank, bob, browser, carol, filled, make_provider, provider, shared_provider
from tests.support.person import Person
from tests.support.provider import Provider

__all__ = ["alice", "bank", "bob", "browser", "carol", "filled", "make_provider", "provider", "shared_provider"]


def staff(provider: Provider, role: str) -> tuple[Browser, Person]:
    """Return the browser of an administrator who has opened the console."""
    person = provider.add_person(f"the-{role}", has_totp=True, roles=(role,))
    browser = provider.browser()
    page = person.answer(browser, browser.open("/admin/"), provider.clock.now())
    assert page.status == 200, page
    return browser, person


@pytest.fixture
def owner(provider: Provider) -> Browser:
    """The owner's browser, in the console."""
    return staff(provider, "owner")[0]


@pytest.fixture
def office(database: Database) -> Office:
    """Where policies are published: the shipped policy, and nobody there."""
    return an_office(database)
