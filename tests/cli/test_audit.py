"""`idp audit`: the trail as a file, and whether it holds."""

import json

import pytest

from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.storage.engine import Database
from tests.cli.conftest import KEY, Idp


def write(environ: dict[str, str], *names: str) -> None:
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    with database.transaction() as tx:
        for name in names:
            audit.add(tx, Event(name=name, at=SystemClock().now(), user_id="u1", details={"b": 1, "a": "=1"}))
    database.close()


def run(environ: dict[str, str], statement: str) -> None:
    from sqlalchemy import text

    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    with database.engine().connect() as connection:
        connection.execute(text(statement))
    database.close()


def test_audit_export_prints_what_was_asked_for(ready: Idp, environ: dict[str, str]) -> None:
    """JSON lines or CSV, newest first, by name and person."""
    write(environ, "session.started", "session.ended", "login.refused")
    rows = [json.loads(line) for line in ready("audit", "export", "--name", "session.").stdout.splitlines()]
    assert [row["name"] for row in rows] == ["session.ended", "session.started"]
    csv = ready("audit", "export", "--format", "csv", "--person", "u1").stdout.splitlines()
    assert csv[0].startswith("id,at,name,")
    assert len(csv) == 4
    assert ready("audit", "export", "--client", "none", "--format", "csv").stdout.count("\n") == 1


def test_audit_verify_seals_and_holds(ready: Idp, environ: dict[str, str]) -> None:
    """What was written holds; the newest seal, kept elsewhere, is found again later."""
    assert "none yet" in ready("audit", "verify").stdout or "events hold" in ready("audit", "verify").stdout
    write(environ, *["session.started"] * 3)
    first = json.loads(ready("audit", "verify", "--json").stdout)
    assert (first["unsealed"], first["broken"]) == (0, None)
    write(environ, "session.ended")
    assert ready("audit", "verify", "--since", first["last"]).exit_code == 0
    assert json.loads(ready("audit", "verify", "--json").stdout)["sealed"] == first["sealed"] + 1


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit_events SET address = '192.0.2.9' WHERE id = {event}", "was changed"),
        ("UPDATE audit_events SET details = '{{}}' WHERE id = {event}", "was changed"),
        ("DELETE FROM audit_events WHERE id = {event}", "is gone"),
        ("DELETE FROM audit_seals WHERE event_id = {event}", "is missing"),
        ("UPDATE audit_seals SET mac = 'x' WHERE event_id = {event}", "IDP_SECRET_KEYS"),
        ("UPDATE audit_seals SET link = 'x' WHERE event_id = {event}", "does not fit"),
    ],
)
def test_audit_verify_finds_what_was_done(ready: Idp, environ: dict[str, str], statement: str, why: str) -> None:
    """Changed, taken out, put in: each is found, and named by its number."""
    write(environ, *["session.started"] * 5)
    last = json.loads(ready("audit", "verify", "--json").stdout)["last"]
    number = int(last.partition(":")[0])
    run(environ, statement.format(event=f"(SELECT event_id FROM audit_seals WHERE number = {number - 2})"))
    found = ready("audit", "verify", "--json")
    broken = json.loads(found.stdout)["broken"]
    assert (found.exit_code, broken["number"]) == (1, number - 2)
    assert why in broken["why"]
    assert f"{number - 3} seals before it hold" in ready("audit", "verify").stdout


def test_audit_verify_finds_a_cut_end_by_a_seal_kept_elsewhere(ready: Idp, environ: dict[str, str]) -> None:
    """Without one a shorter trail is a trail; with one it is told, and so is another seal of that number."""
    write(environ, *["session.started"] * 5)
    last = json.loads(ready("audit", "verify", "--json").stdout)["last"]
    assert ready("audit", "verify", "--since", f"{last[:-1]}{'0' if last[-1] != '0' else '1'}").exit_code == 1
    number = int(last.partition(":")[0])
    run(environ, f"DELETE FROM audit_events WHERE id = (SELECT event_id FROM audit_seals WHERE number = {number})")
    run(environ, f"DELETE FROM audit_seals WHERE number = {number}")
    assert ready("audit", "verify").exit_code == 0
    cut = ready("audit", "verify", "--since", last)
    assert (cut.exit_code, "is gone" in cut.stdout) == (1, True)


@pytest.mark.parametrize("anchor", ["x", "1", "0:" + "a" * 64, "1:abc", "-1:" + "a" * 64])
def test_audit_verify_takes_what_it_printed(ready: Idp, anchor: str) -> None:
    """Anything else is a mistake in the command."""
    assert ready("audit", "verify", "--since", anchor).exit_code == 2


def test_audit_follow_goes_on_behind_a_seal(ready: Idp, environ: dict[str, str]) -> None:
    """What is sealed, oldest first, each once; what waits for its seal is not told yet."""
    write(environ, "session.started", "session.ended")
    assert ready("audit", "follow", "--once").stdout == ""
    ready("audit", "verify")
    told = [json.loads(line) for line in ready("audit", "follow", "--once").stdout.splitlines()]
    assert [each["seal"] for each in told] == list(range(1, len(told) + 1))
    assert [each["name"] for each in told][-2:] == ["session.started", "session.ended"]
    assert ready("audit", "follow", "--once", "--after", str(len(told))).stdout == ""
