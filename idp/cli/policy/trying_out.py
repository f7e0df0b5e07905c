"""`idp policy shadow` and `canary`: a version at work before it is live."""

from typing import Any

import click

from idp.admin.policies.model import Wish
from idp.admin.policies.rolling_out import Comparison, Started
from idp.cli.output import json_option, show_json
from idp.cli.policy.desk import Desk, desk
from idp.cli.policy.naming import named
from idp.cli.policy.publishing import by_option, note_option, say
from idp.policy.replay import Effect
from idp.records.bundles.model import Rollout
from idp.storage.tx import Tx


@click.group()
def shadow() -> None:
    """Compare a draft with every decision, enforcing nothing."""


@click.group()
def canary() -> None:
    """Let a draft decide for some people before it decides for all."""


@shadow.command("start")
@click.argument("bundle", metavar="BUNDLE")
@note_option
@by_option
@click.pass_context
def start_shadow(context: click.Context, /, bundle: str, *, note: str, by: str) -> None:
    """Begin to compare."""
    chosen = named(bundle)
    with desk() as here:
        with here.here.database.transaction(durable=True) as tx:
            outcome = here.rollouts.shadow(tx, _wish(here, tx, chosen, note=note, by=by))
            told = (
                f"{chosen.version[:12]} is compared with every decision; `idp policy shadow show` tells what differs."
            )
            text = told if isinstance(outcome, Started) else ""
            code = say(here, tx, outcome, text)
        context.exit(code)


@canary.command("start")
@click.argument("bundle", metavar="BUNDLE")
@click.option("--share", type=click.FloatRange(0, 100), default=0, help="Per cent of all people, always the same ones.")
@click.option("--group", default="", help="The members of a group instead.")
@note_option
@by_option
@click.pass_context
def start_canary(context: click.Context, /, bundle: str, *, share: float, group: str, note: str, by: str) -> None:
    """Begin to decide by it for some."""
    if bool(share) == bool(group):
        raise click.UsageError("give either --share or --group")
    chosen = named(bundle)
    with desk() as here:
        with here.here.database.transaction(durable=True) as tx:
            wish = _wish(here, tx, chosen, note=note, by=by)
            outcome = here.rollouts.canary(tx, wish, share=round(share * 100), audience=group)
            whom = f"the group {group}" if group else f"{share:g}% of all people"
            text = f"{chosen.version[:12]} decides for {whom}." if isinstance(outcome, Started) else ""
            code = say(here, tx, outcome, text)
        context.exit(code)


def _wish(here: Desk, tx: Tx, bundle: Any, *, note: str, by: str) -> Wish:
    return Wish(bundle=bundle, parent=here.publisher.live(tx).version, by=here.actor(tx, by), note=note)


@shadow.command("show")
@json_option
def show_shadow(*, as_json: bool) -> None:
    """Say what it would have changed since it was started."""
    with desk() as here, here.here.database.transaction(durable=True) as tx:
        found = here.rollouts.comparison(tx)
    if as_json:
        show_json(_row(found))
    elif found is None:
        click.echo("There is no shadow; `idp policy shadow start BUNDLE` starts one.")
    else:
        click.echo(f"{found.version[:12]}: {found.compared} decisions compared, {sum(found.effects.values())} differ")
        for effect, count in found.effects.most_common():
            click.echo(f"{count:>8}  {effect}")
            for (of, client), each in found.clients.most_common():
                if of == effect:
                    click.echo(f"{'':>10}{each:>8}  client {client or '(our own pages)'}")


def _row(found: Comparison | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "version": found.version,
        "compared": found.compared,
        "effects": {effect.value: found.effects[effect.value] for effect in Effect},
        "clients": [{"effect": of, "name": name, "count": count} for (of, name), count in found.clients.most_common()],
    }


@shadow.command("end")
@by_option
def end_shadow(*, by: str) -> None:
    """Compare no longer."""
    _end(Rollout.SHADOW, by)


@canary.command("end")
@by_option
def end_canary(*, by: str) -> None:
    """Let the live one decide for everybody again."""
    _end(Rollout.CANARY, by)


def _end(kind: Rollout, by: str) -> None:
    with desk() as here, here.here.database.transaction(durable=True) as tx:
        is_ended = here.rollouts.end(tx, kind, by=here.actor(tx, by))
    click.echo(f"The {kind.value} has ended." if is_ended else f"There was no {kind.value}.")
