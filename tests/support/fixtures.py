"""Fixtures of the front door. A folder's conftest imports those that its tests ask for."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.clock import FixedClock
from tests.support.database import fresh_database
from tests.support.person import Person
from tests.support.postgres import Postgres
from tests.support.provider import ISSUER, MakeProvider, Provider, environ_for, populate
from tests.support.relying_party import RelyingParty

NUMBERS = itertools.count()


class Template:
    """A provider that has been started and filled once, to be copied for each test."""

    def __init__(self, url: str, provider: Provider) -> None:
        self.url = url
        self.people = provider.people
        self.parties = provider.parties


def dialect_of(request: pytest.FixtureRequest) -> str:
    """Return what front-door tests run on: PostgreSQL where the run was asked for it alone."""
    return "postgresql" if request.config.getoption("--database") == "postgresql" else "sqlite"


@pytest.fixture(scope="session")
def filled(request: pytest.FixtureRequest) -> Iterator[Template]:
    """One filled database a session; PostgreSQL only when the run was asked for it alone."""
    with fresh_database(request, dialect_of(request)) as url:
        provider = Provider(environ_for(url), clock=FixedClock())
        provider.start()
        populate(provider)
        provider.close()
        yield Template(url, provider)


@contextmanager
def maker(request: pytest.FixtureRequest, filled: Template) -> Iterator[MakeProvider]:
    """Give what makes providers, each on a copy of the filled database; all of them end with the block."""
    with ExitStack() as stack:

        def make(
            *, issuer: str = ISSUER, policy: str = "demo", proxies: int = 0, is_fresh: bool = False, **settings: str
        ) -> Provider:
            url = (
                stack.enter_context(fresh_database(request, dialect_of(request)))
                if is_fresh
                else copied(request, stack, filled)
            )
            environ = environ_for(url, issuer=issuer, policy=policy, proxies=proxies) | settings
            provider = Provider(environ, clock=FixedClock())
            stack.callback(provider.close)
            if is_fresh:
                provider.start()
                populate(provider)
            else:
                provider.know(filled.people, filled.parties)
            return provider

        yield make


@pytest.fixture
def make_provider(request: pytest.FixtureRequest, filled: Template) -> Iterator[MakeProvider]:
    """Makes further providers."""
    with maker(request, filled) as make:
        yield make


@pytest.fixture(scope="module")
def shared_provider(request: pytest.FixtureRequest, filled: Template) -> Iterator[Provider]:
    """One provider for all tests of a file that leave it as they find it."""
    with maker(request, filled) as make:
        yield make()


def copied(request: pytest.FixtureRequest, stack: ExitStack, filled: Template) -> str:
    """Return the address of a copy of the filled database, which ends with the test."""
    name = urlsplit(filled.url).path
    if filled.url.startswith("sqlite:"):
        url = stack.enter_context(fresh_database(request, "sqlite", is_migrated=False))
        shutil.copyfile(Path(name[1:]), Path(urlsplit(url).path[1:]))
        return url
    cluster: Postgres = request.getfixturevalue("postgres")
    copy = f"{name[1:]}_{next(NUMBERS)}"
    stack.callback(cluster.drop, copy)
    return cluster.create(copy, template=name[1:])


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """A provider with the demo's policy, alice (password), bob and carol (TOTP too), bank, shop and a third party."""
    return make_provider()


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser that has never been here."""
    return provider.browser()


@pytest.fixture
def signed_in(provider: Provider, alice: Person) -> Browser:
    """A browser in which alice is signed in."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, alice)
    browser.record.clear()
    return browser


@pytest.fixture
def alice(provider: Provider) -> Person:
    """She has a password."""
    return provider.people["alice"]


@pytest.fixture
def bob(provider: Provider) -> Person:
    """He has a password and an authenticator app."""
    return provider.people["bob"]


@pytest.fixture
def carol(provider: Provider) -> Person:
    """She has a password and an authenticator app."""
    return provider.people["carol"]


@pytest.fixture
def bank(provider: Provider) -> RelyingParty:
    """A first-party client."""
    return provider.parties["bank"]


@pytest.fixture
def shop(provider: Provider) -> RelyingParty:
    """Another first-party client."""
    return provider.parties["shop"]


@pytest.fixture
def third_party(provider: Provider) -> RelyingParty:
    """A client that people are asked about."""
    return provider.parties["third"]
