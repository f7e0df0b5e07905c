"""Counts what a request really does: statements that reach SQLite, commits, signatures, imported keys, decisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.login import standing
from idp.oidc import signed_token, token
from idp.storage.pool import Pool
from tests.support.provider import Provider


@dataclass
class Counts:
    """What was counted."""

    reads: int = 0
    writes: int = 0
    commits: int = 0
    signatures: int = 0
    imports: int = 0
    decisions: int = 0

    def statement(self, text: str) -> None:
        """Count one statement as SQLite was told it."""
        match text.partition(" ")[0]:
            case "SELECT":
                self.reads += 1
            case "COMMIT":
                self.commits += 1
            case "BEGIN":
                pass
            case _:
                self.writes += 1

    @property
    def row(self) -> tuple[int, int, int, int, int, int]:
        """The line of the table."""
        return (self.reads, self.writes, self.commits, self.signatures, self.imports, self.decisions)


@contextmanager
def counted(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counts]:
    """Count what is done inside the block."""
    counts, database = Counts(), provider._app.database

    def taken(pool: Pool) -> Any:
        connection = take(pool)
        connection.set_trace_callback(counts.statement)
        return connection

    take = Pool.take
    with monkeypatch.context() as patch:
        for module in (token, signed_token):
            patch.setattr(module, "signed", _counting(module.signed, counts, "signatures"))
        patch.setattr(standing, "decide", _counting(standing.decide, counts, "decisions"))
        for kind, name in ((RSAKey, "import_key"), (ECKey, "import_key"), (KeySet, "import_key_set")):
            patch.setattr(kind, name, _counting(getattr(kind, name), counts, "imports"))
        now = database.told._time()
        patch.setattr(database.told, "_time", lambda: now)  # what may be a second old stays young, however slow this is
        patch.setattr(Pool, "take", taken)
        try:
            yield counts
        finally:
            database._normal.pool.dispose()


def _counting(function: Any, counts: Counts, name: str) -> Any:
    def call(*arguments: Any, **named: Any) -> Any:
        setattr(counts, name, getattr(counts, name) + 1)
        return function(*arguments, **named)

    return call
