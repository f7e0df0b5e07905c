"""`idp demo`: everything on one machine in one command, nothing set up beforehand."""

from pathlib import Path

import click

from idp import migrations
from idp.cli import installation, serve
from idp.cli.key_modules import ring_of
from idp.cli.policies import starting_path
from idp.core.assurance import traits_table
from idp.core.clock import SystemClock
from idp.core.tokens import SystemTokens
from idp.demo import seed
from idp.demo.place import HOST, Place
from idp.demo.running import Servers
from idp.login.policies import Policies
from idp.settings import Settings
from idp.storage.engine import Database

_PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--port", type=_PORT, default=8000, show_default=True, help="The provider's.")
@click.option("--rp-port", type=_PORT, default=8001, show_default=True, help="The bank's.")
@click.option("--var", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
def demo(port: int, rp_port: int, var: Path) -> None:
    """Run the provider and a small bank that relies on it, with people in it to sign in as."""
    if port == rp_port:
        raise click.UsageError("--port and --rp-port must differ")
    place = Place(var=var, port=port, rp_port=rp_port)
    serve.refuse_taken(HOST, port, option="--port")
    serve.refuse_taken(HOST, rp_port, option="--rp-port")
    prepare(place)
    if not Servers(place).run(lambda: click.echo(announcement(place))):
        raise click.ClickException("one of the servers ended; the reason is above")
    click.echo("The demo has ended. What it made is kept in " + str(var) + ".")


def prepare(place: Place) -> None:
    """Make the database, the keys, the policy and the people, unless they are there already."""
    clock, tokens = SystemClock(), SystemTokens()
    place.prepare(tokens)
    settings = Settings.from_env(place.environ())
    database = Database.open(settings.database_url, keys=installation.secret_keys(settings))
    try:
        migrations.upgrade(database)
        with database.transaction(durable=True) as tx:
            ring_of(settings, clock).ensure(tx, installation.ALGORITHMS)
            Policies(traits=traits_table(), clock=clock).ensure(tx, starting_path(settings))
            seed.Seed(clock=clock, tokens=tokens).plant(tx, place)
    finally:
        database.close()


def announcement(place: Place) -> str:
    """Return what a newcomer needs to know."""
    people = seed.read(place)["people"]
    width = max(len(person["password"]) for person in people.values())
    roles = {
        "alice": "a password and a mailbox: a transfer has her set up an app on the way",
        "bob": "a password and an authenticator app: a transfer asks for the code, and only for it",
        "carol": "a phone and a mailbox: a transfer asks for a code that is in the outbox",
        "dave": "staff, who is made to set up a second step when he signs in",
        "admin": f"the administrator, with an authenticator app: {place.issuer}/admin/",
    }
    lines = [f"    {name:<6}  {person['password']:<{width}}  {roles[name]}" for name, person in people.items()]
    return "\n".join(
        [
            "",
            f"  The bank      {place.bank}                 begin here",
            f"  Its outbox    {place.bank}/outbox          every message the provider wrote",
            f"  Its phone     {place.bank}/authenticator   everybody's authenticator app, and all passwords",
            f"  The provider  {place.issuer}",
            "",
            "  People and their passwords (also in " + str(place.people_file) + "):",
            *lines,
            "",
            "  What to try: sign in as bob, look at the account, then transfer money. You are asked for the code",
            "  from the authenticator page, and the bank shows what the token says of it (acr, amr, auth_time).",
            "  Then do the same as carol and as alice, with the outbox open in another tab.",
            f"  Your sign-in methods and sessions: {place.issuer}/account/",
            "  Sign out there, and the bank has signed you out as well.",
            "  Ctrl-C ends it; the next start finds everybody again.",
            "",
        ]
    )
