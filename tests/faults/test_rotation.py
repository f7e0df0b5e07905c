"""Keys that are replaced while tokens are made and verified."""

import base64
import json
import threading
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.cli.installation import ALGORITHMS
from idp.records.keys.service import KeyRing
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, basic
from tests.support.waiting import until

MINUTES = 8
PUBLISHED_FOR = 300
"""Seconds for which relying parties may keep the key set (`Cache-Control` of `/jwks`)."""


class Verifier:
    """A relying party that keeps the key set for as long as it may, and asks again for a key that it does not know."""

    def __init__(self, provider: Provider, *, asks_again: bool) -> None:
        self._provider = provider
        self._asks_again = asks_again
        self._keys: KeySet | None = None
        self._until = 0.0

    def verify(self, token: str) -> dict[str, Any]:
        if self._keys is None or self._provider.clock.now().timestamp() >= self._until:
            self._fetch()
        try:
            return self._decoded(token)
        except (ValueError, JoseError):
            if not self._asks_again:
                raise
            self._fetch()
            return self._decoded(token)

    def _decoded(self, token: str) -> dict[str, Any]:
        assert self._keys is not None
        return jwt.decode(token, self._keys, algorithms=list(ALGORITHMS)).claims

    def _fetch(self) -> None:
        page = self._provider.bank.get("/jwks")
        assert page.header("cache-control") == f"public, max-age={PUBLISHED_FOR}"
        self._keys = KeySet.import_key_set(page.json())
        self._until = self._provider.clock.now().timestamp() + PUBLISHED_FOR


@pytest.fixture
def machine(provider: Provider) -> RelyingParty:
    """A client that gets signed tokens of its own."""
    return provider.add_client(
        "machine", grant_types=("client_credentials",), scope=("read",), audience="https://api.test"
    )


def token_of(machine: RelyingParty) -> str:
    headers = {"Authorization": basic(machine.client_id, machine.secret)}
    return str(machine.post("/token", {"grant_type": "client_credentials"}, headers=headers).json()["access_token"])


def rotate(provider: Provider) -> None:
    """Rotate as `idp keys rotate` does, in another process's ring."""
    ring = KeyRing(clock=provider.clock)
    with provider.database.transaction(durable=True) as tx:
        for alg in ALGORITHMS:
            ring.rotate(tx, alg)


class Load:
    """Machines that get tokens and verify them, without a pause."""

    def __init__(self, provider: Provider, machine: RelyingParty, threads: int = 3) -> None:
        self._provider, self._machine = provider, machine
        self.kids: set[str] = set()
        self.failures: list[str] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        verifier = Verifier(self._provider, asks_again=True)
        while not self._is_over.is_set():
            token = token_of(self._machine)
            try:
                verifier.verify(token)
            except (ValueError, JoseError) as error:
                self.failures.append(repr(error))
            self.kids.add(kid_of(token))


def kid_of(token: str) -> str:
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def test_flt_26_a_rotation_a_minute_fails_nobody(provider: Provider, machine: RelyingParty) -> None:
    """FLT-26: whoever keeps the key set as told, and asks again for a key they do not know, verifies every token."""
    with Load(provider, machine) as load:
        for number in range(MINUTES):
            provider.advance(60)
            rotate(provider)
            until(lambda so_far=number: len(load.kids) > so_far, "the new key never signed")
    assert load.failures == []
    assert len(load.kids) >= MINUTES, "each of the keys has signed"


def test_flt_26_a_key_is_published_before_it_signs(provider: Provider, machine: RelyingParty) -> None:
    """FLT-26: rotated no more often than the key set is kept, even whoever never asks again verifies every token."""
    verifier = Verifier(provider, asks_again=False)
    for _ in range(MINUTES):
        verifier.verify(token_of(machine))
        provider.advance(PUBLISHED_FOR - 1)
        rotate(provider)
        verifier.verify(token_of(machine))
        provider.advance(1)
