"""The real server: `idp serve` with several worker processes on a free port of this machine.

Whoever starts it ends it: by its own process group, first politely.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.transport import OverHttp
from tests.support.waiting import LIMIT

ENDS_WITHIN = 30
"""Seconds after SIGTERM before it is killed, and the test with it."""
ENDS = (0, -15, 143)
"""How a program may end that was told to, by itself."""


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A program that was started, and what it has said so far."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end, and wait until it has. Raises TimeoutExpired when it does not."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(ENDS_WITHIN)


@contextmanager
def program(arguments: list[str], *, output: Path, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run `python -m idp.cli …` in a process group of its own, and leave nothing of it behind."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "idp.cli", *arguments],
            env={**inherited, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running = Running(process, output)
        try:
            yield running
        finally:
            try:
                if process.poll() is None:
                    running.stop()
            finally:
                _kill_group(process.pid)
                process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_ready(running: Running, url: str, *, seconds: float = 2 * LIMIT) -> None:
    """Wait until `url` answers 200; raise with what the program said when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise AssertionError(f"it ended with {running.process.returncode}:\n{running.said()}")
        try:
            if OverHttp(timeout=2).send("GET", url, [], b"").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered:\n{running.said()}")


@contextmanager
def served(
    environ: Mapping[str, str], *, workers: int, folder: Path, threads: int = 8, port: int = 0
) -> Iterator[Running]:
    """Serve what `environ` describes until the block ends. The issuer says the port, unless a proxy stands there."""
    port = port or int(environ["IDP_ISSUER"].rpartition(":")[2])
    arguments = [
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--threads",
        str(threads),
    ]
    with program(arguments, output=folder / f"serve-{port}.log", environ=environ) as running:
        wait_until_ready(running, f"http://127.0.0.1:{port}/.well-known/openid-configuration")
        yield running
