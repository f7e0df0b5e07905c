from dataclasses import replace

import pytest

from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.finding import store as finding
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from idp.storage.errors import ConflictError
from tests.records import rows


def test_a_person_comes_back_as_they_were_added(tx: DatabaseTx) -> None:
    """Every field of a person is kept."""
    person = rows.user(
        display_name="Алиса",
        email="A@example.com",
        email_verified_at=rows.NOW,
        phone="+81312345678",
        phone_verified_at=rows.NOW,
        groups=("staff",),
        roles=("admin",),
        locale="ja",
        claims=(("given_name", '"Alice"'),),
        updated_at=rows.NOW,
        signed_in_at=rows.NOW,
        disabled_at=rows.LATER,
    )
    users.add(tx, person)
    assert users.get(tx, person.id) == person
    assert users.get(tx, "nobody") is None


@pytest.mark.parametrize("typed", ["alice", "ALICE", " Alice ", "Ａｌｉｃｅ"])
def test_a_username_is_found_however_it_is_spelled(tx: DatabaseTx, typed: str) -> None:
    """Usernames are compared by their key."""
    users.add(tx, rows.user())
    assert users.get_by_username(tx, typed) == rows.user()
    assert users.get_by_username(tx, "bob") is None


def test_an_address_that_several_have_names_nobody(tx: DatabaseTx) -> None:
    """Only the one owner of an address is found by it."""
    users.add(tx, rows.user(email="a@Example.com"))
    assert users.get_by_email(tx, "A@example.com") == rows.user(email="a@Example.com")
    users.add(tx, rows.user(id="u2", username="bob", email="A@example.com"))
    assert users.get_by_email(tx, "a@example.com") is None
    assert users.get_by_email(tx, "") is None


@pytest.mark.parametrize("taken", [{"id": "u2"}, {"username": "bob"}], ids=["username", "id"])
def test_a_taken_username_or_id_is_refused(database: Database, taken: dict[str, str]) -> None:
    """Usernames are unique by their key, and ids are never used twice."""
    with database.transaction() as tx:
        users.add(tx, rows.user(username="alice"))
    with pytest.raises(ConflictError), database.transaction() as tx:
        users.add(tx, rows.user(**{"username": "ALICE"} | taken))


def test_people_are_listed_in_pages(tx: DatabaseTx) -> None:
    """A page starts behind the last username of the one before."""
    people = [rows.user(id=f"u{name}", username=name) for name in ("Carol", "alice", "Bob")]
    for person in people:
        users.add(tx, person)
    first = finding.list_after(tx, "", limit=2)
    assert [person.username for person in first] == ["alice", "Bob"]
    assert [person.username for person in finding.list_after(tx, "", limit=2, after="Bob")] == ["Carol"]


def test_saving_a_profile_undoes_neither_a_suspension_nor_a_sign_in(tx: DatabaseTx) -> None:
    """An edit writes the profile alone."""
    users.add(tx, rows.user())
    read = users.get(tx, "u1")
    assert read is not None
    assert users.set_disabled(tx, "u1", rows.LATER)
    users.note_sign_in(tx, "u1", rows.NOW)
    assert users.save(tx, replace(read, username="Alicia", groups=("staff",), created_at=rows.LATER))
    expected = rows.user(username="Alicia", groups=("staff",), disabled_at=rows.LATER, signed_in_at=rows.NOW)
    assert users.get_by_username(tx, "alicia") == expected
    assert users.set_disabled(tx, "u1", None)
    assert users.get(tx, "u1") == replace(expected, disabled_at=None)


def test_nobody_is_neither_saved_nor_suspended(tx: DatabaseTx) -> None:
    """A write tells when there is no such person."""
    assert not users.save(tx, rows.user())
    assert not users.set_disabled(tx, "u1", rows.NOW)


def test_a_credential_comes_back_as_it_was_added(tx: DatabaseTx) -> None:
    """Every field is kept, and its material at rest is not the material."""
    users.add(tx, rows.user())
    credential = rows.credential(label="phone", step=2**40, used_at=rows.NOW)
    later = rows.credential(id="c2", created_at=rows.LATER, properties=frozenset())
    credentials.add_credential(tx, later)
    credentials.add_credential(tx, credential)
    assert credentials.get(tx, "c1") == credential
    assert credentials.get(tx, "nothing") is None
    assert credentials.list_credentials(tx, "u1") == (credential, later)
    assert credentials.list_credentials(tx, "u2") == ()
    row = tx.one(credentials._GET, {"credential_id": "c1"})
    assert row is not None
    assert credential.material not in row["material_sealed"]


def test_a_credential_belongs_to_somebody(database: Database) -> None:
    """A credential of nobody is refused."""
    with pytest.raises(ConflictError), database.transaction() as tx:
        credentials.add_credential(tx, rows.credential())


def test_a_time_step_only_rises(tx: DatabaseTx) -> None:
    """RFC 6238 §5.2: a step is accepted once, and never one before it."""
    users.add(tx, rows.user())
    held = rows.credential()
    credentials.add_credential(tx, held)
    assert credentials.advance_step(tx, held, 100, rows.NOW)
    assert not credentials.advance_step(tx, held, 100, rows.NOW)
    assert not credentials.advance_step(tx, held, 99, rows.NOW)
    assert credentials.advance_step(tx, held, 101, rows.LATER)
    assert not credentials.advance_step(tx, replace(held, id="nothing"), 1, rows.NOW)
    assert not credentials.advance_step(tx, replace(held, material=b"another"), 102, rows.LATER)
    found = credentials.get(tx, "c1")
    assert found is not None
    assert (found.step, found.used_at) == (102, rows.LATER)


def test_a_credential_is_replaced_noted_and_removed_by_its_owner_alone(tx: DatabaseTx) -> None:
    """New material opens under the same credential, and nobody removes another's."""
    users.add(tx, rows.user())
    credentials.add_credential(tx, rows.credential())
    assert credentials.replace_material(tx, "c1", b"new")
    assert not credentials.note_used(tx, rows.credential(), rows.NOW), "it is not what was looked at any more"
    assert credentials.note_used(tx, rows.credential(material=b"new"), rows.LATER)
    assert not credentials.note_used(tx, rows.credential(id="nothing"), rows.NOW)
    assert credentials.get(tx, "c1") == rows.credential(material=b"new", used_at=rows.LATER)
    assert not credentials.replace_material(tx, "nothing", b"new")
    assert not credentials.remove_credential(tx, "c1", "u2")
    assert credentials.remove_credential(tx, "c1", "u1")
    assert credentials.list_credentials(tx, "u1") == ()


@pytest.mark.parametrize("sort", finding.SORTS)
def test_people_are_searched_in_either_order(tx: DatabaseTx, sort: str) -> None:
    """By username, address or name, one page at a time, the same on both databases; a sign is a sign."""
    for number, name in enumerate(("Ann", "ben", "c_m")):
        at = rows.NOW if number else None
        users.add(tx, rows.user(id=f"u{number}", username=name, email=f"{number}@x.test", signed_in_at=at))
    found, total = finding.search(tx, "", sort=sort, is_descending=False, limit=2)
    assert (len(found), total) == (2, 3)
    assert [user.username for user in finding.search(tx, "_", sort=sort, is_descending=True, limit=9)[0]] == ["c_m"]
    assert finding.search(tx, "BEN", sort=sort, is_descending=False, limit=9)[1] == 1
    (last,), _ = finding.search(tx, "@X.test", sort=sort, is_descending=True, limit=1, offset=2)
    assert last.id in {"u0", "u1", "u2"}
