"""Ways to sign in that the demo does not show, in headless Chromium, at a provider of this process."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_demo import complaints, hold_still, photograph
from tests.support.chromium import awaited
from tests.support.enrolment import address, bind, held
from tests.support.fixtures import Template, maker
from tests.support.gateway import Answer, Gateway, gateway
from tests.support.live import live
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.push import Subscribed
from tests.support.verifier import NAME, Verifier, verifier_site

DEMO = Path("policies", "demo.yaml").read_text()
POLICY = DEMO.replace("email, backup_code]", f"email, backup_code, recovery_code, {NAME}]")
NOW: list[Callable[[], datetime]] = [lambda: datetime.now(UTC)]
"""The provider's clock, for the verifier that is there before it."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def push_service() -> Iterator[Gateway]:
    with gateway() as it:
        it.usual = Answer(201)
        yield it


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with verifier_site(lambda: NOW[0]()) as it:
        yield it


@pytest.fixture(scope="module")
def provider(
    request: pytest.FixtureRequest, filled: Template, push_service: Gateway, verifier: Verifier
) -> Iterator[Provider]:
    """One provider for this file, with every factor that the demo leaves out."""
    settings = {
        "IDP_PUSH_SERVICES": push_service.url,
        "IDP_VERIFIERS": verifier.declared(),
        "IDP_SMS_URL": f"webhook+http://{'x' * 32}@{push_service.host}/#sms,voice",
    }
    with ExitStack() as stack:
        make = stack.enter_context(maker(request, filled))
        it = stack.enter_context(live(lambda issuer: make(issuer=issuer, **settings)))
        it.publish(POLICY)
        it.add_client("till", redirect_uris=(f"{push_service.url}/callback",))
        NOW[0] = it.clock.now
        yield it


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
    # The page that shows what waits looks again by itself; what is told is told while another one is open.
    hold_still(page)
    page.goto(provider.issuer + METHODS)
    laptop = without_scripts(chrome)
    sign_in(laptop, provider, bob, "/account/approvals")
    laptop.click("#prove-submit")
    laptop.click("#try-another")
    laptop.click("#choose-approval")
    laptop.click("#send-code")
    number = laptop.inner_text("#approval-number").strip()
    provider.deliver()
    (got,) = [each for each in push_service.told if each.path == "/push/phone"]
    shown = notified(page, subscribed.read(got.body).decode())
    assert shown == [["A sign-in waits for you", "Is this you, signing in to your account?", "en"]]
    page.goto(provider.issuer + "/account/approvals")
    page.locator("input.code").fill(number)
    page.click("button[id^='approve-']")
    expect(page.locator("#done")).to_be_visible()
    laptop.click("#challenge-submit")
    expect(laptop.locator("#prove-submit")).to_be_visible()
    page.click("#tell-not-submit")
    expect(page.locator("#told")).to_have_count(0)
    (device,) = held(provider, bob, "approval")
    page.goto(f"{provider.issuer}{METHODS}/{device}")
    page.fill("#label", "Old phone")
    page.click("#rename-submit")
    expect(page.locator(f"#method-{device}")).to_contain_text("Old phone")
    page.goto(f"{provider.issuer}{METHODS}/{device}")
    page.click("#remove-submit")
    expect(page.locator(f"#method-{device}")).to_have_count(0)
    laptop.context.close()
    context.close()
    assert troubles == []


ACTIVE = """(async () => {
  const here = await navigator.serviceWorker.ready;
  while (here.active?.state !== "activated") await new Promise((done) => setTimeout(done, 20));
})()"""
SHOWN = """(async () => {
  const here = await navigator.serviceWorker.ready;
  for (let all = []; ; all = await here.getNotifications()) {
    if (all.length) return all.map((each) => [each.title, each.body, each.lang]);
    await new Promise((done) => setTimeout(done, 20));
  }
})()"""


def notified(page: Page, payload: str) -> list[list[str]]:
    """Hand a push message to the browser's worker, as its push service does, and return the notifications it shows."""
    session, found = page.context.new_cdp_session(page), list[str]()
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    awaited(page, ACTIVE)
    session.send("ServiceWorker.enable")
    origin = page.evaluate("location.origin")
    for _ in range(1_500):  # told soon after this domain of the protocol is turned on
        if found:
            break
        page.wait_for_timeout(20)
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": payload})
    return list(awaited(page, SHOWN))


