"""The account's pages and the ticket's in headless Chromium: what a person sees, in English and Japanese."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from idp.cli.main import main
from idp.demo.place import Place
from tests.browser.test_demo import complaints, photograph
from tests.support.demo import Demo

pytestmark = pytest.mark.browser
PAGES = ("", "profile", "factors", "sessions", "applications", "activity")
NEW = "violet umbrellas forget nothing"


def pictures(page: Page, running: Demo, language: str) -> None:
    """Photograph every page of the account in one language."""
    page.goto(running.issuer + "/account/")
    page.click(f"#language-{language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    for name in PAGES:
        page.goto(f"{running.issuer}/account/{name}")
        photograph(page, f"account-{name or 'overview'}-{language}")


def test_bob_looks_after_his_account(chrome: Browser, running: Demo) -> None:
    """From one page to the next, a step-up on the way to his password, and nothing complained about."""
    page, bob = chrome.new_page(), running.person("bob")
    troubles = complaints(page)
    page.goto(running.bank + "/sign-in")
    page.fill("#username", bob.username)
    page.fill("#password", bob.password)
    page.click("#login-submit")
    page.wait_for_url(running.bank + "/**")
    pictures(page, running, "ja")
    pictures(page, running, "en")
    page.goto(running.issuer + "/account/password")
    page.fill("#code", bob.code(datetime.now(UTC)))
    page.wait_for_url(running.issuer + "/account/password")
    page.fill("#new_password", "sunshine")
    page.click("#password-submit")
    expect(page.locator("#new_password")).to_be_focused()
    photograph(page, "account-password-refused-en")
    page.fill("#new_password", NEW)
    page.click("#password-submit")
    expect(page.locator("#done")).to_be_visible()
    photograph(page, "account-password-done-en")
    page.click("#language-ja")
    photograph(page, "account-password-ja")
    for name in ("email", "delete"):
        page.goto(f"{running.issuer}/account/{name}")
        photograph(page, f"account-{name}-ja")
    page.context.close()
    assert troubles == []


def test_link_of_a_ticket_fills_the_field(chrome: Browser, running: Demo, folder: Path) -> None:
    """The fragment goes into the field and out of the address; a password is chosen, and setting up begins."""
    page = chrome.new_page()
    troubles = complaints(page)
    page.goto(f"{running.issuer}/account/begin#{a_ticket(running, folder)}")
    assert page.url == f"{running.issuer}/account/begin"
    photograph(page, "begin-en")
    page.click("#begin-submit")
    page.fill("#new_password", NEW)
    photograph(page, "begin-password-en")
    page.click("#begin-submit")
    expect(page.locator("#choose-totp")).to_be_visible()
    photograph(page, "begin-choose-en")
    page.context.close()
    assert troubles == []


def a_ticket(running: Demo, folder: Path) -> str:
    """Draw a ticket for somebody new, by the command line."""
    place = Place(var=folder / "var", port=int(running.issuer.rpartition(":")[2]), rp_port=0)
    row = '{"username": "erin", "display_name": "Erin"}'
    with pytest.MonkeyPatch.context() as patch:
        for name, value in place.environ().items():
            patch.setenv(name, value)
        assert CliRunner().invoke(main, ["user", "import", "-"], input=row).exit_code == 0
        printed = CliRunner().invoke(main, ["user", "ticket", "erin"]).output
    return printed.splitlines()[0].partition("#")[2]
