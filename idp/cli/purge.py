"""`idp purge`: lets go of what has been kept long enough. Serving processes do the same by themselves, every while."""

import click

from idp.app.purging import BATCH, purgers
from idp.cli.installation import opened
from idp.cli.output import json_option, show_rows
from idp.cli.policies import live


@click.command()
@json_option
def purge(*, as_json: bool) -> None:
    """Remove what has ended: sign-ins, codes, tokens, sessions, links, messages, counts, decision records.

    Decision records, trusted browsers and drafts stay as long as the live policy says, all else for fixed times. It
    works in small batches beside a running service, and may be stopped at any moment.
    """
    rows = []
    with opened() as here:
        with here.database.transaction() as tx:
            bundle = live(here, tx)
        for each in purgers(bundle):
            removed, count, before = 0, BATCH, here.clock.now() - each.keep
            while count >= BATCH:
                with here.database.transaction() as tx:
                    count = each.purge(tx, before, limit=BATCH)
                removed += count
            rows.append({"table": each.table, "kept_days": each.keep.days, "removed": removed})
    show_rows(rows, as_json=as_json, empty="")
