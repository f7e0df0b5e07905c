"""`idp doctor`: each thing that can be wrong is told with what mends it."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from idp.core.secrets import SecretKeys
from idp.storage.engine import Database
from tests.cli.conftest import KEY, Idp
from tests.support.atlas import write_atlas
from tests.support.redis import redis_server


def examined(idp: Idp) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    result = idp("doctor", "--json")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(result.stdout):
        found.setdefault(row["check"], []).append(row)
    return result.exit_code, found


def run(environ: dict[str, str], *statements: str) -> None:
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    with database.engine().connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def test_doctor_finds_a_new_installation_well(ready: Idp) -> None:
    """Nothing has failed; what is still to be done is a warning. People get a table."""
    code, found = examined(ready)
    assert code == 0
    assert {row["state"] for rows in found.values() for row in rows} <= {"ok", "warning"}
    assert found["administrators"][0]["mend"].startswith("run `idp init`")
    ready("user", "add", "ada", "--role", "owner", "--generate-password")
    assert examined(ready)[1]["administrators"][0]["state"] == "ok"
    assert "sqlite, its tables" in ready("doctor").stdout


def test_doctor_looks_at_redis_where_there_is_one(ready: Idp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not answer is a warning: everything works without it."""
    assert "redis" not in examined(ready)[1]
    with redis_server(tmp_path) as server:
        monkeypatch.setenv("IDP_REDIS_URL", server.url)
        assert examined(ready)[1]["redis"][0]["state"] == "ok"
    code, found = examined(ready)
    assert (code, found["redis"][0]["state"]) == (0, "warning")


def test_doctor_asks_the_syslog_server_whether_it_is_there(ready: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where one is set; one that is away loses nothing."""
    assert "syslog" not in examined(ready)[1]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("IDP_AUDIT_SYSLOG", f"tcp://127.0.0.1:{listening.getsockname()[1]}")
        assert examined(ready)[1]["syslog"][0]["state"] == "ok"
    code, found = examined(ready)
    assert (code, found["syslog"][0]["state"]) == (0, "warning")
    assert "none is lost" in found["syslog"][0]["mend"]


@pytest.mark.parametrize(
    ("statements", "check", "said"),
    [
        (["DELETE FROM signing_keys WHERE alg = 'ES256'"], "keys", "no current ES256 key"),
        (["DELETE FROM live_bundle"], "policy", "none is published"),
        (["UPDATE bundles SET text = 'bundle: ['"], "policy", "does not load"),
        (["DROP TABLE consents"], "database", "consents"),
        (["UPDATE audit_events SET at = 99999999999999999"], "clock", "is behind"),
    ],
)
def test_doctor_says_what_failed(
    ready: Idp, environ: dict[str, str], statements: list[str], check: str, said: str
) -> None:
    """Exit 1, the check by name, what was found and what mends it."""
    ready("user", "add", "ada", "--generate-password")
    run(environ, *statements)
    code, found = examined(ready)
    failed = [row for row in found[check] if row["state"] == "failed"]
    assert code == 1
    assert said in failed[0]["found"]
    assert failed[0]["mend"]


def test_doctor_warns_of_what_will_hurt(ready: Idp, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Old keys, a trail that nobody seals, a proxy that nobody trusts."""
    monkeypatch.setenv("IDP_ISSUER", "https://id.example.com")
    rows = ", ".join(f"('x', {number}, '', '', '', '', '', '', '{{}}')" for number in range(1001))
    columns = "name, at, user_id, client_id, session_id, interaction_id, decision_id, address, details"
    run(
        environ,
        "UPDATE signing_keys SET created_at = 1",
        f"INSERT INTO audit_events ({columns}) VALUES {rows}",
        "UPDATE bundles SET text = replace(text, 'account.sessions', 'account.other')",
    )
    code, found = examined(ready)
    assert code == 0
    assert found["keys"][0]["mend"].startswith("run `idp keys rotate")
    assert "1001 events" in found["audit"][0]["found"]
    assert "IDP_TRUSTED_PROXIES" in found["settings"][0]["mend"]
    assert any("account.sessions" in row["found"] for row in found["policy"])


def test_doctor_tells_settings_and_an_absent_database(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot even be looked at is said, and nothing behind it is guessed."""
    monkeypatch.setenv("IDP_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    code, found = examined(idp)
    assert (code, found["database"][0]["state"]) == (1, "failed")
    monkeypatch.setenv("IDP_ISSUER", "ftp://x")
    monkeypatch.setenv("IDP_TRUSTED_PROXIES", "many")
    code, found = examined(idp)
    assert (code, len(found["settings"])) == (1, 2)


def test_doctor_names_a_key_that_is_lost(ready: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys sealed under a secret that is no longer there do not open."""
    monkeypatch.setenv("IDP_SECRET_KEYS", "7c20be91d4a3f586" * 2)
    code, found = examined(ready)
    assert (code, "does not open" in found["keys"][0]["found"]) == (1, True)


def test_doctor_tells_which_inputs_of_risk_there_are(
    ready: Idp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Absent is no mistake, old is a warning, broken a failure that names its setting."""
    code, found = examined(ready)
    assert (code, {row["state"] for row in found["risk"]}) == (0, {"ok"})
    assert [row["found"] for row in found["risk"]] == [
        f"{name} is not installed: neutral" for name in ("city", "asn", "lists", "mail_domains")
    ]
    for name, value in write_atlas(tmp_path).items():
        monkeypatch.setenv(name, value)
    vpn, city = tmp_path / "lists" / "vpn.txt", tmp_path / "city.mmdb"
    os.utime(vpn, (0, 0))
    city.write_bytes(b"nothing")
    code, found = examined(ready)
    rows = {row["found"].partition(",")[0].partition(" ")[0]: row for row in found["risk"]}
    assert code == 1
    assert (rows["city"]["state"], "IDP_GEOIP_CITY" in rows["city"]["mend"]) == ("failed", True)
    assert (rows["vpn.txt"]["state"], rows["asn"]["found"]) == ("warning", "asn, 0 days old")
    assert rows["mail_domains"]["found"] == "mail_domains, 0 days old, 1 entries"
