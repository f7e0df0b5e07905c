"""The demo, on ports and in a folder of its own: as `make demo` runs it, or both of its servers in this process."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from idp.app import create_app
from idp.cli.demo import prepare
from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens
from idp.demo import seed, servers
from idp.demo.place import Place
from idp.settings import Settings
from idp.storage.engine import Database
from tests.support.live import answering
from tests.support.person import Person
from tests.support.provider import put_in_force
from tests.support.workers import free_port, program, wait_until_ready


@dataclass(frozen=True)
class Demo:
    """A running demo, and what its demo.json says."""

    issuer: str
    bank: str
    document: dict[str, Any]
    var: Path

    def publish(self, policy: str) -> None:
        """Put a shipped policy in force, unchecked."""
        source = (Path("policies") / f"{policy}.yaml").read_text()
        with closing(self._database()) as database:
            put_in_force(database, source, now=datetime.now(UTC))

    def code(self, person: Person) -> str:
        """Return what somebody's app shows now, and let it count although it may have been given before.

        The app itself shows another one after half a minute, which is what tests of pages do not wait for.
        """
        with closing(self._database()) as database, database.engine().connect() as connection:
            connection.execute(text("UPDATE credentials SET step = NULL"))
        return person.code(datetime.now(UTC))

    def _database(self) -> Database:
        return Database.open(f"sqlite:///{self.var / 'idp.sqlite3'}", keys=SecretKeys(["a key of no use"]))

    def person(self, name: str) -> Person:
        said = self.document["people"][name]
        return Person(
            id="", username=said["username"], password=said["password"], totp_secret=said.get("totp_secret", "")
        )


@pytest.fixture(scope="session")
def begun(session_folder: Path) -> Path:
    """What a first start leaves in its folder: keys that were made, passwords that were hashed at their full cost."""
    it = Place(var=session_folder / "demo", port=free_port(), rp_port=free_port())
    prepare(it)
    return it.var


def started_again(begun: Path, folder: Path) -> Place:
    """Return a demo that has been prepared, and follows to where it now is as at any later start."""
    it = Place(var=folder / "var", port=free_port(), rp_port=free_port())
    shutil.copytree(begun, it.var)
    prepare(it)
    return it


@contextmanager
def demo_here(begun: Path, folder: Path) -> Iterator[Demo]:
    """Serve the provider and the bank from this process until the block ends: for tests of what is on their pages."""
    place = started_again(begun, folder)
    app = create_app(Settings.from_env(place.environ()), clock=SystemClock(), tokens=SystemTokens())
    with closing(app), answering(app.wsgi, port=place.port), answering(servers.bank(place), port=place.rp_port):
        app.start()
        yield Demo(place.issuer, place.bank, seed.read(place), place.var)


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
        yield Demo(issuer, bank, document, folder / "var")
