"""The webhook: signed, told apart, never led astray."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp.core.secrets import Secret
from idp.delivery.addresses import WebhookAddress
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.delivery.webhook import Webhook
from tests.delivery.kit import NUMBER, a_message
from tests.support.certificate import certificate
from tests.support.clock import START, FixedClock
from tests.support.gateway import HANGS, LOST, Answer, Gateway, gateway

KEY = "a secret of thirty-two characters"


@pytest.fixture
def told() -> Iterator[Gateway]:
    with gateway() as it:
        yield it


def carrier(url: str, *, secret: str = KEY) -> Webhook:
    return Webhook(WebhookAddress(url=url, secret=Secret(secret)), clock=FixedClock(), timeouts=(1, 0.3))


@pytest.mark.parametrize("secret", [KEY, "whsec_" + base64.b64encode(KEY.encode()).decode()])
def test_message_is_signed_as_standard_webhooks_says(told: Gateway, secret: str) -> None:
    """The receiver checks HMAC-SHA256 over id, time and body with any library for it."""
    message = a_message()
    assert carrier(f"{told.url}/send?x=1", secret=secret).carry(message) == Sent()
    (got,) = told.told
    signed = f"{message.id}.{int(START.timestamp())}.".encode() + got.body
    expected = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
    assert got.path == "/send?x=1"
    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert got.headers["webhook-timestamp"] == str(int(START.timestamp()))
    assert got.headers["webhook-id"] == got.headers["idempotency-key"] == message.id
    assert json.loads(got.body) == {
        "id": message.id,
        "channel": "sms",
        "to": NUMBER,
        "text": message.text,
        "purpose": "code",
        "language": "en",
        "expires_at": "2026-11-24T09:05:00Z",
    }


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(204), Sent()),
        (Answer(400), Refused("http_400")),
        (Answer(401), Later(reason="http_401")),
        (Answer(429, headers={"Retry-After": "90"}), Later(reason="http_429", wait=timedelta(seconds=90))),
        (
            Answer(503, headers={"Retry-After": "Tue, 24 Nov 2026 09:02:00 GMT"}),
            Later(reason="http_503", wait=timedelta(minutes=2)),
        ),
        (Answer(429, headers={"Retry-After": "999999999999"}), Later(reason="http_429", wait=timedelta(hours=1))),
        (Answer(503, headers={"Retry-After": "soon"}), Later(reason="http_503")),
        (Answer(500), Later(reason="http_500", is_unsure=True)),
        (HANGS, Later(reason="timeout", is_unsure=True)),
        (LOST, Later(reason="reply_lost", is_unsure=True)),
    ],
)
def test_answers(told: Gateway, answer: Answer, outcome: Outcome) -> None:
    """FLT-19, FLT-21: for good, for now, or nobody knows."""
    told.script = [answer]
    assert carrier(told.url).carry(a_message()) == outcome
    assert len(told.told) == 1


def test_redirects_are_not_followed(told: Gateway) -> None:
    """Only the address that the operator named is ever spoken to."""
    told.script = [Answer(307, headers={"Location": f"{told.url}/elsewhere"})]
    assert carrier(told.url).carry(a_message()) == Later(reason="http_307")
    assert [each.path for each in told.told] == ["/"]


def test_certificate_of_somebody_else(tmp_path: Path) -> None:
    """Over https the receiver is who it says it is."""
    with gateway(certificate(tmp_path).server()) as it:
        assert carrier(it.url).carry(a_message()) == Later(reason="tls")
        assert carrier(it.url).check() == "the webhook cannot be reached (tls)"
    assert it.told == []


def test_nobody_listens() -> None:
    """What was never connected was never sent."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert carrier(url).carry(a_message()) == Later(reason="connection")


def test_check_sends_nothing(told: Gateway) -> None:
    """The way is tried without a message."""
    told.usual = Answer(405)
    assert carrier(told.url).check() == ""
    assert [each.method for each in told.told] == ["HEAD"]
