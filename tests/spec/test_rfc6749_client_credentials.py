"""RFC 6749 §4.4, the client credentials grant, and RFC 9068 about its tokens."""

from datetime import timedelta

import pytest

from idp.resource_server.levels import Levels
from idp.resource_server.model import Requirement
from idp.resource_server.step_up import challenge_for
from idp.resource_server.verify import Expected, read_claims
from tests.support.afterwards import introspect, revoke
from tests.support.browser import Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, basic

API = "https://api.test"


@pytest.fixture
def robot(provider: Provider) -> RelyingParty:
    return provider.add_client(
        "robot",
        grant_types=("client_credentials",),
        response_types=(),
        scope=("payments:read", "payments:write"),
        audience=API,
    )


def ask(party: RelyingParty, *, secret: str = "", **fields: str) -> Page:
    headers = {"Authorization": basic(party.client_id, secret or party.secret)}
    return party.post("/token", {"grant_type": "client_credentials"} | fields, headers=headers)


def test_4_4_2_no_person_is_needed(robot: RelyingParty) -> None:
    """§4.4.2, §4.4.3, §5.1: a token, not to be stored by anybody between; no refresh token, no ID token."""
    answer = ask(robot, scope="payments:read")
    assert answer.status == 200
    assert "no-store" in answer.header("cache-control")
    reply = answer.json()
    assert set(reply) == {"access_token", "token_type", "expires_in", "scope"}
    assert (reply["token_type"], reply["scope"]) == ("Bearer", "payments:read")


def test_4_4_3_no_refresh_token_even_where_people_have_one(provider: Provider) -> None:
    """§4.4.3: a refresh token should not be included."""
    both = provider.add_client(
        "both",
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scope=("openid", "offline_access", "jobs"),
    )
    assert set(ask(both).json()) == {"access_token", "token_type", "expires_in", "scope"}
    with provider.unchanged("refresh_families"):
        assert ask(both, scope="offline_access").json()["error"] == "invalid_scope"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_4_4_2_client_must_authenticate(provider: Provider, method: str) -> None:
    """§4.4.2: without its secret nothing is issued."""
    robot = provider.add_client(
        "robot", grant_types=("client_credentials",), access_token_format="opaque", token_endpoint_auth_method=method
    )
    with provider.unchanged("client_access_tokens"):
        for headers in ({}, {"Authorization": basic("robot", "wrong")}):
            answer = robot.post("/token", {"grant_type": "client_credentials", "client_id": "robot"}, headers=headers)
            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


def test_5_2_client_must_be_registered_for_it(provider: Provider, bank: RelyingParty) -> None:
    """§5.2: unauthorized_client."""
    with provider.unchanged("client_access_tokens"):
        answer = ask(bank)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


def test_3_3_scope_must_be_registered(robot: RelyingParty) -> None:
    """§3.3, §5.2."""
    answer = ask(robot, scope="payments:read admin")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")
    assert "admin" not in answer.text


def test_discovery_announces_the_grant(bank: RelyingParty) -> None:
    """RFC 8414 §2."""
    assert "client_credentials" in bank.get("/.well-known/openid-configuration").json()["grant_types_supported"]


def test_client_without_people_cannot_send_anybody_to_authorize(provider: Provider, robot: RelyingParty) -> None:
    """RFC 7591 §2.1: it is registered for no code; nobody is asked anything."""
    attempt = robot.attempt()
    assert robot.error(attempt, provider.browser().get(attempt.url)) == "unauthorized_client"


def test_9068_an_api_takes_the_token_and_sees_that_nobody_signed_in(provider: Provider, robot: RelyingParty) -> None:
    """RFC 9068 §2.2, §4: `sub` is the client; RFC 9470 §3: where a person must have proved something, it is refused."""
    token = ask(robot).json()["access_token"]
    claims = introspect(robot, token).json()
    now = provider.clock.now()
    read = read_claims(claims, Expected(issuer=robot.issuer, audience=API, leeway=timedelta(0)), now=now)
    assert (read.sub, read.client_id, read.acr, read.auth_time) == ("robot", "robot", "", None)
    assert read.scopes == {"payments:read", "payments:write"}
    for requirement in (Requirement(max_age=300), Requirement(acr_values=("urn:idp:acr:1fa",))):
        refused = challenge_for(read, requirement, levels=Levels(), now=now)
        assert refused is not None
        assert refused.error == "insufficient_user_authentication"


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_7009_token_can_be_given_back(provider: Provider, form: str) -> None:
    """RFC 7009 §2."""
    robot = provider.add_client("robot", grant_types=("client_credentials",), access_token_format=form)
    token = ask(robot).json()["access_token"]
    assert introspect(robot, token).json()["active"] is True
    assert revoke(robot, token).status == 200
    assert introspect(robot, token).json() == {"active": False}
