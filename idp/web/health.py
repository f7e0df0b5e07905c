"""`/healthz`: the process answers. `/readyz`: it can do its work, part by part.

What a part is, and when it is well, is given by whoever builds the app, and so is what it can do without: that is
told as degraded, and takes no node out of service, as all nodes would go at once. Answers are for machines and name no
cause: the causes are in the log.
"""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

from idp.storage.tx import Tx
from idp.web.router import json_response
from idp.web.wire import Request, Response, Route

_LOG = logging.getLogger(__name__)

Check = Callable[[Tx], bool]


class Health:
    """Answers both questions."""

    def __init__(self, *, checks: Mapping[str, Check], optional: Mapping[str, Check] = MappingProxyType({})) -> None:
        """A part may be in both: well enough to work by, and as it should be."""
        self._checks = checks
        self._optional = optional

    def routes(self) -> tuple[Route, ...]:
        """Return the table of both endpoints."""
        return (
            Route(methods=("GET",), path="/healthz", handler=self.alive),
            Route(methods=("GET",), path="/readyz", handler=self.ready),
        )

    def alive(self, _request: Request, _tx: Tx) -> Response:
        """Say that the process answers; nothing is looked at, so that a slow database restarts nobody."""
        return json_response(200, {"status": "ok"})

    def ready(self, _request: Request, tx: Tx) -> Response:
        """Say whether every part is well: 200, or 503 and which is not."""
        checks = self.states(tx)
        status = next((worst for worst in ("failing", "degraded") if worst in checks.values()), "ok")
        return json_response(503 if status == "failing" else 200, {"status": status, "checks": checks})

    def states(self, tx: Tx) -> Mapping[str, str]:
        """Return how each part is: `ok`, `failing`, or `degraded` where the service does without it."""
        states = {name: "ok" if _is_well(name, check, tx) else "failing" for name, check in self._checks.items()}
        for name, check in self._optional.items():
            if states.get(name) != "failing":
                states[name] = "ok" if _is_well(name, check, tx) else "degraded"
        return states


def _is_well(name: str, check: Check, tx: Tx) -> bool:
    try:
        return check(tx)
    except Exception:  # noqa: BLE001 -- whatever a part fails with, it is not ready
        _LOG.exception("%s is not ready", name)
        return False
