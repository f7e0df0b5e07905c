"""`idp user`: people."""

import re
import sys
from collections.abc import Callable
from typing import Any

import click

from idp.account.beginning.service import PATH
from idp.admin.staff import Staff
from idp.cli import helping
from idp.cli.imports.command import import_
from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_one, show_rows
from idp.cli.passwords import choose
from idp.cli.people import NewPerson, People, everybody, get_person
from idp.login.choosing import note
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User, is_username


def _matching(pattern: str, *, what: str) -> Callable[[click.Context, click.Parameter, str], str]:
    def check(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        if value and re.fullmatch(pattern, value, re.ASCII) is None:
            raise click.BadParameter(f"must be {what}")
        return value

    return check


def _username(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not is_username(value):
        raise click.BadParameter("must be 1 to 128 printable characters without spaces around them")
    return value


@click.group()
def user() -> None:
    """Look after people."""


@user.command()
@click.argument("username", callback=_username)
@click.option("--display-name", default="", help="How pages address them.")
@click.option("--email", default="", callback=_matching(r"[^@\s]+@[^@\s]+", what="an e-mail address"))
@click.option("--phone", default="", callback=_matching(r"\+[1-9][0-9]{6,14}", what="such as +81312345678 (E.164)"))
@click.option("--group", "groups", multiple=True, help="May be given several times.")
@click.option("--role", "roles", multiple=True, help="A role in the console; may be given several times.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@click.option("--generate-password", is_flag=True, help="Draw a password and print it once.")
def add(*, password_stdin: bool, generate_password: bool, **person: Any) -> None:
    """Add a person. The password is asked for, read from stdin or drawn: never an argument, which others could see."""
    if password_stdin and generate_password:
        raise click.UsageError("--password-stdin and --generate-password exclude each other")
    with opened() as here:
        new, now = NewPerson(**person), here.clock.now()
        password = _password(here, from_stdin=password_stdin, generated=generate_password)
        chosen = choose(here, new, password)
        with here.database.transaction(durable=True) as tx:
            added = People(tokens=here.tokens).add(tx, new, chosen.new, now=now)
            note(tx, chosen, user_id=added.id, at=now)
    click.echo(f"{added.username} is added with the id {added.id}.")
    if generate_password:
        click.echo(f"Password, shown this once: {password}")


@user.command()
@click.argument("username")
def ticket(username: str) -> None:
    """Draw a ticket for a person and print its link: with it they choose a password, or set up a second factor.

    It is good once, and voids those drawn before. Whoever has it can begin as this person: hand it to nobody else.
    """
    with opened() as here, here.database.transaction(durable=True) as tx:
        drawn = helping.registering(here).ticket(tx, Staff(), get_person(tx, username).id)
    click.echo(f"{here.settings.issuer}{PATH}#{drawn.text}")
    click.echo(f"Shown this once. It may be typed too: what stands after # goes into the field at {PATH}.")


@user.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List everybody."""
    with opened() as here, here.database.transaction() as tx:
        rows = [_row(person) for person in everybody(tx)]
    show_rows(rows, as_json=as_json, empty="There is nobody yet; `idp user add` adds a person.")


@user.command()
@click.argument("username")
@json_option
def show(username: str, *, as_json: bool) -> None:
    """Show one person and what they have enrolled; secrets are never shown."""
    with opened() as here, here.database.transaction() as tx:
        person = get_person(tx, username)
        found, longer = credentials.list_credentials(tx, person.id), helping.longer_password(here, tx, person.id)
    methods = [{"id": each.id, "factor": each.factor, "label": each.label} for each in found]
    factors = sorted(each.factor for each in found)
    show_one(
        {
            **_row(person),
            "signed_in_at": person.signed_in_at,
            "factors": factors,
            "methods": methods,
            "longer_password": longer,
        },
        as_json=as_json,
    )


@user.command()
@click.argument("username")
@click.option("--undo", is_flag=True, help="Let them in again.")
def disable(username: str, *, undo: bool) -> None:
    """Shut a person out: sessions end, and what applications were granted."""
    with helping.helping_to(username) as (desk, tx, person):
        (desk.enable if undo else desk.disable)(tx, Staff(), person.id)
    click.echo(f"{person.username} may sign in again." if undo else f"{person.username} is out, and signed out.")


def _row(person: User) -> dict[str, Any]:
    return {
        "username": person.username,
        "id": person.id,
        "display_name": person.display_name,
        "email": person.email,
        "phone": person.phone,
        "groups": person.groups,
        "roles": person.roles,
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
        "must_enrol_at": person.must_enrol_at,
    }


def _password(here: Installation, *, from_stdin: bool, generated: bool) -> str:
    if generated:
        return here.tokens.token()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


user.add_command(import_)


for _help in (
    helping.ask_to_enrol,
    helping.devices,
    helping.end_sessions,
    helping.forget_devices,
    helping.reset_mfa,
    helping.remove_method,
    helping.role,
    helping.temporary_code,
    helping.unlock,
    helping.update,
):
    user.add_command(_help)
