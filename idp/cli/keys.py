"""`idp keys`: the keys that sign tokens."""

import click

from idp.cli.installation import ALGORITHMS, Installation, opened
from idp.cli.key_modules import ring_of
from idp.cli.output import json_option, show_rows
from idp.records.keys import store
from idp.records.keys.service import KeyRing


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
    with opened() as here, here.database.transaction(durable=True) as tx:
        for name in [alg] if alg else ALGORITHMS:
            _ring(here).rotate(tx, name)
    click.echo("New tokens are signed with new keys. Retire the old ones when their last token has ended.")


# A name may begin with a hyphen (RFC 7638), and hold an h.
@keys.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("kid")
def retire(kid: str) -> None:
    """Publish the key KID no longer: tokens it signed are not believed any more."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        _ring(here).retire(tx, kid)
    click.echo(f"{kid} is retired.")


def _ring(here: Installation) -> KeyRing:
    return ring_of(here.settings, here.clock)
