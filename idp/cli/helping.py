"""`idp user …`: how whoever runs the service helps a person who trusted the wrong browser."""

import click

from idp.cli.installation import opened
from idp.cli.output import json_option, show_rows
from idp.cli.people import event_about, get_person
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted


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
