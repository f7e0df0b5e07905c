"""`idp user import`."""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import PurePath
from typing import Any, TextIO

import click

from idp.cli.imports.checking import Checks
from idp.cli.imports.row import Refused, rows_of
from idp.cli.imports.storing import Sorted, prepared, sort, store
from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_json, show_rows
from idp.cli.policies import live
from idp.factors.backup_code import BackupCode
from idp.factors.base import Cost
from idp.storage.errors import ConflictError


@click.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--format", "kind", type=click.Choice(["json", "csv"]), help="Of the file; told by its name otherwise.")
@click.option("--partial", is_flag=True, help="Import the rows that may be, though others are refused.")
@click.option("--check", is_flag=True, help="Only say what would be refused.")
@json_option
def import_(file: TextIO, *, kind: str | None, partial: bool, check: bool, as_json: bool) -> None:
    """Import people from FILE, a JSON object a line or CSV with a head line; `-` reads stdin.

    Everything or nothing, in one transaction: while one row is refused nobody is imported, unless --partial says so.
    """
    is_csv = kind == "csv" or (kind is None and PurePath(getattr(file, "name", "")).suffix.lower() == ".csv")
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise click.ClickException("the file is no UTF-8 text") from error
    with opened() as here:
        found = _checked(here, text, is_csv=is_csv)
        stays_out = check or (found.refused and not partial)
        imported = 0 if stays_out else _stored(here, found)
    _tell(found, imported, is_check=check, as_json=as_json)
    if found.refused:
        sys.exit(1)


def _checked(here: Installation, text: str, *, is_csv: bool) -> Sorted:
    with here.database.transaction() as tx:
        checks = Checks(bundle=live(here, tx), tokens=here.tokens, now=here.clock.now())
        return sort(tx, rows_of(text, is_csv=is_csv), checks)


def _stored(here: Installation, found: Sorted) -> int:
    costs = here.settings.argon2
    factor = BackupCode(cost=Cost(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes))
    with _bar("Preparing", len(found.arrivals)) as bar:
        arrivals = prepared(found.arrivals, factor, here.tokens, bar)
    try:
        with _bar("Importing", len(arrivals)) as bar, here.database.transaction(durable=True) as tx:
            store(tx, arrivals, now=here.clock.now(), progress=bar)
    except ConflictError as error:
        text = "somebody has taken one of the names meanwhile; nobody was imported, so run it again"
        raise click.ClickException(text) from error
    return len(arrivals)


def _bar(label: str, length: int) -> AbstractContextManager[Any]:
    return click.progressbar(length=length, label=label, file=sys.stderr)


def _tell(found: Sorted, imported: int, *, is_check: bool, as_json: bool) -> None:
    rows = _rows(found.refused)
    if as_json:
        show_json({"imported": imported, "refused": rows})
        return
    if rows:
        show_rows(rows, as_json=False, empty="")
    would = f"{len(found.arrivals)} could be imported, {len({each.line for each in found.refused})} rows are refused."
    click.echo(would if is_check else f"{imported} imported.")


def _rows(refused: Iterable[Refused]) -> list[dict[str, Any]]:
    return [{"line": each.line, "field": each.field, "reason": each.reason} for each in refused]
