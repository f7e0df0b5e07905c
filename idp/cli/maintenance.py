"""`idp maintenance`: what is done when something has gone wrong."""

import getpass
import logging
from datetime import timedelta

import click

from idp.admin.staff import COMMAND_LINE
from idp.cli import restoring
from idp.cli.installation import opened
from idp.policy.reading import duration_of
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.bundles.glass import store as glass
from idp.records.bundles.model import Glass

_LOG = logging.getLogger(__name__)
LONGEST = timedelta(hours=8)


def _span(_context: click.Context, _parameter: click.Parameter, value: str) -> timedelta:
    span = duration_of(value)
    if span is None or not timedelta(0) < span <= LONGEST:
        raise click.BadParameter("must be a span such as 30m, at most 8h")
    return span


@click.group()
def maintenance() -> None:
    """Mend what has gone wrong."""


@maintenance.command("break-glass")
@click.option("--for", "lasts", default="30m", show_default=True, callback=_span, help="How long it stays broken.")
@click.option("--reason", help="Why; it goes into the audit trail.")
@click.option("--mend", is_flag=True, help="End it before its time.")
def break_glass(lasts: timedelta, reason: str | None, *, mend: bool) -> None:
    """Let this machine's command line publish and roll back a policy past every guard, for a while.

    For when a policy has locked every administrator out. It works from a shell on this machine alone, ends by itself,
    and each use raises an alarm: an event in the audit trail and a warning in the log.
    """
    if not mend and not reason:
        raise click.UsageError("--reason is needed: say why")
    with opened() as here, here.database.transaction(durable=True) as tx:
        now = here.clock.now()
        if mend:
            is_mended = glass.mend(tx, now)
            if is_mended:
                audit.add(tx, Event(name="maintenance.break_glass.mended", at=now, details={"by": _who()}))
            click.echo("The glass is whole again." if is_mended else "The glass was not broken.")
            return
        broken = Glass(id=here.tokens.new_id(), by=_who(), reason=str(reason), broken_at=now, mends_at=now + lasts)
        glass.add(tx, broken)
        details: dict[str, str | int | bool] = {
            "by": broken.by, "reason": broken.reason, "until": broken.mends_at.isoformat(), "via": COMMAND_LINE,
        }  # fmt: skip
        audit.add(tx, Event(name="maintenance.break_glass.broken", at=now, details=details))
    _LOG.warning("maintenance.break_glass.broken by %s until %s", broken.by, broken.mends_at.isoformat())
    click.echo(
        f"Until {broken.mends_at.isoformat()} `idp policy publish` and `rollback` on this machine have no guards."
    )
    click.echo("Every use is in the audit trail. `idp maintenance break-glass --mend` ends it before.")


@maintenance.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def restored(*, yes: bool) -> None:
    """After restoring a backup: void what was issued before, so that nothing used up or ended since comes back.

    Everybody signs in again, and makes new backup codes. It may be run while the service serves, and again when it was
    interrupted.
    """
    with opened() as here:
        if not yes:
            click.confirm("Sign everybody out, and void every grant, link, ticket and list of codes?", abort=True)
        now, found = here.clock.now(), dict[str, int]()
        for kind in restoring.kinds():
            found[kind.name] = restoring.void(here.database, kind, now)
            click.echo(f"Void: {found[kind.name]} {kind.name}.")
        details: dict[str, str | int | bool] = {"by": _who(), **found}
        with here.database.transaction(durable=True) as tx:
            audit.add(tx, Event(name="maintenance.restored", at=now, details=details))
    _LOG.warning("maintenance.restored by %s", _who())
    click.echo(
        "What people and administrators changed since the backup is as it was: passwords, removed sign-in methods, "
        "suspensions, secrets of applications, retired keys. Do again what must not be undone."
    )


def _who() -> str:
    """Return the account of this machine that did it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in a container
        return "unknown"
