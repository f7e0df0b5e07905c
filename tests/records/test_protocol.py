"""Clients, sessions, grants: the stores behind the protocol."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.oidc.standing import store as standings
from idp.records.clients import store as clients
from idp.records.clients.model import Client, ClientSecret
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.storage import versions
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from idp.storage.errors import ConflictError
from tests.records import rows

CLIENT = Client(
    client_id="rp",
    created_at=rows.NOW,
    redirect_uris=("https://rp.test/cb", "https://rp.test/other"),
    secrets=(ClientSecret(secret_hash="a", created_at=rows.NOW, expires_at=rows.LATER),),
    default_max_age=0,
    first_party=True,
    disabled_at=rows.LATER,
)
HERE = {"user_agent": "one", "address": "192.0.2.1"}


def test_a_client_comes_back_as_it_was_added_and_drops_the_caches(tx: DatabaseTx) -> None:
    """Every field is kept, and every change makes snapshots out of date."""
    other = Client(client_id="aaa", created_at=rows.LATER)
    clients.add(tx, other)
    before = versions.read(tx, clients.CACHE)
    clients.add(tx, CLIENT)
    assert clients.get(tx, "rp") == CLIENT
    assert clients.get(tx, "nobody") is None
    assert clients.list_clients(tx) == (CLIENT, other)
    assert before != versions.read(tx, clients.CACHE)


def test_a_client_is_saved_only_as_it_was_read(tx: DatabaseTx) -> None:
    """Of two edits of one client the second to be saved is refused."""
    clients.add(tx, CLIENT)
    before = versions.read(tx, clients.CACHE)
    assert clients.save(tx, replace(CLIENT, client_name="Bank"))
    after = versions.read(tx, clients.CACHE)
    assert before != after
    assert not clients.save(tx, replace(CLIENT, client_name="Thief"))
    assert clients.get(tx, "rp") == replace(CLIENT, client_name="Bank", version=2)
    assert versions.read(tx, clients.CACHE) == after


def test_a_client_is_removed_once(tx: DatabaseTx) -> None:
    """Removing tells whether there was anything to remove."""
    clients.add(tx, CLIENT)
    assert clients.remove(tx, "rp")
    assert not clients.remove(tx, "rp")
    assert clients.get(tx, "rp") is None


def test_a_session_comes_back_as_it_was_added(tx: DatabaseTx) -> None:
    """Every field is kept, evidence with its properties included."""
    sessions.add(tx, rows.session())
    assert sessions.get(tx, "s1") == rows.session()
    assert sessions.get_by_secret(tx, "h1") == rows.session()
    assert sessions.get(tx, "s2") is None
    assert sessions.get_by_secret(tx, "h2") is None


def test_a_raised_session_has_a_new_secret_and_the_old_one_opens_nothing(tx: DatabaseTx) -> None:
    """A rise replaces secret and evidence at once (session fixation)."""
    sessions.add(tx, rows.session(evidence=()))
    given = {"evidence": (rows.PROOF,), "now": rows.LATER, "user_agent": "another", "address": "198.51.100.7"}
    assert sessions.raise_(tx, "s1", version=1, secret_hash="h2", **given)
    assert not sessions.raise_(tx, "s1", version=1, secret_hash="h3", **given)
    assert sessions.get_by_secret(tx, "h1") is None
    assert sessions.get_by_secret(tx, "h2") == rows.session(
        secret_hash="h2", seen_at=rows.LATER, version=2, user_agent="another", address="198.51.100.7"
    )


@pytest.mark.parametrize("at", [rows.NOW + rows.HOUR, rows.NOW + 2 * rows.HOUR])
def test_an_expired_session_is_not_raised(tx: DatabaseTx, at: object) -> None:
    """Nothing gives a session evidence after its absolute end."""
    sessions.add(tx, rows.session())
    assert not sessions.raise_(tx, "s1", version=1, secret_hash="h2", evidence=(), **HERE, now=at)  # type: ignore[arg-type]


def test_an_ended_session_opens_nothing_and_is_not_raised(tx: DatabaseTx) -> None:
    """The end of a session is final and counted once."""
    sessions.add(tx, rows.session())
    assert sessions.end(tx, "s1", rows.LATER) == 1
    assert sessions.end(tx, "s1", rows.LATER) == 0
    assert sessions.get_by_secret(tx, "h1") is None
    assert not sessions.raise_(tx, "s1", version=1, secret_hash="h2", evidence=(), **HERE, now=rows.NOW)
    assert sessions.get(tx, "s1") == rows.session(ended_at=rows.LATER)


def test_many_sessions_end_together(tx: DatabaseTx) -> None:
    """Those that are named, as of one moment, and nobody else's; of all that are open some are found at a time."""
    for number, owner in enumerate(("u1", "u1", "u2")):
        seen = rows.NOW + timedelta(seconds=number)
        sessions.add(tx, rows.session(id=f"s{number}", secret_hash=f"h{number}", user_id=owner, seen_at=seen))
    assert [found.id for found in sessions.list_sessions(tx, "u1")] == ["s1", "s0"]
    assert len(sessions.list_some(tx, rows.LATER, limit=2)) == 2
    sessions.end_these(tx, ["s0", "s1"], rows.LATER)
    assert sessions.list_sessions(tx, "u1") == ()
    assert [found.id for found in sessions.list_some(tx, rows.LATER, limit=5)] == ["s2"]
    assert [found.id for found in sessions.list_sessions(tx, "u2")] == ["s2"]


