"""What every command starts from: the settings, the database and the few services over it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from idp import migrations
from idp.core.clock import Clock, SystemClock
from idp.core.errors import ConfigError, Problem
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens, Tokens
from idp.factors.passkey import metadata
from idp.factors.passkey.site import Site
from idp.login.observing.sources import Sources
from idp.settings import Settings
from idp.storage.engine import Database
from idp.storage.shared import Shared

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


def shared_of(settings: Settings) -> Shared | None:
    """Return the Redis of this installation, where it has one; installations that use the same one do not meet.

    Raises ConfigError for an address with options that there are not.
    """
    if not settings.redis_url:
        return None
    name = hashlib.sha256(settings.issuer.encode()).hexdigest()[:16]
    try:
        return Shared(settings.redis_url, namespace=f"idp:{name}")
    except (TypeError, ValueError):
        text = "is not understood: must be such as redis://user:password@host:6379/0"
        raise ConfigError([Problem(text, key="IDP_REDIS_URL")]) from None


def open_database(settings: Settings) -> Database:
    """Open the database; what is changed in it is told to all processes of the installation."""
    return Database.open(settings.database_url, keys=secret_keys(settings), shared=shared_of(settings))


def passkey_site(settings: Settings) -> Site:
    """Return where passkeys are made and used. Raises ConfigError for metadata that cannot be believed."""
    name, file = urlsplit(settings.issuer).hostname or "", settings.fido_metadata
    try:
        models = metadata.read(file.read_bytes()) if file else {}
    except (OSError, ValueError) as error:
        raise ConfigError([Problem(f"the file {file} {error}", key="IDP_FIDO_METADATA")]) from error
    return Site(rp_id=settings.webauthn_rp_id, name=name, origins=settings.webauthn_origins, models=models)


def sources_of(settings: Settings) -> Sources:
    """Return the inputs of risk that are installed."""
    return Sources(
        city=settings.geoip_city,
        asn=settings.geoip_asn,
        lists=settings.ip_lists,
        mail_domains=settings.disposable_mail,
    )


@contextmanager
def opened(*, any_schema: bool = False) -> Iterator[Installation]:
    """Open the installation that the environment describes; refuse a schema that is not ours unless `any_schema`."""
    settings = Settings.from_env(os.environ)
    database = open_database(settings)
    try:
        differences = [] if any_schema else migrations.check(database)
        if differences:
            raise click.ClickException(f"{differences[0]}; run `idp db upgrade` (or `idp init` the first time)")
        yield Installation(settings=settings, database=database, clock=SystemClock(), tokens=SystemTokens())
    finally:
        database.close()
