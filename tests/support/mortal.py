"""Processes that serve one request, or run one command, and are killed at a chosen step of it (see `nursery`)."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.support.nursery import NEVER
from tests.support.race import Shot
from tests.support.transport import Reply


@dataclass(frozen=True)
class Life:
    """What came of one process: None where it was killed."""

    reply: Reply | None = None
    code: int | None = None
    steps: int = 0

    @property
    def is_killed(self) -> bool:
        return self.reply is None and self.code is None


class Mortals:
    """Asks the nursery for one process after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The nursery's own process: its limits are those of all that come from it."""
        return self._process.pid

    def post(self, shot: Shot, *, dies_before: int = NEVER) -> Life:
        """Post a form to a process that dies before this exchange with the database; the first is 1."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **shot.headers}
        said = self._order(
            method="POST",
            url=shot.url,
            headers=list(headers.items()),
            body=base64.b64encode(urlencode(shot.fields).encode()).decode(),
            dies_before=dies_before,
        )
        if not said:
            return Life()
        pairs = tuple((name, value) for name, value in said["headers"])
        return Life(reply=Reply(said["status"], pairs, base64.b64decode(said["body"])), steps=said["steps"])

    def run(self, *arguments: str, dies_before: int = NEVER) -> Life:
        """Run `idp …` in a process that dies so."""
        said = self._order(arguments=arguments, dies_before=dies_before)
        return Life(code=said["code"], steps=said["steps"]) if said else Life()

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said.strip(), "a process ended by itself: see what it printed"
        found: dict[str, Any] = json.loads(said)
        return found


@contextmanager
def mortals(environ: Mapping[str, str]) -> Iterator[Mortals]:
    """Run a nursery for what `environ` describes, until the block ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.support.nursery"],
        env={**inherited, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Mortals(process)
        assert process.stdin is not None
        process.stdin.close()
