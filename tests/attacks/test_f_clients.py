"""Table F, what clients get for themselves: never a person's token, and nothing for whoever is nobody."""

import base64
import json
from typing import Any

import pytest

from idp.records.keys.modules.software import RsaSigner
from tests.support.afterwards import introspect, refresh
from tests.support.browser import Page
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, basic

OWN = ("client_credentials",)
FORMATS = pytest.mark.parametrize("form", ["jwt", "opaque"])


def ask(party: RelyingParty, secret: str, **fields: str) -> Page:
    sent = {"grant_type": "client_credentials"} | fields
    return party.post("/token", sent, headers={"Authorization": basic(party.client_id, secret)})


def own_token(party: RelyingParty) -> str:
    return str(ask(party, party.secret).json()["access_token"])


@FORMATS
def test_oau_49_client_named_like_a_person_is_not_that_person(provider: Provider, alice: Person, form: str) -> None:
    """OAU-49: with her `sub` for a client_id, its token opens neither UserInfo nor her account."""
    posing = provider.add_client(alice.id, grant_types=OWN, access_token_format=form)
    token = own_token(posing)
    assert introspect(posing, token).json()["sub"] == alice.id
    bearer = {"Authorization": f"Bearer {token}"}
    answers = (posing.get("/userinfo", headers=bearer), posing.post("/userinfo", {"access_token": token}))
    for answer in answers:
        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
        assert "alice" not in answer.text
    for path in ("/account", "/account/factors", "/account/sessions"):
        browser = provider.browser()
        page = browser.follow(browser.get(path, headers=bearer))
        assert page.has("login-submit")
        assert "alice" not in page.text


@FORMATS
def test_oau_49_scopes_of_a_person_are_not_for_a_client(provider: Provider, form: str) -> None:
    """OAU-49: `openid` would name UserInfo as an audience; it is refused, registered or not."""
    both = provider.add_client("both", grant_types=("authorization_code", *OWN), access_token_format=form)
    for scope in ("openid", "openid profile", "offline_access", "email"):
        with provider.unchanged("client_access_tokens"):
            assert ask(both, both.secret, scope=scope).json()["error"] == "invalid_scope"


def test_oau_49_token_of_a_client_is_no_other_credential(provider: Provider, bank: RelyingParty) -> None:
    """OAU-36, OAU-49: neither a code nor a refresh token, nor a proof of who the client is."""
    both = provider.add_client("both", grant_types=("authorization_code", "refresh_token", *OWN))
    token = own_token(both)
    assert refresh(both, token).json()["error"] == "invalid_grant"
    assert both.redeem(both.attempt(), token).json()["error"] == "invalid_grant"
    assert ask(both, token).json()["error"] == "invalid_client"
    assert bank.get("/authorize?id_token_hint=" + token).status == 400


def test_oau_17_client_credentials_are_for_registered_clients(provider: Provider) -> None:
    """OAU-17: a per-client list; a public client is not helped by being on it."""
    public = provider.add_client("public", grant_types=OWN, token_endpoint_auth_method="none")
    code_only = provider.add_client("code-only", access_token_format="opaque")
    fields = {"grant_type": "client_credentials", "client_id": "public"}
    with provider.unchanged("client_access_tokens", "access_tokens"):
        assert public.post("/token", fields).json()["error"] == "unauthorized_client"
        assert ask(code_only, code_only.secret).json()["error"] == "unauthorized_client"
        assert ask(public, "guess").json()["error"] == "invalid_client"


def test_oau_17_query_changes_nothing(provider: Provider) -> None:
    """OAU-07, OAU-17: what stands in the address is not read."""
    robot = provider.add_client("robot", grant_types=OWN)
    header = {"Authorization": basic("robot", robot.secret)}
    answer = robot.post("/token?grant_type=client_credentials", {"scope": ""}, headers=header)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    twice = robot.post("/token?client_id=bank", {"grant_type": "client_credentials"}, headers=header)
    assert introspect(robot, twice.json()["access_token"]).json()["client_id"] == "robot"


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What has been signed."""
    made: list[Any] = []
    sign = RsaSigner.sign

    def counted(key: RsaSigner, text: bytes) -> bytes:
        made.append(text)
        return sign(key, text)

    monkeypatch.setattr(RsaSigner, "sign", counted)
    return made


def test_oau_32_nobody_makes_us_sign(provider: Provider, signatures: list[Any]) -> None:
    """OAU-32: a signature is the one dear thing here, and is spent on authenticated clients alone."""
    robot = provider.add_client("robot", grant_types=OWN, access_token_signed_response_alg="RS256")
    provider.disable_client("shop")
    for party, secret in ((robot, "wrong"), (robot, "é"), (provider.parties["shop"], provider.parties["shop"].secret)):
        assert ask(party, secret).status == 401
    assert ask(robot, robot.secret, scope="admin").status == 400
    assert ask(provider.bank, provider.bank.secret).status == 400
    assert signatures == []
    assert ask(robot, robot.secret).status == 200
    assert len(signatures) == 1


def test_jos_02_token_signed_in_another_way_is_none(provider: Provider) -> None:
    """JOS-01, JOS-02, JOS-08: no algorithm, another one, another type or another key."""
    robot = provider.add_client("robot", grant_types=OWN)
    first, claims, signature = own_token(robot).split(".")
    header = json.loads(base64.urlsafe_b64decode(first + "=="))
    for change in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"}, {"typ": "JWT"}, {"jwk": {}}, {"crit": ["exp"]}):
        text = base64.urlsafe_b64encode(json.dumps(header | change).encode()).rstrip(b"=").decode()
        for end in (signature, ""):
            assert introspect(robot, f"{text}.{claims}.{end}").json() == {"active": False}
    body = json.loads(base64.urlsafe_b64decode(claims + "=="))
    for kind in ("JWT", "logout+jwt"):
        forged = provider.sign({"alg": "ES256", "typ": kind}, body)
        assert introspect(robot, forged).json() == {"active": False}
