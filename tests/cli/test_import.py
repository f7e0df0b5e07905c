"""`idp user import`: everything or nothing, with the reason of every refused row (E8)."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from tests.cli.conftest import Idp, environ_in, runner

SEED = base64.b32encode(b"a seed of 20 bytes..").decode()
HASH = bcrypt.hashpw(b"correct horse battery", bcrypt.gensalt(4)).decode()


def line(username: str = "erin", **members: object) -> str:
    return json.dumps({"username": username, **members})


def run(idp: Idp, text: str, *options: str):
    return idp("user", "import", "-", *options, stdin=text)


def people(idp: Idp) -> list[str]:
    return [row["username"] for row in json.loads(idp("user", "list", "--json").stdout)]


def test_import_takes_all_that_is_known_of_a_person(ready: Idp) -> None:
    """Names, addresses, groups, apps, codes and a hash come along; nothing secret is printed."""
    text = line(
        display_name="Erin Å", given_name="Erin", family_name="Å", email="erin@example.com", email_verified=True,
        phone="+12025550177", phone_verified=True, locale="ja-JP", groups=["staff", "night"], password_hash=HASH,
        totp=[{"secret": SEED.lower(), "digits": 8, "period": 60, "algorithm": "SHA256", "label": "Phone"},
              {"secret_hex": "00" * 20}],
        backup_codes=["AAAA-BBBB-11", "CCCC-DDDD-22"],
    )  # fmt: skip
    result = run(ready, f"\n{text}\n")
    assert (result.exit_code, "1 imported." in result.stdout) == (0, True)
    assert SEED not in result.output
    shown = json.loads(ready("user", "show", "erin", "--json").stdout)
    assert (shown["email"], shown["phone"], shown["groups"]) == ("erin@example.com", "+12025550177", ["staff", "night"])
    assert sorted(shown["factors"]) == ["backup_code", "email", "password", "sms", "totp", "totp"]


def test_import_takes_csv(ready: Idp, tmp_path: Path) -> None:
    """The same names in the first line; several values stand between semicolons."""
    file = tmp_path / "people.csv"
    file.write_text(
        "username,email,email_verified,groups,password_hash,totp_secret,totp_digits,disabled\n"
        f"erin,erin@example.com,yes,staff; night,{HASH},{SEED},8,\n"
        "frank,,,,,,,true\n",
        encoding="utf-8-sig",
    )
    assert ready("user", "import", str(file)).exit_code == 0
    shown = json.loads(ready("user", "show", "erin", "--json").stdout)
    assert (sorted(shown["factors"]), shown["groups"]) == (["email", "password", "totp"], ["staff", "night"])
    frank = json.loads(ready("user", "show", "frank", "--json").stdout)
    assert (frank["factors"], frank["disabled_at"] is not None) == ([], True)


def test_import_sends_codes_to_proven_addresses_alone(ready: Idp) -> None:
    """An address that nobody has proved is kept, and no factor."""
    run(ready, line(email="erin@example.com", phone="+12025550177", password_hash=HASH))
    assert json.loads(ready("user", "show", "erin", "--json").stdout)["factors"] == ["password"]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Idp]:
    """One installation for the tests that leave it empty."""
    environ = environ_in(tmp_path_factory.mktemp("one"))
    with pytest.MonkeyPatch.context() as patch:
        run_in = runner(environ, patch)
        assert run_in("init").exit_code == 0
        yield run_in


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("{", "", "truncated"),
        ("[]", "", "Expected `object`"),
        ("{}", "", "username"),
        (line(role="owner"), "", "unknown field `role`"),
        (line(roles=["owner"]), "", "unknown field `roles`"),
        (line(email_verified="yes"), "email_verified", "Expected `bool`"),
        (line(totp=[{"secret": SEED, "seed": ""}]), "totp", "unknown field"),
        (line(" erin"), "username", "printable"),
        (line("x" * 129), "username", "1 to 128"),
        (line(display_name="a\nb"), "display_name", "printable"),
        (line(groups=["x" * 101]), "groups", "printable"),
        (line(groups=[""]), "groups", "printable"),
        (line(locale="x y"), "locale", "BCP 47"),
        (line(email="nobody"), "email", "e-mail address"),
        (line(email_verified=True), "email_verified", "no address"),
        (line(phone="0312345678"), "phone", "mobile number"),
        (line(phone="+12025550177", phone_verified=True, email="a b@example.com"), "email", "e-mail address"),
        (line(phone_verified=True), "phone_verified", "no number"),
        (line(password_hash="5f4dcc3b5aa765d61d8327deb882cf99"), "password_hash", "of no kind"),
        (line(totp=[{}]), "totp", "either secret"),
        (line(totp=[{"secret": SEED, "secret_hex": "00"}]), "totp", "either secret"),
        (line(totp=[{"secret": "1"}]), "totp", "no base32"),
        (line(totp=[{"secret_hex": "xyz"}]), "totp", "no hex"),
        (line(totp=[{"secret": "JBSWY3DPEHPK3PXP"}]), "totp", "112 bits or more, it has 80"),
        (line(totp=[{"secret": SEED, "digits": 7}]), "totp", "6 or 8 digits"),
        (line(totp=[{"secret": SEED, "algorithm": "MD5"}]), "totp", "one of SHA1"),
        (line(totp=[{"secret": SEED, "label": "a\tb"}]), "totp", "label"),
        (line(totp=[{"secret": SEED}] * 6), "totp", "at most 5"),
        (line(backup_codes=["AAAABBBB11"]), "backup_codes", "only beside"),
        (line(totp=[{"secret": SEED}], backup_codes=["AAAABBBB11", "SHORT"]), "backup_codes", "of one length"),
        (line(totp=[{"secret": SEED}], backup_codes=["AAAABBBB1!"]), "backup_codes", "of one length"),
        (line(totp=[{"secret": SEED}], backup_codes=["AAAABBBB1O", "AAAABBBB10"]), "backup_codes", "of one length"),
    ],
)  # fmt: skip
def test_import_refuses_what_pages_refuse(one: Idp, row: str, field: str, reason: str) -> None:
    """ADM-28: the same checks as elsewhere; line, field and reason are told, and nobody is imported."""
    result = run(one, "\n".join([line("good"), row]), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["imported"]) == (1, 0)
    refused = told["refused"][0]
    assert (refused["line"], refused["field"]) == (2, field)
    assert reason in refused["reason"]
    assert people(one) == []


def test_import_refuses_who_is_there_twice(ready: Idp) -> None:
    """In the file, however spelled, and in the database: one name, one address, one person."""
    ready("user", "add", "Anna", "--email", "anna@example.com", "--generate-password")
    rows = [
        line("ANNA"), line("bea", email="Anna@Example.com"), line("cleo"), line("Cleo"),
        line("dora", email="d@example.com"), line("dana", email="D@example.com"),
    ]  # fmt: skip
    told = json.loads(run(ready, "\n".join(rows), "--json").stdout)
    assert [(each["line"], each["field"], each["reason"]) for each in told["refused"]] == [
        (1, "username", "is taken"),
        (2, "email", "belongs to somebody else"),
        (4, "username", "is that of line 3 too"),
        (6, "email", "is that of line 5 too"),
    ]


def test_import_of_a_part_leaves_the_rest(ready: Idp) -> None:
    """--partial imports what may be and still says what may not; --check imports nothing."""
    text = "\n".join([line("good"), line(" bad"), line("fine")])
    checked = run(ready, text, "--check")
    assert (checked.exit_code, people(ready)) == (1, [])
    assert "2 could be imported, 1 rows are refused." in checked.stdout
    result = run(ready, text, "--partial")
    assert result.exit_code == 1
    assert "username" in result.stdout
    assert people(ready) == ["fine", "good"]


@pytest.mark.parametrize(
    "text", ["username,email\nerin,a@example.com,more\n", 'username\n"erin\n', "username,totp_digits\nerin,x\n"]
)
def test_import_refuses_broken_csv(one: Idp, text: str) -> None:
    """Rows that do not fit their head, quotes that do not close, numbers that are none."""
    assert run(one, text, "--format", "csv").exit_code == 1
    assert people(one) == []


def test_import_refuses_what_is_no_text(ready: Idp, tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are told in words."""
    file = tmp_path / "people.json"
    file.write_bytes(b"\xff\xfe")
    result = ready("user", "import", str(file))
    assert (result.exit_code, result.stderr) == (1, "Error: the file is no UTF-8 text\n")


