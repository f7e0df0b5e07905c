"""What people do with passkeys: make, have and use them; with pages of ours and an authenticator in software."""

from pathlib import Path

from idp.cli.installation import passkey_site
from idp.core.errors import Rejected
from idp.core.tokens import SystemTokens
from idp.factors.passkey.factor import Passkey
from idp.factors.passkey.site import Site, Terms
from idp.login.setting_up import person_of
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.settings import Settings
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider

BUTTONS = ("challenge-submit", "enrol-submit", "choose-passkey")


def options_on(page: Page) -> str:
    """Return what a page would ask the browser for."""
    found = [attributes for _, attributes in page.document.elements if "data-ceremony" in attributes]
    assert len(found) == 1, page
    return found[0]["data-options"]


def button_on(page: Page) -> str:
    """Return the button that begins the ceremony."""
    form = page.document.form_with("passkey")
    return next(button.id for button in form.buttons if button.id in BUTTONS)


def answer(browser: Browser, page: Page, said: str) -> Page:
    """Send what the browser said, as the script does; stop at the answer."""
    return browser.submit(page, {"passkey": said}, button=button_on(page))


def use(browser: Browser, page: Page, device: Authenticator, **lies: object) -> Page:
    """Prove somebody by a passkey on this device; stop at the answer."""
    return answer(browser, page, device.get(options_on(page), **lies))  # type: ignore[arg-type]


def make(browser: Browser, page: Page, device: Authenticator, **lies: object) -> Page:
    """Make a passkey on this device, on the page that sets one up; stop at the answer."""
    return answer(browser, page, device.create(options_on(page), **lies))  # type: ignore[arg-type]


def give(
    provider: Provider, person: Person, device: Authenticator, *, terms: Terms | None = None, **lies: object
) -> str:
    """Give somebody a passkey on this device, without any page; return the credential's id."""
    factor, now, tokens = Passkey(site=site_of(provider), terms=terms), provider.clock.now(), SystemTokens()
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
        assert user is not None
        begun = factor.enroll_begin_beside(person_of(user), (), is_quiet=False, tokens=tokens, now=now)
        said = device.create(begun.page["options"], **lies)  # type: ignore[arg-type]
        new = factor.enroll_finish(person_of(user), begun, said, now=now)
        assert not isinstance(new, Rejected), new
        bound = new.bound("passkey", credential_id=tokens.new_id(), user_id=user.id, now=now)
        credentials.add_credential(tx, bound)
    return bound.id


def at_making(provider: Provider, browser: Browser, person: Person) -> Page:
    """Go to where somebody with an authenticator app makes a passkey."""
    provider.sign_in(browser, provider.bank, person)
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-passkey"))
    if page.has("code"):
        page = browser.follow(person.give_code(browser, page, person.code(provider.clock.now())))
    return page


def under(provider: Provider, *, policy: str = "demo", **terms: str) -> Terms:
    """Put a shipped policy in force with other terms for passkeys."""
    written = "passkey: {user_verification: required, attestation: none, synced: allowed}"
    asked = {"user_verification": "required", "attestation": "none", "synced": "allowed"} | terms
    source = (Path(__file__).parents[2] / "policies" / f"{policy}.yaml").read_text(encoding="utf-8")
    assert written in source
    provider.publish(source.replace(written, f"passkey: {{{', '.join(f'{key}: {asked[key]}' for key in asked)}}}"))
    return Terms(**asked)  # type: ignore[arg-type]


def site_of(provider: Provider) -> Site:
    """Return the site as the provider's settings have it."""
    return passkey_site(Settings.from_env(provider.environ))
