import contextlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.core.errors import NotFoundError
from idp.records.keys import store
from idp.records.keys.model import KeyState, SigningKey
from idp.records.keys.service import KNOWN_AFTER, KeyRing
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from tests.support.clock import FixedClock

ES = "ES256"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ring(clock: FixedClock) -> KeyRing:
    return KeyRing(clock=clock)


def states(tx: DatabaseTx) -> dict[str, KeyState]:
    return {key.kid: key.state for key in store.list_keys(tx)}


def kids(ring: KeyRing, tx: DatabaseTx) -> set[str]:
    return {key["kid"] for key in ring.public_jwks(tx)["keys"]}


def of(tx: DatabaseTx, state: KeyState) -> SigningKey:
    (found,) = [key for key in store.list_keys(tx) if key.state is state]
    return found


@pytest.mark.parametrize("alg", ["RS256", ES])
def test_a_signature_is_checked_with_what_is_published(tx: DatabaseTx, ring: KeyRing, alg: str) -> None:
    """What the current key signs verifies by the published set, under its kid, and nothing private is published."""
    ring.ensure(tx, (alg,))
    key = ring.signing_key(tx, alg)
    token = jwt.encode({"alg": alg, "kid": key.kid}, {"sub": "u1"}, key.key, algorithms=[alg])
    jwks = ring.public_jwks(tx)
    assert jwt.decode(token, KeySet.import_key_set(jwks), algorithms=[alg]).claims == {"sub": "u1"}
    assert len(jwks["keys"]) == 2
    for published in jwks["keys"]:
        assert (published["alg"], published["use"]) == (alg, "sig")
        assert not PRIVATE & set(published)
    assert key.kid == of(tx, KeyState.CURRENT).kid


def test_ensure_makes_each_key_once(tx: DatabaseTx, ring: KeyRing) -> None:
    """Starting again makes no further keys."""
    ring.ensure(tx, (ES,))
    before = states(tx)
    ring.ensure(tx, (ES,))
    assert states(tx) == before
    assert sorted(before.values()) == ["current", "next"]


def test_a_private_key_is_imported_once(tx: DatabaseTx, ring: KeyRing) -> None:
    """Importing is dear, so the same object signs until the ring changes, and after a change of other keys too."""
    ring.ensure(tx, (ES,))
    key = ring.signing_key(tx, ES)
    assert ring.signing_key(tx, ES) is key
    ring.retire(tx, of(tx, KeyState.NEXT).kid)
    assert ring.signing_key(tx, ES) is key


def test_a_private_key_is_sealed_at_rest_and_never_printed(tx: DatabaseTx, ring: KeyRing) -> None:
    """Neither the row nor its repr shows the private half."""
    ring.ensure(tx, (ES,))
    key = of(tx, KeyState.CURRENT)
    secret = json.loads(tx.keys.open(key.private_sealed, context=f"key:{key.kid}"))["d"]
    assert secret.encode() not in key.private_sealed
    assert secret not in key.public_jwk
    assert repr(key) == f"SigningKey('{key.kid}', ES256, current)"


def test_every_key_is_published_before_it_signs(tx: DatabaseTx, ring: KeyRing, clock: FixedClock) -> None:
    """Rotation promotes a key that was published already; the one before stays published (OIDC Core 1.0 §10.1.1)."""
    ring.ensure(tx, (ES,))
    for _ in range(3):
        published, current = kids(ring, tx), ring.signing_key(tx, ES)
        assert ring.rotate(tx, ES) is None
        clock.advance(KNOWN_AFTER)
        assert ring.signing_key(tx, ES).kid in published
        assert ring.signing_key(tx, ES).kid != current.kid
        assert current.kid in kids(ring, tx)
    assert sorted(states(tx).values()) == ["current", "next", "previous", "previous", "previous"]


def test_key_signs_once_it_is_known_everywhere(tx: DatabaseTx, ring: KeyRing, clock: FixedClock) -> None:
    """A second rotation within a minute changes nothing, and says when it may be.

    Whoever has just asked for keys does not have the one that it would let sign. The first two came together.
    """
    ring.ensure(tx, (ES,))
    assert ring.rotate(tx, ES) is None
    before, known = states(tx), clock.now() + KNOWN_AFTER
    assert ring.rotate(tx, ES) == known
    clock.advance(KNOWN_AFTER - timedelta(microseconds=1))
    assert (ring.rotate(tx, ES), states(tx)) == (known, before)
    clock.advance(timedelta(microseconds=1))
    following = of(tx, KeyState.NEXT).kid
    assert ring.rotate(tx, ES) is None
    assert ring.signing_key(tx, ES).kid == following


def test_key_that_somebody_has_seen_waits_for_nothing(tx: DatabaseTx, ring: KeyRing) -> None:
    """Retired right after a rotation it signs no more, and the young one does."""
    ring.rotate(tx, ES)
    following = of(tx, KeyState.NEXT).kid
    ring.retire(tx, of(tx, KeyState.CURRENT).kid)
    assert ring.signing_key(tx, ES).kid == following


