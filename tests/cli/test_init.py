"""`idp init` and `idp db`: from nothing to a service that can start, and harmless when repeated."""

import json
import re
from pathlib import Path

from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys
from idp.core.tokens import digest
from idp.records.users.tickets import store as tickets
from idp.records.users.tickets.model import SETUP
from idp.storage.engine import Database
from tests.cli.conftest import KEY, Idp


def token_in(output: str) -> str:
    return re.findall(r"^[A-Za-z0-9_-]{43}$", output, re.M)[0]


def consume(environ: dict[str, str], token: str) -> bool:
    database = Database.open(environ["IDP_DATABASE_URL"], keys=SecretKeys([KEY]))
    try:
        with database.transaction() as tx:
            return tickets.consume(tx, digest(token), purpose=SETUP, now=SystemClock().now())
    finally:
        database.close()


def test_init_makes_tables_keys_and_policy(idp: Idp) -> None:
    """Afterwards the tables are right and both algorithms have a key that signs."""
    assert idp("init").exit_code == 0
    assert idp("db", "check").exit_code == 0
    keys = json.loads(idp("keys", "list", "--json").stdout)
    assert {key["alg"] for key in keys if key["state"] == "current"} == {"RS256", "ES256"}


def test_init_prints_a_token_that_works_once(idp: Idp, environ: dict[str, str], tmp_path: Path) -> None:
    """The set-up token is shown once, kept as a hash, and spent by its first use (ADM-26)."""
    token = token_in(idp("init").stdout)
    assert token.encode() not in (tmp_path / "var" / "idp.sqlite3").read_bytes()
    assert consume(environ, token)
    assert not consume(environ, token)


def test_init_again_voids_the_token_before(idp: Idp, environ: dict[str, str]) -> None:
    """A token that was lost can be replaced, and then is worth nothing; keys stay."""
    first = token_in(idp("init").stdout)
    keys = idp("keys", "list", "--json").stdout
    second = token_in(idp("init").stdout)
    assert idp("keys", "list", "--json").stdout == keys
    assert not consume(environ, first)
    assert consume(environ, second)


def test_init_prints_no_token_once_there_is_an_administrator(ready: Idp) -> None:
    """Whoever can run `idp init` later cannot make another administrator by it."""
    added = ready("user", "add", "root", "--role", "owner", "--generate-password")
    assert added.exit_code == 0
    assert "token" not in ready("init").stdout


def test_db_check_says_what_is_missing(idp: Idp) -> None:
    """Exit 1 and a line, until `db upgrade` has run."""
    before = idp("db", "check", "--json")
    assert before.exit_code == 1
    assert "version none" in json.loads(before.stdout)[0]["difference"]
    assert idp("db", "upgrade").exit_code == 0
    assert json.loads(idp("db", "check", "--json").stdout) == []


def test_init_refuses_a_policy_that_is_not_there(idp: Idp, monkeypatch) -> None:
    """The setting is named, and what is shipped."""
    monkeypatch.setenv("IDP_POLICY", "nonesuch")
    result = idp("init")
    assert result.exit_code == 1
    assert "IDP_POLICY: there is no bundle nonesuch; shipped are" in result.stderr
    assert "default" in result.stderr


def test_init_takes_a_policy_by_its_path(idp: Idp, monkeypatch, tmp_path: Path) -> None:
    """A path works as well as a name; a broken bundle names file, line and key and never takes effect."""
    broken = tmp_path / "mine.yaml"
    broken.write_text("bundle: mine\nrulez: []\n")
    monkeypatch.setenv("IDP_POLICY", str(broken))
    result = idp("init")
    assert result.exit_code == 1
    assert f"{broken}:2:" in result.stderr
    assert "rulez" in result.stderr
    monkeypatch.setenv("IDP_POLICY", "step-up-only")
    assert idp("init").exit_code == 0
