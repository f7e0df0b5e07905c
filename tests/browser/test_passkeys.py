"""Passkeys in headless Chromium, at the demo, on devices of Chromium's own making (its virtual authenticators)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, expect

from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage import versions
from idp.storage.engine import Database
from tests.browser.test_demo import complaints, photograph
from tests.support.database import secret_keys
from tests.support.demo import Demo

pytestmark = pytest.mark.browser

PHONE = {"transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
SYNCED = PHONE | {"defaultBackupEligibility": True, "defaultBackupState": True}
KEY = {"transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
"""Chromium makes no discoverable passkey on a device that cannot verify: such a key stands beside a password."""
PIN_KEY = {"transport": "usb", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}


AT_ONCE = """const make = navigator.credentials.create.bind(navigator.credentials);
navigator.credentials.create = ({ mediation, ...asked }) => make(asked);"""


class Device:
    """An authenticator at a page's browser."""

    def __init__(self, session: CDPSession, options: dict[str, Any]) -> None:
        self._session = session
        fixed = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "automaticPresenceSimulation": True}
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": fixed | options})
        self._id = added["authenticatorId"]

    def set(self, name: str, **values: Any) -> None:
        self._session.send(f"WebAuthn.{name}", {"authenticatorId": self._id, **values})

    def credentials(self) -> list[Any]:
        return list(self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"])

    def leave(self) -> None:
        self.set("removeVirtualAuthenticator")


class Booth:
    """One browser of bob's, and the device that is at it."""

    def __init__(self, chrome: Browser, running: Demo) -> None:
        self.running = running
        self.bob = running.person("bob")
        self.page = chrome.new_context().new_page()
        self._complaints = complaints(self.page)
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        self._session.send("Page.enable")
        self._device: Device | None = None

    @property
    def troubles(self) -> list[str]:
        """What the browser complains of; that autofill leaves a page before its pictures are there is none."""
        return [trouble for trouble in self._complaints if "ERR_ABORTED" not in trouble]

    def use(self, options: dict[str, Any]) -> Device:
        """Put this device in the place of the one that is there."""
        if self._device is not None:
            self._device.leave()
        self._device = Device(self._session, options)
        return self._device

    def sign_in(self, device: Device) -> None:
        """Sign in with the password; the device waits, else autofill would be faster."""
        self.page.context.clear_cookies()
        device.set("setAutomaticPresenceSimulation", enabled=False)
        self.page.goto(self.running.bank + "/sign-in")
        self.page.fill("#username", self.bob.username)
        self.page.fill("#password", self.bob.password)
        self.page.click("#login-submit")
        self.page.wait_for_url(self.running.bank + "/")
        device.set("setAutomaticPresenceSimulation", enabled=True)

    def make(self, name: str = "") -> None:
        """Make a passkey on the account page; what is asked before is answered, what is offered after is put off."""
        page = self.page
        page.goto(self.running.issuer + "/account/factors")
        page.click("#add-passkey")
        if page.locator("#code").count():
            page.fill("#code", self.running.code(self.bob))
            page.press("#code", "Enter")
        expect(page.locator("#enrol-submit")).to_be_visible()
        if name:
            photograph(page, name)
        page.click("#enrol-submit")
        expect(page.locator("#backup-codes, #add-passkey")).to_be_visible()
        if page.locator("#enrol-skip").count():
            page.click("#enrol-skip")
        page.wait_for_url(self.running.issuer + "/account/factors")

    def rename(self, label: str, new: str) -> None:
        self.page.goto(self.running.issuer + "/account/factors")
        self.page.locator("li.row-plain", has_text=label).get_by_role("link").click()
        self.page.fill("#label", new)
        self.page.click("#rename-submit")
        expect(self.page.locator("li.row-plain", has_text=new)).to_have_count(1)

    def remove(self, label: str) -> None:
        self.page.goto(self.running.issuer + "/account/factors")
        self.page.locator("li.row-plain", has_text=label).get_by_role("link").click()
        self.page.click("#remove-submit")
        expect(self.page.locator("li.row-plain", has_text=label)).to_have_count(0)

    def transfer(self, name: str = "") -> set[str]:
        """Transfer money; the passkey alone is asked. Return the words of the bank's page of claims."""
        page = self.page
        page.goto(self.running.bank + "/transfer")
        page.fill("#to", "Harbor Books")
        page.fill("#amount", "10")
        page.click("#transfer-submit")
        page.wait_for_url(self.running.issuer + "/login/*")
        if name:
            photograph(page, name)
        page.click("#challenge-submit")
        page.wait_for_url(self.running.bank + "/transfer/done")
        return set(page.inner_text("body").split())

    def forget(self) -> None:
        """Be another browser, with the same device."""
        self.page.context.clear_cookies()

    @contextmanager
    def without_autofill(self) -> Iterator[None]:
        """Let the browser offer no passkeys by itself: at these devices it would choose at once."""
        off = {"source": "PublicKeyCredential.isConditionalMediationAvailable = async () => false"}
        added = self._session.send("Page.addScriptToEvaluateOnNewDocument", off)
        yield
        self._session.send("Page.removeScriptToEvaluateOnNewDocument", added)

    def sign_in_by_button(self, name: str = "") -> set[str]:
        """Sign in with the passkey alone, and return the words of the bank's page about it."""
        self.forget()
        with self.without_autofill():
            self.page.goto(self.running.bank + "/sign-in")
            if name:
                photograph(self.page, name)
            self.page.click("#choose-passkey")
            self.page.wait_for_url(self.running.bank + "/")
        self.page.goto(self.running.bank + "/account")
        return set(self.page.inner_text("body").split())


@pytest.fixture
def booth(chrome: Browser, running: Demo) -> Iterator[Booth]:
    """One browser of bob's."""
    it = Booth(chrome, running)
    yield it
    it.page.context.close()


def preferring_verification(running: Demo) -> None:
    """Put the demo's policy in force with keys that need not verify their owner."""
    source = Path("policies/demo.yaml").read_text(encoding="utf-8").replace("n: required, a", "n: preferred, a")
    database, now = Database.open(f"sqlite:///{running.var / 'idp.sqlite3'}", keys=secret_keys()), datetime.now(UTC)
    version = BundleVersion(version="preferring", name="demo", text=source, parent="", created_at=now)
    with database.transaction() as tx:
        bundles.add(tx, version)
        bundles.publish(tx, version.version, now)
        versions.bump(tx, "bundle")
    database.close()


def test_passkey_on_a_phone(booth: Booth) -> None:
    """Made on the account page; steps up; signs in by autofill and by its button; renamed, removed and then unknown."""
    page, device = booth.page, booth.use(PHONE)
    booth.sign_in(device)
    booth.make("30-passkey-set-up")
    assert len(device.credentials()) == 1
    photograph(page, "31-passkey-methods")
    booth.sign_in(device)
    assert {"pwd", "pop", "user", "mfa", "urn:idp:acr:mfa"} <= booth.transfer("32-passkey-step-up")
    booth.forget()
    page.goto(booth.running.bank + "/sign-in")
    page.wait_for_url(booth.running.bank + "/")
    words = booth.sign_in_by_button("33-passkey-sign-in")
    assert {"pop", "user", "mfa", "phr"} <= words
    assert not {"pwd", "hwk", "swk"} & words
    booth.rename("Passkey", "My blue phone")
    booth.remove("My blue phone")
    booth.forget()
    with booth.without_autofill():
        page.goto(booth.running.bank + "/sign-in")
        page.click("#choose-passkey")
        expect(page.locator("#problem")).to_be_visible()
        photograph(page, "34-passkey-unknown")
        device.set("setUserVerified", isUserVerified=False)
        page.click("#choose-passkey")
        expect(page.locator("#passkey-state")).to_contain_text("No passkey was used")
        photograph(page, "35-passkey-not-used")
    assert page.locator("#password").is_visible()
    assert booth.troubles == []


def test_passkey_that_the_browser_makes_by_itself(booth: Booth) -> None:
    """Password and code in one go: the browser is asked quietly, makes one, and bob arrives without a click.

    Chromium does so only after a password of its own keeping was filled in; here it is told to.
    """
    page, device = booth.page, booth.use(PHONE)
    booth.sign_in(device)
    page.goto(booth.running.issuer + "/account/factors")
    app = page.locator("li.row-plain", has_text="Authenticator").get_by_role("link").get_attribute("href")
    booth.forget()
    page.add_init_script(AT_ONCE)
    page.goto(f"{booth.running.issuer}{app}")
    page.wait_for_selector("input[name=quietly]", state="attached")
    page.fill("#username", booth.bob.username)
    page.fill("#password", booth.bob.password)
    page.click("#login-submit")
    page.fill("#code", booth.running.code(booth.bob))
    page.press("#code", "Enter")
    page.wait_for_url(f"{booth.running.issuer}{app}")
    assert len(device.credentials()) == 1
    booth.remove("Passkey")
    assert booth.troubles == []


def test_passkeys_of_all_kinds(booth: Booth) -> None:
    """What the bank is told of a synced one and of two security keys, with a PIN and, where policy allows, without."""
    booth.sign_in(booth.use(SYNCED))
    booth.make()
    words = booth.sign_in_by_button()
    assert {"phr", "pop", "user", "swk", "mfa"} <= words
    assert not {"pwd", "hwk"} & words
    booth.use(PIN_KEY)
    booth.make()
    words = booth.sign_in_by_button()
    assert {"phr", "pop", "user", "mfa"} <= words
    assert not {"pwd", "hwk", "swk"} & words
    preferring_verification(booth.running)
    key = booth.use(KEY)
    booth.make()
    booth.sign_in(key)
    words = booth.transfer()
    assert {"urn:idp:acr:mfa", "pwd", "pop", "user", "mfa"} <= words
    assert not {"hwk", "swk"} & words
    assert booth.troubles == []


def test_passkeys_without_scripts(chrome: Browser, running: Demo) -> None:
    """The page of sign-in offers none, and everything else works."""
    page = chrome.new_context(java_script_enabled=False).new_page()
    page.goto(running.bank + "/sign-in")
    expect(page.locator("#choose-passkey")).to_be_hidden()
    expect(page.locator("#login-submit")).to_be_visible()
    page.context.close()
