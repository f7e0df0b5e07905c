"""The provider's keys: which are taken, and when they are asked for again (RFC 7517)."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from idp.resource_server import InvalidTokenError, ProviderUnavailableError
from idp.resource_server.jwks import parse_keys
from tests.resource_server.kit import Answer, Provider, a_key, a_token, an_api, b64
from tests.support.clock import FixedClock

EC = a_key("ec").as_dict(private=False)
RSA = a_key("rsa").as_dict(private=False)
OKP = a_key("okp").as_dict(private=False)


def the_keys(*members: Any) -> list[tuple[str, set[str]]]:
    return [(key.kid, set(key.algorithms)) for key in parse_keys(json.dumps({"keys": members}).encode())]


@pytest.mark.parametrize(
    ("member", "algorithms"),
    [
        (RSA, {"RS256", "PS256"}),
        (RSA | {"alg": "PS256"}, {"PS256"}),
        (EC, {"ES256"}),
        (EC | {"use": "sig", "key_ops": ["verify"]}, {"ES256"}),
        (OKP, {"EdDSA", "Ed25519"}),
        (OKP | {"alg": "EdDSA"}, {"EdDSA", "Ed25519"}),
        (OKP | {"alg": "Ed25519"}, {"EdDSA", "Ed25519"}),
    ],
)
def test_key_serves_the_algorithms_of_its_type(member: dict[str, Any], algorithms: set[str]) -> None:
    """RFC 8725 §3.1: the key, not the token, says which algorithm it is for."""
    assert the_keys(member) == [(member["kid"], algorithms)]


BAD: dict[str, Any] = {
    "no object": "key",
    "symmetric": a_key("oct").as_dict(),
    "private": a_key("ec").as_dict(private=True),
    "for encryption": EC | {"use": "enc"},
    "for encryption by its operations": EC | {"key_ops": ["encrypt"]},
    "operations no list": EC | {"key_ops": "verify"},
    "another algorithm": RSA | {"alg": "RSA-OAEP"},
    "the algorithm of another type": EC | {"alg": "EdDSA"},
    "algorithm no text": EC | {"alg": ["ES256"]},
    "another curve": EC | {"crv": "P-384"},
    "curve for agreement": OKP | {"crv": "X25519"},
    "no type": {"kid": "x"},
    "type no text": EC | {"kty": ["EC"]},
    "no point": {name: value for name, value in EC.items() if name != "x"},
    "point no text": EC | {"x": 5},
    "point not on the curve": EC | {"x": EC["y"]},
    "point too long": OKP | {"x": OKP["x"] * 2},
    "modulus missing": {name: value for name, value in RSA.items() if name != "n"},
    "modulus no text": RSA | {"n": 5},
    "modulus small": RSA | {"n": b64(b"\xc1" * 128)},
    "modulus padded up to size": RSA | {"n": b64(bytes(128) + b"\xc1" * 128)},
    "modulus huge": RSA | {"n": b64(b"\xc1" * 4096)},
    "exponent one": RSA | {"e": "AQ"},
    "exponent no text": RSA | {"e": None},
}


@pytest.mark.parametrize("member", BAD.values(), ids=BAD.keys())
def test_bad_key_is_passed_over_and_spoils_no_other(member: Any) -> None:
    """RFC 7517 §5: keys that cannot be used are ignored."""
    assert the_keys(member, EC) == [(EC["kid"], {"ES256"})]


def test_only_the_first_fifty_keys_are_read() -> None:
    """A key set without end costs no more than a long one."""
    assert len(the_keys(*[EC] * 60)) == 50


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys":{}}', b"\xff"])
def test_key_set_that_is_none_is_the_providers_trouble(body: bytes) -> None:
    """A broken key set says nothing about tokens."""
    with pytest.raises(ProviderUnavailableError):
        parse_keys(body)


def test_keys_are_fetched_once_for_many_tokens(provider: Provider, clock: FixedClock) -> None:
    """The provider is not asked a token."""
    api = an_api(provider, clock)
    assert not provider.seen
    for _ in range(5):
        api.verify(a_token(provider.issuer))
    assert provider.seen == {"/.well-known/openid-configuration": 1, "/jwks": 1}


def test_new_key_is_found_when_the_provider_has_rotated(provider: Provider, clock: FixedClock) -> None:
    """An unknown `kid` asks again, but not within 30 s of the last time."""
    api = an_api(provider, clock)
    api.verify(a_token(provider.issuer))
    new = a_token(provider.issuer, kind="ec new")
    provider.keys.append(a_key("ec new").as_dict(private=False))
    clock.advance(timedelta(seconds=29))
    with pytest.raises(InvalidTokenError, match="no key"):
        api.verify(new)
    assert provider.seen["/jwks"] == 1
    clock.advance(timedelta(seconds=1))
    assert api.verify(new).sub == "person"
    assert provider.seen["/jwks"] == 2


def test_forged_key_ids_ask_the_provider_once_an_interval(provider: Provider, clock: FixedClock) -> None:
    """Whoever makes up key ids does not make us beat the provider."""
    api = an_api(provider, clock)
    for number in range(50):
        clock.advance(timedelta(seconds=1))
        with pytest.raises(InvalidTokenError):
            api.verify(a_token(provider.issuer, header={"kid": f"forged-{number}"}))
    assert provider.seen["/jwks"] == 2


def test_retired_key_is_refused_when_the_set_has_aged(provider: Provider, clock: FixedClock) -> None:
    """A key that the provider took back verifies nothing once the kept set is stale."""
    api = an_api(provider, clock)
    api.verify(a_token(provider.issuer))
    provider.keys[:] = [a_key("ec new").as_dict(private=False)]
    clock.advance(timedelta(minutes=5))
    with pytest.raises(InvalidTokenError):
        api.verify(a_token(provider.issuer))


def test_old_keys_serve_for_an_hour_when_the_provider_is_down(provider: Provider, clock: FixedClock) -> None:
    """A provider that is away for a while takes no API down; then the keys are too old to be believed."""
    api = an_api(provider, clock)
    stamp = int(clock.now().timestamp())
    token = a_token(provider.issuer, exp=stamp + 10**6)
    api.verify(token)
    provider.is_down = True
    clock.advance(timedelta(minutes=64, seconds=59))
    assert api.verify(token).sub == "person"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(ProviderUnavailableError):
        api.verify(token)
    provider.is_down = False
    clock.advance(timedelta(seconds=5))
    assert api.verify(token).sub == "person"


def test_key_set_answered_with_an_error_is_no_key_set(provider: Provider, clock: FixedClock) -> None:
    """A 404 with a good body is still a 404."""
    provider.answers["/jwks"] = Answer(404, json.dumps({"keys": provider.keys}).encode())
    with pytest.raises(ProviderUnavailableError):
        an_api(provider, clock).verify(a_token(provider.issuer))


def test_one_thread_fetches_when_many_need_the_keys(provider: Provider, clock: FixedClock) -> None:
    """FLT-43: single flight: twenty first requests at once are one fetch."""
    api, token, verified = an_api(provider, clock), a_token(provider.issuer), []
    start = threading.Barrier(20)

    def verify() -> None:
        start.wait()
        verified.append(api.verify(token).sub)

    threads = [threading.Thread(target=verify) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified == ["person"] * 20
    assert provider.seen["/jwks"] == 1


def test_no_thread_waits_when_an_old_key_set_is_there(provider: Provider, clock: FixedClock) -> None:
    """While one thread asks a slow provider, the others go on with what is kept."""
    api, token = an_api(provider, clock), a_token(provider.issuer)
    api.verify(token)
    asked, may_answer = threading.Event(), threading.Event()

    def hold(path: str) -> None:
        asked.set()
        may_answer.wait(5)

    provider.hold = hold
    clock.advance(timedelta(minutes=5))
    slow = threading.Thread(target=api.verify, args=(token,))
    slow.start()
    assert asked.wait(5)
    assert api.verify(token).sub == "person"
    may_answer.set()
    slow.join()
    assert provider.seen["/jwks"] == 2
