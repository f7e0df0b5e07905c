"""`idp keys`: keys are listed, rotated and retired; private halves never leave."""

import json

from idp.cli.installation import opened
from idp.records.audit import store as audit
from tests.cli.conftest import Idp


def current(idp: Idp) -> dict[str, str]:
    keys = json.loads(idp("keys", "list", "--json").stdout)
    return {key["alg"]: key["kid"] for key in keys if key["state"] == "current"}


def test_keys_list_shows_no_private_half(ready: Idp) -> None:
    """The listing names keys and shows nothing of them."""
    listing = json.loads(ready("keys", "list", "--json").stdout)
    assert all(set(key) == {"kid", "alg", "state", "created_at", "retired_at"} for key in listing)


def test_keys_rotate_signs_with_another_key(ready: Idp) -> None:
    """One algorithm, or all."""
    first = current(ready)
    assert ready("keys", "rotate", "--alg", "ES256").exit_code == 0
    second = current(ready)
    assert second["ES256"] != first["ES256"]
    assert second["RS256"] == first["RS256"]
    both = ready("keys", "rotate")
    assert (both.exit_code, "ES256: not rotated" in both.stderr) == (0, True), "it was, a moment ago"
    assert current(ready) == {"ES256": second["ES256"], "RS256": current(ready)["RS256"]}
    assert current(ready)["RS256"] != first["RS256"]
    third = current(ready)
    again = ready("keys", "rotate")
    assert (again.exit_code, current(ready)) == (1, third)
    with opened() as here, here.database.transaction() as tx:
        told = [event.details for event in audit.list_events(tx, limit=9, name="key.rotated")]
    assert told == [{"by": "command line", "key": "RS256"}, {"by": "command line", "key": "ES256"}]


def test_keys_retire_an_old_key(ready: Idp) -> None:
    """A key that has ceased to sign can be withdrawn; one that does not exist is told in words."""
    old = current(ready)["ES256"]
    ready("keys", "rotate", "--alg", "ES256")
    assert ready("keys", "retire", old).exit_code == 0
    states = {key["kid"]: key["state"] for key in json.loads(ready("keys", "list", "--json").stdout)}
    assert states[old] == "retired"
    assert ready("keys", "retire", "nonesuch").exit_code == 1
    assert ready("keys", "retire", "-nonesuch").exit_code == 1, "a name, not an option"
