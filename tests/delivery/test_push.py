"""Web push on the wire: encrypted as RFC 8291 says, only ever to push services that are served."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.delivery import push_services
from idp.delivery.encryption import LONGEST, encrypted
from idp.records.users.push.model import Keys
from tests.support.push import Subscribed, unb64

TEXT = b"When I grow up, I want to be a watermelon"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT, AUTH = "DGv6ra1nlYgDCS1FRnbzlw", "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(scalar: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(scalar)), ec.SECP256R1())


def test_message_is_that_of_the_specification() -> None:
    """RFC 8291 Appendix A, byte for byte; and our reader of messages reads it."""
    browser = Subscribed("", key=private(RECEIVER), auth=unb64(AUTH))
    sent = encrypted(TEXT, p256dh=browser.point, auth=browser.auth, sender=private(SENDER), salt=unb64(SALT))
    assert sent == unb64(MESSAGE)
    assert browser.read(sent) == TEXT


def test_each_message_has_a_key_and_a_salt_of_its_own() -> None:
    """Two of the same text have nothing in common but their shape, and open alike."""
    browser = Subscribed("")
    first, second = (encrypted(TEXT, p256dh=browser.point, auth=browser.auth) for _ in range(2))
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]
    assert browser.read(first) == browser.read(second) == TEXT


def test_message_is_bounded() -> None:
    """What a push service need not take is refused here (RFC 8291 §4)."""
    browser = Subscribed("")
    assert len(encrypted(b"x" * LONGEST, p256dh=browser.point, auth=browser.auth)) == 4096
    with pytest.raises(ValueError, match="longer"):
        encrypted(b"x" * (LONGEST + 1), p256dh=browser.point, auth=browser.auth)


SERVED = push_services.read("fcm.googleapis.com, *.push.apple.com, http://localhost:8031")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91-_x",
        "https://web.push.apple.com/QGuQyavXu~1?a=b",
        "http://localhost:8031/push/1",
    ],
)
def test_endpoint_of_a_service_is_served(endpoint: str) -> None:
    """A host by name, one below a name that begins with *., an origin on this machine."""
    assert SERVED.serve(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com.evil.test/x",
        "https://evil.test/fcm.googleapis.com/",
        "https://fcm.googleapis.com@evil.test/x",
        "https://evil.test\\@fcm.googleapis.com/x",
        "https://evil.test#@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user:password@fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x\r\nHost: evil.test",
        "https://fcm.googleapis.com/x\n",
        "https://fcm。googleapis.com/x",
        "https://FCM.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://.push.apple.com/x",
        "https://169.254.169.254/latest/",
        "https://localhost/x",
        "http://localhost:80/x",
        "http://localhost:8031.evil.test/x",
        "http://localhost:8031@evil.test/x",
        "//fcm.googleapis.com/x",
        "https://fcm.googleapis.com/" + "x" * 2048,
        "file:///etc/passwd",
    ],
)
def test_endpoint_of_anybody_else_is_not(endpoint: str) -> None:
    """Nothing that leads elsewhere, and nothing that two readers of URLs could take differently (SSRF)."""
    assert not SERVED.serve(endpoint)


@pytest.mark.parametrize(
    "text", ["https://fcm.googleapis.com", "*", "*.*.com", "http://push.example:80", "a b", "http://["]
)
def test_list_of_services_is_names(text: str) -> None:
    """A mistake says what would be right."""
    with pytest.raises(ValueError, match=r"fcm\.googleapis\.com"):
        push_services.read(text)


def test_no_service_at_all() -> None:
    """`none` sends nothing to anybody."""
    assert push_services.read("none").names == ()


GOOD = Subscribed("https://fcm.googleapis.com/x").fields


@pytest.mark.parametrize(
    ("changes", "is_whole"),
    [
        ({}, True),
        ({"auth": "AAAA"}, False),
        ({"auth": "ö" * 22}, False),
        ({"p256dh": ""}, False),
        ({"p256dh": "BA" + "A" * 85}, False),
        ({"p256dh": GOOD["p256dh"][:-2]}, False),
        ({"p256dh": "!" + GOOD["p256dh"][1:]}, False),
    ],
)
def test_keys_are_those_of_a_subscription(changes: dict[str, str], is_whole: bool) -> None:
    """A point of the curve and sixteen bytes, in base64url; nothing else is ever stored."""
    assert Keys(**(GOOD | changes)).is_whole is is_whole
