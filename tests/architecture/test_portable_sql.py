"""What PostgreSQL-compatible distributed engines lack is on no hot path."""

import re
from pathlib import Path

LACKED = re.compile(r"advisory|\bLISTEN\b|\bNOTIFY\b|SKIP LOCKED|skip_locked|with_for_update|CREATE TEMP|XMIN|ctid")


def test_no_statement_asks_what_distributed_engines_lack() -> None:
    """Migrations may: they are run once, by hand or by a job, and take an advisory lock so that two do not meet."""
    asked = {
        f"{path}:{number}"
        for path in Path("idp").rglob("*.py")
        if "migrations" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if LACKED.search(line)
    }
    assert asked == set()
