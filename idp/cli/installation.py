"""What every command starts from: the settings, the database and the few services over it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from idp import migrations
from idp.core.clock import Clock, SystemClock
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens, Tokens
from idp.settings import Settings
from idp.storage.engine import Database

ALGORITHMS = ("RS256", "ES256")
"""Every installation has a current signing key of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One provider, as the command line sees it."""

    settings: Settings
    database: Database
    clock: Clock
    tokens: Tokens


def secret_keys(settings: Settings) -> SecretKeys:
    """Return the ring that seals what is at rest."""
    return SecretKeys([key.value for key in settings.secret_keys])


@contextmanager
def opened(*, any_schema: bool = False) -> Iterator[Installation]:
    """Open the installation that the environment describes; refuse a schema that is not ours unless `any_schema`."""
    settings = Settings.from_env(os.environ)
    database = Database.open(settings.database_url, keys=secret_keys(settings))
    try:
        differences = [] if any_schema else migrations.check(database)
        if differences:
            raise click.ClickException(f"{differences[0]}; run `idp db upgrade` (or `idp init` the first time)")
        yield Installation(settings=settings, database=database, clock=SystemClock(), tokens=SystemTokens())
    finally:
        database.close()
