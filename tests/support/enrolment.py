"""What people do with numbers, mailboxes and apps: have them, have codes sent to them, set them up."""

from dataclasses import replace
from pathlib import Path

from idp.factors.email import Email
from idp.factors.sms import Sms
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.support.browser import Browser, Page
from tests.support.builders import a_password
from tests.support.person import Person
from tests.support.provider import Provider


def address(person: Person) -> str:
    """Return where this person's mail goes."""
    return f"{person.username}@example.com"


def bind(provider: Provider, person: Person, *, email: bool = False, phone: str = "") -> None:
    """Give somebody a proven mailbox or number."""
    now = provider.clock.now()
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
        assert user is not None
        new = [("email", Email().bind(user.email))] if email else []
        new += [("sms", Sms().bind(phone))] if phone else []
        for factor, bound in new:
            credential = bound.bound(factor, credential_id=f"{factor}-{person.id}", user_id=person.id, now=now)
            credentials.add_credential(tx, credential)


def with_password(provider: Provider, person: Person, password: str) -> Person:
    """Let this be somebody's password, however short: as they chose it beside a second step."""
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
        assert user is not None
        (present,) = (each for each in credentials.list_credentials(tx, user.id) if each.factor == "password")
        credentials.replace_material(tx, present.id, a_password(user, password).material)
    return replace(person, password=password)


def let_methods_go(provider: Provider) -> None:
    """Publish a policy under which changing sign-in methods takes a password alone, so that the last one may go."""
    source = Path("policies", "demo.yaml").read_text()
    wanted = "account.factors: {title: Change sign-in methods, require: {acr: urn:idp:acr:mfa, max_age: 10m}}"
    assert wanted in source
    provider.publish(source.replace(wanted, wanted.replace("urn:idp:acr:mfa", "urn:idp:acr:1fa")))


def held(provider: Provider, person: Person, factor: str = "totp") -> list[str]:
    """Return the ids of this person's credentials of a factor."""
    with provider.database.transaction() as tx:
        return [each.id for each in credentials.list_credentials(tx, person.id) if each.factor == factor]


def send(browser: Browser, page: Page, **typed: str) -> Page:
    """Have a code sent."""
    return browser.follow(browser.submit(page, typed, button="send-code"))


def secret_on(page: Page) -> str:
    """Return the secret of an app that a page shows."""
    return page.document.text_of("code").replace(" ", "")


def set_up_totp(provider: Provider, browser: Browser, page: Page, person: Person) -> tuple[Page, Person]:
    """Set up an app on the page that offers it."""
    page = browser.follow(browser.submit(page, button="choose-totp")) if page.has("choose-totp") else page
    holder = replace(person, totp_secret=secret_on(page))
    code = holder.code(provider.clock.now())
    return browser.follow(browser.submit(page, {"code": code}, button="enrol-submit")), holder
