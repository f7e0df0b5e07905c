"""`idp policy publish`, `rollback`, `approve`: what decides from now on."""

from datetime import UTC, datetime
from typing import Any

import click

from idp.admin.policies.model import (
    Checked,
    NotYours,
    Outcome,
    Proposed,
    Published,
    Refused,
    Scheduled,
    Stale,
    Unchanged,
    Wish,
)
from idp.cli.output import json_option, show_json
from idp.cli.own_factors import installed_traits
from idp.cli.policies import starting_path
from idp.cli.policy.comparing import difference_rows, show_differences
from idp.cli.policy.desk import Desk, desk
from idp.cli.policy.naming import DRAFT, draft_named, named, stored
from idp.policy.language import Bundle
from idp.policy.loader import load_path
from idp.storage.tx import Tx

by_option = click.option("--by", default="", metavar="USERNAME", help="The administrator on whose behalf it is done.")
note_option = click.option("--note", default="", help="Why, for the audit trail.")


def _moment(_context: click.Context, _parameter: click.Parameter, value: str) -> datetime | None:
    """Return the moment; one without an offset is in UTC."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # such as the last hours of the year 9999, west of Greenwich
        raise click.BadParameter("must be a moment such as 2026-12-01T06:00+09:00") from error


@click.command()
@click.argument("bundle", metavar="BUNDLE", required=False)
@click.option("--parent", default="", metavar="VERSION", help="The version it was written for; refused if another is.")
@click.option(
    "--at", "starts_at", default="", callback=_moment, help="From when it decides, such as 2026-12-01T06:00Z."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@note_option
@by_option
@json_option
@click.pass_context
def publish(context: click.Context, /, bundle: str | None, *, as_json: bool, **asked: Any) -> None:
    """Put a bundle in force, if nothing stands against it. Without BUNDLE: the file that IDP_POLICY names."""
    with desk() as here:
        chosen = named(bundle) if bundle else load_path(starting_path(here.here.settings), traits=installed_traits())
        with here.here.database.transaction(durable=True) as tx:
            if asked["dry_run"]:
                checked = here.publisher.check(tx, chosen)
                outcome: Outcome | Checked = Refused(checked) if checked.problems else checked
            else:
                outcome = here.publisher.publish(tx, _wish(here, tx, bundle, chosen, asked))
            said = _said(here, tx, outcome)
        _show(said, outcome, as_json=as_json)
        context.exit(_code(outcome))


def _wish(here: Desk, tx: Tx, name: str | None, bundle: Bundle, asked: dict[str, Any]) -> Wish:
    if asked["parent"]:
        parent = stored(tx, asked["parent"]).version
    elif name and name.startswith(DRAFT):
        parent = draft_named(tx, name).parent
    else:
        parent = here.publisher.live(tx).version
    by = here.actor(tx, asked["by"])
    return Wish(bundle=bundle, parent=parent, by=by, note=asked["note"], starts_at=asked["starts_at"])


@click.command()
@click.argument("version", metavar="[VERSION]", default="")
@note_option
@by_option
@json_option
@click.pass_context
def rollback(context: click.Context, /, version: str, *, note: str, by: str, as_json: bool) -> None:
    """Go back to the version that was live before, or to any that ever was, at once."""
    with desk() as here:
        with here.here.database.transaction(durable=True) as tx:
            wanted = stored(tx, version).version if version else ""
            outcome = here.publisher.rollback(tx, wanted, by=here.actor(tx, by), note=note)
            said = _said(here, tx, outcome)
        _show(said, outcome, as_json=as_json)
        context.exit(_code(outcome))


@click.command()
@click.argument("proposal")
@click.option("--by", required=True, metavar="USERNAME", help="The second administrator.")
@json_option
@click.pass_context
def approve(context: click.Context, /, proposal: str, *, by: str, as_json: bool) -> None:
    """Agree with a publication that another administrator has proposed, and so publish it."""
    with desk() as here:
        with here.here.database.transaction(durable=True) as tx:
            outcome = here.publisher.approve(tx, proposal, by=here.actor(tx, by))
            said = _said(here, tx, outcome)
        _show(said, outcome, as_json=as_json)
        context.exit(_code(outcome))


def say(here: Desk, tx: Tx, outcome: Any, text: str) -> int:
    """Print what came of it, and return the exit code; `text` is said where it went well in a way of its own."""
    _show(text or _said(here, tx, outcome), outcome, as_json=False)
    return _code(outcome)


def _code(outcome: Outcome | Checked) -> int:
    return 1 if isinstance(outcome, Refused | Stale | NotYours) else 0


def _said(here: Desk, tx: Tx, outcome: Outcome | Checked) -> str:
    """Return the last line: what has happened."""
    match outcome:
        case Published(version=version, replaced=replaced):
            return f"Live is {version[:12]}, in the place of {replaced[:12]}. `idp policy rollback` takes it back."
        case Scheduled(version=version, at=at):
            return f"{version[:12]} will be live from {at.isoformat()}."
        case Proposed(proposal=proposal):
            return f"A second administrator must agree: idp policy approve {proposal} --by USERNAME"
        case Refused():
            return "Refused: nothing has changed."
        case Stale(live=live, by=by, at=at):
            when = f" by {here.name_of(tx, by)} at {at.isoformat()}" if at is not None else ""
            return f"Somebody has published since: live is {live[:12]}{when}. Look at it, then publish again."
        case Unchanged(version=version):
            return f"{version[:12]} is live already."
        case NotYours():
            return "Refused: who agrees must be another administrator than who proposed it."
        case _:
            return "Nothing stands against it."


def _show(said: str, outcome: Outcome | Checked, *, as_json: bool) -> None:
    checked = outcome if isinstance(outcome, Checked) else getattr(outcome, "checked", None)
    if as_json:
        kind = "checked" if isinstance(outcome, Checked) else type(outcome).__name__.lower()
        show_json({"outcome": kind, "said": said, **(_row(checked) if checked is not None else {})})
        return
    if checked is not None:
        _show_checked(checked)
    click.echo(said)


def _show_checked(checked: Checked) -> None:
    show_differences(checked.changes)
    census = checked.census
    if census.people:
        click.echo(
            f"people: {census.people}; could not meet it with what they have: {census.unmet} "
            f"(today {census.unmet_now}), of whom may set something up while signing in: {census.must_enrol}"
        )
    if census.examples:
        click.echo(f"among those who could until now: {', '.join(census.examples)}")
    if census.administrators:
        click.echo(f"administrators who could publish again: {census.able} of {census.administrators}")
    for problem in (*checked.problems, *checked.warnings):
        click.echo(f"{'error' if problem in checked.problems else 'warning'}: {problem}")


def _row(checked: Checked) -> dict[str, Any]:
    return {
        "problems": [str(problem) for problem in checked.problems],
        "warnings": [str(problem) for problem in checked.warnings],
        "changes": difference_rows(checked.changes),
        "people": checked.census,
    }
