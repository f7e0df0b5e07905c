"""`idp webhook`: whom we tell of events."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from idp.admin.staff import Staff
from idp.admin.webhooks.service import WebhooksDesk, Wish
from idp.cli.installation import opened
from idp.cli.output import json_option, show_json, show_rows
from idp.core.errors import NotFoundError
from idp.delivery.outside import is_here
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as messages
from idp.records.delivery.model import State
from idp.storage.tx import Tx

_STAFF = Staff()
webhook_argument = click.argument("webhook_id", metavar="ID")


@click.group()
def webhook() -> None:
    """Look after webhooks: addresses that are told of events, signed (Standard Webhooks)."""


@webhook.command()
@click.argument("url")
@click.option("--event", "events", multiple=True, help="Such as policy.published or challenge.*; none: all.")
@click.option("--description", default="")
@json_option
def add(url: str, *, events: tuple[str, ...], description: str, as_json: bool) -> None:
    """Tell URL of events from now on, and print the secret that signs them, this once."""
    with _desk() as (desk, tx):
        made = desk.add(tx, _STAFF, Wish(url=url, events=events, description=description))
    if as_json:
        show_json({"id": made.webhook.id, "secret": made.secret})
        return
    click.echo(f"Webhook {made.webhook.id}. Its secret, shown this once: {made.secret}")


@webhook.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List webhooks."""
    with _desk() as (_, tx):
        found = hooks.list_webhooks(tx)
    rows = [
        {
            "id": each.id,
            "url": each.url,
            "events": each.events,
            "disabled_at": each.disabled_at,
            "failures": each.failures,
            "rests_until": each.rests_until,
        }
        for each in found
    ]
    show_rows(rows, as_json=as_json, empty="There are no webhooks; `idp webhook add` makes one.")


@webhook.command()
@webhook_argument
@click.option("--undo", is_flag=True, help="Go on; what was sealed meanwhile is told.")
def disable(webhook_id: str, *, undo: bool) -> None:
    """Tell a webhook nothing for now."""
    with _desk() as (desk, tx):
        found = desk.found(tx, webhook_id)
        wish = Wish(url=found.url, description=found.description, events=found.events)
        desk.change(tx, _STAFF, found, wish, is_disabled=not undo)
    click.echo("It is told again." if undo else "It is told nothing.")


@webhook.command("rotate-secret")
@webhook_argument
def rotate_secret(webhook_id: str) -> None:
    """Make a new secret, and print it this once; for a day messages are signed with both."""
    with _desk() as (desk, tx):
        made = desk.rotate(tx, _STAFF, desk.found(tx, webhook_id))
    click.echo(made.secret)


@webhook.command()
@webhook_argument
def remove(webhook_id: str) -> None:
    """Take a webhook away, with what is on its way to it."""
    with _desk() as (desk, tx):
        desk.remove(tx, _STAFF, desk.found(tx, webhook_id))
    click.echo("It is gone.")


@webhook.command()
@webhook_argument
def test(webhook_id: str) -> None:
    """Put a test on its way; whatever serves sends it within a second."""
    with _desk() as (desk, tx):
        message = desk.test(tx, _STAFF, desk.found(tx, webhook_id))
    click.echo(message.id)


@webhook.command("messages")
@webhook_argument
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only those.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def messages_(webhook_id: str, *, state: str | None, limit: int, as_json: bool) -> None:
    """List what is or was on its way to a webhook, newest first."""
    with _desk() as (desk, tx):
        found = messages.list_messages(
            tx, desk.found(tx, webhook_id).id, limit=limit, state=State(state) if state else None
        )
    rows = [
        {
            "id": each.id,
            "event": each.name,
            "state": each.state.value,
            "created_at": each.created_at,
            "attempts": each.attempts,
            "due_at": each.due_at,
            "reason": each.reason,
        }
        for each in found
    ]
    show_rows(rows, as_json=as_json, empty="There are no such messages.")


@webhook.command()
@webhook_argument
@click.argument("message_id", metavar="MESSAGE")
def retry(webhook_id: str, message_id: str) -> None:
    """Try a message again that was given up."""
    with _desk() as (desk, tx):
        if not desk.retry(tx, _STAFF, desk.found(tx, webhook_id), message_id):
            raise NotFoundError("there is no such message that was given up")
    click.echo("It is tried again at once.")


@contextmanager
def _desk() -> Iterator[tuple[WebhooksDesk, Tx]]:
    with opened() as here, here.database.transaction(durable=True) as tx:
        yield WebhooksDesk(clock=here.clock, tokens=here.tokens, may_be_here=is_here(here.settings.issuer)), tx
