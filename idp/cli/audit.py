"""`idp audit`: the trail of what happened, taken away as a file, and checked against its seals."""

from time import sleep
from typing import Any

import click
import msgspec

from idp.admin.audit import following, service
from idp.admin.audit.service import Filter
from idp.cli.installation import opened
from idp.cli.output import json_option, show_json
from idp.records.audit.seals import service as seals
from idp.records.audit.seals.model import Verdict

_AT_ONCE = 500
_PAUSE = 1.0
"""Seconds between two looks; events are sealed about as often."""


@click.group()
def audit() -> None:
    """Look after the audit trail."""


@audit.command()
@click.option("--format", "form", type=click.Choice(("jsonl", "csv")), default="jsonl", show_default=True)
@click.option("--name", default="", help="Only events whose name contains this, such as `session.`.")
@click.option("--person", default="", help="Only events about the person with this id.")
@click.option("--client", default="", help="Only events at the application with this client_id.")
def export(form: str, name: str, person: str, client: str) -> None:
    """Print events, newest first, as JSON lines or CSV."""
    wanted = Filter(name=name, user_id=person, client_id=client)
    with opened() as here, here.database.transaction() as tx:
        found = service.pages(tx, wanted)
        for piece in service.as_csv(found) if form == "csv" else service.as_json_lines(found):
            click.echo(piece, nl=False)


@audit.command()
@click.option("--after", type=click.IntRange(0), default=0, help="The seal that was read last; 0: from the beginning.")
@click.option("--once", is_flag=True, help="Print what is sealed by now, and end.")
def follow(after: int, *, once: bool) -> None:
    """Print sealed events as JSON lines, oldest first, and whatever is sealed from then on, until Ctrl-C.

    Each line has its `seal`: whoever remembers the last one and says it as --after misses nothing.
    """
    with opened() as here:
        while True:
            with here.database.transaction() as tx:
                found = [*following.lines(tx, after=after, limit=_AT_ONCE)]
            for line in found:
                click.echo(line, nl=False)
            if found:
                after = msgspec.json.decode(found[-1], type=dict[str, Any])["seal"]
            elif once:
                return
            else:
                sleep(_PAUSE)


@audit.command()
@click.option(
    "--since",
    "anchor",
    metavar="NUMBER:LINK",
    callback=lambda _context, _parameter, value: _anchor(value),
    help="A seal that was written down before: checks that the chain still contains it.",
)
@json_option
def verify(anchor: tuple[int, str], *, as_json: bool) -> None:
    """Check that nothing in the trail was changed, taken out or put in; exit 1 when something was."""
    with opened() as here:
        with here.database.transaction() as tx:
            while seals.seal(tx):
                pass
        with here.database.transaction() as tx:
            found = seals.verify(tx, number=anchor[0], link=anchor[1])
    _show(found, as_json=as_json)
    if found.broken is not None:
        raise click.exceptions.Exit(1)


def _show(found: Verdict, *, as_json: bool) -> None:
    newest = f"{found.last.number}:{found.last.link}" if found.last else ""
    if as_json:
        broken = {"number": found.broken.number, "why": found.broken.why} if found.broken else None
        show_json({"sealed": found.sealed, "unsealed": found.unsealed, "last": newest, "broken": broken})
    elif found.broken is not None:
        click.echo(f"Broken: the seal {found.broken.number} {found.broken.why}. {found.sealed} seals before it hold.")
    else:
        click.echo(f"Nothing was changed: {found.sealed} events hold. The newest seal, to be kept elsewhere:")
        click.echo(newest or "(none yet)")


def _anchor(value: str | None) -> tuple[int, str]:
    if not value:
        return 0, ""
    number, _, link = value.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 18 and int(number) > 0 and len(link) == 64):
        raise click.BadParameter("must be NUMBER:LINK as `idp audit verify` printed it")
    return int(number), link
