"""Authlib, openid-client and oauth4webapi: sign in, step up, refresh, ask, give back, sign out, at a real server."""

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.clients.kit import AuthlibSteps, ClientError, Settings, Steps, installed, node_steps
from tests.support.afterwards import BYE, OFFLINE, amend, may_refresh
from tests.support.browser import Browser
from tests.support.cluster import Cluster, cluster
from tests.support.gateway import gateway
from tests.support.person import Person
from tests.support.waiting import until

MFA = "urn:idp:acr:mfa"
AAL1 = "urn:idp:acr:1fa"
NUMBERS = itertools.count()

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of one worker process."""
    with cluster(request, "sqlite", folder=Path(tmp_path_factory.mktemp("clients")), workers=1, racers=12) as running:
        may_refresh(running.provider, "bank")
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the clients from npm are installed."""
    return installed(Path(tmp_path_factory.mktemp("npm")))


def settings_of(one: Cluster) -> Settings:
    """Return what a client is told, as the bank."""
    return {
        "issuer": one.issuer,
        "client_id": one.bank.client_id,
        "client_secret": one.bank.secret,
        "redirect_uri": one.bank.redirect_uri,
    }


@pytest.fixture(params=["authlib", "openid_client.mjs", "oauth4webapi.mjs"])
def steps(request: pytest.FixtureRequest, one: Cluster) -> Iterator[Steps]:
    """One client, registered as the bank."""
    settings = settings_of(one)
    if request.param == "authlib":
        running = nullcontext(AuthlibSteps(settings))
    else:
        running = node_steps(request.getfixturevalue("folder"), request.param, settings)
    with running as client:
        yield client


@pytest.fixture
def person(one: Cluster) -> Person:
    """Somebody with an authenticator app whose code nobody has used yet."""
    return one.people[f"racer{next(NUMBERS)}"]


def walk(one: Cluster, browser: Browser, person: Person, url: str) -> str:
    """Answer whatever is asked, and return where the browser is sent."""
    location = person.answer(browser, browser.open(url), one.now()).location
    assert location.startswith(one.bank.redirect_uri)
    return location


def test_client_goes_all_the_way(one: Cluster, steps: Steps, person: Person) -> None:
    """Each step as the client's own documentation has it, with every check that it makes."""
    browser = one.browser()
    first = steps.run("finish", url=walk(one, browser, person, steps.run("begin", scope=OFFLINE)))
    assert first["acr"] == AAL1
    url = steps.run("begin", scope=OFFLINE, acr_values=MFA, max_age="300")
    raised = steps.run("finish", url=walk(one, browser, person, url))
    assert (raised["acr"], raised["sub"]) == (MFA, first["sub"])
    assert steps.run("userinfo", sub=raised["sub"])["email"] == f"{person.username}@example.com"
    refreshed = steps.run("refresh")
    assert [refreshed[name] for name in ("sub", "acr", "auth_time")] == [
        raised[name] for name in ("sub", "acr", "auth_time")
    ]
    answer = steps.run("introspect")
    assert (answer["active"], answer["acr"], answer["token_type"]) == (True, MFA, "Bearer")
    assert browser.get(steps.run("logout", to=BYE)).location == BYE + "?state=out"
    silent = browser.get(steps.run("begin", scope="openid", prompt="none")).location
    with pytest.raises(ClientError, match="login_required"):
        steps.run("finish", url=silent)
    one.assert_calm()


def test_sign_out_is_told_to_a_client(one: Cluster, folder: Path, person: Person) -> None:
    """OIDC Back-Channel Logout 1.0: the token holds before a library of others, which takes it for no ID token."""
    browser = one.browser()
    with gateway() as server, node_steps(folder, "oauth4webapi.mjs", settings_of(one)) as steps:
        amend(one.provider, "bank", backchannel_logout_uri=server.url)
        claims = steps.run("finish", url=walk(one, browser, person, steps.run("begin", scope=OFFLINE)))
        assert browser.get(steps.run("logout", to=BYE)).location == BYE + "?state=out"
        until(lambda: server.told)
        amend(one.provider, "bank", backchannel_logout_uri="")
        token = server.told[0].body.decode().removeprefix("logout_token=")
        told = steps.run("told", token=token)
        assert [told[name] for name in ("sub", "sid")] == [claims[name] for name in ("sub", "sid")]
        with pytest.raises(ClientError, match="nonce"):
            steps.run("mistaken", token=token)
    one.assert_calm()


def test_client_gives_its_refresh_token_back(one: Cluster, steps: Steps, person: Person) -> None:
    """RFC 7009: afterwards the client is told invalid_grant, and its access token is not active."""
    browser = one.browser()
    steps.run("finish", url=walk(one, browser, person, steps.run("begin", scope=OFFLINE)))
    steps.run("revoke")
    assert steps.run("introspect") == {"active": False}
    with pytest.raises(ClientError, match="invalid_grant"):
        steps.run("refresh")


def test_client_pushes_its_request(one: Cluster, steps: Steps, person: Person) -> None:
    """RFC 9126: as its own documentation has it, and its errors are told where it pushes."""
    browser = one.browser()
    url = steps.run("push", scope="openid", acr_values=MFA)
    assert "acr_values" not in url
    assert "redirect_uri" not in url
    assert steps.run("finish", url=walk(one, browser, person, url))["acr"] == MFA
    with pytest.raises(ClientError, match="invalid_scope"):
        steps.run("push", scope="unheard_of")
    again = steps.run("finish", url=browser.get(steps.run("push", scope="openid")).location)
    assert again["acr"] == MFA
