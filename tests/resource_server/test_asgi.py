"""The ASGI middleware lets nothing by."""

import asyncio
import threading
from typing import Any

import pytest

from idp.resource_server import Requirement, ResourceServer
from idp.resource_server.asgi import TOKEN_KEY, ProtectedASGI
from idp.resource_server.rules import Rule
from tests.resource_server.kit import MFA, ONE, Provider, a_token

RULES = [Rule("/open", None), Rule("/pay", Requirement(acr_values=[MFA]))]


def call(api: ResourceServer, path: str, *authorization: str, **scope: Any) -> tuple[list[Any], list[Any]]:
    """Return what was sent, and the scopes that reached the application."""
    sent: list[Any] = []
    reached: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    async def receive() -> Any:
        raise AssertionError("the body is the application's")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"Authorization", value.encode("latin-1")) for value in authorization]
    given = {"type": "http", "method": "POST", "path": path, "headers": headers} | scope
    asyncio.run(ProtectedASGI(application, api, rules=RULES)(given, receive, send))
    return sent, reached


def test_application_gets_the_token_when_it_is_enough(api: ResourceServer, provider: Provider) -> None:
    """The token is in the scope."""
    sent, [scope] = call(api, "/pay", f"Bearer {a_token(provider.issuer)}")
    assert (sent, scope[TOKEN_KEY].sub) == ([], "person")


def test_application_is_not_reached_when_the_level_is_lacking(api: ResourceServer, provider: Provider) -> None:
    """RFC 9470 §3: the refusal says what would do, and nothing was done."""
    [start, body], reached = call(api, "/pay", f"Bearer {a_token(provider.issuer, acr=ONE)}")
    headers = dict(start["headers"])
    assert (start["status"], reached) == (401, [])
    assert f'acr_values="{MFA}"'.encode() in headers[b"www-authenticate"]
    assert headers[b"content-length"] == str(len(body["body"])).encode()


@pytest.mark.parametrize(
    ("path", "shown", "scope", "status"),
    [
        ("/other", [], {}, 401),
        ("", [], {}, 401),
        ("//pay", [], {}, 400),
        ("/pay", ["Bearer x", "Bearer x"], {}, 400),
        ("/pay", ["Bearer x"], {"query_string": b"access_token=x"}, 400),
        ("/mounted/other", [], {"root_path": "/mounted"}, 401),
        ("/mountedopen", [], {"root_path": "/mounted"}, 401),
    ],
)
def test_application_is_not_reached_without_a_good_token(
    path: str, shown: list[str], scope: dict[str, Any], status: int, api: ResourceServer
) -> None:
    """What no rule opens is shut."""
    [start, _], reached = call(api, path, *shown, **scope)
    assert (start["status"], reached) == (status, [])


@pytest.mark.parametrize(
    ("path", "root"), [("/open", ""), ("/mounted/open", "/mounted"), ("/mounted/open", "/mounted/"), ("/open", "/m")]
)
def test_rules_are_for_paths_below_the_mount(path: str, root: str, api: ResourceServer) -> None:
    """A rule names the path that the application sees; servers tell the mount in two ways."""
    _, [scope] = call(api, path, root_path=root)
    assert scope[TOKEN_KEY] is None


def test_websocket_is_closed_when_its_token_is_bad(api: ResourceServer, provider: Provider) -> None:
    """A socket is a request too."""
    sent, reached = call(api, "/pay", "Bearer x", type="websocket")
    assert (sent, reached) == ([{"type": "websocket.close", "code": 1008}], [])
    _, [scope] = call(api, "/pay", f"Bearer {a_token(provider.issuer)}", type="websocket")
    assert scope[TOKEN_KEY].sub == "person"


def test_lifespan_passes(api: ResourceServer) -> None:
    """Start and stop of the application are nobody's request."""
    _, reached = call(api, "/", type="lifespan")
    assert reached[0]["type"] == "lifespan"


def test_event_loop_goes_on_while_the_provider_is_slow(api: ResourceServer, provider: Provider) -> None:
    """Verification waits in a thread."""
    ticks: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        ticks.append(-1)

    async def tick() -> None:
        while -1 not in ticks:
            ticks.append(len(ticks))
            if len(ticks) == 3:
                gate.set()
            await asyncio.sleep(0.01)

    gate = threading.Event()

    def hold(path: str) -> None:
        gate.wait(5)

    provider.hold = hold
    shown = [(b"authorization", f"Bearer {a_token(provider.issuer)}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/pay", "headers": shown}

    async def both() -> None:
        unused: Any = None
        await asyncio.gather(ProtectedASGI(application, api, rules=RULES)(scope, unused, unused), tick())

    asyncio.run(both())
    assert ticks[:3] == [0, 1, 2]
