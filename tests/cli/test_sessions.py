"""`idp session`, and what `idp user` and `idp client` do as the console does it."""

import json

import pytest

from idp.core.secrets import SecretKeys
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.engine import Database
from tests.cli.conftest import KEY, Idp
from tests.cli.test_users import add
from tests.support.builders import a_client, a_session, a_totp


@pytest.fixture
def database(ready: Idp, environ: dict[str, str]) -> Database:
    """An installation with erin."""
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    add(ready, "erin")
    yield database
    database.close()


def erin(database: Database) -> User:
    with database.transaction() as tx:
        user = users.get_by_username(tx, "erin")
    assert user is not None
    return user


def test_session_list_and_end(ready: Idp, database: Database) -> None:
    """Listed without secrets, by person, client and address; the one that is named ends."""
    user = erin(database)
    with database.transaction() as tx:
        for place, address in enumerate(("192.0.2.1", "192.0.2.2")):
            far = user.created_at.replace(year=user.created_at.year + 1)
            times = {"created_at": user.created_at, "seen_at": user.created_at, "expires_at": far}
            sessions.add(tx, a_session(user, id=f"s{place}", secret_hash=f"hash{place}", address=address, **times))
        sessions.note_client(tx, "s1", "bank", user.created_at)
    listed = ready("session", "list", "--json").stdout
    assert {each["id"] for each in json.loads(listed)} == {"s0", "s1"}
    assert "hash" not in listed
    for option, value in (("--client", "bank"), ("--address", "192.0.2.2")):
        assert [each["id"] for each in json.loads(ready("session", "list", option, value, "--json").stdout)] == ["s1"]
    with database.transaction() as tx:
        sessions.touch(tx, "s0", user.created_at.replace(year=user.created_at.year + 1))
    sorted_ = (("--sort", "seen_at"), ["s0", "s1"]), (("--sort", "seen_at", "--oldest-first"), ["s1", "s0"])
    for options, ids in sorted_:
        assert [each["id"] for each in json.loads(ready("session", "list", *options, "--json").stdout)] == ids
    assert "Nobody is signed in" in ready("session", "list", "--person", "nobody").stdout
    assert "It is ended" in ready("session", "end", "s1").stdout
    assert [each["id"] for each in json.loads(ready("session", "list", "--person", "erin", "--json").stdout)] == ["s0"]
    assert ready("session", "end", "none").exit_code == 1


def test_user_remove_method(ready: Idp, database: Database) -> None:
    """By the id that `idp user show` tells; a password is not removed."""
    with database.transaction() as tx:
        credentials.add_credential(tx, a_totp(erin(database), "JBSWY3DPEHPK3PXP", id="app"))
    shown = json.loads(ready("user", "show", "erin", "--json").stdout)
    methods = {each["factor"]: each["id"] for each in shown["methods"]}
    assert methods["totp"] == "app"
    assert "app:totp" in ready("user", "show", "erin").stdout
    assert ready("user", "remove-method", "erin", methods["password"]).exit_code == 1
    assert ready("user", "remove-method", "erin", "app").exit_code == 0
    assert json.loads(ready("user", "show", "erin", "--json").stdout)["factors"] == ["password"]


def test_user_update_and_role(ready: Idp, database: Database) -> None:
    """What is named changes and nothing else; addresses are not proven; a role is given, told of and taken."""
    assert ready("user", "update", "erin", "--display-name", "Erin", "--group", "staff").exit_code == 0
    assert ready("user", "update", "erin", "--email", "erin@example.org", "--phone", "+81 90-1234-5678").exit_code == 0
    user = erin(database)
    assert (user.display_name, user.groups, user.email) == ("Erin", ("staff",), "erin@example.org")
    assert (user.phone, user.email_verified_at, user.phone_verified_at) == ("+819012345678", None, None)
    assert ready("user", "update", "erin", "--email", "nonsense").exit_code == 1
    assert "roles: helpdesk" in ready("user", "role", "erin", "helpdesk").stdout
    assert "roles: none" in ready("user", "role", "erin", "helpdesk", "--take").stdout
    assert ready("user", "role", "erin", "king").exit_code == 2
    with database.transaction() as tx:
        assert len(audit.list_events(tx, limit=9, name="user.roles.changed")) == 2


def test_client_disable(ready: Idp, database: Database) -> None:
    """It is stopped and goes on, and the trail tells who did it."""
    with database.transaction() as tx:
        clients.add(tx, a_client("shop"))
    assert "is stopped" in ready("client", "disable", "shop").stdout
    with database.transaction() as tx:
        assert clients.get(tx, "shop").disabled_at is not None
    assert "goes on" in ready("client", "disable", "shop", "--undo").stdout
    with database.transaction() as tx:
        assert clients.get(tx, "shop").disabled_at is None
        assert [each.details["by"] for each in audit.list_events(tx, limit=2)] == ["command line"] * 2
    assert ready("client", "disable", "none").exit_code == 1
