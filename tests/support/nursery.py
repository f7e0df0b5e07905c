"""A program that forks one process for each order and lets it die at a chosen step: `python -m tests.support.nursery`.

A step is one exchange with the database. The product has no hook for this: on SQLite the library itself tells which
statement it is about to run, on PostgreSQL the driver waits for each answer in one place. At its step the child is
killed as by `kill -9`: it flushes nothing, rolls back nothing, closes nothing.

The application is built once, as a worker of a server builds it; children inherit it and open connections of their own.
Orders and results are lines of JSON.
"""

import base64
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from idp.app import create_app
from idp.cli.main import main as command_line
from idp.core.clock import SystemClock
from idp.core.tokens import SystemTokens
from idp.settings import Settings
from tests.support.transport import InProcess

NEVER = 0


class Fate:
    """Counts steps, and kills this process before one of them."""

    def __init__(self) -> None:
        self.steps = 0
        self._last: int | None = None

    def arm(self, dies_before: int) -> None:
        self.steps, self._last = 0, dies_before

    def step(self, *_: object) -> None:
        if self._last is None:
            return
        self.steps += 1
        if self.steps == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(fate: Fate) -> None:
    """Let both drivers tell each exchange before it happens."""
    waits: Callable[..., Any] = psycopg.Connection.wait

    def wait(connection: Any, *arguments: Any, **options: Any) -> Any:
        fate.step()
        return waits(connection, *arguments, **options)

    psycopg.Connection.wait = wait  # type: ignore[method-assign]

    def trace(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(fate.step)

    event.listen(Engine, "connect", trace)


class Nursery:
    """The application, and what children do with it."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._app = create_app(Settings.from_env(os.environ), clock=SystemClock(), tokens=SystemTokens())
        self._transport = InProcess(self._app.wsgi)

    def warm(self) -> None:
        """Do once what a worker does once: read templates and policy, import keys."""
        for path in ("/readyz", "/jwks", "/account/"):
            self._transport.send("GET", self._url(path), [], b"")
        self._app.database.close()

    def _url(self, path: str) -> str:
        return os.environ["IDP_ISSUER"] + path

    def child(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order; return what was answered, and in how many steps."""
        if "arguments" in order:
            self._fate.arm(order["dies_before"])
            return {"code": _run(order["arguments"]), "steps": self._fate.steps}
        self._transport.send("GET", self._url("/readyz"), [], b"")  # so that the connections are open
        self._fate.arm(order["dies_before"])
        reply = self._transport.send(
            order["method"], order["url"], [tuple(pair) for pair in order["headers"]], base64.b64decode(order["body"])
        )
        body = base64.b64encode(reply.body).decode()
        self._fate.step()  # the last moment: everything is kept, nothing is answered
        return {"status": reply.status, "headers": reply.headers, "body": body, "steps": self._fate.steps}


def _run(arguments: list[str]) -> int:
    """Run `idp …` in this process."""
    sys.argv = ["idp", *arguments]
    sys.stdout = sys.stderr
    try:
        command_line()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def main() -> None:
    fate = Fate()
    watch(fate)
    nursery = Nursery(fate)
    is_warm = False
    for line in sys.stdin:
        order = json.loads(line)
        if not is_warm and "arguments" not in order:
            nursery.warm()
            is_warm = True
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as out:
                json.dump(nursery.child(order), out)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("{}" if is_killed else said, flush=True)


if __name__ == "__main__":
    main()
