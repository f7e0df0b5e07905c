"""The decorator: a view runs for a token that is enough, and for no other (RFC 9470)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from idp.resource_server import Requirement, ResourceServer, parse_step_up
from idp.resource_server.flask import Protect
from tests.resource_server.kit import MFA, ONE, TWO_STEPS, Provider, a_token
from tests.support.clock import FixedClock

Headers = Callable[..., dict[str, str]]


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def client(api: ResourceServer, ran: list[str]) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    protect = Protect(api)

    @app.post("/transfer/<account>")
    @protect.require(acr_values=[MFA], max_age=300, scopes=["transfer"])
    def transfer(account: str) -> dict[str, str]:
        ran.append(account)
        return {"by": protect.token.sub, "to": account, "amount": request.form.get("amount", "")}

    @app.get("/open")
    def unguarded() -> str:
        return protect.token.sub

    @app.post("/raw")
    @protect.require()
    def raw() -> bytes:
        return request.get_data()

    return app.test_client()


@pytest.fixture
def shown(provider: Provider) -> Headers:
    return lambda **changed: {"Authorization": f"Bearer {a_token(provider.issuer, **changed)}"}


def test_view_runs_and_knows_the_token_when_it_is_enough(client: FlaskClient, shown: Headers) -> None:
    """Arguments, form and token reach the view."""
    answer = client.post("/transfer/7", headers=shown(), data={"amount": "5"})
    assert answer.json == {"by": "person", "to": "7", "amount": "5"}


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"acr": ONE}, 401, "insufficient_user_authentication"),
        ({"acr": TWO_STEPS}, 401, "insufficient_user_authentication"),
        ({"auth_time": 1}, 401, "insufficient_user_authentication"),
        ({"scope": "openid"}, 403, "insufficient_scope"),
        ({"aud": "https://other.example"}, 401, "invalid_token"),
    ],
)
def test_view_does_not_run_when_something_is_lacking(
    changed: dict[str, object], status: int, error: str, client: FlaskClient, shown: Headers, ran: list[str]
) -> None:
    """Each refusal is told, and nothing was done."""
    answer = client.post("/transfer/7", headers=shown(**changed))
    assert answer.status_code == status
    assert f'error="{error}"' in answer.headers["WWW-Authenticate"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert answer.json["error"] == error
    assert ran == []


def test_step_up_opens_the_view(client: FlaskClient, shown: Headers, clock: FixedClock) -> None:
    """RFC 9470 §3-5: the refusal says what to ask for, and a token of that level passes."""
    refused = client.post("/transfer/7", headers=shown(acr=ONE))
    asked = parse_step_up(refused.headers["WWW-Authenticate"])
    assert asked is not None
    assert (asked.acr_values, asked.max_age) == ((MFA,), 300)
    assert client.post("/transfer/7", headers=shown(acr=asked.acr_values[0])).status_code == 200
    clock.advance(timedelta(seconds=301))
    assert client.post("/transfer/7", headers=shown(exp=int(clock.now().timestamp()) + 60)).status_code == 401


def test_view_does_not_run_without_a_token(client: FlaskClient, ran: list[str]) -> None:
    """RFC 6750 §3.1: the bare challenge."""
    answer = client.post("/transfer/7")
    assert (answer.status_code, answer.headers["WWW-Authenticate"], ran) == (401, "Bearer", [])


@pytest.mark.parametrize("place", ["data", "query_string"])
def test_request_is_refused_when_it_shows_a_token_twice(
    place: str, client: FlaskClient, shown: Headers, ran: list[str]
) -> None:
    """RFC 6750 §2: header and form, or header and query, are two ways at once."""
    answer = client.post("/transfer/7", headers=shown(), **{place: {"access_token": "x"}})  # type: ignore[arg-type]
    assert (answer.status_code, ran) == (400, [])


@pytest.mark.parametrize(
    ("kind", "size"),
    [("application/x-www-form-urlencoded", 100), ("application/x-www-form-urlencoded", 100_000), ("text/plain", 10)],
)
def test_body_reaches_the_view_unread(kind: str, size: int, client: FlaskClient, shown: Headers) -> None:
    """A view that verifies a signature over its body gets every byte."""
    answer = client.post("/raw", headers=shown(), data=b"a" * size, content_type=kind)
    assert len(answer.data) == size


def test_token_is_not_there_when_the_view_requires_none(client: FlaskClient, shown: Headers) -> None:
    """A view that forgot to require a token fails, whatever the request shows."""
    with pytest.raises(RuntimeError, match="no token"):
        client.get("/open", headers=shown())


def test_requirement_is_checked_when_the_view_is_made(api: ResourceServer) -> None:
    """A mistake in a requirement stops the application at its start."""
    with pytest.raises(ValueError, match="from 60"):
        Protect(api).require(max_age=0)
    with pytest.raises(TypeError, match="acr_values"):
        Protect(api).require(acr_values=MFA)
    assert Requirement(acr_values=[MFA])