def test_keys_of_one_moment_are_told_apart(tx: DatabaseTx, ring: KeyRing) -> None:
    """However many are made at once, each has a name of its own, and their order is the same every time."""
    ring.ensure(tx, (ES, "RS256"))
    found = [key.kid for key in store.list_keys(tx)]
    assert len({key.created_at for key in store.list_keys(tx)}) == 1
    assert found == sorted(set(found))
    assert len(found) == 4


@pytest.mark.parametrize("state", [KeyState.NEXT, KeyState.CURRENT, KeyState.PREVIOUS])
def test_a_retired_key_is_published_no_more_and_signing_goes_on(tx: DatabaseTx, ring: KeyRing, state: KeyState) -> None:
    """Retiring withdraws the public half at once; a key that signs or would sign next is replaced."""
    ring.rotate(tx, ES)
    kid = of(tx, state).kid
    ring.retire(tx, kid)
    assert states(tx)[kid] is KeyState.RETIRED
    assert kid not in kids(ring, tx)
    assert ring.signing_key(tx, ES).kid in kids(ring, tx)
    assert sum(found is KeyState.NEXT for found in states(tx).values()) == 1
    with pytest.raises(NotFoundError):
        ring.retire(tx, kid)


def test_an_algorithm_without_key_signs_nothing(tx: DatabaseTx, ring: KeyRing) -> None:
    """Without a current key there is no signature, and no key is made for an algorithm we do not sign with."""
    with pytest.raises(LookupError):
        ring.signing_key(tx, ES)
    with pytest.raises(ValueError, match="HS256"):
        ring.ensure(tx, ("HS256",))
    assert ring.public_jwks(tx) == {"keys": []}


def test_another_process_signs_with_the_new_key_at_once(database: Database) -> None:
    """The version in the database drops the snapshot of every process."""
    here, there = KeyRing(clock=FixedClock()), KeyRing(clock=FixedClock())
    with database.transaction() as tx:
        here.ensure(tx, (ES,))
    with database.transaction() as tx:
        before = there.signing_key(tx, ES)
        here.rotate(tx, ES)
    with database.transaction() as tx:
        assert there.signing_key(tx, ES).kid != before.kid
        assert there.signing_key(tx, ES).kid == here.signing_key(tx, ES).kid


def test_keys_are_listed_oldest_first(tx: DatabaseTx) -> None:
    """The order of keys does not depend on the database."""
    clock = FixedClock()
    ring = KeyRing(clock=clock)
    made: list[Sequence[str]] = []
    for alg in (ES, "RS256"):
        ring.ensure(tx, (alg,))
        made.append([key.alg for key in store.list_keys(tx)])
        clock.advance(timedelta(days=1))
    assert made == [[ES] * 2, [ES] * 2 + ["RS256"] * 2]


def test_a_second_key_in_the_same_state_is_not_added(tx: DatabaseTx, ring: KeyRing) -> None:
    """Whoever loses the race to make the first key adds none, and moves no key twice."""
    ring.ensure(tx, (ES,))
    key = of(tx, KeyState.CURRENT)
    assert not store.add(tx, ring._made(tx, ES, KeyState.CURRENT))
    assert store.move(tx, key, KeyState.PREVIOUS)
    assert not store.move(tx, key, KeyState.PREVIOUS)


def test_keys_that_were_rolled_back_are_not_used(database: Database) -> None:
    """A ring that has seen keys of a transaction that failed does not keep them."""
    here, there = KeyRing(clock=FixedClock()), KeyRing(clock=FixedClock())
    with contextlib.suppress(KeyError), database.transaction() as tx:
        here.ensure(tx, (ES,))
        here.signing_key(tx, ES)
        raise KeyError
    with database.transaction() as tx:
        there.ensure(tx, (ES,))
    with database.transaction() as tx:
        assert here.signing_key(tx, ES).kid == there.signing_key(tx, ES).kid


def test_nothing_is_moved_by_whoever_loses_a_rotation(tx: DatabaseTx, ring: KeyRing) -> None:
    """A rotation that finds the current key moved on already changes nothing."""
    ring.ensure(tx, (ES,))
    read = store.list_keys(tx)
    ring.rotate(tx, ES)
    before = states(tx)
    assert not any(store.move(tx, key, KeyState.PREVIOUS) for key in read)
    assert states(tx) == before


def test_a_key_whose_age_was_not_looked_at_is_not_moved(tx: DatabaseTx, ring: KeyRing, clock: FixedClock) -> None:
    """Somebody rotates between the look at the next key's age and the move: the key they have published stays next."""

    class Overtaken(FixedClock):
        def now(self) -> datetime:
            if of(tx, KeyState.NEXT).kid == following:
                ring.rotate(tx, ES)
            return clock.now()

    ring.rotate(tx, ES)
    clock.advance(KNOWN_AFTER)
    following = of(tx, KeyState.NEXT).kid
    KeyRing(clock=Overtaken()).rotate(tx, ES)
    assert of(tx, KeyState.CURRENT).kid == following
