"""`idp serve`: granian, told explicitly how much it may do at once.

The service is plain WSGI and depends on no server (`idp.app:wsgi` is a factory); this is the one that is tested.
"""

import ctypes
import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from idp.app import wsgi
from idp.cli import logs
from idp.cli.couriers import carriers_of
from idp.cli.init import start
from idp.cli.installation import opened
from idp.settings import PROXY_MISSING, Settings

CONNECTIONS = 1024
"""A worker's limit. It counts open connections, idle ones too, so it must be far above the number of threads."""
THREADS = 16
"""Enough that people who wait for a password hash do not hold up the rest (hashing has its own lane)."""
GRACE = 3
"""Seconds a worker has to finish what it has begun."""
HEAPS = 2
"""Heaps that glibc keeps for all threads of a process. Its own rule is eight a core, and each of ours would have one of
its own, with room in it that no other can use."""
_M_ARENA_MAX = -8  # malloc.h


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=lambda: os.cpu_count() or 1, show_default="one a core")
@click.option("--threads", type=click.IntRange(1, 128), default=THREADS, show_default=True, help="For each worker.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was begun and end."""
    with opened() as here:
        with here.database.transaction(durable=True) as tx:
            start(here, tx)
        settings = here.settings
        # What is missing is told once, and not by each worker.
        carriers_of(settings, database=here.database, clock=here.clock)
    if settings.is_proxy_missing:
        click.echo(f"idp: warning: IDP_TRUSTED_PROXIES: {PROXY_MISSING}", err=True)
    refuse_taken(host, port)
    with counting_together(settings):
        run(wsgi, host=host, port=port, workers=workers, threads=threads, settings=settings)


@contextmanager
def counting_together(settings: Settings) -> Iterator[None]:
    """Give the workers a folder where what each has counted is added up, unless there is one already."""
    if settings.metrics_token is None or settings.metrics_folder:
        yield
        return
    with TemporaryDirectory(prefix="idp-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def run(app: Callable[[], Any], *, host: str, port: int, workers: int, threads: int, settings: Settings) -> None:
    """Run granian until it is told to end. Each worker makes the app for itself, after it was forked."""
    share_heaps()
    gc.freeze()  # what was imported stays: collectors leave it alone, and workers go on sharing its pages
    Server(
        "idp",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        workers_kill_timeout=GRACE,
        respawn_failed_workers=workers > 1,
        websockets=False,
        log_level=LogLevels(settings.log_level),
        log_dictconfig=logs.configuration(form=settings.log_format, level=settings.log_level),
    ).serve(target_loader=partial(settled, app), wrap_loader=False)


def settled(make: Callable[[], Any]) -> Any:
    """Return what a worker serves, which the collector of garbage leaves alone: it stays, and nobody waits for it."""
    made = make()
    gc.collect()
    gc.freeze()
    return made


def share_heaps() -> None:
    """Let the threads of this process, and of those forked from it, share heaps, unless the environment says how many.

    Where the C library is not glibc nothing changes.
    """
    if "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS)


def refuse_taken(host: str, port: int, *, option: str = "--port") -> None:
    """Say so when something listens there already: granian itself would share the port with it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = f"cannot listen on {host}:{port} ({error.strerror}); choose another port with {option}"
            raise click.ClickException(text) from error
