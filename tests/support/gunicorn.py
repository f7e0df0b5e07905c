"""The other server: gunicorn with threads, on a free port of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.workers import Running, wait_until_ready


@contextmanager
def gunicorn(environ: Mapping[str, str], *, workers: int, folder: Path) -> Iterator[Running]:
    """Serve what `environ` describes, by eight threads a worker, until the block ends; whoever starts it ends it."""
    port, log = environ["IDP_ISSUER"].rpartition(":")[2], folder / "gunicorn.log"
    options = ["--worker-class", "gthread", "--workers", str(workers), "--threads", "8", "--graceful-timeout", "5"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "idp.app:wsgi()", "--bind", f"127.0.0.1:{port}", *options],
            env={**os.environ, **environ},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, log)
    try:
        wait_until_ready(running, environ["IDP_ISSUER"] + "/readyz")
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
