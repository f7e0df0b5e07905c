"""The demo itself, as `make demo` runs it, on ports and in a folder of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from idp.core.secrets import SecretKeys
from idp.storage.engine import Database
from tests.support.person import Person
from tests.support.provider import put_in_force
from tests.support.workers import Running, free_port, program, wait_until_ready


@dataclass(frozen=True)
class Demo:
    """A running demo, and what its demo.json says."""

    running: Running
    issuer: str
    bank: str
    document: dict[str, Any]
    var: Path

    def publish(self, policy: str) -> None:
        """Put a shipped policy in force, unchecked."""
        database = Database.open(f"sqlite:///{self.var / 'idp.sqlite3'}", keys=SecretKeys(["a key of no use"]))
        source = (Path("policies") / f"{policy}.yaml").read_text()
        put_in_force(database, source, now=datetime.now(UTC))
        database.close()

    def person(self, name: str) -> Person:
        said = self.document["people"][name]
        return Person(
            id="", username=said["username"], password=said["password"], totp_secret=said.get("totp_secret", "")
        )


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """Run the demo until the block ends."""
    port, rp_port = free_port(), free_port()
    arguments = ["demo", "--port", str(port), "--rp-port", str(rp_port), "--var", str(folder / "var")]
    with program(arguments, output=folder / "demo.log") as running:
        issuer, bank = f"http://localhost:{port}", f"http://localhost:{rp_port}"
        wait_until_ready(running, f"{issuer}/.well-known/openid-configuration")
        wait_until_ready(running, f"{bank}/")
        document = json.loads((folder / "var" / "demo.json").read_text())
        yield Demo(running, issuer, bank, document, folder / "var")