METHODS = "/account/factors"
MFA, TWO = "urn:idp:acr:mfa", "urn:idp:acr:2sv"
NUMBERS = {"sms": "+12025550121", "voice": "+12025550122"}


class Life:
    """One person and one more way to sign in: how it is set up, and how it is used; no script runs, in Japanese."""

    def __init__(self, chrome: Browser, provider: Provider, factor: str) -> None:
        self.provider = provider
        self.factor = factor
        self.person = provider.add_person(f"life-{factor}", has_totp=True)
        self.app = self.person
        self.codes: list[str] = []
        self.chrome = chrome

    def page(self) -> Page:
        """A browser that has never been here."""
        phone = {"width": 360, "height": 740}
        return self.chrome.new_context(java_script_enabled=False, locale="ja-JP", viewport=phone).new_page()

    def set_up(self, page: Page) -> None:
        """Do what the page of this factor asks."""
        match self.factor:
            case "totp":
                self.app = replace(self.person, totp_secret=page.inner_text("#totp-secret").replace(" ", ""))
                page.fill("#label", "Tablet")
                page.fill("#code", self.app.code(self.provider.clock.now()))
            case "sms" | "voice":
                page.fill("#phone", NUMBERS[self.factor])
                page.click("#send-code")
                page.fill("#code", self.code())
            case "backup_code":
                self.codes = page.locator("#backup-codes li").all_inner_texts()
            case "recovery_code":
                self.codes = [page.inner_text("#recovery-code").strip()]
            case _:
                self.there_and_back(page)
        page.click("#enrol-submit")
        if page.locator("#enrol-skip").count():
            page.click("#enrol-skip")

    def prove(self, page: Page) -> None:
        """Choose this factor where another is asked, and answer."""
        self.provider.advance(70)
        if not page.locator("#challenge-submit, #send-code, #go-elsewhere").count() or self.is_another(page):
            page.click("#try-another")
            page.click(f"#choose-{self.factor}")
        match self.factor:
            case "totp":
                page.fill("#code", self.app.code(self.provider.clock.now()))
            case "sms" | "voice" | "email":
                page.click("#send-code")
                page.fill("#code", self.code())
            case "backup_code" | "recovery_code":
                page.fill("#code", self.codes.pop())
            case _:
                self.there_and_back(page)
        page.click("#challenge-submit")
        if self.factor == "recovery_code":
            self.codes = [page.inner_text("#recovery-code").strip()]
            page.click("#enrol-submit")

    def is_another(self, page: Page) -> bool:
        """Tell whether the page could change to this factor."""
        return page.locator(f"#choose-{self.factor}").count() > 0

    def code(self) -> str:
        """Return the code that was sent last."""
        to = NUMBERS.get(self.factor, address(self.person))
        text = messages(self.provider.database, to=to, purpose="code")[0].text
        return re.sub(r"\D", "", text)[:6] if self.factor == "voice" else newest_code(self.provider.database, to)

    def there_and_back(self, page: Page) -> None:
        """Go to the verifier, and let it see the badge."""
        page.click("#go-elsewhere")
        page.click("#seen")


@pytest.mark.parametrize("factor", ["totp", "sms", "voice", "backup_code", "recovery_code", NAME])
def test_life_of_a_method(chrome: Browser, provider: Provider, factor: str) -> None:
    """Set up in the account, renamed, used at sign-in and at a step-up, removed; a lost list is replaced by another."""
    life = Life(chrome, provider, factor)
    page = life.page()
    sign_in(page, provider, life.person, METHODS)
    page.click(f"#add-{factor}")
    give_code(page, provider, life.person)
    life.set_up(page)
    page.wait_for_url(f"**{METHODS}")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    if factor == NAME:
        photograph(page, "80-methods-with-verifier")
    method = held(provider, life.person, factor)[-1]
    page.goto(f"{provider.issuer}{METHODS}/{method}")
    page.fill("#label", "予備")
    page.click("#rename-submit")
    expect(page.locator(f"#method-{method}")).to_contain_text("予備")
    used(life)
    if factor == "backup_code":
        method = made_anew(life, page, method)
    page.goto(f"{provider.issuer}{METHODS}/{method}")
    page.click("#remove-submit")
    expect(page.locator(f"#method-{method}")).to_have_count(0)
    page.context.close()


