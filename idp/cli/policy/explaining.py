"""`idp policy explain`: why a decision was what it was, or what one would be.

A decision of the past is computed again from its record by the very bundle it had. With `--who` it is one that nobody
has asked for yet: who, at which application, from where, with which proofs.
"""

from pathlib import Path
from typing import Any

import click
import msgspec

from idp.cli.installation import opened
from idp.cli.output import json_option, show_json
from idp.cli.policy.naming import loaded, named
from idp.cli.policy.supposing import supposed_decision, who_options
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.policy.engine import decide
from idp.policy.explain import explain as lines_of
from idp.policy.language import Bundle
from idp.policy.model import Decision
from idp.policy.record import restore
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.storage.tx import Tx

_MEANS = {"abandoned": ": left half-way, and so it stood when it ended"}


@click.command()
@click.argument("decision_id", required=False)
@click.option("--record", type=click.Path(path_type=Path), help="A decision record as JSON instead of one by its id.")
@click.option("--bundle", "name", metavar="BUNDLE", help="Decide by this bundle instead of the one it was decided by.")
@who_options
@json_option
def explain(
    decision_id: str | None, record: Path | None, name: str | None, *, who: str, as_json: bool, **asked: Any
) -> None:
    """Say why a decision was what it was, or what one would be: every rule, every test, and what it saw."""
    if sum((decision_id is not None, record is not None, bool(who))) != 1:
        raise click.UsageError("give one of DECISION_ID, --record FILE and --who USERNAME")
    if who:
        _show(*supposed_decision(who, name, asked), as_json=as_json)
        return
    found = _from_file(record) if record is not None else _from_database(str(decision_id))
    bundle = named(name) if name is not None else _own_bundle(found)
    facts, evidence, enrolled, now = restore(found.snapshot)
    decision = decide(bundle, facts, evidence, enrolled, now=now)
    if as_json:
        recorded = {"id": found.id, "at": found.at, "gate": found.gate, "recorded_outcome": found.outcome}
        show_json({**recorded, "bundle_version": found.bundle_version, **decision_row(decision)})
        return
    click.echo(f"decision {found.id} at {found.at.isoformat()}, by bundle {bundle.name} {bundle.version[:12]}")
    click.echo(f"recorded as {found.outcome} at the gate {found.gate}{_MEANS.get(found.outcome, '')}")
    for line in lines_of(decision):
        click.echo(line)


def _show(bundle: Bundle, decision: Decision, *, as_json: bool) -> None:
    if as_json:
        show_json({"bundle_version": bundle.version, **decision_row(decision)})
        return
    click.echo(f"by bundle {bundle.name} {bundle.version[:12]}")
    for line in lines_of(decision):
        click.echo(line)


def _from_database(decision_id: str) -> DecisionRecord:
    with opened() as here, here.database.transaction() as tx:
        record = decisions.get(tx, decision_id)
        if record is None:
            raise NotFoundError(f"there is no decision {decision_id}")
        return record


def _from_file(path: Path) -> DecisionRecord:
    try:
        return msgspec.json.decode(path.read_bytes(), type=DecisionRecord)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be read: {error.strerror}", str(path))]) from error
    except msgspec.MsgspecError as error:
        raise ConfigError([Problem(f"not a decision record: {error}", str(path))]) from error


def _own_bundle(record: DecisionRecord) -> Bundle:
    with opened() as here, here.database.transaction() as tx:
        return loaded(_stored(tx, record.bundle_version))


def _stored(tx: Tx, version: str) -> BundleVersion:
    found = bundles.get(tx, version)
    if found is None:
        raise NotFoundError(f"there is no bundle {version}")
    return found


def decision_row(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON tells it."""
    return {
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
