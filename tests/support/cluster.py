"""Several worker processes on one database, filled with people, and with time that really passes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from idp.core.assurance import traits_table
from idp.policy.loader import load_text
from tests.support.browser import Browser
from tests.support.database import fresh_database
from tests.support.person import Person
from tests.support.provider import Provider, environ_for, populate
from tests.support.relying_party import RelyingParty, Tokens
from tests.support.transport import OverHttp, Transport
from tests.support.workers import Running, free_port, served

_DEMO = Path("policies", "demo.yaml")


class Present:
    """The real time, under the name that the kit uses."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Cluster:
    """The running server, and those who use it."""

    def __init__(self, running: Running | None, provider: Provider, *, transport: Transport | None = None) -> None:
        self.running = running
        self.provider = provider
        self.issuer = provider.issuer
        self.people: dict[str, Person] = provider.people
        self.now = Present().now
        self.transport = transport or OverHttp()
        bank = provider.bank
        self.bank = RelyingParty(
            self.transport,
            issuer=self.issuer,
            client_id=bank.client_id,
            secret=bank.secret,
            redirect_uri=bank.redirect_uri,
            now=self.now,
        )

    def browser(self) -> Browser:
        return Browser(self.transport, origin=self.issuer, now=self.now)

    def sign_in(self, browser: Browser, person: Person, **parameters: str) -> Tokens:
        attempt = self.bank.attempt(**parameters)
        return self.bank.tokens(attempt, person.answer(browser, browser.open(attempt.url), self.now()))

    @contextmanager
    def ruled_by(self, policy: str) -> Iterator[None]:
        """Put another policy in force until the block ends, and then the demo's again."""
        self._put_in_force(policy)
        try:
            yield
        finally:
            self._put_in_force(_DEMO.read_text(encoding="utf-8"))

    def _put_in_force(self, policy: str) -> None:
        """Under the version that it has: a worker that starts afterwards takes no other."""
        self.provider.publish(policy, version=load_text(policy, traits=traits_table()).version)

    def said(self) -> str:
        """Return what the servers have written."""
        return self.running.said()

    def assert_calm(self) -> None:
        """Check that no worker has met a locked database, a failure or its end."""
        said = self.said().lower()
        for sign in ("database is locked", "traceback", "incident", "deadlock", "respawn"):
            assert sign not in said, said[-4000:]


class Serve(Protocol):
    """Serves what an environment describes, until the block ends."""

    def __call__(self, environ: dict[str, str], *, workers: int, folder: Path) -> AbstractContextManager[Running]:
        """Start it, and give it once it answers."""
        ...


@contextmanager
def cluster(
    request: pytest.FixtureRequest,
    dialect: str,
    *,
    folder: Path,
    workers: int,
    racers: int = 0,
    serve: Serve = served,
    **settings: str,
) -> Iterator[Cluster]:
    """Fill a database and serve it."""
    issuer = f"http://127.0.0.1:{free_port()}"
    with fresh_database(request, dialect, folder=folder) as url:
        environ = environ_for(url, issuer=issuer) | settings
        provider = Provider(environ, clock=Present())
        provider.start()
        populate(provider)
        for number in range(racers):
            provider.add_person(f"racer{number}", has_totp=True)
        try:
            with serve(environ, workers=workers, folder=folder) as running:
                yield Cluster(running, provider)
        finally:
            provider.close()
