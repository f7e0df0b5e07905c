"""How long it takes to import people: `python -m tests.bench.imports [AMOUNT]` (10,000 unless said otherwise).

Each has an authenticator app and a password hash of another system: every kind there is, in turns; every hundredth row
is one that must be refused. What it does is what an operator does, in a process of its own; then some of them sign in
through the front door, one of each kind, and their hashes are argon2id of ours afterwards.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp

from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.factors.test_foreign_hashes import PASSWORD, STORED
from tests.support.clock import FixedClock
from tests.support.person import Person
from tests.support.provider import Provider, environ_for, populate

AMOUNT = 10_000
REFUSED_EVERY = 100
MFA = "urn:idp:acr:mfa"


def rows(amount: int, secret: str) -> Iterator[str]:
    """Yield the file, a line a person."""
    hashes = list(STORED.values())
    for number in range(amount):
        is_refused = number % REFUSED_EVERY == REFUSED_EVERY - 1
        row = {
            "username": f"person{number:06}",
            "email": f"person{number:06}@example.com",
            "email_verified": True,
            "password_hash": hashes[number % len(hashes)],
            "totp": [{"secret": "1" if is_refused else secret}],
        }
        yield json.dumps(row) + "\n"


def sign_in(environ: dict[str, str], secret: str) -> int:
    """Let one of each kind of hash sign in; return how many did, with their hash made anew."""
    provider = Provider(environ, clock=FixedClock())
    provider.start()
    populate(provider)
    upgraded = 0
    for number in range(len(STORED)):
        with provider.database.transaction() as tx:
            user = users.get_by_username(tx, f"person{number:06}")
        assert user is not None
        person = Person(id=user.id, username=user.username, password=PASSWORD, totp_secret=secret)
        assert provider.sign_in(provider.browser(), provider.bank, person, acr_values=MFA).acr == MFA
        with provider.database.transaction() as tx:
            held = {each.factor: each for each in credentials.list_credentials(tx, user.id)}
        upgraded += held["password"].material.startswith(b"$argon2id$")
    provider.close()
    return upgraded


def main(amount: int) -> None:
    """Print how long it took, and what came of it."""
    secret = pyotp.random_base32()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "people.jsonl")
        file.write_text("".join(rows(amount, secret)), encoding="utf-8")
        environ = environ_for(f"sqlite:///{folder}/idp.sqlite3")
        command = [sys.executable, "-m", "idp.cli"]
        subprocess.run([*command, "init"], env=os.environ | environ, check=True, capture_output=True)
        begun = time.perf_counter()
        arguments = [*command, "user", "import", str(file), "--partial", "--json"]
        done = subprocess.run(arguments, env=os.environ | environ, capture_output=True, text=True, check=False)
        spent = time.perf_counter() - begun
        told = json.loads(done.stdout)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"{told['imported']} imported, {len(told['refused'])} refused: {spent:.1f} s, at most {memory} MiB")
        print(f"the first that was refused: {told['refused'][0]}")
        print(f"{sign_in(environ, secret)} of {len(STORED)} kinds of hashes signed in, and are argon2id now")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else AMOUNT)
