"""Middleware for any ASGI 3 application: a request or WebSocket that may not pass never reaches it.

The rule it keeps: verification may wait for the provider, so it runs in a thread and never holds up the event loop. The
body belongs to the application and is not read here.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from idp.resource_server.model import Challenge, VerifiedToken
from idp.resource_server.rules import Rule, find_requirement
from idp.resource_server.server import ResourceServer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN_KEY = "idp.resource_server.token"
"""Where the application finds the VerifiedToken in its scope."""
_POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1


class ProtectedASGI:
    """`application`, behind the rules."""

    def __init__(self, application: ASGIApplication, server: ResourceServer, *, rules: Sequence[Rule] = ()) -> None:
        self._application = application
        self._server = server
        self._rules = tuple(rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the refusal, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        admitted = await self._admit(scope)
        if not isinstance(admitted, Challenge):
            await self._application({**scope, TOKEN_KEY: admitted}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _refuse(admitted, send)

    async def _admit(self, scope: Scope) -> VerifiedToken | Challenge | None:
        requirement = find_requirement(self._rules, method=scope.get("method", "GET"), path=_path(scope))
        if requirement is None or isinstance(requirement, Challenge):
            return requirement
        shown = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
        query = scope.get("query_string", b"").decode("latin-1")
        return await asyncio.to_thread(self._server.admit, shown, requirement, query=query)


def _path(scope: Scope) -> str:
    """Return the path below the place where the application is mounted, which newer servers leave in `path`."""
    path, root = scope["path"], scope.get("root_path", "").rstrip("/")
    return (path[len(root) :] if root and (path + "/").startswith(root + "/") else path) or "/"


async def _refuse(challenge: Challenge, send: Send) -> None:
    told = (*challenge.headers, ("Content-Length", str(len(challenge.body))))
    headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in told]
    await send({"type": "http.response.start", "status": challenge.status, "headers": headers})
    await send({"type": "http.response.body", "body": challenge.body})
