"""`idp purge`: lets go of what has been kept long enough."""

import click

from idp.cli.installation import opened
from idp.cli.policies import live
from idp.records.decisions import store as decisions

_AT_ONCE = 1_000
"""Records a transaction: others who write wait no longer than that takes."""


@click.command()
def purge() -> None:
    """Remove decision records older than the live policy keeps them (`records: {keep: 90d}`)."""
    with opened() as here:
        with here.database.transaction() as tx:
            keep = live(here, tx).records.keep
        before, removed = here.clock.now() - keep, 0
        while True:
            with here.database.transaction() as tx:
                count = decisions.remove_before(tx, before, limit=_AT_ONCE)
            removed += count
            if count < _AT_ONCE:
                break
    click.echo(f"Decision records removed: {removed}.")
