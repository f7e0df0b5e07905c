"""Related origin requests in Chromium (WebAuthn Level 3 §5.11): two names, one certificate that nobody else believes.

The browser itself reads `/.well-known/webauthn` at the RP ID's host, on port 443, before it lets another origin use the
passkeys of that host. Names are led to this machine by a rule of the browser, as no name server knows them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.test_passkeys import PHONE, Device
from tests.support.certificate import certificate
from tests.support.chromium import awaited, chromium_beside
from tests.support.fixtures import Template, maker
from tests.support.live import answering
from tests.support.provider import Provider

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("chromium")]

HOST, RELATED, FOREIGN = "id.example.test", "https://app.partner.test", "https://evil.elsewhere.test"
SIGN = """async (options) => {
  const binary = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = (text) => Uint8Array.from(binary(text), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const given = { ...options, challenge: bytes(options.challenge), allowCredentials: [] };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: given });
  return JSON.stringify({ id, rawId: text(rawId), type, response: {
    clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
    signature: text(response.signature), userHandle: text(response.userHandle) } });
}"""


@pytest.fixture
def served(request: pytest.FixtureRequest, filled: Template, tmp_path: Path) -> Iterator[tuple[Provider, int]]:
    """A provider behind TLS, whose passkeys one other origin may use, and the port where it answers."""
    made: list[Provider] = []
    shown = certificate(tmp_path, name=HOST).server()
    with (
        maker(request, filled) as make,
        answering(lambda environ, start: made[0].wsgi(environ, start), context=shown) as port,
    ):
        origins = f"https://{HOST},{RELATED}"
        made.append(make(issuer=f"https://{HOST}", IDP_WEBAUTHN_ORIGINS=origins))
        yield made[0], port


@pytest.fixture
def page(chrome: Browser, served: tuple[Provider, int]) -> Iterator[Page]:
    """A page of a Chromium for which every name is this machine, whatever certificate it shows."""
    names = f"--host-resolver-rules=MAP * 127.0.0.1:{served[1]}"
    with chromium_beside(chrome, names, "--ignore-certificate-errors") as browser:
        yield browser.new_context().new_page()


def with_passkey(provider: Provider, page: Page, device: Device) -> None:
    """Let bob make a passkey on his account page, at the provider's own origin."""
    bob = provider.people["bob"]
    page.goto(f"https://{HOST}/account/factors")
    page.fill("#username", bob.username)
    page.fill("#password", bob.password)
    page.click("#login-submit")
    page.click("#add-passkey")
    page.fill("#code", bob.code(provider.clock.now()))
    page.click("#enrol-submit")
    page.wait_for_url("**/login/**")
    page.wait_for_function("!location.pathname.startsWith('/login/') || document.querySelector('#enrol-skip')")
    assert len(device.credentials()) == 1


def asked(provider: Provider, page: Page) -> tuple[str, str]:
    """Begin a sign-in that nobody is known in; return where it is, and what the browser is asked there."""
    page.context.clear_cookies()
    page.goto(provider.bank.attempt().url)
    return page.url, page.locator("[data-ceremony]").get_attribute("data-options") or ""


def signed_at(page: Page, origin: str, options: str) -> str:
    """Run the ceremony on a page of this origin; return what the browser says. Raises playwright's Error."""
    page.goto(f"{origin}/healthz")
    assert page.evaluate("location.origin") == origin
    return str(awaited(page, f"({SIGN})({json.dumps(json.loads(options))})"))


def test_passkey_is_used_at_a_listed_origin_and_at_no_other(served: tuple[Provider, int], page: Page) -> None:
    """Chromium signs at the listed one, and the provider accepts that; at any other Chromium does not sign at all."""
    provider, _ = served
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    device = Device(session, PHONE)
    with_passkey(provider, page, device)
    device.set("setAutomaticPresenceSimulation", enabled=False)
    with provider.nothing_issued():
        _, options = asked(provider, page)
        device.set("setAutomaticPresenceSimulation", enabled=True)
        with pytest.raises(Error, match="SecurityError"):
            signed_at(page, FOREIGN, options)
        device.set("setAutomaticPresenceSimulation", enabled=False)
    where, options = asked(provider, page)
    device.set("setAutomaticPresenceSimulation", enabled=True)
    said = signed_at(page, RELATED, options)
    device.set("setAutomaticPresenceSimulation", enabled=False)
    page.goto(where)
    grants = provider.count("grants")
    with page.expect_navigation(url="https://rp1.test/cb**"):
        page.evaluate(
            "(said) => { const field = document.querySelector('input[name=passkey]'); field.value = said;"
            " field.form.submit(); }",
            said,
        )
    assert "code=" in page.url
    assert provider.count("grants") == grants + 1
