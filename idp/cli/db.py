"""`idp db`: the tables."""

import click

from idp import migrations
from idp.cli.installation import opened
from idp.cli.output import json_option, show_rows


@click.group()
def db() -> None:
    """Look after the database's tables."""


@db.command()
def upgrade() -> None:
    """Bring the tables to what this version needs; nothing happens when they are there already."""
    with opened(any_schema=True) as here:
        migrations.upgrade(here.database)
    click.echo("The tables are those of this version.")


@db.command()
@json_option
def check(*, as_json: bool) -> None:
    """Tell how the tables differ from what this version needs; exit 1 when they do."""
    with opened(any_schema=True) as here:
        differences = migrations.check(here.database)
    rows = [{"difference": difference} for difference in differences]
    show_rows(rows, as_json=as_json, empty="The tables are those of this version.")
    if differences:
        raise click.exceptions.Exit(1)
