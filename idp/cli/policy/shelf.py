"""`idp policy export`, `import`, `status`, `history`: what there is, and how it travels as text.

Text is kept as it was written, comments and order included, so that what was exported and imported again is the same
file.
"""

import sys
from pathlib import Path
from typing import Any

import click

from idp.cli.output import json_option, show_json, show_rows
from idp.cli.own_factors import installed_traits
from idp.cli.policy.comparing import difference_rows
from idp.cli.policy.desk import Desk, desk
from idp.cli.policy.naming import named
from idp.policy.loader import load_path
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.glass import store as glass
from idp.records.bundles.model import Draft, Trial
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.bundles.rollouts import store as rollouts
from idp.storage.tx import Tx

_MOST = 100


@click.command()
@click.argument("bundle", metavar="BUNDLE", default="live")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
def export(bundle: str, output: Path | None) -> None:
    """Print a bundle as it was written, comments and all."""
    text = named(bundle).text
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"Written to {output}.", err=True)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--by", default="", metavar="USERNAME", help="The administrator on whose behalf it is done.")
@json_option
def import_(file: Path, *, by: str, as_json: bool) -> None:
    """Keep a bundle as a draft, checked as everywhere else: what does not load is refused."""
    bundle = load_path(file, traits=installed_traits())
    with desk() as here, here.here.database.transaction(durable=True) as tx:
        now, who = here.here.clock.now(), here.actor(tx, by)
        draft = Draft(
            id=here.here.tokens.new_id(),
            name=bundle.name,
            text=bundle.text,
            parent=here.publisher.live(tx).version,
            by=who,
            created_at=now,
            edited_at=now,
        )
        drafts.add(tx, draft)
        audit.add(tx, Event(name="policy.imported", at=now, details={"draft": draft.id, "by": who}))
    if as_json:
        show_json({"draft": draft.id, "version": bundle.version, "parent": draft.parent})
    else:
        click.echo(f"Kept as draft:{draft.id}; `idp policy publish draft:{draft.id}` puts it in force.")


@click.command()
@json_option
@click.pass_context
def status(context: click.Context, /, *, as_json: bool) -> None:
    """Say what decides now, what runs beside it, what waits, and what a file that is the truth would change."""
    with desk() as here, here.here.database.transaction(durable=True) as tx:
        row = _status(here, tx)
    drift = row["drift"]
    if as_json:
        show_json(row)
    else:
        _show_status(row)
    context.exit(1 if drift else 0)


def _status(here: Desk, tx: Tx) -> dict[str, Any]:
    live, now = here.publisher.live(tx), here.here.clock.now()
    last = next((each for each in publications.list_publications(tx, limit=1)), None)
    drift = here.publisher.drift(tx)
    broken = glass.get_broken(tx, now)
    return {
        "live": live.version,
        "name": live.name,
        "since": last.at if last is not None else None,
        "by": here.name_of(tx, last.by) if last is not None else "",
        "serving": here.policies.live(tx).version,
        "beside": [_trial_row(here, tx, each) for each in rollouts.list_rollouts(tx) if each.parent == live.version],
        "proposals": [
            {"id": each.id, "version": each.version, "by": here.name_of(tx, each.by), "at": each.at, "note": each.note}
            for each in proposals.list_open(tx, limit=_MOST)
        ],
        "drafts": [
            {"id": each.id, "name": each.name, "by": here.name_of(tx, each.by), "edited_at": each.edited_at}
            for each in drafts.list_drafts(tx, limit=_MOST)
        ],
        "source": here.here.settings.policy_source,
        "drift": [] if drift is None else [*map(str, drift.problems), *difference_rows(drift.changes)],
        "glass_broken_until": broken.mends_at if broken is not None else None,
    }


def _trial_row(here: Desk, tx: Tx, trial: Trial) -> dict[str, Any]:
    return {
        "kind": trial.kind.value,
        "version": trial.version,
        "at": trial.at,
        "share": trial.share / 100,
        "group": trial.audience,
        "by": here.name_of(tx, trial.by),
    }


def _show_status(row: dict[str, Any]) -> None:
    since = f", since {row['since'].isoformat()} by {row['by']}" if row["since"] else ""
    click.echo(f"live       {row['name']} {row['live'][:12]}{since}")
    if row["serving"] != row["live"]:
        click.echo(f"serving    {row['serving'][:12]}: the live one does not load")
    for each in row["beside"]:
        whom = f" for {each['group'] or format(each['share'], 'g') + '%'}" if each["kind"] == "canary" else ""
        click.echo(f"{each['kind']:<9}  {each['version'][:12]}{whom}, {each['at'].isoformat()}, by {each['by']}")
    for each in row["proposals"]:
        click.echo(f"proposal   {each['id']}: {each['version'][:12]} by {each['by']} {each['note']}".rstrip())
    for each in row["drafts"]:
        click.echo(f"draft      draft:{each['id']} {each['name']}, by {each['by']}, {each['edited_at'].isoformat()}")
    for each in row["drift"]:
        told = each if isinstance(each, str) else f"{each['direction']}: {each['text']}"
        click.echo(f"drift      the file would change: {told}")
    if row["glass_broken_until"]:
        click.echo(f"GLASS      is broken until {row['glass_broken_until'].isoformat()}: publishing has no guards")


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
def history(limit: int, *, as_json: bool) -> None:
    """List what was live when, newest first."""
    with desk() as here, here.here.database.transaction(durable=True) as tx:
        here.publisher.live(tx)
        rows = [
            {
                "at": each.at,
                "version": each.version if as_json else each.version[:12],
                "replaced": each.replaced if as_json else each.replaced[:12],
                "change": each.change.value,
                "by": here.name_of(tx, each.by),
                "approved_by": here.name_of(tx, each.approved_by) if each.approved_by else "",
                "note": each.note,
            }
            for each in publications.list_publications(tx, limit=limit)
        ]
    show_rows(rows, as_json=as_json, empty="The first policy is still the live one.")