def test_a_session_is_touched_forward_only(tx: DatabaseTx) -> None:
    """A worker whose clock is behind does not move the last use back."""
    sessions.add(tx, rows.session())
    sessions.touch(tx, "s1", rows.LATER)
    sessions.touch(tx, "s1", rows.NOW)
    assert sessions.get(tx, "s1") == rows.session(seen_at=rows.LATER)


def test_the_clients_of_a_session_are_noted_once(tx: DatabaseTx) -> None:
    """A client is listed once, in the order of first use."""
    sessions.add(tx, rows.session())
    for client_id, at in (("b", rows.NOW), ("a", rows.LATER), ("b", rows.LATER)):
        sessions.note_client(tx, "s1", client_id, at)
    assert sessions.list_clients_of(tx, "s1") == ("b", "a")
    assert sessions.list_clients_of(tx, "s2") == ()


def test_a_grant_comes_back_as_it_was_added(tx: DatabaseTx) -> None:
    """Every field is kept."""
    grants.add_grant(tx, rows.grant())
    assert grants.get_grant(tx, "g1") == rows.grant()
    assert grants.get_grant(tx, "g2") is None


def test_a_token_needs_its_grant(database: Database) -> None:
    """A token without a grant could never be revoked."""
    with pytest.raises(ConflictError), database.transaction() as tx:
        grants.add_access_token(tx, rows.access_token())


def test_a_code_is_spent_once_and_leaves_a_tombstone(tx: DatabaseTx) -> None:
    """RFC 6749 §4.1.2: a code is used once, and a replay can be told from a code that never was."""
    grants.add_grant(tx, rows.grant())
    grants.add_code(tx, rows.code())
    assert standings.of_code(tx, "ch1")[0] == rows.code()
    assert grants.consume_code(tx, "ch1", rows.NOW)
    assert not grants.consume_code(tx, "ch1", rows.NOW)
    assert standings.of_code(tx, "ch1")[0] == rows.code(spent_at=rows.NOW)
    assert standings.of_code(tx, "ch2") is None
    assert not grants.consume_code(tx, "ch2", rows.NOW)


@pytest.mark.parametrize(("seconds", "accepted"), [(59, True), (60, False), (61, False)])
def test_a_code_ends_with_its_last_second(tx: DatabaseTx, seconds: int, accepted: bool) -> None:
    """An expired code is not spent."""
    grants.add_grant(tx, rows.grant())
    grants.add_code(tx, rows.code())
    assert grants.consume_code(tx, "ch1", rows.NOW + timedelta(seconds=seconds)) is accepted


def test_a_grant_is_revoked_once_alone_or_with_its_session(tx: DatabaseTx) -> None:
    """Revoking tells how many it revoked, and the first moment stays."""
    for number, of_session in enumerate(("s1", "s1", "s2")):
        grants.add_grant(tx, rows.grant(id=f"g{number}", session_id=of_session))
    assert grants.revoke_grant(tx, "g0", rows.NOW) == 1
    assert grants.revoke_grant(tx, "g0", rows.LATER) == 0
    assert grants.revoke_session(tx, "s1", rows.LATER) == 1
    found = [grants.get_grant(tx, f"g{number}") for number in range(3)]
    assert [grant.revoked_at for grant in found if grant] == [rows.NOW, rows.LATER, None]
