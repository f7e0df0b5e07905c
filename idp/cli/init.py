"""`idp init`: from an empty database to a service that can start."""

import click

from idp import migrations
from idp.cli.installation import ALGORITHMS, Installation, opened
from idp.cli.key_modules import ring_of
from idp.cli.own_factors import installed_traits
from idp.cli.people import everybody
from idp.cli.policies import starting_path
from idp.core.tokens import digest
from idp.login.policies import Policies
from idp.records.keys.push.service import PushKeys
from idp.records.users.tickets import store as tickets
from idp.records.users.tickets.model import SETUP, TICKET_TTL, Ticket
from idp.storage.tx import Tx

ADMINISTRATORS = frozenset({"owner", "admin"})


@click.command()
def init() -> None:
    """Make the tables, the signing keys and the first policy, and print the first administrator's set-up token.

    Running it again changes nothing that is there; while there is no administrator, it voids the token it printed
    before and prints another.
    """
    with opened(any_schema=True) as here:
        address = here.settings.issuer + "/setup"
        migrations.upgrade(here.database)
        with here.database.transaction(durable=True) as tx:
            start(here, tx)
            token = "" if _has_administrator(tx) else _ticket(here, tx)
    click.echo("Tables, keys and policy are there.")
    if token:
        click.echo(f"Set-up token for the first administrator, shown this once, good for {TICKET_TTL.days} days:")
        click.echo(token)
        click.echo(f"Whoever brings it to {address} becomes the owner, and sets up a second factor there.")


def start(here: Installation, tx: Tx) -> None:
    """Make the keys and the policy that a service needs to start, where they are missing."""
    ring_of(here.settings, here.clock).ensure(tx, ALGORITHMS)
    PushKeys(clock=here.clock).ensure(tx)
    Policies(traits=installed_traits(), clock=here.clock).ensure(tx, starting_path(here.settings))


def _ticket(here: Installation, tx: Tx) -> str:
    token, now = here.tokens.token(), here.clock.now()
    tickets.void(tx, SETUP)
    ticket = Ticket(token_hash=digest(token), purpose=SETUP, created_at=now, expires_at=now + TICKET_TTL)
    tickets.add(tx, ticket)
    return token


def _has_administrator(tx: Tx) -> bool:
    return any(ADMINISTRATORS.intersection(user.roles) for user in everybody(tx))
