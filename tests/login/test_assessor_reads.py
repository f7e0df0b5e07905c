"""What an assessment reads: one row of the person's, and the failures around it, each by index (performance.md)."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Executable
from sqlalchemy.sql import ClauseElement

from idp.core.tokens import SystemTokens
from idp.login.assessing.assessor import Assessor
from idp.login.observing.sources import Sources
from idp.policy.language import RiskShares
from idp.risk.model import FAILED
from idp.storage.engine import Database
from idp.storage.tx import Parameters, Row, Tx
from idp.web.current import Browser
from tests.records import rows

BROWSER = Browser(address="81.167.144.58", user_agent="Mozilla/5.0 Firefox/140.0", device="a device")


class Listening:
    """The very transaction, which remembers what was read through it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.heard: list[Executable] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def one(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        self.heard.append(statement)
        return self._tx.one(statement, parameters)

    def all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        self.heard.append(statement)
        return self._tx.all(statement, parameters)


def test_an_assessment_reads_twice_and_each_time_by_an_index(database: Database) -> None:
    """Everybody together, and what hashes are keyed with, are remembered between assessments."""
    assessor = Assessor(sources=Sources(), tokens=SystemTokens())
    with database.transaction() as tx:
        for user in ("erin", "dora"):
            begun, listening = rows.interaction(user_id=user), Listening(tx)
            found = assessor.assessed(
                cast("Tx", listening), begun, BROWSER, user=None, shares=RiskShares(), now=rows.NOW
            ).assessment
            assert found is not None
            assert FAILED not in found.signals
    assert len(listening.heard) == 2
    if database.dialect == "postgresql":
        return  # reads a table of a few rows whole, whatever its indexes
    with database.engine().connect() as connection:
        for statement in listening.heard:
            asked = str(cast("ClauseElement", statement).compile(database.engine()))
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (0,) * asked.count("?")).all())
            assert "USING INDEX" in plan
            assert "SCAN" not in plan
