"""`idp outbox`: what is to be sent, what was, and what was given up. Texts are never shown: they hold codes."""

import signal
import threading

import click

from idp.admin.delivery.service import DeliveryDesk
from idp.admin.staff import Staff
from idp.cli.couriers import carriers_of, workers_of
from idp.cli.helping import sender_of
from idp.cli.installation import Installation, opened
from idp.cli.key_modules import ring_of
from idp.cli.output import json_option, show_rows
from idp.cli.own_factors import installed_traits
from idp.delivery.background import Background
from idp.login.policies import Policies
from idp.records.delivery import store
from idp.records.delivery.model import State

_SHOWN = 100


@click.group()
def outbox() -> None:
    """Look after the messages to people, and to applications of sign-outs."""


@outbox.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only those.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=_SHOWN, show_default=True)
@json_option
def list_(state: str | None, limit: int, *, as_json: bool) -> None:
    """List messages, newest first."""
    with opened() as here, here.database.transaction() as tx:
        found = store.list_messages(tx, limit=limit, state=State(state) if state else None)
    rows = [
        {
            "id": message.id,
            "state": message.state.value,
            "channel": message.channel,
            "purpose": message.purpose,
            "to": message.to,
            "created_at": message.created_at,
            "attempts": message.attempts,
            "due_at": message.due_at,
            "sent_at": message.sent_at,
            "reason": message.reason,
        }
        for message in found
    ]
    show_rows(rows, as_json=as_json, empty="There are no such messages.")


@outbox.command()
@click.argument("message_id", metavar="ID")
def retry(message_id: str) -> None:
    """Try the message ID again that was given up. Notices and sign-outs can be: a code is of no use later."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        _settled(is_done=_desk(here).retry(tx, Staff(), message_id))
    click.echo("It is tried again at once.")


@outbox.command("let-go")
@click.argument("message_id", metavar="ID")
def let_go(message_id: str) -> None:
    """Erase the text of the message ID that was given up: nobody can try it again."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        _settled(is_done=_desk(here).let_go(tx, Staff(), message_id))
    click.echo("Its text is erased.")


@outbox.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
def work(*, once: bool) -> None:
    """Send what is due, until SIGTERM or Ctrl-C. `idp serve` does so by itself; this is for a process of its own."""
    with opened() as here:
        found = carriers_of(here.settings, database=here.database, clock=here.clock)
        if not found:
            raise click.ClickException("no gateway is set: IDP_SMTP_URL, IDP_SMS_URL, IDP_PUSH_SERVICES")
        background = Background(
            workers_of(
                found,
                here.settings,
                keys=ring_of(here.settings, here.clock),
                database=here.database,
                clock=here.clock,
                tokens=here.tokens,
            )
        )
        if once:
            click.echo(f"Messages tried: {background.work()}.")
        else:
            _until_told(background)


def _desk(here: Installation) -> DeliveryDesk:
    """Return what the console looks after messages with; nothing is tested from here."""
    policies = Policies(traits=installed_traits(), clock=here.clock)
    return DeliveryDesk(gateways={}, sender=sender_of(here), policies=policies, clock=here.clock)


def _settled(*, is_done: bool) -> None:
    if not is_done:
        raise click.ClickException("it was not given up, or its text is erased")


def _until_told(background: Background) -> None:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    background.start()
    told.wait()
    background.stop()
