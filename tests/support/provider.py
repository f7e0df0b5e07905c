"""A whole provider in this process: the real application on a database of its own, with a clock that tests move."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import pyotp
from joserfc import jwt
from sqlalchemy import text

from idp.app import create_app, refuse_unready
from idp.cli.init import start
from idp.cli.installation import Installation, open_database
from idp.core.clock import Clock
from idp.core.tokens import SystemTokens
from idp.delivery.hooks.spreading import Spreader
from idp.factors.base import Cost
from idp.factors.own import OwnFactor
from idp.login import ending, tickets
from idp.login.lost_factors import issue_code
from idp.records.audit.seals import service as seals
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.keys.service import KeyRing
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.settings import Settings
from idp.storage import versions
from idp.storage.engine import Database
from idp.storage.metadata import METADATA
from tests.support.browser import Browser
from tests.support.builders import a_client, a_password, a_totp, a_user
from tests.support.clock import FixedClock
from tests.support.person import Person
from tests.support.relying_party import Attempt, RelyingParty, Tokens
from tests.support.transport import InProcess
from tests.support.waiting import until

KEY = "1f0c9a7be4d2586370c41d98ab3e65f27c0d"
"""The operator's secret key in tests."""
ISSUER = "http://localhost:8000"
SHARED_REDIS = "TESTS_REDIS_URL"
"""The variable that names the Redis beside PostgreSQL (`--database postgresql`)."""
PATIENCE = 81
"""Seconds: longer than the longest delay before a lock (F12)."""
ISSUED = ("grants", "authorization_codes", "access_tokens", "sessions")

BROKEN = {
    "sqlite": (
        ("CREATE TRIGGER broken BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END",),
        ("DROP TRIGGER broken",),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
            "CREATE TRIGGER broken BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()",
        ),
        ("DROP TRIGGER broken ON {table}", "DROP FUNCTION broken"),
    ),
}
"""For each dialect: how to let it refuse to write a table, and how to mend that."""


def environ_for(
    database_url: str, *, issuer: str = ISSUER, policy: str = "demo", proxies: int = 0, keys: str = KEY
) -> dict[str, str]:
    """Return the settings of a provider for tests: hashing costs nothing, no pace, all else as in production.

    Where the whole suite runs on PostgreSQL, Redis is beside it and counts all forms, of which none are too many.
    """
    shared = os.environ.get(SHARED_REDIS, "")
    return ({"IDP_REDIS_URL": shared} if shared else {}) | {
        "IDP_ISSUER": issuer,
        "IDP_DATABASE_URL": database_url,
        "IDP_SECRET_KEYS": keys,
        "IDP_POLICY": policy,
        "IDP_TRUSTED_PROXIES": str(proxies),
        "IDP_ARGON2": "m=8,t=1,p=1",
        "IDP_PACE": "9999999" if shared else "0",
        "IDP_LOG_FORMAT": "text",
    }


