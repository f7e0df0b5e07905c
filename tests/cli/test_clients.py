"""`idp client`: applications are registered strictly; their secrets are shown once."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Idp

METADATA = {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}


def add(idp: Idp, document: object = METADATA, *options: str):
    return idp("client", "add", "-", *options, stdin=json.dumps(document))


def test_client_add_prints_the_registration_once(ready: Idp, tmp_path: Path) -> None:
    """RFC 7591 §3.2.1: the answer has the id, the secret and the metadata; the database has the secret's hash."""
    (tmp_path / "shop.json").write_text(json.dumps(METADATA))
    answer = json.loads(ready("client", "add", str(tmp_path / "shop.json"), "--id", "shop").stdout)
    assert (answer["client_id"], answer["client_name"]) == ("shop", "Shop")
    assert (len(answer["client_secret"]), answer["client_secret_expires_at"]) == (43, 0)
    assert (answer["id_token_signed_response_alg"], answer["require_pkce"]) == ("RS256", True)
    assert '"client_secret"' not in ready("client", "show", "shop").stdout
    assert answer["client_secret"].encode() not in (tmp_path / "var" / "idp.sqlite3").read_bytes()


def test_client_add_gives_public_clients_no_secret(ready: Idp) -> None:
    """Who cannot keep a secret is given none."""
    native = {
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["com.example.app:/cb"],
    }
    answer = json.loads(add(ready, native).stdout)
    assert "client_secret" not in answer
    assert len(answer["client_id"]) == 32


def test_client_list(ready: Idp) -> None:
    """Everybody is listed; without anybody, people are told so."""
    assert "no applications yet" in ready("client", "list").stdout
    add(ready, METADATA, "--id", "shop")
    rows = json.loads(ready("client", "list", "--json").stdout)
    assert [(row["client_id"], row["client_name"]) for row in rows] == [("shop", "Shop")]


def test_client_update_changes_what_is_named(ready: Idp) -> None:
    """Members that are not named stay as they were."""
    add(ready, METADATA, "--id", "shop")
    changed = ready("client", "update", "shop", "-", stdin='{"default_acr_values": ["urn:idp:acr:mfa"]}')
    assert changed.exit_code == 0
    shown = json.loads(ready("client", "show", "shop").stdout)
    assert (shown["default_acr_values"], shown["client_name"]) == (["urn:idp:acr:mfa"], "Shop")


def test_client_is_held_to_pushing_its_requests(ready: Idp) -> None:
    """RFC 9126 §6: by the member of that name, and let off again."""
    add(ready, {**METADATA, "require_pushed_authorization_requests": True}, "--id", "shop")
    assert json.loads(ready("client", "show", "shop").stdout)["require_pushed_authorization_requests"] is True
    changed = ready("client", "update", "shop", "-", stdin='{"require_pushed_authorization_requests": false}')
    assert changed.exit_code == 0
    assert json.loads(ready("client", "show", "shop").stdout)["require_pushed_authorization_requests"] is False


def test_client_update_needs_a_secret_for_secret_methods(ready: Idp) -> None:
    """A public client does not become confidential without a secret."""
    add(ready, {**METADATA, "token_endpoint_auth_method": "none"}, "--id", "spa")
    to_basic = '{"token_endpoint_auth_method": "client_secret_basic"}'
    result = ready("client", "update", "spa", "-", stdin=to_basic)
    assert result.exit_code == 1
    assert "rotate-secret" in result.stderr
    ready("client", "rotate-secret", "spa")
    assert ready("client", "update", "spa", "-", stdin=to_basic).exit_code == 0


def test_client_rotate_secret_overlaps(ready: Idp) -> None:
    """A new secret each time, shown once."""
    first = json.loads(add(ready, METADATA, "--id", "shop").stdout)["client_secret"]
    second = json.loads(ready("client", "rotate-secret", "shop").stdout)["client_secret"]
    third = json.loads(ready("client", "rotate-secret", "shop", "--overlap", "0").stdout)["client_secret"]
    assert len({first, second, third}) == 3


def test_client_remove_asks_first(ready: Idp) -> None:
    """What cannot be undone is asked about."""
    add(ready, METADATA, "--id", "shop")
    assert ready("client", "remove", "shop", stdin="n\n").exit_code == 1
    assert ready("client", "show", "shop").exit_code == 0
    assert ready("client", "remove", "shop", "--yes").exit_code == 0
    assert ready("client", "show", "shop").exit_code == 1


def test_client_add_refuses_what_is_taken_or_no_id(ready: Idp) -> None:
    """An id belongs to one application."""
    add(ready, METADATA, "--id", "shop")
    assert add(ready, METADATA, "--id", "shop").stderr == "idp: client_id: is taken\n"
    assert add(ready, METADATA, "--id", "a b").exit_code == 2


def test_client_add_names_every_wrong_member(ready: Idp) -> None:
    """All mistakes at once, each by its member; nothing is registered."""
    result = add(ready, {"redirect_uri": ["https://a/"], "client_name": 5, "scope": "openid  email"})
    assert result.exit_code == 1
    assert {line.split(": ")[1] for line in result.stderr.splitlines()} == {"redirect_uri", "client_name", "scope"}
    assert json.loads(ready("client", "list", "--json").stdout) == []


@pytest.mark.parametrize(("text", "why"), [("{", "is not JSON"), ("[]", "must be a JSON object")])
def test_client_add_refuses_what_is_no_document(ready: Idp, text: str, why: str) -> None:
    """A broken file is told as one."""
    result = ready("client", "add", "-", stdin=text)
    assert result.exit_code == 1
    assert why in result.stderr


def test_client_add_names_a_file_that_cannot_be_read(ready: Idp, tmp_path: Path) -> None:
    """The file is named."""
    result = ready("client", "add", str(tmp_path / "none.json"))
    assert result.exit_code == 1
    assert "none.json: cannot be read" in result.stderr


def test_client_add_takes_no_name_that_a_person_is_known_by(ready: Idp) -> None:
    """RFC 9700 §4.15, OAU-49: both may be the `sub` of a token."""
    erin = _person(ready)
    answer = add(ready, METADATA, "--id", erin)
    assert answer.exit_code == 1
    assert "client_id: is what a person is known by" in answer.stderr
    assert "no applications yet" in ready("client", "list").stdout


def _person(idp: Idp) -> str:
    assert idp("user", "add", "erin", "--generate-password").exit_code == 0
    return str(json.loads(idp("user", "show", "erin", "--json").stdout)["id"])
