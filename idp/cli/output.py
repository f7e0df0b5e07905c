"""How listings are shown: a table for people, JSON for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

import click
import msgspec

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def show_json(value: Any) -> None:
    """Print one JSON document, with members in the order they were given."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print a listing; `empty` is what people are told when there is nothing in it."""
    if as_json:
        show_json(rows)
    elif not rows:
        click.echo(empty)
    else:
        _table([list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)])


def show_one(members: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing, a line a member."""
    if as_json:
        show_json(members)
        return
    width = max(len(name) for name in members)
    for name, value in members.items():
        click.echo(f"{name.ljust(width)}  {_cell(value)}".rstrip())


def _table(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return " ".join(_cell(part) for part in value) or "-"
        case dict():
            return ":".join(_cell(part) for part in value.values() if part)
        case _:
            return str(value) or "-"
