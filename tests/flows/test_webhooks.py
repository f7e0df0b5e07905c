"""Webhooks: events arrive signed, once each, at a receiver that fails as receivers do (A7)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from idp.core.tokens import SystemTokens
from idp.delivery.hooks.teller import Teller
from tests.support.admin_api import Api, robot
from tests.support.gateway import HANGS, LOST, Answer, Gateway, Told, gateway
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def receiver() -> Iterator[Gateway]:
    """Somebody's server."""
    with gateway() as it:
        yield it


@pytest.fixture
def api(provider: Provider) -> Api:
    """The API in the hands of a client that may everything a client may."""
    return robot(provider)


def connect(api: Api, receiver: Gateway, *events: str) -> dict[str, Any]:
    made: dict[str, Any] = api.do("POST", "/webhooks", {"url": f"{receiver.url}/hook?x=1", "events": list(events)})
    return made


def is_signed(told: Told, secret: str) -> bool:
    """Check as any library for Standard Webhooks does."""
    content = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}.".encode() + told.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return expected in told.headers["webhook-signature"].split(" ")


def names(receiver: Gateway) -> list[str]:
    return [json.loads(told.body)["type"] for told in receiver.told]


def test_events_arrive_signed_and_once(
    provider: Provider, api: Api, receiver: Gateway, bob: Person, bank: RelyingParty
) -> None:
    """What was asked for, in order, from the moment on; each once, however often one looks."""
    provider.sign_in(provider.browser(), bank, bob)
    provider.seal()
    made = connect(api, receiver, "session.*", "login.password.passed")
    provider.sign_in(provider.browser(), bank, bob)
    assert provider.spread() > 0
    assert provider.spread() == 0
    assert provider.deliver() == 2
    assert provider.deliver() == 0
    assert sorted(names(receiver)) == ["login.password.passed", "session.started"]
    assert all(is_signed(told, made["secret"]) for told in receiver.told)
    told = json.loads(receiver.told[0].body)
    assert (told["data"]["person"], receiver.told[0].path) == (bob.id, "/hook?x=1")
    assert bob.password not in provider.dump()
    assert made["secret"] not in provider.dump()
    state = api.get(f"/webhooks/{made['webhook']['id']}/messages", state="sent")["items"]
    assert len(state) == 2


@pytest.mark.parametrize("fault", [Answer(500), Answer(302, headers={"Location": "/"}), Answer(404), LOST], ids=str)
def test_what_was_not_taken_comes_again(provider: Provider, api: Api, receiver: Gateway, fault: Answer) -> None:
    """Whatever is no 2xx is tried again, later, under the same id, so that the receiver takes it once."""
    made = connect(api, receiver)
    receiver.script = [fault]
    sent = api.do("POST", f"/webhooks/{made['webhook']['id']}/test")
    assert provider.deliver() == 1
    shown = api.get(f"/webhooks/{made['webhook']['id']}")
    assert (shown["failures"], shown["rests_until"] is not None) == (1, True)
    assert provider.deliver() == 0
    provider.advance(6)
    assert provider.deliver() == 1
    assert [told.headers["webhook-id"] for told in receiver.told] == [sent["id"]] * 2
    assert api.get(f"/webhooks/{made['webhook']['id']}")["failures"] == 0


def test_receiver_says_when_to_come_again(provider: Provider, api: Api, receiver: Gateway) -> None:
    """429 with Retry-After (RFC 9110 §10.2.3)."""
    made = connect(api, receiver)
    receiver.script = [Answer(429, headers={"Retry-After": "120"})]
    api.do("POST", f"/webhooks/{made['webhook']['id']}/test")
    provider.deliver()
    provider.advance(60)
    assert provider.deliver() == 0
    provider.advance(61)
    assert provider.deliver() == 1


def test_what_nobody_takes_is_given_up_and_seen(provider: Provider, api: Api, receiver: Gateway) -> None:
    """After some three days; it is told in the trail and to no webhook, and can be tried again by hand."""
    made = connect(api, receiver)
    path = f"/webhooks/{made['webhook']['id']}"
    receiver.usual = Answer(503)
    sent = api.do("POST", f"{path}/test")
    for _ in range(12):
        provider.deliver()
        provider.advance(90_000)
    assert len(receiver.told) == 10
    api = robot(provider)
    assert [each["id"] for each in api.get(f"{path}/messages", state="dead")["items"]] == [sent["id"]]
    assert api.get("/audit", name="webhook.given_up")["items"][0]["details"]["reason"] == "http_503"
    provider.spread()
    assert len(api.get(f"{path}/messages")["items"]) == 1
    receiver.usual = Answer(204)
    api.do("POST", f"{path}/messages/{sent['id']}/retry")
    assert api.call("POST", f"{path}/messages/{sent['id']}/retry").status == 409
    assert provider.deliver() == 1


def test_one_that_hangs_holds_up_no_other(provider: Provider, api: Api, receiver: Gateway) -> None:
    """It is left alone after one try, though much is on its way to it."""
    with gateway() as slow:
        slow.usual = HANGS
        hung, fine = connect(api, slow), connect(api, receiver)
        for webhook in (hung, hung, hung, fine):
            api.do("POST", f"/webhooks/{webhook['webhook']['id']}/test")
        teller = Teller(
            database=provider.database,
            clock=provider.clock,
            tokens=SystemTokens(),
            may_be_here=True,
            timeouts=(1, 0.2),
        )
        assert teller.work() == 2
        assert (len(slow.told), len(receiver.told)) == (1, 1)
        assert api.get(f"/webhooks/{hung['webhook']['id']}/messages", limit=3)["items"][0]["reason"] in {"", "timeout"}


def test_secret_is_replaced_without_a_gap(provider: Provider, api: Api, receiver: Gateway) -> None:
    """For a day messages are signed with both; then with the new one alone."""
    made = connect(api, receiver)
    path = f"/webhooks/{made['webhook']['id']}"
    other = api.do("POST", f"{path}/secret", If_Match=api.tag(path))["secret"]
    assert api.call("POST", f"{path}/secret", If_Match='"1"').status == 412
    api.do("POST", f"{path}/test")
    provider.deliver()
    assert is_signed(receiver.told[-1], made["secret"])
    assert is_signed(receiver.told[-1], other)
    provider.advance(86_401)
    robot(provider).do("POST", f"{path}/test")
    provider.deliver()
    assert not is_signed(receiver.told[-1], made["secret"])
    assert is_signed(receiver.told[-1], other)


def test_webhook_is_changed_and_ends(provider: Provider, api: Api, receiver: Gateway) -> None:
    """Disabled it is told nothing, and what came meanwhile comes later; removed, nothing is left of it."""
    made = connect(api, receiver, "user.*")
    path = f"/webhooks/{made['webhook']['id']}"
    api.do("PATCH", path, {"disabled": True}, If_Match=api.tag(path))
    api.do("POST", "/people", {"username": "zoe"})
    provider.spread()
    assert provider.deliver() == 0
    api.do("PATCH", path, {"disabled": False}, If_Match=api.tag(path))
    provider.spread()
    assert (provider.deliver(), names(receiver)) == (1, ["user.added"])
    api.do("POST", f"{path}/test")
    api.do("DELETE", path, If_Match=api.tag(path))
    assert (provider.deliver(), provider.count("webhook_messages")) == (0, 0)
    assert api.call("GET", path).status == 404