class Skewed:
    """A clock that is off by some seconds."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._skew = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() + self._skew


class Provider:
    """One provider, its people and its relying parties."""

    def __init__(
        self, environ: dict[str, str], *, clock: Clock, skew: float = 0, own: tuple[OwnFactor, ...] = ()
    ) -> None:
        self.environ = environ
        self.issuer = environ["IDP_ISSUER"]
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.parties: dict[str, RelyingParty] = {}
        self._others: list[Provider] = []
        self.settings = Settings.from_env(environ)
        self._app = create_app(self.settings, clock=Skewed(clock, skew), tokens=SystemTokens(), own=own)
        self.wsgi, self.flask = self._app.wsgi, self._app.flask
        self.transport = InProcess(self.wsgi)
        self.database = open_database(self.settings)

    def start(self) -> None:
        """Make the keys and the policy that a first start makes. Raises ConfigError where there can be no start."""
        here = Installation(settings=self.settings, database=self.database, clock=self.clock, tokens=SystemTokens())
        with self.database.transaction(durable=True) as tx:
            start(here, tx)

    def close(self) -> None:
        """End it, and every other process that was started beside it; a second time changes nothing."""
        while self._others:
            self._others.pop().close()
        self.database.close()
        self._app.close()

    def listen(self) -> None:
        """Hear of what other processes change, as a serving process does."""
        told = self._app.database.told
        told.start()
        until(lambda: told.is_listening)

    @property
    def own_database(self) -> Database:
        """The database as the application itself has opened it: its own pools."""
        return self._app.database

    def deliver(self) -> int:
        """Let the couriers send what is due; return how many messages were settled."""
        return self._app.delivery.work()

    def do(self, chore: str) -> int:
        """Do one of the chores of a serving process, by its name; return how much it did."""
        chores = self._app.chores
        (found,) = [each for each in chores._chores if each.name == chore]
        return chores.do(found)

    def replay(self) -> int:
        """Let the replays run that were asked for; return how many were."""
        return self._app.replays.work()

    def replay_beside(self) -> None:
        """Let the replays that are asked for run beside the requests, as in a serving process, until it is closed."""
        self._app.replays.start()

    def spread(self) -> int:
        """Let what has happened be sealed and handed to webhooks; return how many events were."""
        self.seal()
        with self.database.transaction() as tx:
            return Spreader(clock=self.clock).spread(tx)

    def seal(self) -> int:
        """Let the audit trail be sealed; return how many events were."""
        with self.database.transaction() as tx:
            return seals.seal(tx)

    def advance(self, seconds: float) -> None:
        """Let time pass, or go back."""
        assert isinstance(self.clock, FixedClock)
        self.clock.advance(timedelta(seconds=seconds))

    def have_patience(self) -> None:
        """Let the longest delay between two attempts pass."""
        self.advance(PATIENCE)

    def restarted(
        self, *, keys: str = "", skew: float = 0, own: tuple[OwnFactor, ...] = (), **settings: str
    ) -> "Provider":
        """Start another process's worth of provider on the same database. Raises ConfigError where it refuses to."""
        environ = self.environ | ({"IDP_SECRET_KEYS": keys} if keys else {}) | settings
        other = Provider(environ, clock=self.clock, skew=skew, own=own)
        self._others.append(other)
        refuse_unready(other._app)
        other.know(self.people, self.parties)
        return other

    def know(self, people: dict[str, Person], parties: dict[str, RelyingParty]) -> None:
        """Take over the people and relying parties that are in the database already."""
        self.people = dict(people)
        for name, party in parties.items():
            self.parties[name] = self._party(name, party.secret, party.redirect_uri, party.auth_method, party.alg)

    def browser(self) -> Browser:
        """Return a browser that has never been here."""
        return Browser(self.transport, origin=self.issuer, now=self.clock.now)

    def adopt(self, browser: Browser) -> Browser:
        """Let a browser of another node talk to this one."""
        browser.transport = self.transport
        return browser

    def cookie(self, name: str) -> str:
        """Return the full name of one of our cookies."""
        return (
            f"idp_{name}_{self.issuer.rpartition(':')[2]}" if self.issuer.startswith("http:") else f"__Host-idp_{name}"
        )

    @property
    def bank(self) -> RelyingParty:
        return self.parties["bank"]

    def add_person(self, username: str, *, has_totp: bool = False, **changes: Any) -> Person:
        """Add somebody with a password, and an authenticator app when asked for; or return who has this name."""
        if username in self.people:
            return self.people[username]
        user = a_user(username, **{"created_at": self.clock.now()} | changes)
        password = f"{username}'s own passphrase"
        with self.database.transaction() as tx:
            users.add(tx, user)
            credentials.add_credential(tx, a_password(user, password))
        person = Person(id=user.id, username=username, password=password)
        self.people[username] = self.enrol_totp(person) if has_totp else person
        return self.people[username]

    def add_nobody_yet(self, username: str, **changes: Any) -> Person:
        """Add somebody who has nothing to sign in with."""
        user = a_user(username, **{"created_at": self.clock.now()} | changes)
        with self.database.transaction() as tx:
            users.add(tx, user)
        self.people[username] = Person(id=user.id, username=username, password="")
        return self.people[username]

    def ticket(self, person: Person) -> str:
        """Draw a ticket for somebody."""
        with self.database.transaction() as tx:
            user, bundle = users.get(tx, person.id), self._app.policies.live(tx)
            assert user is not None
            return tickets.issue(tx, user, bundle, tokens=SystemTokens(), now=self.clock.now())

    def temporary_code(self, person: Person) -> str:
        """Draw a temporary code for somebody."""
        with self.database.transaction() as tx:
            user, bundle = users.get(tx, person.id), self._app.policies.live(tx)
            assert user is not None
            cost = Cost(memory_kib=8, passes=1)
            return issue_code(tx, user, bundle, cost=cost, tokens=SystemTokens(), now=self.clock.now())[0]

    def enrol_totp(self, person: Person) -> Person:
        """Give somebody an authenticator app."""
        secret = pyotp.random_base32()
        with self.database.transaction() as tx:
            user = users.get(tx, person.id)
            assert user is not None
            credentials.add_credential(tx, a_totp(user, secret, created_at=self.clock.now()))
        return replace(person, totp_secret=secret)

    def add_client(self, client_id: str, *, secret_lasts: int | None = None, **changes: Any) -> RelyingParty:
        """Register a relying party, or return the one of this name."""
        if client_id in self.parties:
            return self.parties[client_id]
        method = changes.get("token_endpoint_auth_method", "client_secret_basic")
        secret = "" if method == "none" else SystemTokens().token()
        client = a_client(client_id, secret=secret, **changes)
        if secret_lasts is not None:
            ends = self.clock.now() + timedelta(seconds=secret_lasts)
            client = replace(client, secrets=tuple(replace(entry, expires_at=ends) for entry in client.secrets))
        with self.database.transaction() as tx:
            clients.add(tx, client)
            versions.bump(tx, "clients")
        alg = client.id_token_signed_response_alg
        self.parties[client_id] = self._party(client_id, secret, client.redirect_uris[0], method, alg)
        return self.parties[client_id]

    def _party(self, client_id: str, secret: str, redirect_uri: str, method: str, alg: str) -> RelyingParty:
        return RelyingParty(
            self.transport,
            issuer=self.issuer,
            client_id=client_id,
            secret=secret,
            redirect_uri=redirect_uri,
            now=self.clock.now,
            auth_method=method,
            alg=alg,
        )

    def sign_in(self, browser: Browser, party: RelyingParty, person: Person, **parameters: str) -> Tokens:
        """Let `person` sign in at `party`, answering whatever is asked."""
        attempt = party.attempt(**parameters)
        return party.tokens(attempt, person.answer(browser, browser.open(attempt.url), self.clock.now()))

    def code(self, browser: Browser, party: RelyingParty) -> tuple[Attempt, str]:
        """Return a fresh code for the person who is signed in at `browser`."""
        attempt = party.attempt()
        return attempt, party.code(attempt, browser.get(attempt.url))

    def publish(self, source: str, *, version: str = "") -> None:
        """Put a policy in force, unchecked: as if somebody had written it into the database; see `put_in_force`."""
        put_in_force(self.database, source, now=self.clock.now(), version=version)

    def disable(self, person: Person) -> None:
        with self.database.transaction() as tx:
            users.set_disabled(tx, person.id, self.clock.now())

    def disable_client(self, client_id: str) -> None:
        with self.database.transaction() as tx:
            client = clients.get(tx, client_id)
            assert isinstance(client, Client)
            assert clients.save(tx, replace(client, disabled_at=self.clock.now()))
            versions.bump(tx, "clients")

    def end_sessions(self, person: Person) -> None:
        with self.database.transaction() as tx:
            assert ending.end_these(tx, sessions.list_sessions(tx, person.id), self.clock.now())

    def sign(self, header: dict[str, str], claims: dict[str, Any]) -> str:
        """Sign anything with the provider's own key: a token of ours of whatever kind."""
        with self.database.transaction() as tx:
            key = KeyRing(clock=self.clock).signing_key(tx, header["alg"])
        return jwt.encode({"kid": key.kid, **header}, claims, key.key, algorithms=[header["alg"]])

    def count(self, table: str) -> int:
        return int(self._query(f"SELECT count(*) FROM {table}")[0][0])

    def stored(self, table: str, column: str) -> set[Any]:
        return {row[0] for row in self._query(f"SELECT {column} FROM {table}")}

    def failures(self, family: str, person: Person) -> int:
        """Return how many attempts are counted as failed, over all budgets of this person."""
        rows = self._query(f"SELECT sum(failures) FROM attempt_budgets WHERE key LIKE '{family}:{person.id}%'")
        return int(rows[0][0] or 0)

    def forget_attempts(self) -> None:
        """Make nobody's failures count any more."""
        self._run("DELETE FROM attempt_budgets")

    def dump(self) -> str:
        """Return everything that is stored, as text."""
        return "\n".join(
            f"{table.name} {tuple(row)!r}"
            for table in METADATA.sorted_tables
            for row in self._query(f'SELECT * FROM "{table.name}"')
        )

    def _query(self, statement: str) -> list[Any]:
        with self.database.engine().connect() as connection:
            return list(connection.execute(text(statement)))

    @contextmanager
    def unchanged(self, *tables: str) -> Iterator[None]:
        """Check that nothing is added to these tables inside the block."""
        before = {table: self.count(table) for table in tables}
        yield
        assert {table: self.count(table) for table in tables} == before

    def nothing_issued(self) -> Any:
        """Check that no session, grant, code or token comes to be, and no session rises."""
        return self._nothing_issued()

    @contextmanager
    def _nothing_issued(self) -> Iterator[None]:
        before = self.stored("sessions", "secret_hash")
        with self.unchanged(*ISSUED):
            yield
        assert self.stored("sessions", "secret_hash") == before

    def no_code_issued(self) -> Any:
        """Check that no grant, code or token comes to be."""
        return self.unchanged("grants", "authorization_codes", "access_tokens")

    def no_token_issued(self) -> Any:
        """Check that no token comes to be."""
        return self.unchanged("access_tokens")

    def broken_after_verification(self) -> Any:
        """Let the database refuse to spend a code, so that a request fails after the answer was looked at."""
        return self.broken("credentials", "UPDATE")

    @contextmanager
    def broken(self, table: str, verb: str) -> Iterator[None]:
        """Let the database refuse to write a table."""
        make, drop = BROKEN[self.database.dialect]
        for statement in make:
            self._run(statement.format(table=table, verb=verb))
        try:
            yield
        finally:
            for statement in drop:
                self._run(statement.format(table=table, verb=verb))

    def _run(self, statement: str) -> None:
        with self.database.engine().connect() as connection:
            connection.execute(text(statement))


def put_in_force(database: Database, source: str, *, now: datetime, version: str = "") -> None:
    """Put a policy in force in a database; drafts are begun on one that stands under the version that it has."""
    version = version or hashlib.sha256(source.encode()).hexdigest()
    with database.transaction() as tx:
        if bundles.get(tx, version) is None:
            bundles.add(tx, BundleVersion(version=version, name="published", text=source, parent="", created_at=now))
        bundles.publish(tx, version, now)
        versions.bump(tx, "bundle")


class MakeProvider(Protocol):
    """Makes further providers."""

    def __call__(
        self, *, issuer: str = ISSUER, policy: str = "demo", proxies: int = 0, is_fresh: bool = False, **settings: str
    ) -> Provider:
        """Make one on a database of its own; `is_fresh`: as it comes from its first start, with this policy.

        `settings` are further ones, by their names.
        """
        ...


def populate(provider: Provider) -> None:
    """Add the people and relying parties that most tests speak of."""
    provider.add_person("alice")
    provider.add_person("bob", has_totp=True)
    provider.add_person("carol", has_totp=True)
    provider.add_client("bank")
    provider.add_client("shop")
    provider.add_client("third", client_name="Third party", first_party=False)
