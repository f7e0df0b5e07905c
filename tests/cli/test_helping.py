"""`idp user devices|forget-devices`: an administrator sees and ends what a person trusts."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from idp.core.secrets import SecretKeys
from idp.login import budget
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.sessions import store as sessions
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.engine import Database
from tests.cli.conftest import KEY, Idp
from tests.cli.test_users import add
from tests.support.builders import a_session, a_totp
from tests.support.outbox import messages

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(ready: Idp, environ: dict[str, str]) -> Database:
    """An installation with erin, who trusts two browsers, and ann, who trusts one."""
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    for name, devices in (("erin", ("d1", "d2")), ("ann", ("d3",))):
        add(ready, name)
        user_id = json.loads(ready("user", "show", name, "--json").stdout)["id"]
        with database.transaction() as tx:
            for device in devices:
                values = {"id": device, "user_id": user_id, "secret_hash": "secret", "trusted_at": NOW, "used_at": NOW}
                trusted.add(tx, TrustedDevice(**values, user_agent="Firefox", address="192.0.2.1"))
    yield database
    database.close()


def listed(idp: Idp, name: str) -> set[str]:
    return {row["id"] for row in json.loads(idp("user", "devices", name, "--json").stdout)}


def test_user_devices_lists_without_secrets(ready: Idp, database: Database) -> None:
    """What is listed tells browsers apart, and opens none."""
    assert listed(ready, "erin") == {"d1", "d2"}
    said = ready("user", "devices", "erin").stdout
    assert "Firefox" in said
    assert "secret" not in said


def test_user_forget_devices_ends_one_or_all(ready: Idp, database: Database) -> None:
    """One of hers, none of somebody else's, then all; each change is audited."""
    assert "longer: 0" in ready("user", "forget-devices", "erin", "--id", "d3").stdout
    assert "longer: 1" in ready("user", "forget-devices", "erin", "--id", "d1").stdout
    assert "longer: 1" in ready("user", "forget-devices", "erin").stdout
    assert (listed(ready, "erin"), listed(ready, "ann")) == (set(), {"d3"})
    assert "trusts no browser" in ready("user", "devices", "erin").stdout
    with database.transaction() as tx:
        events = audit.list_events(tx, limit=10, name="user.devices.untrusted")
    assert [event.details for event in events] == [{"by": "command line"}, {"by": "command line", "device": "d1"}]
    assert ready("user", "forget-devices", "nobody").exit_code == 1


def test_user_reset_mfa_takes_away_and_tells(ready: Idp, database: Database) -> None:
    """What is beside the password and the mailbox goes, trust too; every address is told; again, there is nothing.

    What was guessed at it is forgotten with it: whoever was locked out may set up another.
    """
    add(ready, "zoe", "--email", "zoe@example.com", "--phone", "+12025550177")
    with database.transaction() as tx:
        zoe = users.get_by_username(tx, "zoe")
        assert zoe is not None
        key = budget.key_of(budget.SECOND, zoe, None)
        throttle.reserve(tx, key, now=NOW, after=10, lock_for=timedelta(minutes=15), ceiling=100)
    assert json.loads(ready("user", "show", "zoe", "--json").stdout)["longer_password"] == 0
    said = ready("user", "reset-mfa", "zoe").stdout
    assert "removed: sms" in said
    assert "under 15 characters chooses a longer one" in said
    assert json.loads(ready("user", "show", "zoe", "--json").stdout)["longer_password"] == 15
    assert json.loads(ready("user", "show", "zoe", "--json").stdout)["factors"] == ["email", "password"]
    assert [each.channel for each in messages(database)] in (["email", "sms"], ["sms", "email"])
    with database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=10, name="user.factors.reset")
        assert budget.failures(tx, key) == 0
    assert event.details == {"by": "command line", "factors": "sms"}
    assert "removed: nothing" in ready("user", "reset-mfa", "zoe").stdout


def test_user_temporary_code_is_shown_once(ready: Idp, database: Database) -> None:
    """A code is printed and is nowhere else; a newer one takes its place."""
    first, second = (ready("user", "temporary-code", "erin").stdout.splitlines()[-1] for _ in range(2))
    assert first != second
    assert json.loads(ready("user", "show", "erin", "--json").stdout)["factors"] == ["password", "temporary_code"]


def test_user_ask_to_enrol_asks_and_takes_it_back(ready: Idp, database: Database) -> None:
    """Both are in the trail under the command line; who has a second step already is not asked."""

    def asked() -> bool:
        with database.transaction() as tx:
            user = users.get_by_username(tx, "ann")
        assert user is not None
        return user.must_enrol_at is not None

    assert "asked at the next sign-in" in ready("user", "ask-to-enrol", "ann").stdout
    assert asked()
    assert "asked no longer" in ready("user", "ask-to-enrol", "ann", "--undo").stdout
    assert not asked()
    with database.transaction() as tx:
        user = users.get_by_username(tx, "ann")
        assert user is not None
        credentials.add_credential(tx, a_totp(user, "JBSWY3DPEHPK3PXP"))
        names = [each.name for each in audit.list_events(tx, limit=2)]
        assert [event.details["by"] for event in audit.list_events(tx, limit=1)] == ["command line"]
    assert names == ["user.enrolment.taken_back", "user.enrolment.asked"]
    refused = ready("user", "ask-to-enrol", "ann")
    assert (refused.exit_code, "has a second step already" in refused.stderr) == (1, True)
    assert not asked()


def test_user_is_unlocked_and_signed_out(ready: Idp, database: Database) -> None:
    """What was counted is forgotten, what was open is closed; an unknown name is told."""
    with database.transaction() as tx:
        user = users.get_by_username(tx, "erin")
        assert user is not None
        key = budget.key_of(budget.PASSWORD, user, None)
        throttle.reserve(tx, key, now=NOW, after=10, lock_for=timedelta(minutes=15), ceiling=100)
        sessions.add(tx, a_session(user))
    assert "may try again" in ready("user", "unlock", "erin").stdout
    assert "signed out everywhere" in ready("user", "end-sessions", "erin").stdout
    with database.transaction() as tx:
        assert budget.failures(tx, key) == 0
        assert sessions.list_sessions(tx, user.id) == ()
        assert {"user.unlocked", "user.sessions.ended"} <= {each.name for each in audit.list_events(tx, limit=20)}
    for command in ("unlock", "end-sessions", "ask-to-enrol"):
        assert ready("user", command, "nobody").exit_code == 1
