"""The WSGI middleware lets nothing by."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest

from idp.resource_server import Requirement, ResourceServer
from idp.resource_server.rules import Rule
from idp.resource_server.wsgi import TOKEN_KEY, ProtectedWSGI
from tests.resource_server.kit import MFA, ONE, Provider, a_token

RULES = [Rule("/open", None), Rule("/pay", Requirement(acr_values=[MFA]))]


def call(api: ResourceServer, path: str, **environ: Any) -> tuple[str, dict[str, str], bytes, list[Any]]:
    reached: list[Any] = []
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        reached.append(environ[TOKEN_KEY])
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        seen.update(status=status, headers=dict(headers))

    given = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": BytesIO(b"body")} | environ
    body = b"".join(ProtectedWSGI(application, api, rules=RULES)(given, start_response))
    return seen["status"], seen["headers"], body, reached


def test_application_gets_the_token_when_it_is_enough(api: ResourceServer, provider: Provider) -> None:
    """The token is in the environment, the body is untouched."""
    status, _, body, [token] = call(api, "/pay", HTTP_AUTHORIZATION=f"Bearer {a_token(provider.issuer)}")
    assert (status, body, token.sub) == ("200 OK", b"body", "person")


def test_application_is_not_reached_when_the_level_is_lacking(api: ResourceServer, provider: Provider) -> None:
    """RFC 9470 §3: the refusal says what would do, and nothing was done."""
    status, headers, body, reached = call(api, "/pay", HTTP_AUTHORIZATION=f"Bearer {a_token(provider.issuer, acr=ONE)}")
    assert status == "401 Unauthorized"
    assert f'acr_values="{MFA}"' in headers["WWW-Authenticate"]
    assert headers["Content-Length"] == str(len(body))
    assert reached == []


def test_open_path_needs_no_token(api: ResourceServer) -> None:
    """A path that is open is open, and knows nobody."""
    assert call(api, "/open")[3] == [None]


@pytest.mark.parametrize(
    ("path", "environ", "status"),
    [
        ("/other", {}, "401 Unauthorized"),
        ("", {}, "401 Unauthorized"),
        ("/caf\xc3\xa9", {}, "401 Unauthorized"),
        ("//pay", {}, "400 Bad Request"),
        ("/pay", {"HTTP_AUTHORIZATION": "Bearer x", "QUERY_STRING": "access_token=x"}, "400 Bad Request"),
    ],
)
def test_application_is_not_reached_without_a_good_token(
    path: str, environ: dict[str, str], status: str, api: ResourceServer
) -> None:
    """What no rule opens is shut."""
    answered, _, _, reached = call(api, path, **environ)
    assert (answered, reached) == (status, [])


def test_token_in_the_environment_is_ours_alone(api: ResourceServer) -> None:
    """Whatever stands in front cannot hand a token through on an open path."""
    assert call(api, "/open", **{TOKEN_KEY: "forged"})[3] == [None]
