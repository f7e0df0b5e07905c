"""The demo in headless Chromium: sign in at the bank, transfer, step up, see the claims; with and without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.support.chromium import SCREENSHOTS
from tests.support.demo import Demo, demo

pytestmark = pytest.mark.browser

SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The program itself."""
    with demo(Path(tmp_path_factory.mktemp("demo"))) as it:
        yield it


WIDER = """[...document.querySelectorAll("body *")]
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display === "block")
  .filter((element) => element.clientWidth > 0 && element.tagName !== "INPUT")
  .filter((element) => getComputedStyle(element).overflowX !== "auto")
  .map((element) => `${element.tagName} ${element.textContent.trim().slice(0, 40)}`)"""
"""What sticks out of its box; a box of its own that scrolls, such as a wide table's, is meant to."""


ONCE_WHOLE = "document.readyState === 'loading' ? null : {{said: ({script})}}"
"""A page that has only just come has no body yet. It is asked anew: where scripts are off, no timer of its runs."""


def photograph(page: Page, name: str) -> None:
    """Take pictures by day and night, on a desk and on a phone; nothing sticks out or needs sideways scrolling."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    hold_still(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no picture of a change half done
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            page.screenshot(path=SCREENSHOTS / f"{name}-{size}-{scheme}.png", full_page=True)
            assert asked(page, "document.documentElement.scrollWidth") <= viewport["width"], f"{name} on a {size}"
            assert asked(page, WIDER) == [], f"{name} on a {size}"
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(SIZES["desktop"])
    asked(page, "delete document.body.dataset.busy")


def hold_still(page: Page) -> None:
    """Let a page that looks again by itself wait, as it does while the browser asks something."""
    asked(page, "document.body.dataset.busy = ''")


def asked(page: Page, script: str) -> Any:
    """Return what a script says on a page that is whole, and may look again by itself at that very moment."""
    while True:
        try:
            answer = page.evaluate(ONCE_WHOLE.format(script=script))
        except Error as error:
            if "context was destroyed" not in error.message:
                raise
            answer = None
        if answer is not None:
            return answer.get("said")
        page.wait_for_load_state("domcontentloaded")


def test_bank_transfer_steps_up(chrome: Browser, running: Demo) -> None:
    """With scripts: the password at the bank, the code for the transfer (it sends itself), and then the claims."""
    page, bob = chrome.new_page(), running.person("bob")
    troubles = complaints(page)
    page.goto(running.bank + "/")
    photograph(page, "1-bank")
    page.click("#sign-in")
    photograph(page, "2-sign-in")
    page.fill("#username", bob.username)
    page.fill("#password", "not the password")
    page.click("#login-submit")
    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#username")).to_have_value(bob.username)
    expect(page.locator("#password")).to_have_value("")
    photograph(page, "3-sign-in-refused")
    page.fill("#password", bob.password)
    page.click("#login-submit")
    page.wait_for_url(running.bank + "/")
    photograph(page, "4-accounts")
    page.click("#transfer")
    page.fill("#to", "Harbor Books")
    page.fill("#amount", "25.00")
    photograph(page, "5-transfer")
    page.click("#transfer-submit")
    page.wait_for_url(running.issuer + "/login/*")
    assert page.locator("#password").count() == 0, "only the code is asked"
    photograph(page, "6-code")
    page.fill("#code", bob.wrong_code(datetime.now(UTC)))
    expect(page.locator("#problem")).to_be_visible()
    photograph(page, "7-code-refused")
    page.fill("#code", running.code(bob))
    page.wait_for_url(running.bank + "/transfer/done")
    photograph(page, "8-claims")
    said = page.inner_text("body")
    assert "urn:idp:acr:mfa" in said
    assert {"pwd", "otp", "mfa"} <= set(said.split())
    page.goto(running.bank + "/account")
    photograph(page, "9-account")
    page.context.close()
    assert troubles == []


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("ja-JP", "ja")])
def test_bank_keeps_its_shape(chrome: Browser, running: Demo, locale: str, language: str) -> None:
    """Every page of the bank, and the sign-in between them, is in the browser's language, and nothing sticks out."""
    page, bob = chrome.new_context(locale=locale).new_page(), running.person("bob")
    troubles = complaints(page)

    def looked_at(name: str) -> None:
        assert page.get_attribute("html", "lang") == language, name
        photograph(page, f"{language}-{name}")

    for name, path in (("1-bank", "/"), ("2-outbox", "/outbox"), ("3-authenticator", "/authenticator")):
        page.goto(running.bank + path)
        looked_at(name)
    page.click("#key-submit")
    looked_at("4-authenticator-refused")
    page.goto(running.bank + "/sign-in")
    looked_at("5-sign-in")
    page.fill("#username", bob.username)
    page.fill("#password", bob.password)
    page.click("#login-submit")
    page.wait_for_url(running.bank + "/")
    page.click("#transfer")
    page.click("#transfer-submit")
    looked_at("6-transfer-refused")
    page.fill("#to", "Harbor Books")
    page.fill("#amount", "25.00")
    page.click("#transfer-submit")
    page.wait_for_url(running.issuer + "/login/*")
    looked_at("7-code")
    page.goto(running.bank + "/")
    looked_at("8-waiting")
    page.click("#waiting-continue")
    page.fill("#code", running.code(bob))
    page.wait_for_url(running.bank + "/transfer/done")
    looked_at("9-claims")
    for name, path in (("10-account", "/account"), ("11-accounts", "/")):
        page.goto(running.bank + path)
        looked_at(name)
    page.click("#sign-out")
    page.wait_for_url(running.bank + "/signed-out*")
    looked_at("12-signed-out")
    assert troubles == []
    page.goto(running.bank + "/callback?code=x&state=nonesuch")
    looked_at("13-trouble")
    page.context.close()


