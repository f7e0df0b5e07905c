"""Refresh families, access tokens revoked singly, and what a logout spares."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.records.grants import store as grants
from idp.records.grants.families import store as families
from idp.records.grants.families.model import Family
from idp.records.grants.revocations import store as revocations
from idp.storage.database_tx import DatabaseTx
from tests.records import rows

FAMILY = Family(
    id="f1",
    grant_id="g1",
    client_id="rp",
    created_at=rows.NOW,
    expires_at=rows.NOW + timedelta(days=90),
    idle_until=rows.NOW + timedelta(days=30),
    current_hash="h1",
)


@pytest.fixture
def family(tx: DatabaseTx) -> Family:
    grants.add_grant(tx, rows.grant(id="g1"))
    families.add(tx, FAMILY)
    return FAMILY


def rotate(tx: DatabaseTx, *, presented: str = "h1", successor: str = "h2", now=rows.LATER) -> bool:
    return families.rotate(
        tx, "f1", presented=presented, successor=successor, replay=b"sealed", idle_until=now + rows.HOUR, now=now
    )


def test_a_family_comes_back_as_it_was_added(tx: DatabaseTx, family: Family) -> None:
    """Every field is kept, and the sealed answer is never printed."""
    assert families.get(tx, "f1") == family
    assert families.get(tx, "f2") is None
    assert "sealed" not in repr(replace(family, replay_sealed=b"sealed"))


def test_a_family_is_rotated_by_its_current_token_alone(tx: DatabaseTx, family: Family) -> None:
    """The second to present the same token changes nothing; the one before is remembered."""
    assert rotate(tx)
    assert not rotate(tx, successor="h3")
    found = families.get(tx, "f1")
    assert found == replace(
        family,
        current_hash="h2",
        previous_hash="h1",
        rotated_at=rows.LATER,
        replay_sealed=b"sealed",
        idle_until=rows.LATER + rows.HOUR,
    )
    assert rotate(tx, presented="h2", successor="h3")


@pytest.mark.parametrize("days", [30, 90, 91])
def test_a_family_that_has_ended_is_not_rotated(tx: DatabaseTx, family: Family, days: int) -> None:
    """Neither its idle nor its absolute end is moved by coming late."""
    assert not rotate(tx, now=rows.NOW + timedelta(days=days))


def test_a_revoked_family_is_over(tx: DatabaseTx, family: Family) -> None:
    """It is ended once, rotates no more, and has forgotten its last answer."""
    rotate(tx)
    assert families.revoke(tx, "f1", rows.LATER) == 1
    assert families.revoke(tx, "f1", rows.LATER) == 0
    assert not rotate(tx, presented="h2", successor="h3")
    found = families.get(tx, "f1")
    assert found is not None
    assert (found.revoked_at, found.replay_sealed) == (rows.LATER, None)


def test_a_single_revocation_is_remembered_once(tx: DatabaseTx) -> None:
    """Revoking twice is revoking."""
    assert not revocations.is_revoked(tx, "j1")
    revocations.add(tx, "j1", expires_at=rows.LATER)
    revocations.add(tx, "j1", expires_at=rows.LATER)
    assert revocations.is_revoked(tx, "j1")


def test_a_logout_spares_what_was_granted_for_offline_use(tx: DatabaseTx) -> None:
    """Of the grants of a session those with the named scope stay."""
    grants.add_grant(tx, rows.grant(id="online", session_id="s1", scopes=("openid", "offline")))
    grants.add_grant(tx, rows.grant(id="offline", session_id="s1", scopes=("openid", "offline_access")))
    grants.add_grant(tx, rows.grant(id="other", session_id="s2", scopes=("openid",)))
    assert grants.revoke_session(tx, "s1", rows.LATER, sparing="offline_access") == 1
    revoked = {grant_id: grants.get_grant(tx, grant_id).revoked_at for grant_id in ("online", "offline", "other")}
    assert revoked == {"online": rows.LATER, "offline": None, "other": None}
    assert grants.revoke_session(tx, "s1", rows.LATER) == 1