def test_import_of_thousands_takes_seconds(ready: Idp) -> None:
    """Ten thousand people in one command: a transaction of seconds, not of minutes."""
    rows = [
        line(f"p{number}", email=f"p{number}@example.com", email_verified=True, totp=[{"secret": SEED}])
        for number in range(2000)
    ]
    result = run(ready, "\n".join(rows), "--json")
    assert json.loads(result.stdout) == {"imported": 2000, "refused": []}
    again = json.loads(run(ready, "\n".join(rows), "--json").stdout)
    assert (again["imported"], len(again["refused"])) == (0, 2000)


def test_import_that_is_killed_leaves_nothing_behind(ready: Idp, environ: dict[str, str], tmp_path: Path) -> None:
    """Killed while people are being stored: nobody is there, and the same command does it all."""
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(line(f"person{number}", totp=[{"secret": SEED}]) for number in range(3000)))
    command = [sys.executable, "-m", "idp.cli", "user", "import", str(file)]
    with subprocess.Popen(command, env=os.environ | environ, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for said in running.stderr:
            if said.startswith("Importing"):
                running.kill()
                break
    assert running.returncode == -signal.SIGKILL
    assert people(ready) == []
    assert "3000 imported." in ready("user", "import", str(file)).stdout
    assert len(people(ready)) > 0