def complaints(page: Page) -> list[str]:
    """Collect what the browser complains of, the refused forms (422) aside: policy violations, errors in scripts."""
    troubles: list[str] = []
    page.on(
        "console",
        lambda message: (
            troubles.append(message.text)
            if message.type in {"error", "warning"} and "422" not in message.text
            else None
        ),
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "requestfailed",  # what leaving a page cuts off is not refused
        lambda request: (
            troubles.append(f"{request.url} {request.failure}") if request.failure != "net::ERR_ABORTED" else None
        ),
    )
    return troubles


def test_bank_works_without_scripts(chrome: Browser, running: Demo) -> None:
    """Without scripts everything works too; the form is sent by its button."""
    context = chrome.new_context(java_script_enabled=False)
    page, bob = context.new_page(), running.person("bob")
    page.goto(running.bank + "/sign-in")
    page.fill("#username", bob.username)
    page.fill("#password", bob.password)
    page.click("#login-submit")
    page.wait_for_url(running.bank + "/")
    page.click("#transfer")
    page.fill("#to", "Harbor Books")
    page.fill("#amount", "10")
    page.click("#transfer-submit")
    page.fill("#code", running.code(bob))
    page.click("#challenge-submit")
    page.wait_for_url(running.bank + "/transfer/done")
    context.close()


def test_bank_tells_who_gave_no_second_proof(chrome: Browser, running: Demo) -> None:
    """alice has a password and a mailbox: five wrong codes, and she reads why it stops; the bank says it too."""
    page, alice = chrome.new_page(), running.person("alice")
    page.goto(running.bank + "/sign-in")
    page.fill("#username", alice.username)
    page.fill("#password", alice.password)
    page.click("#login-submit")
    page.click("#transfer")
    page.fill("#to", "Harbor Books")
    page.fill("#amount", "10")
    page.click("#transfer-submit")
    page.wait_for_url(running.issuer + "/login/*")
    page.click("#send-code")
    for _ in range(5):
        page.fill("#code", "no")
        page.click("#challenge-submit")
    expect(page.locator("#refuse-leave")).to_be_visible()
    photograph(page, "10-refused")
    page.click("#refuse-leave")
    page.wait_for_url(running.bank + "/**")
    photograph(page, "11-bank-refused")
    page.goto(running.bank + "/")
    expect(page.locator("#waiting-forget")).to_be_visible()
    page.click("#waiting-forget")
    page.wait_for_url(running.bank + "/")
    assert "Harbor Books" not in page.inner_text("body")
    page.context.close()


@pytest.mark.parametrize(
    "path", ["/nowhere", "/authorize", "/authorize?client_id=bank&redirect_uri=https://e.test", "/login/x"]
)
def test_error_pages_can_be_read(chrome: Browser, running: Demo, path: str) -> None:
    """Whatever is wrong, there is a page in words, with one heading."""
    page = chrome.new_page()
    answer = page.goto(running.issuer + path)
    assert answer is not None
    assert 400 <= answer.status < 500
    assert page.locator("h1").count() == 1
    photograph(page, "12-error-" + "".join(letter if letter.isalnum() else "-" for letter in path)[:24])
    page.context.close()


def test_outbox_can_be_read(chrome: Browser, running: Demo) -> None:
    """The outbox is a page for people, too."""
    page = chrome.new_page()
    page.goto(running.bank + "/outbox")
    photograph(page, "13-outbox")
    page.context.close()


def test_keyboard_alone_signs_in(chrome: Browser, running: Demo) -> None:
    """The name has the focus, Tab goes to the password and on to the button, Enter sends."""
    page, alice = chrome.new_page(), running.person("alice")
    page.goto(running.bank + "/sign-in")
    expect(page.locator("#username")).to_be_focused()
    page.keyboard.type(alice.username)
    page.keyboard.press("Tab")
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(alice.password)
    page.keyboard.press("Enter")
    page.wait_for_url(running.bank + "/")
    page.context.close()


def test_back_after_the_end_is_harmless(chrome: Browser, running: Demo) -> None:
    """Going back to the sign-in page after it is over leads on, not into an error."""
    page, alice = chrome.new_page(), running.person("alice")
    page.goto(running.bank + "/sign-in")
    page.fill("#username", alice.username)
    page.fill("#password", alice.password)
    page.click("#login-submit")
    page.wait_for_url(running.bank + "/")
    answer = page.go_back()
    assert answer is None or answer.status < 500
    assert page.locator("h1").count() == 1
    page.context.close()