def made_anew(life: Life, page: Page, lost: str) -> str:
    """Make another list in the place of the lost one, whose codes are worth nothing from then on; return its id."""
    old = life.codes
    page.goto(life.provider.issuer + METHODS)
    page.click("#add-backup_code")
    life.set_up(page)
    page.wait_for_url(f"**{METHODS}")
    (another,) = held(life.provider, life.person, "backup_code")
    assert another != lost
    life.codes = old
    thief = life.page()
    sign_in(thief, life.provider, life.person, "/account/")
    thief.goto(life.provider.parties["till"].attempt(acr_values=MFA).url)
    life.prove(thief)
    expect(thief.locator("#problem")).to_be_visible()
    thief.context.close()
    return another


def test_life_of_a_mailbox(chrome: Browser, provider: Provider) -> None:
    """A mailbox is bound by proving it, and by nothing else: no page sets it up, renames or removes it; it is used."""
    life = Life(chrome, provider, "email")
    bind(provider, life.person, email=True)
    (method,) = held(provider, life.person, "email")
    page = life.page()
    sign_in(page, provider, life.person, METHODS)
    expect(page.locator(f"#method-{method}")).to_contain_text("l•••@example.com")
    expect(page.locator("#add-email")).to_have_count(0)
    expect(page.locator(f"a[href='{METHODS}/{method}']")).to_have_count(0)
    page.context.close()
    used(life, acr=TWO)


def used(life: Life, *, acr: str = MFA) -> None:
    """Sign in from nothing, and step up from a password, each time with this factor."""
    for path in ("", "/account/"):
        page, attempt = life.page(), life.provider.parties["till"].attempt(acr_values=acr)
        if path:
            sign_in(page, life.provider, life.person, path)
            page.goto(attempt.url)
        else:
            page.goto(attempt.url)
            page.fill("#username", life.person.username)
            page.fill("#password", life.person.password)
            page.click("#login-submit")
        life.prove(page)
        page.wait_for_url("**/callback*")
        assert "code=" in page.url
        page.context.close()


def test_app_is_replaced_and_lost(chrome: Browser, provider: Provider) -> None:
    """A new app takes the old one's place once it has worked; when it is lost the recovery code helps, and renews."""
    life = Life(chrome, provider, "totp")
    page = life.page()
    sign_in(page, provider, life.person, METHODS)
    page.click("#add-recovery_code")
    give_code(page, provider, life.person)
    code = page.inner_text("#recovery-code").strip()
    with page.expect_download() as download:
        page.click("#codes-download")
    assert code in Path(download.value.path()).read_text()
    page.click("#enrol-submit")
    (old,) = held(provider, life.person)
    page.goto(f"{provider.issuer}{METHODS}/{old}")
    page.click("#replace-submit")
    life.set_up(page)
    page.wait_for_url(f"**{METHODS}")
    assert old not in held(provider, life.person)
    page.context.close()
    lost = life.page()
    lost.goto(provider.parties["till"].attempt(acr_values=MFA).url)
    lost.fill("#username", life.person.username)
    lost.fill("#password", life.person.password)
    lost.click("#login-submit")
    lost.click("#try-another")
    lost.click("#choose-recovery_code")
    photograph(lost, "81-recovery-code")
    lost.fill("#code", code)
    lost.click("#challenge-submit")
    assert lost.inner_text("#recovery-code").strip() != code
    photograph(lost, "82-recovery-code-renewed")
    lost.click("#enrol-submit")
    lost.wait_for_url("**/callback*")
    lost.goto(f"{provider.issuer}{METHODS}/{held(provider, life.person)[0]}")
    lost.click("#remove-submit")
    lost.context.close()


def test_verifier_is_gone_to_with_scripts(chrome: Browser, provider: Provider) -> None:
    """With scripts the page that one comes back to goes on by itself; nothing complains; photographed on the way."""
    life = Life(chrome, provider, NAME)
    page = chrome.new_page()
    troubles = complaints(page)
    sign_in(page, provider, life.person, METHODS)
    page.click(f"#add-{NAME}")
    give_code(page, provider, life.person)
    photograph(page, "83-verifier-set-up")
    life.there_and_back(page)
    page.click("#enrol-skip")
    page.wait_for_url(f"**{METHODS}")
    page.context.clear_cookies()
    page.goto(provider.parties["till"].attempt(acr_values=MFA).url)
    page.fill("#username", life.person.username)
    page.fill("#password", life.person.password)
    page.click("#login-submit")
    page.click("#try-another")
    page.click(f"#choose-{NAME}")
    photograph(page, "84-verifier")
    life.there_and_back(page)
    page.wait_for_url("**/callback*")
    page.context.close()
    assert troubles == []
