"""Private keys in a PKCS #11 token: made there, used there, never taken out; a token that goes away (O4)."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from pkcs11 import Attribute, ObjectClass

from idp.core.errors import BusyError
from idp.records.keys import store
from idp.records.keys.model import KeyState
from idp.records.keys.modules import address
from idp.records.keys.modules.pkcs11 import LABEL, Pkcs11
from idp.records.keys.service import KNOWN_AFTER, KeyRing
from idp.records.keys.signing import signed
from idp.storage.database_tx import DatabaseTx
from tests.support.clock import FixedClock
from tests.support.softhsm import Token, soft_token

ALGS = ("RS256", "ES256")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    with soft_token(tmp_path_factory.mktemp("token")) as it:
        yield it


@pytest.fixture
def module(token: Token) -> Iterator[Pkcs11]:
    token.forget()
    yield Pkcs11(address.pkcs11(token.uri))
    token.forget()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ring(module: Pkcs11, clock: FixedClock) -> KeyRing:
    return KeyRing(clock=clock, module=module)


def verified(ring: KeyRing, tx: DatabaseTx, token: str) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(dict(ring.public_jwks(tx))), algorithms=list(ALGS))


@pytest.mark.parametrize("alg", ALGS)
def test_key_in_a_token_signs_what_others_verify(tx: DatabaseTx, ring: KeyRing, alg: str) -> None:
    """RFC 7518 §3.3, §3.4: by the published key, under its kid; both halves of ES256 at full length, each time."""
    ring.ensure(tx, (alg,))
    signer = ring.signing_key(tx, alg)
    for number in range(20):
        read = verified(ring, tx, signed(signer, {"n": number}, typ="at+jwt"))
        assert (read.claims, read.header) == ({"n": number}, {"alg": alg, "kid": signer.kid, "typ": "at+jwt"})


@pytest.mark.parametrize("alg", ALGS)
def test_private_half_is_nowhere_but_in_the_token(tx: DatabaseTx, ring: KeyRing, module: Pkcs11, alg: str) -> None:
    """The row holds a reference, and the token gives nothing away; its key has our name on it."""
    ring.ensure(tx, (alg,))
    (row,) = [key for key in store.list_keys(tx) if key.state is KeyState.CURRENT]
    kept = json.loads(tx.keys.open(row.private_sealed, context=store.sealing_context(row.kid)))
    assert set(kept) == {"module", "id"}
    assert not {"d", "p", "q"} & set(json.loads(row.public_jwk))

    def look(session: pkcs11.Session) -> None:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=bytes.fromhex(kept["id"]))
        assert (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE]) == (True, False)
        assert key[Attribute.LABEL] == f"{LABEL} {row.kid}"
        secret = Attribute.PRIVATE_EXPONENT if alg == "RS256" else Attribute.VALUE
        with pytest.raises(pkcs11.AttributeSensitive):
            key[secret]

    module.do(look)


def test_ring_moves_into_a_token_and_out_of_it_by_rotating(tx: DatabaseTx, ring: KeyRing, clock: FixedClock) -> None:
    """Keys that were made before sign on, each for its time; no moment is without a key that signs."""
    outside = KeyRing(clock=clock)
    outside.ensure(tx, ("ES256",))
    for turn in (ring, ring, outside, outside):
        assert turn.rotate(tx, "ES256") is None
        clock.advance(KNOWN_AFTER)
        assert verified(ring, tx, signed(ring.signing_key(tx, "ES256"), {"ok": 1})).claims == {"ok": 1}
    kinds = [
        json.loads(tx.keys.open(key.private_sealed, context=store.sealing_context(key.kid))).get("module", "database")
        for key in store.list_keys(tx)
    ]
    assert sorted(kinds) == ["database"] * 4 + ["pkcs11"] * 2


def test_key_in_a_token_that_nobody_named_is_told(tx: DatabaseTx, ring: KeyRing) -> None:
    """Whoever takes the setting away again reads what is missing."""
    ring.ensure(tx, ("ES256",))
    with pytest.raises(LookupError, match="is in pkcs11, which is not named here"):
        KeyRing(clock=FixedClock()).signing_key(tx, "ES256")


def test_token_that_was_started_anew_signs_again(tx: DatabaseTx, ring: KeyRing, token: Token) -> None:
    """The session is opened again, and the key found again."""
    ring.ensure(tx, ("ES256",))
    signer = ring.signing_key(tx, "ES256")
    for _ in range(2):
        assert verified(ring, tx, signed(signer, {"ok": 1})).claims == {"ok": 1}
        token.forget()


def test_token_that_is_away_makes_the_service_busy(tx: DatabaseTx, ring: KeyRing, token: Token) -> None:
    """Nothing is signed and nothing made with anything else; it goes on once the token is back."""
    ring.ensure(tx, ("ES256",))
    signer, before = ring.signing_key(tx, "ES256"), store.list_keys(tx)
    token.take_away()
    try:
        for attempt in (lambda: signer.sign(b"text"), lambda: ring.rotate(tx, "ES256")):
            with pytest.raises(BusyError):
                attempt()
        assert store.list_keys(tx) == before
    finally:
        token.put_back()
    assert verified(ring, tx, signed(signer, {"ok": 1})).claims == {"ok": 1}


def test_key_that_was_destroyed_signs_nothing(tx: DatabaseTx, ring: KeyRing, module: Pkcs11, token: Token) -> None:
    """It is told by its algorithm, and no other key stands in."""
    ring.ensure(tx, ("ES256",))
    signer = ring.signing_key(tx, "ES256")
    module.do(lambda session: [each.destroy() for each in list(session.get_objects())])
    token.forget()
    with pytest.raises(LookupError, match="the ES256 key is no longer in the token"):
        signer.sign(b"text")


def test_many_threads_sign_with_one_token(tx: DatabaseTx, ring: KeyRing) -> None:
    """One session is one thread's at a time: no signature is another's."""
    ring.ensure(tx, ALGS)
    signers = [ring.signing_key(tx, alg) for alg in ALGS]
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda number: signed(signers[number % 2], {"n": number}), range(80)))
    assert [verified(ring, tx, token).claims["n"] for token in tokens] == list(range(80))


def test_no_key_is_made_for_what_we_do_not_sign_with(module: Pkcs11) -> None:
    """RFC 8725 §3.1."""
    with pytest.raises(ValueError, match="HS256"):
        module.make("HS256")


@pytest.mark.parametrize("pin", ["pin-value=000000", "pin-value=27"])
def test_wrong_pin_opens_nothing(tx: DatabaseTx, token: Token, pin: str) -> None:
    """One try a call: nothing here tries until the token locks itself."""
    token.forget()
    with pytest.raises(BusyError) as caught:
        KeyRing(clock=FixedClock(), module=Pkcs11(address.pkcs11(token.address(pin)))).ensure(tx, ("ES256",))
    assert isinstance(caught.value.__cause__, pkcs11.PKCS11Error)
    assert store.list_keys(tx) == ()


def test_library_that_is_none_is_a_module_that_is_away(tx: DatabaseTx, tmp_path: Path) -> None:
    """A path in which there is no library."""
    where = f"pkcs11:token=x?module-path={tmp_path / 'none.so'}&pin-value=1"
    with pytest.raises(BusyError):
        KeyRing(clock=FixedClock(), module=Pkcs11(address.pkcs11(where))).ensure(tx, ("ES256",))
