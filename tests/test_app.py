"""The whole: it says how it is, and does not start when it could not work."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import app as composition
from idp import migrations
from idp.app import App, create_app, refuse_unready
from idp.cli.init import start
from idp.cli.installation import Installation, secret_keys
from idp.core.clock import SystemClock
from idp.core.errors import ConfigError
from idp.core.tokens import SystemTokens
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.settings import Settings
from idp.storage import versions
from idp.storage.engine import Database
from tests.support.transport import InProcess

CLOCK, TOKENS = SystemClock(), SystemTokens()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "IDP_DATABASE_URL": f"sqlite:///{tmp_path / 'idp.sqlite3'}",
            "IDP_SECRET_KEYS": "6b1f2d90c4a7e835" * 2,
            "IDP_ARGON2": "m=8,t=1,p=1",
        }
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    built = create_app(settings, clock=CLOCK, tokens=TOKENS)
    yield built
    built.close()


@pytest.fixture
def ready(app: App, settings: Settings) -> App:
    """The app on a database with tables, keys and policy."""
    database = Database.open(settings.database_url, keys=secret_keys(settings))
    migrations.upgrade(database)
    here = Installation(settings=settings, database=database, clock=CLOCK, tokens=TOKENS)
    with database.transaction() as tx:
        start(here, tx)
    database.close()
    return app


def answer(app: App, path: str) -> tuple[int, dict]:
    reply = InProcess(app.wsgi).send("GET", f"http://localhost:8000{path}", [], b"")
    return reply.status, json.loads(reply.body)


def test_health_looks_at_nothing(app: App) -> None:
    """The process answers, whatever the database does: nobody is restarted for it."""
    assert answer(app, "/healthz") == (200, {"status": "ok"})


def test_readiness_names_every_part(ready: App) -> None:
    """Database, keys and policy, each on its own."""
    parts = {"database": "ok", "keys": "ok", "policy": "ok"}
    assert answer(ready, "/readyz") == (200, {"status": "ok", "checks": parts})


def test_readiness_fails_without_tables(app: App) -> None:
    """An empty database is 503, and no cause is named to strangers."""
    status, body = answer(app, "/readyz")
    assert status == 503
    assert set(body["checks"].values()) == {"failing"}


def test_readiness_notices_a_broken_policy(ready: App) -> None:
    """The last good bundle goes on serving, and health says so (policy.md §5); no node is taken out of service."""
    assert answer(ready, "/readyz")[0] == 200
    stored = BundleVersion(version="broken", name="broken", text="bundle: [", parent="", created_at=CLOCK.now())
    with ready.database.transaction() as tx:
        bundles.add(tx, stored)
        bundles.publish(tx, "broken", CLOCK.now())
        versions.bump(tx, "bundle")
    status, body = answer(ready, "/readyz")
    assert (status, body["checks"]) == (200, {"database": "ok", "keys": "ok", "policy": "degraded"})
    assert answer(ready, "/.well-known/openid-configuration")[0] == 200


def test_start_is_refused_without_tables_keys_or_policy(app: App, settings: Settings) -> None:
    """What is missing is named, and the command that makes it."""
    with pytest.raises(ConfigError, match="run `idp init`"):
        refuse_unready(app)
    migrations.upgrade(app.database)
    with pytest.raises(ConfigError) as caught:
        refuse_unready(app)
    assert [problem.key for problem in caught.value.problems] == ["keys", "policy"]


def test_start_is_allowed_when_all_is_there(ready: App) -> None:
    """An installation after `idp init` starts."""
    refuse_unready(ready)


def test_wsgi_reads_the_environment(ready: App, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are pointed at a factory that needs no arguments."""
    monkeypatch.setenv("IDP_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("IDP_SECRET_KEYS", settings.secret_keys[0].value)
    monkeypatch.setenv("IDP_ARGON2", "m=8,t=1,p=1")
    monkeypatch.setattr(composition.logs, "configure", lambda **_: None)
    reply = InProcess(composition.wsgi()).send("GET", "http://localhost:8000/healthz", [], b"")
    assert reply.status == 200
