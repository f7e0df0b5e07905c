"""People who were imported sign in with what they had (E8)."""

import json

import bcrypt
import pyotp
import pytest
from click.testing import CliRunner

from idp.cli.main import main
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

MFA = "urn:idp:acr:mfa"
PASSWORD = "correct horse battery"


@pytest.fixture
def erin(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Person:
    """She comes with a bcrypt hash, an app and a list of codes."""
    for name, value in provider.environ.items():
        monkeypatch.setenv(name, value)
    secret = pyotp.random_base32()
    row = {
        "username": "erin",
        "given_name": "Erin",
        "password_hash": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
        "totp": [{"secret": secret}],
        "backup_codes": ["8GJ2-KX4P", "7ABC-DEFG"],
    }
    result = CliRunner().invoke(main, ["user", "import", "-"], input=json.dumps(row))
    assert result.exit_code == 0, result.output
    with provider.database.transaction() as tx:
        user = users.get_by_username(tx, "erin")
    assert user is not None
    return Person(id=user.id, username="erin", password=PASSWORD, totp_secret=secret)


def test_imported_person_signs_in(provider: Provider, browser: Browser, bank: RelyingParty, erin: Person) -> None:
    """Password and app count as they did; the hash is argon2id from the first sign-in on, and the second one too."""
    assert provider.sign_in(browser, bank, erin, acr_values=MFA, scope="openid profile").acr == MFA
    with provider.database.transaction() as tx:
        held = {each.factor: each for each in credentials.list_credentials(tx, erin.id)}
    assert held["password"].material.startswith(b"$argon2id$")
    provider.advance(60)
    assert provider.sign_in(provider.browser(), bank, erin, acr_values=MFA).acr == MFA


def test_imported_codes_are_good_once(provider: Provider, bank: RelyingParty, erin: Person) -> None:
    """A code of the list from elsewhere, however it is grouped; a second time it is none."""
    for typed, status in (("8gj2kx4p", 303), ("8GJ2-KX4P", 422), ("7ABC-DEFG", 303)):
        browser = provider.browser()
        page = browser.follow(erin.identify(browser, browser.open(bank.attempt(acr_values=MFA).url)))
        page = browser.follow(browser.submit(page, button="choose-backup_code"))
        assert erin.give_code(browser, page, typed).status == status
