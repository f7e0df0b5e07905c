"""`idp session`: where people are signed in."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from idp.admin.sessions.service import Look, SessionsDesk
from idp.admin.staff import Staff
from idp.cli.installation import opened
from idp.cli.output import json_option, show_rows
from idp.cli.own_factors import installed_traits
from idp.login.policies import Policies
from idp.records.sessions.finding.model import Sort
from idp.storage.tx import Tx

_SHOWN = 100


@click.group()
def session() -> None:
    """Look after sessions: browsers in which somebody is signed in."""


@session.command("list")
@click.option("--person", default="", help="Those of one person: username, e-mail address or id.")
@click.option("--client", default="", help="Those that were used with this application: its client_id or its name.")
@click.option("--address", default="", help="Those from this address.")
@click.option("--sort", type=click.Choice([each.value for each in Sort]), default=Sort.CREATED.value, show_default=True)
@click.option("--oldest-first", "is_oldest_first", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=_SHOWN, show_default=True)
@json_option
def list_(
    person: str, client: str, address: str, sort: str, limit: int, *, is_oldest_first: bool, as_json: bool
) -> None:
    """List sessions that may still be used, those that began last first, or that were used last."""
    with _desk() as (desk, tx):
        look = Look(person=person, client=client, address=address, sort=Sort(sort), is_oldest_first=is_oldest_first)
        found = desk.search(tx, look, limit=limit)
    rows = [
        {
            "id": each.session.id,
            "username": each.user.username if each.user else "",
            "created_at": each.session.created_at,
            "seen_at": each.session.seen_at,
            "address": each.session.address,
            "clients": each.clients,
            "user_agent": each.session.user_agent,
        }
        for each in found.rows
    ]
    show_rows(rows, as_json=as_json, empty="Nobody is signed in like that.")


@session.command()
@click.argument("session_id", metavar="ID")
def end(session_id: str) -> None:
    """End the session ID, as `idp session list` names it, and what was granted in it."""
    with _desk() as (desk, tx):
        desk.end(tx, Staff(), session_id)
    click.echo("It is ended.")


@contextmanager
def _desk() -> Iterator[tuple[SessionsDesk, Tx]]:
    with opened() as here, here.database.transaction(durable=True) as tx:
        yield SessionsDesk(policies=Policies(traits=installed_traits(), clock=here.clock), clock=here.clock), tx
