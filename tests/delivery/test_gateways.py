"""Twilio, Vonage and Amazon SNS through their own clients, against a gateway that answers as a test wants."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.core.errors import ConfigError
from idp.core.secrets import Secret
from idp.delivery import carriers, sns, twilio, vonage
from idp.delivery.addresses import SnsAddress, TwilioAddress, VonageAddress
from idp.delivery.carrier import Carrier
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from tests.delivery.kit import NUMBER, a_message
from tests.support.certificate import certificate
from tests.support.clock import FixedClock
from tests.support.gateway import HANGS, LOST, Answer, Gateway, gateway

SID = "AC" + "0" * 32
FROM = "+12025550100"
SENT = Answer(body=b'{"message-count": "1", "messages": [{"status": "0", "message-id": "1", "to": "1"}]}')
Make = Callable[[], Carrier]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway over TLS, as one of the clients speaks nothing else."""
    made = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.chain))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(made.chain))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with gateway(made.server()) as it:
        yield it


def the_twilio(told: Gateway, sender: str = FROM) -> Carrier:
    address = TwilioAddress(account=SID, token=Secret("hidden"), sender=sender)
    return twilio.Twilio(address, clock=FixedClock(), url=told.url, timeout=0.3)


def the_vonage(told: Gateway, **calls: str) -> Carrier:
    address = VonageAddress(key="key", secret=Secret("hidden"), sender=FROM, **calls)
    return vonage.VonageCarrier(address, clock=FixedClock(), host=told.host, timeout=1)


def the_sns(told: Gateway) -> Carrier:
    return sns.Sns(SnsAddress(region="eu-central-1"), clock=FixedClock(), url=told.url, timeouts=(1, 0.3))


def usual(told: Gateway, name: str) -> Carrier:
    if name == "sns":
        told.usual = Answer(
            body=b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
            headers={"Content-Type": "text/xml"},
        )
        return the_sns(told)
    told.usual = SENT
    return the_twilio(told) if name == "twilio" else the_vonage(told)


def form(told: Gateway) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(told.told[-1].body.decode()).items()}


def vonage_says(*statuses: str) -> Answer:
    """It answers 200 whatever it means."""
    messages = [{"status": status, "error-text": "x", "message-id": "1", "to": "1"} for status in statuses]
    return Answer(body=json.dumps({"message-count": str(len(statuses)), "messages": messages}).encode())


def sns_says(code: str, status: int = 400, **headers: str) -> Answer:
    return Answer(status, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode(), headers)


ALL = pytest.mark.parametrize("name", ["twilio", "vonage", "sns"])


def test_twilio_writes(told: Gateway) -> None:
    """A code that could only arrive late is dropped by the gateway itself."""
    told.usual = SENT
    assert the_twilio(told).carry(a_message()) == Sent()
    assert told.told[0].path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert form(told) == {"To": NUMBER, "From": FROM, "Body": "123456 is your code", "ValidityPeriod": "300"}


def test_twilio_writes_by_a_messaging_service(told: Gateway) -> None:
    """A sender may be a pool of numbers; it writes and does not call."""
    told.usual = SENT
    it = the_twilio(told, "MG" + "0" * 32)
    assert it.carry(a_message()) == Sent()
    assert form(told)["MessagingServiceSid"] == "MG" + "0" * 32
    assert it.channels == {"sms"}


def test_twilio_calls(told: Gateway) -> None:
    """The text is read aloud in its language; what is in it is text, never markup."""
    told.usual = SENT
    assert the_twilio(told).carry(a_message(channel="voice", text="1, 2 <Hangup/>", language="ja")) == Sent()
    assert told.told[0].path == f"/2010-04-01/Accounts/{SID}/Calls.json"
    assert '<Say language="ja-JP">1, 2 &lt;Hangup/&gt;</Say>' in form(told)["Twiml"]


def test_vonage_writes(told: Gateway) -> None:
    """Numbers go without a plus, other alphabets as such."""
    told.usual = SENT
    message = a_message(text="確認コード 123456")
    assert the_vonage(told).carry(message) == Sent()
    assert told.told[0].path == "/sms/json"
    sent = form(told)
    assert (sent["to"], sent["from"], sent["type"], sent["ttl"]) == (NUMBER[1:], FROM[1:], "unicode", "300000")
    assert (sent["text"], sent["client-ref"]) == (message.text, message.id)


