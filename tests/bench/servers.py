"""The product as it takes part, from nothing: a folder, a database, its people, a process on its own core."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from idp import migrations
from idp.cli.init import start
from idp.cli.installation import Installation
from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens
from idp.factors.base import Credential
from idp.factors.passkey.factor import Passkey
from idp.factors.passkey.site import Site
from idp.factors.password import Password
from idp.login.setting_up import person_of
from idp.records.clients import store as clients
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.settings import Settings
from idp.storage.engine import Database
from idp.storage.tx import Tx
from tests.bench import cast
from tests.bench.peers import PEERS, redis
from tests.bench.processes import Process, free_port, running
from tests.support.authenticator import Authenticator
from tests.support.builders import CHEAP, a_client, a_password, a_totp, a_user

_KEY = "an operator's secret key that only the bench knows"
SERVE = ("-m", "idp.cli", "serve")
_CHEAP = "m=8,t=1,p=1"
"""Nothing is learnt from hashing where others do not hash: `login_password` alone pays the full price."""
HASHING = {"memory_kib": 19456, "passes": 2, "lanes": 1}
_DEAR = "m=19456,t=2,p=1"


@contextmanager
def ours(folder: Path, core: int, *, command: tuple[str, ...] = SERVE) -> Iterator[Process]:
    """The product as `idp serve` runs it: one worker, 16 threads, SQLite in a file."""
    with _product(folder, core, {"IDP_ARGON2": _CHEAP}, factor=CHEAP, command=command) as process:
        yield process


@contextmanager
def ours_redis(folder: Path, core: int) -> Iterator[Process]:
    """The product with a Redis that its nodes would share."""
    with redis(folder, core) as server:
        more = {"IDP_ARGON2": _CHEAP, "IDP_REDIS_URL": f"redis://127.0.0.1:{server.port}/0"}
        with _product(folder, core, more, factor=CHEAP) as process:
            yield process


@contextmanager
def hashing(folder: Path, core: int) -> Iterator[Process]:
    """The product with passwords hashed as they are in production."""
    with _product(folder, core, {"IDP_ARGON2": _DEAR}, factor=Password(**HASHING)) as process:
        yield process


@contextmanager
def _product(
    folder: Path, core: int, more: Mapping[str, str], *, factor: Password, command: tuple[str, ...] = SERVE
) -> Iterator[Process]:
    port = free_port()
    environ = {
        "IDP_ISSUER": f"http://localhost:{port}",
        "IDP_DATABASE_URL": f"sqlite:///{folder / 'idp.sqlite3'}",
        "IDP_SECRET_KEYS": _KEY,
        "IDP_POLICY": "step-up-only",
        "IDP_PACE": "9999999",  # everybody comes from one address here: they are counted, and never too many
        "IDP_LOG_FORMAT": "text",
        "IDP_LOG_LEVEL": "warning",
        **more,
    }
    _seed(environ, factor)
    arguments = [sys.executable, *command, "--port", str(port), "--workers", "1"]
    with running(arguments, port=port, core=core, log=folder / "log", environ=environ) as process:
        yield process


def _seed(environ: dict[str, str], factor: Password) -> None:
    settings = Settings.from_env(environ)
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([_KEY]))
    try:
        migrations.upgrade(database)
        here = Installation(settings=settings, database=database, clock=SystemClock(), tokens=SystemTokens())
        with database.transaction() as tx:
            start(here, tx)
            _add_clients(tx)
            _add_people(tx, factor, issuer=settings.issuer)
    finally:
        database.close()


def _add_clients(tx: Tx) -> None:
    web = a_client(
        cast.WEB,
        secret=cast.SECRETS[cast.WEB],
        redirect_uris=(cast.CALLBACK,),
        post_logout_redirect_uris=(cast.BYE,),
        grant_types=("authorization_code", "refresh_token"),
        access_token_format="opaque",
    )
    clients.add(tx, web)
    for name, form in cast.ROBOTS.items():
        robot = a_client(
            name,
            secret=cast.SECRETS[name],
            redirect_uris=(),
            grant_types=("client_credentials",),
            response_types=(),
            scope=("read", "write"),
            audience=cast.API,
            access_token_format=form,
            access_token_signed_response_alg="RS256" if name.endswith("rs256") else "ES256",
        )
        clients.add(tx, robot)


def _add_people(tx: Tx, factor: Password, *, issuer: str) -> None:
    now = datetime.now(UTC)
    material = None
    for name in (*cast.PEOPLE, *cast.STEPPING, *cast.KEYED):
        user = a_user(name, id=SystemTokens().new_id(), created_at=now)
        users.add(tx, user)
        # Hashed once for all: what is measured is how answers are verified.
        secret = a_password(user, cast.PASSWORD, factor=factor) if material is None else a_password(user, "x" * 16)
        material = material or secret.material
        credentials.add_credential(tx, replace(secret, material=material))
        if name in cast.STEPPING:
            credentials.add_credential(tx, a_totp(user, cast.totp_secret(name), created_at=now))
        if name in cast.KEYED:
            device = cast.DEVICES[issuer, name] = Authenticator(origin=issuer)
            credentials.add_credential(tx, _a_passkey(user, device, now=now))


def _a_passkey(user: User, device: Authenticator, *, now: datetime) -> Credential:
    factor, tokens = Passkey(site=Site(rp_id="localhost", name="localhost", origins=(device.origin,))), SystemTokens()
    begun = factor.enroll_begin_beside(person_of(user), (), is_quiet=False, tokens=tokens, now=now)
    new = factor.enroll_finish(person_of(user), begun, device.create(begun.page["options"]), now=now)
    return new.bound("passkey", credential_id=tokens.new_id(), user_id=user.id, now=now)


OURS = {"ours": ours, "ours_redis": ours_redis, "hashing": hashing}
SERVERS = OURS | PEERS
