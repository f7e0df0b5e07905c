"""`idp user`: people are added, listed, shown and shut out; their secrets never come back."""

import json

import pytest

from tests.cli.conftest import Idp

PASSPHRASE = "a long enough passphrase"


def add(idp: Idp, username: str, *options: str, password: str = PASSPHRASE):
    return idp("user", "add", username, "--password-stdin", *options, stdin=f"{password}\n")


def test_user_add_stores_what_was_given(ready: Idp) -> None:
    """What is shown afterwards is what was said, and the password is no part of it."""
    result = add(
        ready, "erin", "--display-name", "Erin", "--email", "erin@example.com", "--phone", "+12025550177",
        "--group", "staff", "--group", "night", "--role", "auditor",
    )  # fmt: skip
    assert result.exit_code == 0
    shown = json.loads(ready("user", "show", "ERIN", "--json").stdout)
    assert shown["username"] == "erin"
    assert (shown["email"], shown["phone"]) == ("erin@example.com", "+12025550177")
    assert (shown["groups"], shown["roles"], sorted(shown["factors"])) == (
        ["staff", "night"],
        ["auditor"],
        ["email", "password", "sms"],
    )
    assert PASSPHRASE not in ready("user", "show", "erin").stdout


def test_user_list_is_sorted_and_says_when_it_is_empty(ready: Idp) -> None:
    """Everybody is listed, however they were added."""
    assert "nobody yet" in ready("user", "list").stdout
    assert json.loads(ready("user", "list", "--json").stdout) == []
    add(ready, "zoe")
    add(ready, "ann")
    assert [row["username"] for row in json.loads(ready("user", "list", "--json").stdout)] == ["ann", "zoe"]
    assert [line.split()[0] for line in ready("user", "list").stdout.splitlines()] == ["username", "ann", "zoe"]


def test_user_add_draws_a_password(ready: Idp) -> None:
    """A drawn password is shown this once."""
    result = ready("user", "add", "erin", "--generate-password")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()[-1].rpartition(": ")[2]) == 43


def test_user_add_asks_for_a_password(ready: Idp) -> None:
    """Without an option the password is asked for, twice, and not shown."""
    result = ready("user", "add", "erin", stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert result.exit_code == 0
    assert PASSPHRASE not in result.stdout


def test_user_add_takes_no_password_as_argument(ready: Idp) -> None:
    """Arguments are seen by everybody on the machine."""
    assert ready("user", "add", "erin", "--password", PASSPHRASE).exit_code == 2


@pytest.mark.parametrize("password", ["fourteen chars", "x" * 129, ""])
def test_user_add_refuses_weak_passwords(ready: Idp, password: str) -> None:
    """A password that is the only factor has at least 15 characters (features.md F1), and nobody is added."""
    result = add(ready, "erin", password=password)
    assert result.exit_code == 1
    assert result.stderr.startswith("idp: password: ")
    assert json.loads(ready("user", "list", "--json").stdout) == []


def test_user_add_refuses_what_is_taken(ready: Idp) -> None:
    """One username, one person, however it is spelt; one e-mail address too."""
    add(ready, "erin", "--email", "erin@example.com")
    assert add(ready, "Erin").stderr == "idp: username: is taken\n"
    assert add(ready, "frank", "--email", "erin@example.com").stderr == "idp: email: belongs to somebody else\n"


@pytest.mark.parametrize(
    "arguments",
    [("",), (" erin",), ("e\nrin",), ("x" * 129,), ("erin", "--email", "nobody"), ("erin", "--phone", "0312345678")],
)
def test_user_add_refuses_what_is_malformed(ready: Idp, arguments: tuple[str, ...]) -> None:
    """Wrong forms are wrong usage."""
    assert ready("user", "add", *arguments, "--generate-password").exit_code == 2


def test_user_add_takes_one_source_of_passwords(ready: Idp) -> None:
    """Two sources would leave one unused, silently."""
    assert ready("user", "add", "erin", "--generate-password", "--password-stdin").exit_code == 2


def test_user_disable_and_back(ready: Idp) -> None:
    """Somebody shut out says so when shown, until it is undone."""
    add(ready, "erin")
    assert ready("user", "disable", "erin").exit_code == 0
    assert json.loads(ready("user", "show", "erin", "--json").stdout)["disabled_at"] is not None
    assert ready("user", "disable", "erin", "--undo").exit_code == 0
    assert json.loads(ready("user", "show", "erin", "--json").stdout)["disabled_at"] is None


def test_user_add_needs_a_policy(idp: Idp) -> None:
    """How long a password must be is the policy's to say."""
    idp("db", "upgrade")
    result = add(idp, "erin")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no policy yet; run `idp init`\n")
