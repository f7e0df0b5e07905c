"""Serves a WSGI application as `idp serve` serves the product: the same server, the same threads."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from idp.cli.serve import CONNECTIONS, THREADS


def serve(make: Callable[[int, Path], Any]) -> None:
    """Serve what `make` makes for the port and the folder of the command line."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
    Server(
        "bench",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=lambda: make(port, folder), wrap_loader=False)
