"""`idp policy diff`: what one bundle changes of another, a sentence a change."""

from collections.abc import Iterable

import click

from idp.cli.output import json_option, show_json
from idp.cli.policy.naming import named
from idp.policy.differences.compare import differences
from idp.policy.differences.model import Difference


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff(before: str, after: str, *, as_json: bool) -> None:
    """Say in plain words what B changes of A, and whether that is stricter or looser."""
    show_differences(differences(named(before), named(after)), as_json=as_json)


def show_differences(found: Iterable[Difference], *, as_json: bool = False) -> None:
    """Print changes."""
    rows = difference_rows(found)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['direction']:<8}  {row['text']}")
    if not rows:
        click.echo("Nothing changes: both decide alike.")


def difference_rows(found: Iterable[Difference]) -> list[dict[str, str]]:
    """Return changes as JSON tells them."""
    return [{"key": each.key, "direction": each.direction.value, "text": str(each.sentence)} for each in found]
