"""Addresses that are being proved, on every database."""

from datetime import timedelta

from idp.records.users.address_proofs import store
from idp.records.users.address_proofs.model import AddressProof
from idp.storage.engine import Database
from tests.records.rows import NOW


def a_proof(proof_id: str = "p1", user_id: str = "u1") -> AddressProof:
    ends = NOW + timedelta(minutes=5)
    return AddressProof(id=proof_id, user_id=user_id, address="a@b.test", created_at=NOW, expires_at=ends, state=b"x")


def test_address_proof_is_spent_once(database: Database) -> None:
    """One caller alone finds it there; nobody else's name, and no moment past its end, spends it."""
    with database.transaction() as tx:
        store.add(tx, a_proof())
        assert store.get(tx, "p1", "u1") == a_proof()
        assert store.get(tx, "p1", "u2") is None
        assert not store.consume(tx, "p1", "u2", NOW)
        assert not store.consume(tx, "p1", "u1", NOW + timedelta(minutes=5))
        assert store.consume(tx, "p1", "u1", NOW)
        assert not store.consume(tx, "p1", "u1", NOW)


def test_address_proof_is_voided_by_the_next(database: Database) -> None:
    """One person has one at a time; those begun in the name of a purpose are found by it alone."""
    with database.transaction() as tx:
        store.add(tx, a_proof("p1", "sign-up:x"))
        store.add(tx, a_proof("p2", "sign-up:x"))
        store.add(tx, a_proof("p3"))
        assert store.get_begun(tx, "p1", prefix="sign-up:") is None
        assert store.get_begun(tx, "p2", prefix="sign-up:") is not None
        assert store.get_begun(tx, "p3", prefix="sign-up:") is None
