"""Setting up, text messages and other ways in headless Chromium, at the demo, with JavaScript off."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_demo import complaints, photograph
from tests.support.chromium import SCREENSHOTS, awaited
from tests.support.demo import Demo
from tests.support.person import Person

pytestmark = pytest.mark.browser


def newest_code(running: Demo, to: str) -> str:
    sent = requests.get(f"{running.bank}/outbox.json", timeout=10).json()
    text = next(message["text"] for message in sent if message["to"] == to and message["purpose"] == "code")
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    assert found
    return found.group()


def sign_in(page: Page, running: Demo, person: Person) -> None:
    page.goto(running.bank + "/sign-in")
    page.fill("#username", person.username)
    page.fill("#password", person.password)
    page.click("#login-submit")


def transfer(page: Page) -> None:
    page.click("#transfer")
    page.fill("#to", "Harbor Books")
    page.fill("#amount", "10")
    page.click("#transfer-submit")


def prove(page: Page, running: Demo, to: str) -> None:
    """Have a code sent, and type it."""
    page.click("#send-code")
    page.fill("#code", newest_code(running, to))
    page.click("#challenge-submit")


def test_alice_sets_up_an_app_on_the_way(chrome: Browser, running: Demo) -> None:
    """Password and proven mailbox: the transfer asks her to set up an app, shows backup codes, and goes through."""
    page, alice = chrome.new_context(java_script_enabled=False).new_page(), running.person("alice")
    sign_in(page, running, alice)
    transfer(page)
    prove(page, running, "alice@example.com")
    page.click("#choose-totp")
    holder = replace(alice, totp_secret=page.inner_text("#totp-secret").replace(" ", ""))
    page.fill("#code", holder.code(datetime.now(UTC)))
    page.click("#enrol-submit")
    expect(page.locator("#backup-codes li")).to_have_count(10)
    code = page.locator("#backup-codes li").first.inner_text()
    keep(page, code)
    page.click("#enrol-submit")
    page.wait_for_url(running.bank + "/transfer/done")
    assert "urn:idp:acr:mfa" in page.inner_text("body")
    page.goto(running.issuer + "/account/factors")
    assert "10 codes left" in page.inner_text("body")
    page.context.close()
    take_a_backup_code(chrome.new_context(java_script_enabled=False).new_page(), running, alice, code)


def keep(page: Page, code: str) -> None:
    """Without scripts the list can be saved as a file, and printed as black on white; what takes a script is hidden."""
    expect(page.locator("#codes-copy")).to_be_hidden()
    expect(page.locator("#codes-print")).to_be_hidden()
    with page.expect_download() as download:
        page.click("#codes-download")
    saved = Path(download.value.path()).read_text()
    assert (download.value.suggested_filename, code in saved) == ("backup-codes.txt", True)
    page.emulate_media(media="print")
    expect(page.locator("#enrol-submit")).to_be_hidden()
    expect(page.locator(".printed")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "25-backup-codes-printed.png")
    page.emulate_media(media="screen")


def take_a_backup_code(page: Page, running: Demo, alice: Person, code: str) -> None:
    """In another browser, without her phone: another way, and a code of the list."""
    sign_in(page, running, alice)
    transfer(page)
    expect(page.locator("#choose-backup_code")).to_be_hidden()
    page.click("#try-another")
    page.click("#choose-backup_code")
    page.fill("#code", code.lower())
    page.click("#challenge-submit")
    page.wait_for_url(running.bank + "/transfer/done")
    page.context.close()


def test_carol_takes_a_text_message(chrome: Browser, running: Demo) -> None:
    """The transfer by text message, without scripts."""
    page, carol = chrome.new_context(java_script_enabled=False).new_page(), running.person("carol")
    sign_in(page, running, carol)
    transfer(page)
    prove(page, running, "+12025550103")
    page.wait_for_url(running.bank + "/transfer/done")
    assert "urn:idp:acr:mfa" in page.inner_text("body")
    page.context.close()


def test_dave_is_made_to_enrol(chrome: Browser, running: Demo) -> None:
    """At sign-in dave proves his mailbox and sets up a number, then the bank lets him in; photographed on the way."""
    page, dave = chrome.new_page(), running.person("dave")
    troubles = complaints(page)
    sign_in(page, running, dave)
    photograph(page, "20-send")
    page.click("#send-code")
    photograph(page, "21-sent")
    page.fill("#code", newest_code(running, "dave@example.com"))
    expect(page.locator("#choose-totp")).to_be_visible()
    photograph(page, "22-choose")
    page.click("#choose-totp")
    photograph(page, "23-app")
    page.click("#try-another")
    page.click("#choose-sms")
    page.fill("#phone", "+1 202 555 0188")
    photograph(page, "24-number")
    page.click("#send-code")
    page.fill("#code", newest_code(running, "+12025550188"))
    expect(page.locator("#backup-codes li")).to_have_count(10)
    photograph(page, "25-backup-codes")
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=running.issuer)
    page.click("#codes-copy")
    expect(page.locator("#codes-state")).to_have_text("Copied")
    shown = page.locator("#backup-codes li").all_inner_texts()
    assert awaited(page, "navigator.clipboard.readText()").split() == shown
    page.click("#codes-print")
    assert page.title() == "printed"
    page.click("#enrol-submit")
    page.wait_for_url(running.bank + "/")
    page.goto(running.issuer + "/account/factors")
    photograph(page, "26-methods")
    page.goto(running.issuer + "/account/sessions")
    photograph(page, "27-sessions")
    page.context.close()
    assert troubles == []


def test_bob_approves_on_another_device(chrome: Browser, running: Demo) -> None:
    """A laptop with scripts asks, a phone without them approves; then the laptop goes on by itself."""
    phone = chrome.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    laptop, bob = chrome.new_page(), running.person("bob")
    troubles = complaints(laptop)
    sign_in(phone, running, bob)
    phone.goto(running.issuer + "/account/approvals")
    photograph(phone, "60-approvals-first")
    phone.click("#prove-submit")
    phone.fill("#code", bob.code(datetime.now(UTC)))
    phone.click("#challenge-submit")
    phone.fill("#label", "Phone")
    photograph(phone, "61-approvals-off")
    phone.click("#turn-on-submit")
    expect(phone.locator("#nothing-waits")).to_be_visible()
    photograph(phone, "62-approvals-on")
    sign_in(laptop, running, bob)
    transfer(laptop)
    laptop.click("#try-another")
    laptop.click("#choose-approval")
    photograph(laptop, "63-approval-send")
    laptop.click("#send-code")
    photograph(laptop, "64-approval-number")
    number = laptop.inner_text("#approval-number")
    # The phone's page looks again by itself: to send it there as well would meet that half-way.
    field = phone.locator("input.code")
    expect(field).to_be_visible()
    field.fill(number.strip())
    photograph(phone, "65-approvals-waiting")
    phone.click("#language-ja")
    photograph(phone, "66-approvals-waiting-ja")
    phone.locator("input.code").fill(number.strip())
    phone.click("button[id^='approve-']")
    photograph(phone, "67-approved-ja")
    laptop.wait_for_url(running.bank + "/**")
    phone.context.close()
    laptop.context.close()
    assert troubles == []
