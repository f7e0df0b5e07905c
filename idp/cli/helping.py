"""`idp user …`: how whoever runs the service helps a person who trusted the wrong browser, or lost their phone."""

from urllib.parse import urlsplit

import click

from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_rows
from idp.cli.people import event_about, get_person
from idp.cli.policies import live
from idp.factors.base import Cost
from idp.login.lost_factors import forget_factors, issue_code
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted
from idp.web.languages import read_catalogues


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


def _telling(here: Installation) -> Telling:
    issuer = here.settings.issuer
    sender = Sender(host=urlsplit(issuer).hostname or "", tokens=here.tokens, catalogues=read_catalogues())
    return Telling(sender=sender, links=MailedLinks(issuer=issuer, tokens=here.tokens))
