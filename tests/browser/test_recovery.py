"""A forgotten password in headless Chromium, at the demo: without scripts, and photographed in both languages."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_demo import complaints, photograph
from tests.support.demo import Demo
from tests.support.person import Person
from tests.support.recovery import NEW_PASSWORD, link_in

pytestmark = pytest.mark.browser


def newest_link(running: Demo, purpose: str, to: str, *, says: str = "") -> str:
    sent = requests.get(f"{running.bank}/outbox.json", timeout=10).json()
    return link_in(
        next(each["text"] for each in sent if (each["to"], each["purpose"]) == (to, purpose) and says in each["text"])
    )


def ask(page: Page, running: Demo, name: str) -> str:
    """Go from the page of sign-in to the link in the outbox."""
    page.goto(running.bank + "/sign-in")
    page.click("#forgot-password")
    page.fill("#username", name)
    page.click("#recover-submit")
    page.wait_for_url("**/recover/sent")
    return newest_link(running, "reset", f"{name}@example.com")


def sign_in(page: Page, running: Demo, person: Person) -> None:
    page.goto(running.bank + "/sign-in")
    page.fill("#username", person.username)
    page.fill("#password", person.password)
    page.click("#login-submit")


def test_alice_chooses_a_new_password(chrome: Browser, running: Demo) -> None:
    """Without scripts: forgotten, asked for, chosen, signed in; then somebody says it was not them."""
    page = chrome.new_context(java_script_enabled=False).new_page()
    page.goto(ask(page, running, "alice"))
    page.fill("#password", NEW_PASSWORD)
    page.click("#password-submit")
    page.wait_for_url("**/recover/cooling")
    alice = replace(running.person("alice"), password=NEW_PASSWORD)
    sign_in(page, running, alice)
    page.wait_for_url(running.bank + "/")
    page.goto(newest_link(running, "notice", "+12025550101", says="recovered"))
    page.click("#not-me-submit")
    page.wait_for_url("**/recover/safe")
    sign_in(page, running, running.person("alice"))
    page.wait_for_url(running.bank + "/")
    page.context.close()


def test_the_pages_of_recovery_look_right(chrome: Browser, running: Demo) -> None:
    """Each page by day and night, on a desk and on a phone, the longest in Japanese too; nothing complains."""
    page = chrome.new_page()
    troubles = complaints(page)
    page.goto(running.issuer + "/recover")
    photograph(page, "30-recover")
    link = ask(page, running, "dave")
    photograph(page, "31-sent")
    page.goto(link)
    photograph(page, "32-password")
    page.fill("#password", "short")
    page.click("#password-submit")
    in_japanese(page, "33-refused")
    page.fill("#password", NEW_PASSWORD)
    page.click("#password-submit")
    photograph(page, "34-cooling")
    page.goto(link)
    photograph(page, "35-over")
    page.goto(newest_link(running, "notice", "dave@example.com"))
    in_japanese(page, "36-not-me")
    page.click("#not-me-submit")
    photograph(page, "37-safe")
    page.context.close()
    assert [each for each in troubles if "410" not in each and "422" not in each] == []


def test_bob_trusts_his_browser(chrome: Browser, running: Demo) -> None:
    """Without scripts, under rules that excuse trusted browsers: wished at the code, listed, and stopped."""
    running.publish("default")
    page, bob = chrome.new_context(java_script_enabled=False).new_page(), running.person("bob")
    sign_in(page, running, bob)
    in_japanese(page, "39-trust")
    page.check("#trust-device")
    page.fill("#code", bob.code(datetime.now(UTC)))
    page.click("#challenge-submit")
    page.wait_for_url(running.bank + "/")
    page.goto(running.issuer + "/account/devices")
    in_japanese(page, "40-devices")
    page.context.clear_cookies(name=re.compile("session"))
    sign_in(page, running, bob)
    page.wait_for_url(running.bank + "/")
    page.goto(running.issuer + "/account/devices")
    page.click("#untrust-all")
    expect(page.locator("#code")).to_be_visible()
    page.context.close()


def test_bob_has_lost_his_phone(chrome: Browser, running: Demo) -> None:
    """From the page that asks for the code, by the link in the mailbox, to the day that it takes."""
    running.publish("demo")
    page = chrome.new_page()
    troubles = complaints(page)
    sign_in(page, running, running.person("bob"))
    page.wait_for_url(running.bank + "/")
    page.goto(running.issuer + "/account/password")
    in_japanese(page, "38-code")
    page.click("#lost-factors")
    in_japanese(page, "39-lost")
    page.click("#lost-submit")
    page.wait_for_url("**/recover/lost-sent")
    photograph(page, "40-lost-sent")
    page.goto(newest_link(running, "recovery", "bob@example.com"))
    in_japanese(page, "41-lost-confirm")
    page.click("#lost-confirm")
    page.wait_for_url("**/recover/lost-cooling")
    photograph(page, "42-lost-cooling")
    page.goto(running.issuer + "/account/password")
    expect(page.locator("#recovering")).to_be_visible()
    in_japanese(page, "43-recovering")
    page.context.close()
    assert troubles == []


def in_japanese(page: Page, name: str) -> None:
    """Take pictures of a page in both languages, and go on in English."""
    photograph(page, f"{name}-en")
    page.click("#language-ja")
    photograph(page, f"{name}-ja")
    page.click("#language-en")
