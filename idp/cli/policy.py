"""`idp policy`: check a bundle, run its tests, and explain why a decision was what it was.

`lint` and `test` take a file, a `.bundle` folder or a shipped name and need no database. `explain` reads a
decision record and computes its trace again, with the very bundle it was decided by.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from idp.cli.installation import opened
from idp.cli.output import json_option, show_json
from idp.core.assurance import traits_table
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.policy.engine import decide
from idp.policy.explain import explain as lines_of
from idp.policy.language import Bundle
from idp.policy.lint import Findings
from idp.policy.lint import lint as findings_of
from idp.policy.loader import load_path, load_text
from idp.policy.model import Decision
from idp.policy.record import restore
from idp.policy.trial import run_tests
from idp.records.bundles import store as bundles
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.resources import shipped
from idp.storage.tx import Tx

_BUNDLE = click.argument("bundle", metavar="FILE|NAME")


@click.group()
def policy() -> None:
    """Check policies, and explain what they decided."""


@policy.command()
@_BUNDLE
@json_option
@click.pass_context
def lint(context: click.Context, bundle: str, *, as_json: bool) -> None:
    """Check a bundle: all that would stop its publication, and what is only odd."""
    path = _path(bundle)
    try:
        found = findings_of(load_path(path, traits=traits_table()))
    except ConfigError as error:
        found = Findings(errors=tuple(error.problems), warnings=())
    if as_json:
        show_json({"errors": _rows(found.errors), "warnings": _rows(found.warnings)})
    else:
        for problem in (*found.errors, *found.warnings):
            click.echo(f"{'error' if problem in found.errors else 'warning'}: {problem}")
        click.echo(f"{bundle}: {len(found.errors)} errors, {len(found.warnings)} warnings")
    context.exit(1 if found.errors else 0)


@policy.command()
@_BUNDLE
@json_option
@click.pass_context
def test(context: click.Context, bundle: str, *, as_json: bool) -> None:
    """Run the tests that a bundle carries."""
    results = run_tests(load_path(_path(bundle), traits=traits_table()))
    failed = sum(not result.is_passed for result in results)
    if as_json:
        show_json([{"name": each.name, "passed": each.is_passed, "differences": each.differences} for each in results])
    else:
        for result in results:
            click.echo(f"{'ok' if result.is_passed else 'FAILED'}  {result.name}")
            for difference in result.differences:
                click.echo(f"        {difference}")
        click.echo(f"{len(results) - failed} passed, {failed} failed")
    context.exit(1 if failed else 0)


@policy.command()
@click.argument("decision_id", required=False)
@click.option("--record", type=click.Path(path_type=Path), help="A decision record as JSON instead of one by its id.")
@click.option("--bundle", "name", metavar="FILE|NAME", help="With --record: the bundle to decide by.")
@json_option
def explain(decision_id: str | None, record: Path | None, name: str | None, *, as_json: bool) -> None:
    """Say why a decision was what it was: every rule, every test, and what it saw."""
    if (decision_id is None) == (record is None):
        raise click.UsageError("give either DECISION_ID or --record FILE")
    found, bundle = _from_file(record, name) if record is not None else _from_database(str(decision_id))
    facts, evidence, enrolled, now = restore(found.snapshot)
    decision = decide(bundle, facts, evidence, enrolled, now=now)
    if as_json:
        show_json(_decision_row(found, decision))
        return
    click.echo(f"decision {found.id} at {found.at.isoformat()}, by bundle {bundle.name} {bundle.version[:12]}")
    for line in lines_of(decision):
        click.echo(line)


def _from_database(decision_id: str) -> tuple[DecisionRecord, Bundle]:
    with opened() as here, here.database.transaction() as tx:
        record = decisions.get(tx, decision_id)
        if record is None:
            raise NotFoundError(f"there is no decision {decision_id}")
        return record, _stored_bundle(tx, record.bundle_version)


def _from_file(path: Path, name: str | None) -> tuple[DecisionRecord, Bundle]:
    """Return the record in a file; without a bundle named, the one it was decided by is looked up."""
    try:
        record = msgspec.json.decode(path.read_bytes(), type=DecisionRecord)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be read: {error.strerror}", str(path))]) from error
    except msgspec.MsgspecError as error:
        raise ConfigError([Problem(f"not a decision record: {error}", str(path))]) from error
    if name is not None:
        return record, load_path(_path(name), traits=traits_table())
    with opened() as here, here.database.transaction() as tx:
        return record, _stored_bundle(tx, record.bundle_version)


def _stored_bundle(tx: Tx, version: str) -> Bundle:
    stored = bundles.get(tx, version)
    if stored is None:
        raise NotFoundError(f"there is no bundle {version}")
    return load_text(stored.text, file=stored.name, traits=traits_table())


def _path(name: str) -> Path:
    """Return the path that is meant: a file or folder, else a shipped bundle of that name."""
    folder = shipped("policies")
    candidates = [Path(name), folder / f"{name}.yaml", folder / f"{name}.bundle"]
    found = next((path for path in candidates if path.is_file() or (path.suffix == ".bundle" and path.is_dir())), None)
    if found is None:
        raise click.UsageError(f"there is no bundle {name!r}: neither a file nor a shipped one")
    return found


def _rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {"file": each.file, "line": each.line, "column": each.column, "key": each.key, "text": each.text}
        for each in problems
    ]


def _decision_row(record: DecisionRecord, decision: Decision) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": record.at,
        "bundle_version": record.bundle_version,
        "outcome": decision.outcome.value,
        "required": decision.required,
        "assurance": decision.assurance,
        "options": decision.options,
        "because": decision.because,
        "reasons": decision.reasons,
        "reason": decision.reason,
        "error": decision.error,
        "rules": [
            {"rule": each.rule, "fired": each.fired, "in_scope": each.in_scope, "note": each.note, "tests": each.tests}
            for each in decision.trace
        ],
    }