def test_vonage_calls(told: Gateway, tmp_path: Path) -> None:
    """With an application of its own it also calls."""
    file = tmp_path / "application.key"
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(rsa.generate_private_key(65537, 2048).private_bytes(*pem))
    told.usual = Answer(body=b'{"uuid": "u", "status": "started", "direction": "outbound", "conversation_uuid": "c"}')
    it = the_vonage(told, application="app", key_file=str(file))
    assert it.channels == {"sms", "voice"}
    assert it.carry(a_message(channel="voice", text="1, 2")) == Sent()
    assert told.told[0].headers["authorization"].startswith("Bearer ")
    call = json.loads(told.told[0].body)
    assert call["to"][0]["number"] == NUMBER[1:]
    assert call["ncco"] == [{"action": "talk", "text": "1, 2", "language": "en-US"}]


def test_vonage_application_without_its_key(told: Gateway) -> None:
    """A key that cannot be read is told at start, under the name of the setting."""
    with pytest.raises(ConfigError, match="IDP_SMS_URL: the file /nowhere/key of key_file"):
        the_vonage(told, application="app", key_file="/nowhere/key")


def test_sns_writes(told: Gateway) -> None:
    """A code is no advertisement, and is marked so."""
    assert usual(told, "sns").carry(a_message()) == Sent()
    sent = form(told)
    assert (sent["PhoneNumber"], sent["Message"]) == (NUMBER, "123456 is your code")
    assert "Transactional" in sent.values()


@ALL
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (sns_says("", 429, **{"Retry-After": "90"}), Later(reason="http_429", wait=timedelta(seconds=90))),
        (sns_says("", 503), Later(reason="http_503")),
        (sns_says("", 500), Later(reason="http_500", is_unsure=True)),
        (sns_says("", 403), Later(reason="http_403")),
        (HANGS, Later(reason="timeout", is_unsure=True)),
        (LOST, Later(reason="reply_lost", is_unsure=True)),
    ],
    ids=["429", "503", "500", "403", "hangs", "lost"],
)
def test_answers(told: Gateway, name: str, answer: Answer, outcome: Outcome) -> None:
    """FLT-19, FLT-21: every client is told once, and says the same of the same answer."""
    it = usual(told, name)
    told.script = [answer]
    assert it.carry(a_message()) == outcome
    assert len(told.told) == 1


@pytest.mark.parametrize(
    ("name", "answer", "outcome"),
    [
        ("twilio", Answer(400, body=b'{"code": 21211, "message": "no", "status": 400}'), Refused("http_400")),
        ("vonage", vonage_says("7"), Refused("vonage_7")),
        ("vonage", vonage_says("9"), Later(reason="vonage_9")),
        ("vonage", vonage_says("0", "5"), Later(reason="partly", is_outage=False, is_unsure=True)),
        ("sns", sns_says("InvalidParameter"), Refused("http_400")),
        ("sns", sns_says("InvalidClientTokenId"), Later(reason="sns_refused")),
        ("sns", sns_says("Throttling"), Later(reason="http_429")),
        ("sns", Answer(502, body=b"Bad Gateway"), Later(reason="protocol", is_unsure=True)),
    ],
)
def test_answers_in_words_of_their_own(told: Gateway, name: str, answer: Answer, outcome: Outcome) -> None:
    """What is about the message is for good; what is about the account waits for the operator."""
    it = usual(told, name)
    told.script = [answer]
    assert it.carry(a_message()) == outcome


@ALL
def test_msg_12_clients_log_nothing(told: Gateway, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """MSG-12: whatever the client would say of a message, no code, number or secret reaches our log."""
    for logger in ("", "twilio", "vonage"):
        caplog.set_level(logging.DEBUG, logger)
    it = usual(told, name)
    it.carry(a_message())
    told.script = [sns_says(f"no such number {NUMBER}")]
    it.carry(a_message())
    shown = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("botocore"))
    assert not any(secret in shown for secret in ("123456", NUMBER[1:], "hidden"))


@ALL
def test_check_sends_nothing(told: Gateway, name: str) -> None:
    """`check` tells a way that works from one that does not."""
    it = usual(told, name)
    told.usual = sns_says("InvalidClientTokenId", 401)
    assert "not accept" in it.check()
    told.usual = LOST
    assert it.check() != ""
    assert not any(b"123456" in each.body for each in told.told)


def test_a_client_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The way to mend it is in the message."""

    def missing(_: str) -> None:
        raise ModuleNotFoundError("no", name="boto3")

    monkeypatch.setattr(carriers, "import_module", missing)
    with pytest.raises(ConfigError, match=r"IDP_SMS_URL: .*\(boto3\); run: pip install 'stepup-idp\[sns\]'"):
        carriers.build(
            smtp=None,
            mail_from="",
            sms=SnsAddress(region="eu-central-1"),
            push=None,
            templates=tmp_path,
            clock=FixedClock(),
        )
