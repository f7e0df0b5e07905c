"""Databases as an earlier version of this program has left them: their tables, and people in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from idp import migrations
from idp.core.tokens import SystemTokens, digest
from idp.factors.base import Credential
from idp.migrations.tables import all_tables
from idp.oidc import refresh_token
from idp.records.grants.families.model import Family
from idp.records.grants.model import Grant
from idp.storage.engine import Database
from idp.storage.rows import values_of
from tests.support.builders import a_password, a_totp, a_user, an_evidence
from tests.support.person import Person

OLDEST = "0002"
"""The first revision that knows all that is planted here."""
AT_ONCE = 1_000
PASSWORD = "a passphrase of long ago"
_TOKENS = SystemTokens()


@dataclass(frozen=True)
class Survivor:
    """Somebody who was there before, and holds a refresh token of the client `bank`."""

    person: Person
    refresh_token: str


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    scripts = ScriptDirectory.from_config(_config(None))
    return [script.revision for script in scripts.walk_revisions()][::-1]


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """Open one transaction on the engine itself."""
    with database.engine().connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if database.dialect == "sqlite" else "BEGIN")
        yield connection
        connection.commit()


def upgrade_to(database: Database, revision: str) -> None:
    """Bring the tables to an earlier revision."""
    with writing(database) as connection:
        command.upgrade(_config(connection), revision)


def plant(database: Database, count: int, *, shown: int = 3) -> list[Survivor]:
    """Add people with a password, an app, a grant and a refresh token each; return some of them, spread evenly."""
    hashed = a_password(a_user(), PASSWORD)
    every, survivors = max(1, count // shown), []
    for first in range(0, count, AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {}
        for number in range(first, min(count, first + AT_ONCE)):
            survivor = _add(rows, database, number, hashed)
            if number % every == 0:
                survivors.append(survivor)
        with writing(database) as connection:
            for table, values in rows.items():
                _insert(connection, table, values)
    return survivors


def _add(rows: dict[str, list[dict[str, Any]]], database: Database, number: int, hashed: Credential) -> Survivor:
    now, keys = datetime.now(UTC), database.keys
    user = a_user(f"past{number}", created_at=now)
    secret, family_id, grant_id = pyotp.random_base32(), _TOKENS.new_id(), _TOKENS.new_id()
    password = replace(hashed, id=_TOKENS.new_id(), user_id=user.id, created_at=now)
    app = a_totp(user, secret)
    token = refresh_token.make(family_id, tokens=_TOKENS, keys=keys)
    grant = Grant(
        id=grant_id, user_id=user.id, client_id="bank", session_id="", created_at=now,
        scopes=("openid", "offline_access"), nonce=None, claims="{}", asked_acr=(),
        evidence=(an_evidence(user=user, at=now, credential_id=password.id),), acr="urn:idp:acr:1fa", amr=("pwd",),
        auth_time=now, lapses_at=None, wants_auth_time=False, decision_id="",
    )  # fmt: skip
    family = Family(
        id=family_id, grant_id=grant_id, client_id="bank", created_at=now, expires_at=now + timedelta(days=90),
        idle_until=now + timedelta(days=30), current_hash=digest(token),
    )  # fmt: skip
    rows.setdefault("users", []).append(values_of(user) | {"username_key": user.username, "email_key": user.email})
    for held in (password, app):
        sealed = keys.seal(held.material, context=f"credential:{held.id}")
        rows.setdefault("credentials", []).append(values_of(held) | {"material_sealed": sealed})
    rows.setdefault("grants", []).append(values_of(grant))
    rows.setdefault("refresh_families", []).append(values_of(family))
    person = Person(id=user.id, username=user.username, password=PASSWORD, totp_secret=secret)
    return Survivor(person, token)


def _insert(connection: Connection, table: str, values: list[dict[str, Any]]) -> None:
    """Insert what the table has columns for at its revision."""
    present = [column["name"] for column in inspect(connection).get_columns(table)]
    rows = [{name: row[name] for name in present if name in row} for row in values]
    connection.execute(all_tables().tables[table].insert(), rows)


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config
