"""`idp user …`: how whoever runs the service helps a person who trusted the wrong browser, or lost their phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click

from idp.admin.people.helping import Helping
from idp.admin.staff import Staff
from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_rows
from idp.cli.own_factors import installed_traits
from idp.cli.people import event_about, get_person
from idp.cli.policies import live
from idp.factors.base import Cost
from idp.login.lost_factors import forget_factors, issue_code
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.languages import read_catalogues

_STAFF = Staff()


@click.command()
@click.argument("username")
@json_option
def devices(username: str, *, as_json: bool) -> None:
    """List the browsers that a person trusts."""
    with opened() as here, here.database.transaction() as tx:
        person = get_person(tx, username)
        rows = [
            {
                "id": device.id,
                "trusted_at": device.trusted_at,
                "used_at": device.used_at,
                "address": device.address,
                "user_agent": device.user_agent,
            }
            for device in trusted.list_trusted(tx, person.id)
        ]
    show_rows(rows, as_json=as_json, empty=f"{person.username} trusts no browser.")


@click.command("forget-devices")
@click.argument("username")
@click.option("--id", "device_id", default="", help="This one alone, as `idp user devices` names it.")
def forget_devices(username: str, *, device_id: str) -> None:
    """Let a person's browsers be trusted no longer: the second step is asked again."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        person, now = get_person(tx, username), here.clock.now()
        forgotten = int(trusted.forget(tx, device_id, person.id)) if device_id else trusted.forget_all(tx, person.id)
        if forgotten:
            audit.add(tx, event_about("device.untrusted", person, now))
    click.echo(f"{person.username}: browsers trusted no longer: {forgotten}.")


@click.command("temporary-code")
@click.argument("username")
def temporary_code(username: str) -> None:
    """Draw a code for somebody who has lost their second step, and print it: it is good once, for some hours.

    Beside the password it is two steps, enough to set up another method. Read it out to nobody you do not know.
    """
    with opened() as here, here.database.transaction(durable=True) as tx:
        person, now, costs = get_person(tx, username), here.clock.now(), here.settings.argon2
        cost = Cost(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes)
        drawn, lasts = issue_code(tx, person, live(here, tx), cost=cost, tokens=here.tokens, now=now)
        audit.add(tx, event_about("temporary_code.issued", person, now))
    click.echo(f"Temporary code for {person.username}, shown this once, good once within {lasts}:")
    click.echo(drawn)


@click.command("reset-mfa")
@click.argument("username")
def reset_mfa(username: str) -> None:
    """Remove what a person has beside the password and the mailbox, sign them out everywhere, and tell them."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        person, now = get_person(tx, username), here.clock.now()
        removed = forget_factors(tx, person, live(here, tx), telling=_telling(here), now=now)
        audit.add(tx, event_about("factors.reset", person, now))
    click.echo(f"{person.username}: removed: {', '.join(removed) or 'nothing'}; sessions ended.")


@click.command()
@click.argument("username")
def unlock(username: str) -> None:
    """Forget a person's wrong passwords and codes, so that they may try again."""
    with helping_to(username) as (helping, tx, person):
        helping.unlock(tx, _STAFF, person.id)
    click.echo(f"{person.username} may try again.")


@click.command("end-sessions")
@click.argument("username")
def end_sessions(username: str) -> None:
    """Sign a person out everywhere; what applications were granted ends too."""
    with helping_to(username) as (helping, tx, person):
        helping.end_sessions(tx, _STAFF, person.id)
    click.echo(f"{person.username} is signed out everywhere.")


@click.command("ask-to-enrol")
@click.argument("username")
@click.option("--undo", is_flag=True, help="Ask no longer.")
def ask_to_enrol(username: str, *, undo: bool) -> None:
    """Ask a person to set up a second step when they next sign in; the policy's rule on user.must_enrol does it."""
    with helping_to(username) as (helping, tx, person):
        if undo:
            helping.ask_no_longer(tx, _STAFF, person.id)
        elif not helping.ask_to_enrol(tx, _STAFF, person.id):
            raise click.ClickException(f"{person.username} has a second step already")
    click.echo(f"{person.username} is asked no longer." if undo else f"{person.username} is asked at the next sign-in.")


@contextmanager
def helping_to(username: str) -> Iterator[tuple[Helping, Tx, User]]:
    """Open the installation, and give what the console helps with and whom."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        policies = Policies(traits=installed_traits(), clock=here.clock)
        notices = Notices(telling=_telling(here))
        yield Helping(policies=policies, notices=notices, clock=here.clock), tx, get_person(tx, username)


def _telling(here: Installation) -> Telling:
    issuer = here.settings.issuer
    sender = Sender(host=urlsplit(issuer).hostname or "", tokens=here.tokens, catalogues=read_catalogues())
    return Telling(sender=sender, links=MailedLinks(issuer=issuer, tokens=here.tokens))
