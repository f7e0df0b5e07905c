"""Table E: a session that was copied out of its browser."""

import pytest

from tests.support.atlas import browser_at
from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider

HOME, ABROAD = "203.0.113.7", "198.51.100.9"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
UPDATED = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
CURL = "curl/8.5.0"


@pytest.fixture
def ada(provider: Provider) -> Person:
    return provider.add_person("ada", has_totp=True, roles=("owner",))


@pytest.fixture
def desk(provider: Provider, ada: Person) -> Browser:
    """The owner's browser, in the console, some minutes after she proved who she is."""
    browser = browser_at(provider, HOME, FIREFOX)
    assert ada.answer(browser, browser.open("/admin/"), provider.clock.now()).url.endswith("/admin/")
    provider.advance(150)
    return browser


def copied(provider: Provider, browser: Browser, address: str, agent: str) -> Browser:
    """Return another browser with the same cookies."""
    other = browser_at(provider, address, agent)
    other.jar = browser.jar.copy()
    return other


def disable(browser: Browser, person: Person) -> Page:
    return browser.submit(browser.get(f"/admin/people/{person.id}"), button="disable")


@pytest.mark.parametrize("path", ["/admin/", "/admin/people", "/admin/policies"])
def test_ses_26_copied_session_is_asked_before_it_sees_anything(provider: Provider, desk: Browser, path: str) -> None:
    """SES-26: in another network and another browser the console is closed until a new proof."""
    thief = copied(provider, desk, ABROAD, CURL)
    page = thief.get(path)
    assert "/login/" in page.location, page
    assert thief.follow(page).has("challenge-submit")
    assert desk.get("/admin/").status == 200, "hers goes on"


def test_ses_26_copied_session_changes_nothing(provider: Provider, desk: Browser, alice: Person) -> None:
    """SES-26: nor does a form that was filled in her browser count when it comes from elsewhere."""
    shown = desk.get(f"/admin/people/{alice.id}")
    thief = copied(provider, desk, ABROAD, CURL)
    answer = thief.submit(shown, button="disable")
    assert "/login/" in answer.location
    factors = desk.get("/account/factors")
    with provider.unchanged("credentials"):
        asked = thief.follow(thief.submit(factors, button="add-totp"))
    assert asked.has("challenge-submit"), "a proof first"
    assert not desk.follow(desk.submit(factors, button="add-totp")).has("challenge-submit"), "she just goes on"
    assert provider.stored("users", "disabled_at") == {None}


def test_ses_26_who_has_moved_goes_on_with_one_proof(
    provider: Provider, desk: Browser, ada: Person, alice: Person
) -> None:
    """SES-26: a code from her app is all it takes, and from then on this is where the session is; the copy is dead."""
    elsewhere = copied(provider, desk, ABROAD, CURL)
    page = elsewhere.open("/admin/people")
    page = elsewhere.follow(ada.give_code(elsewhere, page, ada.code(provider.clock.now())))
    assert page.has("people")
    provider.advance(150)
    assert "/login/" not in disable(elsewhere, alice).location
    assert "/login/" in desk.get("/admin/").location, "the secret she had is of no use any more"


@pytest.mark.parametrize(
    ("address", "agent"), [(ABROAD, FIREFOX), (HOME, CURL), (ABROAD, UPDATED), ("203.0.113.99", CURL)]
)
def test_ses_26_either_alone_is_everyday_life(
    provider: Provider, desk: Browser, alice: Person, address: str, agent: str
) -> None:
    """A laptop changes networks, and a browser is updated on the way: nobody is asked for that."""
    assert "/login/" not in disable(copied(provider, desk, address, agent), alice).location
