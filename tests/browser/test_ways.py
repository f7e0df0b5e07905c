"""Ways to sign in that the demo does not show, in headless Chromium, at a provider of this process."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_demo import complaints, photograph
from tests.support.fixtures import Template, maker
from tests.support.gateway import Answer, Gateway, gateway
from tests.support.live import live
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.push import Subscribed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("chromium")]


@pytest.fixture(scope="module")
def push_service() -> Iterator[Gateway]:
    with gateway() as it:
        it.usual = Answer(201)
        yield it


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest, filled: Template, push_service: Gateway) -> Iterator[Provider]:
    """One provider for this file."""
    with ExitStack() as stack:
        make = stack.enter_context(maker(request, filled))
        yield stack.enter_context(live(lambda issuer: make(issuer=issuer, IDP_PUSH_SERVICES=push_service.url)))


def without_scripts(chrome: Browser) -> Page:
    """Return a page of a phone on which no script runs."""
    return chrome.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()


def sign_in(page: Page, provider: Provider, person: Person, path: str) -> None:
    """Open one of the account's pages, with the password."""
    page.goto(provider.issuer + path)
    page.fill("#username", person.username)
    page.fill("#password", person.password)
    page.click("#login-submit")


def give_code(page: Page, provider: Provider, person: Person) -> None:
    """Give the code that the app shows next."""
    provider.advance(30)
    page.fill("#code", person.code(provider.clock.now()))
    page.click("#challenge-submit")


SUBSCRIBES = """(fields) => {
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (letter) => letter.charCodeAt(0)).buffer;
  const made = { endpoint: fields.endpoint, getKey: (name) => bytes(fields[name]) };
  PushManager.prototype.subscribe = async () => { localStorage.told = "1"; return made; };
  PushManager.prototype.getSubscription = async () => (localStorage.told ? made : null);
}"""


def subscribing(context: BrowserContext, subscribed: Subscribed) -> None:
    """Let this browser subscribe at our push service: Chromium's own is one that no test may reach."""
    context.add_init_script(f"({SUBSCRIBES})({json.dumps(subscribed.fields)})")


def test_phone_is_told_and_approves(chrome: Browser, provider: Provider, push_service: Gateway) -> None:
    """Notifications are turned on; what our push service was given, the worker shows; the page it opens approves."""
    bob, subscribed = provider.people["bob"], Subscribed(f"{push_service.url}/push/phone")
    context = chrome.new_context(permissions=["notifications"])
    subscribing(context, subscribed)
    page = context.new_page()
    troubles = complaints(page)
    sign_in(page, provider, bob, "/account/approvals")
    page.click("#prove-submit")
    give_code(page, provider, bob)
    page.click("#turn-on-submit")
    expect(page.locator("#tell-submit")).to_be_visible()
    photograph(page, "70-notifications-off")
    page.click("#tell-submit")
    expect(page.locator("#told")).to_be_visible()
    expect(page.locator("#tell-submit")).to_be_hidden()
    photograph(page, "71-notifications-on")
    laptop = without_scripts(chrome)
    sign_in(laptop, provider, bob, "/account/approvals")
    laptop.click("#prove-submit")
    laptop.click("#try-another")
    laptop.click("#choose-approval")
    laptop.click("#send-code")
    number = laptop.inner_text("#approval-number").strip()
    provider.deliver()
    shown = notified(page, subscribed.read(push_service.told[-1].body).decode())
    assert shown == [["A sign-in waits for you", "Is this you, signing in to your account?", "en"]]
    page.goto(provider.issuer + "/account/approvals")
    page.locator("input.code").fill(number)
    page.click("button[id^='approve-']")
    expect(page.locator("#done")).to_be_visible()
    laptop.click("#challenge-submit")
    expect(laptop.locator("#prove-submit")).to_be_visible()
    page.click("#tell-not-submit")
    expect(page.locator("#told")).to_have_count(0)
    laptop.context.close()
    context.close()
    assert troubles == []


ACTIVE = """async () => {
  const here = await navigator.serviceWorker.ready;
  while (here.active?.state !== "activated") await new Promise((done) => setTimeout(done, 20));
}"""
SHOWN = """async () => {
  const here = await navigator.serviceWorker.ready;
  for (let tries = 0; tries < 200; tries += 1) {
    const all = await here.getNotifications();
    if (all.length) return all.map((each) => [each.title, each.body, each.lang]);
    await new Promise((done) => setTimeout(done, 20));
  }
  return [];
}"""


def notified(page: Page, payload: str) -> list[list[str]]:
    """Hand a push message to the browser's worker, as its push service does, and return the notifications it shows."""
    session, found = page.context.new_cdp_session(page), list[str]()
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    page.evaluate(ACTIVE)
    session.send("ServiceWorker.enable")
    origin = page.evaluate("location.origin")
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": payload})
    return list(page.evaluate(SHOWN))
