"""`idp risk`: measure the risk model on a login history, and say why a sign-in got the score it got."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click

from idp.cli.evaluation.explaining import lines_of as assessment_lines
from idp.cli.evaluation.explaining import members_of as assessment_members
from idp.cli.evaluation.figures import BUDGETS, figures_of
from idp.cli.evaluation.models import Chance, Model, Ours, Published
from idp.cli.evaluation.replay import ATTACKERS, SPLITS, replay
from idp.cli.evaluation.report import as_json as members_of
from idp.cli.evaluation.report import lines
from idp.cli.evaluation.rows import read_rows
from idp.cli.installation import opened
from idp.cli.output import json_option, show_json
from idp.core.errors import NotFoundError
from idp.records.risks import store as risks

_TOLD_EVERY = 50_000


@click.group()
def risk() -> None:
    """Measure and explain the risk score."""


@risk.command()
@click.argument("dataset", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", type=click.Choice(["ours", "freeman", "chance"]), default="ours", show_default=True)
@click.option("--budget", type=click.FloatRange(0, 100), multiple=True, help="Percent of sign-ins that may be asked.")
@click.option("--attackers", default=",".join(ATTACKERS), show_default=True, help="Which to simulate.")
@click.option("--split", type=click.Choice(SPLITS), default="all", show_default=True, help="Whose figures are shown.")
@click.option("--without-cookie", is_flag=True, help="Blank the column of device cookies.")
@click.option(
    "--keep-days", type=click.IntRange(1, 3650), default=180, show_default=True, help="How long is remembered."
)
@json_option
def evaluate(
    dataset: Path,
    *,
    model: str,
    budget: tuple[float, ...],
    attackers: str,
    split: str,
    without_cookie: bool,
    keep_days: int,
    as_json: bool,
) -> None:
    """Replay DATASET in order, scoring each sign-in before learning it, against simulated attackers.

    DATASET has the columns of the public data set of Wiefling et al. (CC BY 4.0, zenodo.org/records/6782156), plain or
    gzipped; a column "Device Cookie" is used where there is one.
    """
    kinds = [kind.strip() for kind in attackers.split(",")]
    unknown = [kind for kind in kinds if kind not in ATTACKERS]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: known are {', '.join(ATTACKERS)}", param_hint="--attackers")
    measured = _model(model, timedelta(days=keep_days))
    rows = read_rows(dataset, with_cookie=not without_cookie)
    found = replay(rows, measured, attackers=kinds, split=split, progress=_progress())
    figures = figures_of(found, measured.nanoseconds, sorted({*BUDGETS, *budget}))
    if as_json:
        show_json(members_of(figures))
        return
    for line in lines(figures):
        click.echo(line)


def _model(name: str, keep: timedelta) -> Model:
    match name:
        case "freeman":
            return Published()
        case "chance":
            return Chance()
        case _:
            return Ours(keep=keep)


def _progress() -> Callable[[int], None]:
    def tell(rows: int) -> None:
        if rows % _TOLD_EVERY == 0:
            click.echo(f"{rows} rows", err=True)

    return tell


@risk.command()
@click.argument("decision_id")
@json_option
def explain(decision_id: str, *, as_json: bool) -> None:
    """Say why a sign-in got its score: every term in words, the rules beside it, and the two sign-ins compared."""
    with opened() as here, here.database.transaction() as tx:
        kept = risks.get(tx, decision_id)
    if kept is None:
        raise NotFoundError(f"there is no assessment of a decision {decision_id}")
    if as_json:
        show_json(assessment_members(kept))
        return
    for line in assessment_lines(kept):
        click.echo(line)
