"""`idp secrets`: what is sealed under `IDP_SECRET_KEYS`, and moving it from an old key to the newest (F11)."""

import sys
from dataclasses import dataclass

import click

from idp.cli.installation import Installation, opened
from idp.cli.output import json_option, show_rows
from idp.core.errors import BusyError
from idp.core.secrets import UnsealError
from idp.migrations.tables import all_tables
from idp.records.audit.seals import service as seals
from idp.storage.resealing import Census, Older, SealedValues, sealed_values
from idp.storage.tx import Tx

BATCH = 200
"""Values read at once; each is written by itself."""
TRAIL = "audit_seals.mac"
"""Not sealed but signed: the seals of the audit trail hang on the keys too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """How much of one thing hangs on which keys."""

    where: str
    lasts: bool
    newest: int
    older: int
    lost: int


@dataclass(slots=True)
class Resealed:
    """What came of the values of one column."""

    name: str
    renewed: int = 0
    lost: int = 0
    """No key of the ring opens these."""
    busy: int = 0
    """Somebody else held these for too long."""


@click.group()
def secrets() -> None:
    """Look after what is sealed under IDP_SECRET_KEYS."""


@secrets.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List what is sealed where, and how much of it still hangs on an old key; no value is shown."""
    with opened() as here, here.database.transaction() as tx:
        rows = [
            {"where": each.where, "newest": each.newest, "older": each.older, "lost": each.lost} for each in census(tx)
        ]
    show_rows(rows, as_json=as_json, empty="")


@secrets.command()
@json_option
def reseal(*, as_json: bool) -> None:
    """Seal anew under the newest key whatever an older one sealed; then the older ones can be taken away.

    It may run beside traffic and be stopped at any moment: run again, it goes on where it was.
    """
    with opened() as here:
        found = [_column(here, values) for values in sealed_values(all_tables())]
        found.append(_trail(here))
    rows = [
        {"where": each.name, "resealed": each.renewed, "lost": each.lost, "busy": each.busy}
        for each in found
        if as_json or each.renewed or each.lost or each.busy
    ]
    show_rows(rows, as_json=as_json, empty="Everything is sealed under the newest key already.")
    if any(each.lost or each.busy for each in found):
        click.echo(
            "Lost: no key of IDP_SECRET_KEYS opens these; put the one that does back. Busy: run it again.", err=True
        )
        sys.exit(1)


def census(tx: Tx) -> tuple[Hanging, ...]:
    """Return for everything that hangs on the keys how much of it is under the newest, an older one, or none."""
    return (*(_hanging(values, values.count(tx)) for values in sealed_values(all_tables())), _signed(tx))


def _hanging(values: SealedValues, found: Census) -> Hanging:
    return Hanging(where=values.name, lasts=values.lasts, newest=found.newest, older=found.older, lost=found.lost)


def _signed(tx: Tx) -> Hanging:
    newest, older, lost = seals.count_macs(tx)
    return Hanging(where=TRAIL, lasts=True, newest=newest, older=older, lost=lost)


def _column(here: Installation, values: SealedValues) -> Resealed:
    """Reseal the values of one column."""
    with here.database.transaction() as tx:
        found = values.count(tx)
    told, after = Resealed(values.name), None
    with click.progressbar(length=found.older + found.lost, label=values.name, file=sys.stderr) as bar:
        while True:
            with here.database.transaction() as tx:
                older = values.list_older(tx, after=after, limit=BATCH)
            if not older:
                return told
            for each in older:
                _one(here, values, each, told)
            after = older[-1].key
            bar.update(len(older))


def _one(here: Installation, values: SealedValues, value: Older, told: Resealed) -> None:
    try:
        with here.database.transaction(durable=True) as tx:
            told.renewed += values.renew(tx, value)
    except UnsealError:
        told.lost += 1
    except BusyError:
        told.busy += 1


def _trail(here: Installation) -> Resealed:
    """Sign the seals of the audit trail anew; those that no key signed are for `idp audit verify` to tell."""
    told, after = Resealed(TRAIL), 0
    while True:
        with here.database.transaction(durable=True) as tx:
            last, changed = seals.resign(tx, after=after)
        if last is None:
            return told
        told.renewed, after = told.renewed + changed, last
