"""The product behind a profiler, in one thread: two paths more, to begin anew and to write down what was found."""

import cProfile
import os
import sys
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from idp.app import wsgi
from idp.cli.serve import CONNECTIONS

_PROFILE = cProfile.Profile()
_FOLDER = Path(os.environ["IDP_DATABASE_URL"].removeprefix("sqlite:///")).parent


def make() -> Any:
    """Return the product's application with the profiler around it."""
    app = wsgi()

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        match environ["PATH_INFO"]:
            case "/profile/reset":
                _PROFILE.clear()
            case "/profile/write":
                _PROFILE.dump_stats(_FOLDER / "stats")
            case _:
                return _PROFILE.runcall(app, environ, start_response)
        start_response("204 No Content", [("Content-Length", "0")])
        return []

    return answer


if __name__ == "__main__":
    Server(
        "profiled",
        address="127.0.0.1",
        port=int(sys.argv[sys.argv.index("--port") + 1]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,  # a profile is of one thread
        backpressure=CONNECTIONS,
        backlog=CONNECTIONS,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=make, wrap_loader=False)
