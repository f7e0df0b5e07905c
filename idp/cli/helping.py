"""`idp user …`: how whoever runs the service helps a person who trusted the wrong browser, or lost their phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click

from idp.admin.access import Role
from idp.admin.people.contacting import Contacting
from idp.admin.people.helping import Helping
from idp.admin.people.holding import held
from idp.admin.people.registering import Registering, renamed
from idp.admin.people.roles.service import Appointing
from idp.admin.staff import Staff
from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_rows
from idp.cli.own_factors import installed_traits
from idp.cli.people import get_person
from idp.factors.base import Cost
from idp.login.left_alone import longer_for
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.records.devices.trusted import store as trusted
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
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
    with helping_to(username) as (helping, tx, person):
        forgotten = helping.untrust(tx, _STAFF, person.id, device_id)
    click.echo(f"{person.username}: browsers trusted no longer: {forgotten}.")


@click.command("temporary-code")
@click.argument("username")
def temporary_code(username: str) -> None:
    """Draw a code for somebody who has lost their second step, and print it: it is good once, for some hours.

    Beside the password it is two steps, enough to set up another method. Read it out to nobody you do not know: the
    person is told at once that there is one, and their activity says when it was used or came to its end.
    """
    with opened() as here, here.database.transaction(durable=True) as tx:
        person = get_person(tx, username)
        drawn = registering(here).temporary_code(tx, _STAFF, person.id)
    click.echo(f"Temporary code for {person.username}, shown this once, good once within {drawn.lasts}:")
    click.echo(drawn.text)


@click.command("reset-mfa")
@click.argument("username")
def reset_mfa(username: str) -> None:
    """Remove what a person has beside the password and the mailbox, sign them out everywhere, and tell them.

    Who then has a password that is too short to stand alone chooses a longer one, or sets up a second step, when they
    next sign in.
    """
    with helping_to(username) as (helping, tx, person):
        removed = helping.reset_factors(tx, _STAFF, person.id)
    click.echo(f"{person.username}: removed: {', '.join(removed) or 'nothing'}; sessions ended.")
    _say_alone(person)


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


@click.command("remove-method")
@click.argument("username")
@click.argument("method_id", metavar="ID")
def remove_method(username: str, method_id: str) -> None:
    """Remove the second factor ID, as `idp user show` names it, and tell the person; password and mailbox stay."""
    with helping_to(username) as (helping, tx, person):
        helping.remove_method(tx, _STAFF, person.id, method_id)
    click.echo(f"It is removed, and {person.username} is told.")
    _say_alone(person)


@click.command()
@click.argument("username")
@click.option("--email", help="Not proven until they have proved it; empty: none.")
@click.option("--phone", help="The same, such as +81312345678.")
@click.option("--display-name", help="How pages address them.")
@click.option("--group", "groups", multiple=True, help="All of their groups from now on; several times.")
def update(
    username: str, *, email: str | None, phone: str | None, display_name: str | None, groups: tuple[str, ...]
) -> None:
    """Change a name, groups or addresses; an address that no longer counts is told."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        user = held(tx, _STAFF, get_person(tx, username).id)
        if display_name is not None or groups:
            name = user.display_name if display_name is None else display_name
            user = renamed(tx, _STAFF, user, display_name=name, groups=groups or user.groups, now=here.clock.now())
        user = Contacting(telling=_telling(here), clock=here.clock).change(
            tx,
            _STAFF,
            user,
            email=user.email if email is None else email,
            phone=user.phone if phone is None else phone,
        )
    click.echo(f"{user.username} is changed.")


@click.command()
@click.argument("username")
@click.argument("role", type=click.Choice([each.value for each in Role]))
@click.option("--take", is_flag=True, help="Take it away.")
def role(username: str, role: str, *, take: bool) -> None:
    """Give a person a role in the console, or take it away, and tell them."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        user = held(tx, _STAFF, get_person(tx, username).id)
        wanted = {*user.roles} - {role} if take else {*user.roles, role}
        user = Appointing(telling=_telling(here), clock=here.clock).assign(tx, _STAFF, user, wanted)
    click.echo(f"{user.username}: roles: {', '.join(user.roles) or 'none'}.")


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


def registering(here: Installation) -> Registering:
    """Return what the console draws with what people begin with."""
    costs = here.settings.argon2
    return Registering(
        policies=Policies(traits=installed_traits(), clock=here.clock),
        notices=Notices(telling=_telling(here)),
        clock=here.clock,
        tokens=here.tokens,
        cost=Cost(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes),
    )


def sender_of(here: Installation) -> Sender:
    """Return what puts messages into the outbox."""
    return Sender(host=urlsplit(here.settings.issuer).hostname or "", tokens=here.tokens, catalogues=read_catalogues())


def longer_password(here: Installation, tx: Tx, user_id: str) -> int:
    """Return how many characters the password must have that a person signs in with next; 0: as it is."""
    user, policies = users.get(tx, user_id), Policies(traits=installed_traits(), clock=here.clock)
    held = credentials.list_credentials(tx, user_id)
    return longer_for(user, policies.for_person(tx, user_id), held) if user is not None else 0


def _say_alone(person: User) -> None:
    with opened() as here, here.database.transaction() as tx:
        shortest = longer_password(here, tx, person.id)
    if shortest:
        click.echo(
            f"The password stands alone: who has one under {shortest} characters chooses a longer one, or sets up a"
            " second step, at the next sign-in."
        )


def _telling(here: Installation) -> Telling:
    return Telling(sender=sender_of(here), links=MailedLinks(issuer=here.settings.issuer, tokens=here.tokens))
