"""`idp purge`: lets go of what has been kept long enough."""

from collections.abc import Callable
from datetime import datetime

import click

from idp.cli.installation import Installation, opened
from idp.cli.policies import live
from idp.records.decisions import store as decisions
from idp.records.risks import store as risks
from idp.storage.tx import Tx

_AT_ONCE = 1_000
"""Records a transaction: others who write wait no longer than that takes."""
_PURGERS: tuple[tuple[str, Callable[[Tx, datetime, int], int]], ...] = (
    ("Decision records", lambda tx, before, limit: decisions.remove_before(tx, before, limit=limit)),
    ("Assessments of risk", lambda tx, before, limit: risks.remove_before(tx, before, limit=limit)),
)


@click.command()
def purge() -> None:
    """Remove decision records, and their assessments of risk, that are older than the live policy keeps them.

    `records: {keep: 90d}` says how long.
    """
    with opened() as here:
        with here.database.transaction() as tx:
            keep = live(here, tx).records.keep
        for name, remove in _PURGERS:
            click.echo(f"{name} removed: {_removed(here, remove, here.clock.now() - keep)}.")


def _removed(here: Installation, remove: Callable[[Tx, datetime, int], int], before: datetime) -> int:
    removed, count = 0, _AT_ONCE
    while count == _AT_ONCE:
        with here.database.transaction() as tx:
            count = remove(tx, before, _AT_ONCE)
        removed += count
    return removed
