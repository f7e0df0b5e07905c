"""Addresses of gateways: what they may be, and that mistakes say what would be right."""

import pytest

from idp.core.secrets import Secret
from idp.delivery import addresses
from idp.delivery.addresses import (
    Security,
    SmsAddress,
    SmtpAddress,
    SnsAddress,
    TwilioAddress,
    VonageAddress,
    WebhookAddress,
)

SID = "AC" + "0" * 32
KEY = "k" * 32


@pytest.mark.parametrize(
    ("text", "port", "security"),
    [
        ("smtp://mx.example.com", 587, Security.STARTTLS),
        ("smtp://mx.example.com:25?starttls=1", 25, Security.STARTTLS),
        ("smtp://mx.example.com?starttls=0", 587, Security.NONE),
        ("smtp://localhost:1025", 1025, Security.NONE),
        ("smtps://mx.example.com", 465, Security.TLS),
    ],
)
def test_smtp(text: str, port: int, security: Security) -> None:
    """The way is protected unless the operator says otherwise, or it never leaves the machine."""
    found = addresses.smtp(text)
    assert (found.port, found.security) == (port, security)


def test_user_and_password_may_hold_anything() -> None:
    """They are percent-encoded in a URL, and never printed."""
    found = addresses.smtp("smtps://a%40b:p%2F%40ss@mx.example.com")
    assert found == SmtpAddress(
        host="mx.example.com", port=465, security=Security.TLS, user="a@b", password=Secret("p/@ss")
    )
    assert "p/@ss" not in repr(found)


@pytest.mark.parametrize("text", ["http://mx", "smtp://", "smtp://mx:x", "smtp://mx?tls=1", "smtp://mx/in", "smtp://["])
def test_smtp_that_is_none(text: str) -> None:
    """Whatever else it is, the right form is told."""
    with pytest.raises(ValueError, match="smtp://user:password@host:587"):
        addresses.smtp(text)


def test_password_in_clear() -> None:
    """A password would be read by whoever is on the way."""
    with pytest.raises(ValueError, match="password in clear"):
        addresses.smtp("smtp://user:hidden@mx.example.com?starttls=0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"twilio://{SID}:token@+12025550100",
            TwilioAddress(account=SID, token=Secret("token"), sender="+12025550100"),
        ),
        (f"twilio://{SID}:t%2Fk@Example", TwilioAddress(account=SID, token=Secret("t/k"), sender="Example")),
        ("vonage://key:secret@Bank", VonageAddress(key="key", secret=Secret("secret"), sender="Bank")),
        (
            "vonage://key:secret@12025550100?application=a&key_file=/run/key",
            VonageAddress(
                key="key", secret=Secret("secret"), sender="12025550100", application="a", key_file="/run/key"
            ),
        ),
        ("sns://eu-central-1", SnsAddress(region="eu-central-1")),
        (
            f"webhook+https://{KEY}@sms.example.com:8443/send?tenant=1#sms,voice",
            WebhookAddress(
                url="https://sms.example.com:8443/send?tenant=1",
                secret=Secret(KEY),
                channels=frozenset({"sms", "voice"}),
            ),
        ),
        (f"webhook+http://{KEY}@127.0.0.1:9", WebhookAddress(url="http://127.0.0.1:9/", secret=Secret(KEY))),
    ],
)
def test_sms(text: str, expected: SmsAddress) -> None:
    """Every gateway's address; a sender's name keeps its capitals."""
    assert addresses.sms(text) == expected
    assert "token" not in repr(expected).replace("token=", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://sms.example.com", "twilio://SID:TOKEN@FROM"),
        ("twilio://AC1:token@+12025550100", "AC and 32 hexadecimal digits"),
        (f"twilio://{SID}:token@", "must be twilio://"),
        (f"twilio://{SID}@+12025550100", "must be twilio://"),
        ("vonage://key:secret@Bank?application=a", "must be vonage://"),
        ("sns://Europe", "sns://eu-central-1"),
        ("webhook+https://sms.example.com/send", "at least 32 characters"),
        (f"webhook+http://{KEY}@sms.example.com", "http on loopback alone"),
        (f"webhook+https://{KEY}@sms.example.com#email", "sms,voice"),
    ],
)
def test_sms_that_is_none(text: str, says: str) -> None:
    """Each mistake says what would be right, and no secret."""
    with pytest.raises(ValueError, match=says) as raised:
        addresses.sms(text)
    assert "secret@" not in str(raised.value).replace("KEY:SECRET@", "")


def test_calls_need_a_number() -> None:
    """A name and a messaging service have no telephone."""
    assert TwilioAddress(account=SID, token=Secret("t"), sender="+12025550100").may_call
    assert not TwilioAddress(account=SID, token=Secret("t"), sender="Example").may_call
