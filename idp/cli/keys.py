"""`idp keys`: the keys that sign tokens."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from idp.admin.keys.service import KeysDesk
from idp.admin.staff import Staff
from idp.cli.installation import ALGORITHMS, opened
from idp.cli.key_modules import ring_of
from idp.cli.output import json_option, show_rows
from idp.records.keys import store
from idp.storage.tx import Tx


@click.group()
def keys() -> None:
    """Look after the keys that sign tokens."""


@keys.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all keys; private halves are never shown."""
    with opened() as here, here.database.transaction() as tx:
        found = store.list_keys(tx)
    rows = [
        {
            "kid": key.kid,
            "alg": key.alg,
            "state": key.state.value,
            "created_at": key.created_at,
            "retired_at": key.retired_at,
        }
        for key in found
    ]
    show_rows(rows, as_json=as_json, empty="There are no keys yet; run `idp init`.")


@keys.command()
@click.option("--alg", type=click.Choice(ALGORITHMS), help="Only the key of this algorithm.")
def rotate(alg: str | None) -> None:
    """Sign with new keys from now on; the old ones stay published until they are retired."""
    wanted = (alg,) if alg else ALGORITHMS
    with _desk() as (desk, tx):
        early = {name: at for name in wanted if (at := desk.rotate(tx, Staff(), name)) is not None}
    for name, at in early.items():
        text = f"{name}: not rotated: its next key is known everywhere from {at:%H:%M:%S} UTC on"
        click.echo(f"{text}; `idp keys retire KID` waits for nothing.", err=True)
    if len(early) == len(wanted):
        raise click.ClickException("nothing was rotated")
    click.echo("New tokens are signed with new keys. Retire the old ones when their last token has ended.")


# A name may begin with a hyphen (RFC 7638), and hold an h.
@keys.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("kid")
def retire(kid: str) -> None:
    """Publish the key KID no longer: tokens it signed are not believed any more."""
    with _desk() as (desk, tx):
        desk.retire(tx, Staff(), kid)
    click.echo(f"{kid} is retired.")


@contextmanager
def _desk() -> Iterator[tuple[KeysDesk, Tx]]:
    with opened() as here, here.database.transaction(durable=True) as tx:
        yield KeysDesk(ring=ring_of(here.settings, here.clock), clock=here.clock), tx
