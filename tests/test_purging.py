"""What has ended goes, in batches; what lives, locks or shows a replay stays."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, insert, select

from idp.app.purging import BATCH, Purger, Purging, purgers
from idp.cli.main import main
from idp.core.assurance import traits_table
from idp.migrations.tables import all_tables
from idp.policy.loader import load_path
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import BundleVersion, Draft, Proposal, Rollout, Trial
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.rollouts import store as rollouts
from idp.records.throttle import store as throttle
from idp.resources import shipped
from idp.storage.columns import Json, Sealed, Utc
from idp.storage.engine import Database
from tests.cli.conftest import Idp, runner
from tests.support.afterwards import introspect, offline, refresh, revoke
from tests.support.clock import FixedClock
from tests.support.database import fresh_database
from tests.support.fixtures import filled, make_provider, provider
from tests.support.provider import Provider
from tests.support.recovery import reset_link

__all__ = ["filled", "make_provider", "provider"]

BUNDLE = load_path(shipped("policies") / "default.yaml", traits=traits_table())
PURGERS = {each.table: each for each in purgers(BUNDLE)}
NOW = FixedClock().now()
DAY = 86_400.0
MFA = "urn:idp:acr:mfa"


def value_of(column: Column[Any], name: str, at: datetime) -> Any:
    match column.type:
        case Utc():
            return at
        case Boolean():
            return False
        case Integer():
            return 1
        case LargeBinary() | Sealed():
            return b"x"
        case Json():
            return ()
    return "g" if column.foreign_keys else name


def put(database: Database, table: Table, *rows: tuple[str, datetime]) -> None:
    """Write rows in which every moment is the same; what they refer to is there."""
    with database.engine().connect() as connection:
        for parent in sorted({key.column.table for key in table.foreign_keys}, key=lambda each: each.name):
            if not connection.execute(select(parent)).first():
                connection.execute(insert(parent).values({c.name: value_of(c, "g", NOW) for c in parent.columns}))
        for name, at in rows:
            connection.execute(insert(table).values({c.name: value_of(c, name, at) for c in table.columns}))


def names(database: Database, table: Table) -> set[str]:
    key = next(column for column in table.primary_key if not isinstance(column.type, Utc))
    with database.engine().connect() as connection:
        return set(connection.execute(select(key)).scalars()) - {"g"}


@pytest.mark.parametrize("purger", PURGERS.values(), ids=PURGERS)
def test_oldest_go_and_younger_stay(database: Database, purger: Purger) -> None:
    """On both databases: not one row more than a batch, the oldest first, and none that is kept."""
    table, ended = all_tables().tables[purger.table], NOW - purger.keep
    second, young = ended - timedelta(seconds=1), ended + timedelta(seconds=1)
    put(database, table, ("young", young), ("second", second), ("first", second - timedelta(seconds=1)))
    with database.transaction() as tx:
        assert purger.purge(tx, ended, limit=1) == 1
    assert names(database, table) == {"young", "second"}
    with database.transaction() as tx:
        assert purger.purge(tx, ended, limit=BATCH) == 1
        assert purger.purge(tx, ended, limit=BATCH) == 0
    assert names(database, table) == {"young"}


def test_oldest_are_found_by_an_index(request: pytest.FixtureRequest, open_database: Callable[[str], Database]) -> None:
    """A batch costs what it removes, however much is kept; SQLite plans by the indices, whatever is in the tables."""
    seen: list[str] = []
    with fresh_database(request, "sqlite") as url:
        database = open_database(url)
        with database.transaction() as tx:
            tx._driver().set_trace_callback(seen.append)
            for purger in PURGERS.values():
                purger.purge(tx, NOW, limit=BATCH)
            tx._driver().set_trace_callback(None)
        statements = [each for each in seen if each.startswith("DELETE")]
        assert len(statements) == len(PURGERS)
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection:
            plans = [list(connection.execute(f"EXPLAIN QUERY PLAN {each}")) for each in statements]
    steps = [row[3] for plan in plans for row in plan]
    few = ("SCAN bundle_rollouts", "SCAN bundle_proposals")  # one of each kind, and what has waited for somebody
    assert [step for step in steps if step.startswith("SCAN") and "USING" not in step and step not in few] == []
    assert sum("INDEX" in step for step in steps) >= len(PURGERS)


@pytest.mark.parametrize("at_work", ["shadow", "canary", "scheduled", "proposed", ""])
def test_drafts_that_are_at_work_stay(database: Database, at_work: str) -> None:
    """However long nobody has touched them; once the work is over they go."""
    draft = Draft(id="d", name="acme", text="bundle: acme", parent="p", by="u", created_at=NOW, edited_at=NOW)
    stored = BundleVersion(version="v", name="acme", text=draft.text, parent="p", created_at=NOW)
    with database.transaction() as tx:
        drafts.add(tx, draft)
        bundles.add(tx, stored)
        if at_work == "proposed":
            proposals.add(tx, Proposal(id="x", version="v", parent="p", by="u", at=NOW))
        elif at_work:
            rollouts.put(tx, Trial(kind=Rollout(at_work), version="v", parent="p", by="u", at=NOW))
    later = NOW + timedelta(days=1000)
    with database.transaction() as tx:
        assert drafts.purge(tx, later, limit=BATCH) == (0 if at_work else 1)
        rollouts.end_all(tx)
        proposals.consume_proposal(tx, "x", NOW)
        assert drafts.purge(tx, later, limit=BATCH) == (1 if at_work else 0)


def purging(provider: Provider) -> Purging:
    return Purging(live=provider._app.policies.live, clock=provider.clock)


def purge(provider: Provider) -> int:
    """Purge as a serving process does; return how many batches that took."""
    batches = 0
    while provider._app.chores.do(provider._app.chores._chores[2]):
        batches += 1
    return batches


def live_through(provider: Provider) -> None:
    """Let everything happen that leaves a row which ends."""
    browser, bob = provider.browser(), provider.people["bob"]
    tokens = offline(provider, browser, provider.bank, bob, acr_values=MFA)
    refresh(provider.bank, tokens.reply["refresh_token"])
    revoke(provider.bank, tokens.access_token)
    reset_link(provider, provider.people["alice"])
    browser.open(provider.bank.attempt(acr_values=MFA, prompt="login").url)
    stranger = provider.browser()
    provider.people["carol"].identify(stranger, stranger.open(provider.bank.attempt().url), password="no")


def test_everything_that_ends_is_gone_after_a_year(provider: Provider) -> None:
    """Tables are bounded; people and what proves them are as before, and may sign in."""
    live_through(provider)
    before = {table: provider.count(table) for table in ("users", "credentials", "clients", "audit_events")}
    gone = (
        "interactions",
        "grants",
        "authorization_codes",
        "sessions",
        "session_clients",
        "refresh_families",
        "outbox",
    )
    assert all(provider.count(table) for table in gone)
    provider.advance(366 * DAY)
    assert purge(provider) > 0
    left = {table: provider.count(table) for table in PURGERS}
    assert left == dict.fromkeys(PURGERS, 0)
    assert {table: provider.count(table) for table in before} == before
    assert provider.sign_in(provider.browser(), provider.bank, provider.people["bob"], acr_values=MFA).acr == MFA


def test_nothing_that_lives_is_purged(provider: Provider) -> None:
    """A session, a refresh token and what hangs on them outlive every purge until they end."""
    browser, bob = provider.browser(), provider.people["bob"]
    tokens = offline(provider, browser, provider.bank, bob)
    newest = tokens.reply["refresh_token"]
    for days in (0, 2, 20, 20, 20, 20):
        provider.advance(days * DAY)
        purge(provider)
        newest = refresh(provider.bank, newest).json()["refresh_token"]
    provider.advance(10 * DAY)
    purge(provider)
    assert refresh(provider.bank, newest).json()["error"] == "invalid_grant"
    assert provider.count("grants") == 1
    provider.advance(DAY)
    purge(provider)
    assert (provider.count("grants"), provider.count("refresh_families")) == (0, 0)


@pytest.mark.parametrize("days", [0, 1])
def test_flt_25_clock_set_back_revives_nothing(provider: Provider, days: int) -> None:
    """FLT-24, FLT-25: after a purge by a node that is a day ahead, a spent code, a used and a revoked token stay so."""
    browser, alice = provider.browser(), provider.people["alice"]
    tokens = offline(provider, browser, provider.bank, alice)
    attempt, code = provider.code(browser, provider.bank)
    assert provider.bank.redeem(attempt, code).status == 200
    revoke(provider.bank, tokens.access_token)
    provider.advance(days * DAY)
    purge(provider)
    provider.advance(-days * DAY)
    assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"
    assert introspect(provider.bank, tokens.access_token).json() == {"active": False}


def test_otp_07_wrong_second_factors_are_never_forgotten(provider: Provider) -> None:
    """NIST SP 800-63B-4 §3.2.2: the count that ends in the ceiling outlives any purge; a lock in force does too."""
    with provider.database.transaction() as tx:
        for key in ("second:somebody", "password:somebody", "tries:something"):
            throttle.reserve(tx, key, now=provider.clock.now(), after=1, lock_for=timedelta(days=1000), ceiling=None)
    provider.advance(400 * DAY)
    purge(provider)
    assert {"second:somebody", "password:somebody"} <= provider.stored("attempt_budgets", "key")
    provider.advance(700 * DAY)
    purge(provider)
    assert provider.stored("attempt_budgets", "key") == {"second:somebody"}


def test_it_goes_in_small_batches(provider: Provider) -> None:
    """No transaction removes more than others can wait for."""
    with provider.database.engine().connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO revoked_access_tokens (id_hash, expires_at) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT 'h' || i, 0 FROM n"
            if provider.database.dialect == "sqlite"
            else "INSERT INTO revoked_access_tokens (id_hash, expires_at) "
            "SELECT 'h' || i, to_timestamp(0) FROM generate_series(1, 2500) AS i"
        )
    counts = []
    while not counts or counts[-1]:
        with provider.database.transaction() as tx:
            counts.append(purging(provider).once(tx))
    assert counts == [1000, 1000, 500, 0]


@pytest.fixture
def idp(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Idp:
    return runner(provider.environ, monkeypatch)


def test_command_says_what_went(provider: Provider, idp: Idp) -> None:
    """`idp purge` does the same at once; the clock there is the machine's."""
    assert main.commands["purge"]
    with provider.database.engine().connect() as connection:
        at = "0" if provider.database.dialect == "sqlite" else "to_timestamp(0)"
        connection.exec_driver_sql(f"INSERT INTO revoked_access_tokens (id_hash, expires_at) VALUES ('h', {at})")
    rows = {row["table"]: row for row in json.loads(idp("purge", "--json").stdout)}
    assert rows["revoked_access_tokens"] == {"table": "revoked_access_tokens", "kept_days": 1, "removed": 1}
    assert rows["decisions"]["kept_days"] == 90
    assert set(rows) == set(PURGERS)
