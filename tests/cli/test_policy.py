"""`idp policy`: exit 0 ok, 1 refused or failing, 2 usage."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from idp.cli.installation import opened
from idp.cli.policy import policy
from idp.policy.model import Demand, Facts
from idp.policy.record import snapshot
from idp.records.bundles import store as bundles
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from tests.cli.conftest import Idp
from tests.policy.kit import a_text

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(policy, arguments)


def a_record(tmp_path: Path, version: str = "0" * 64) -> Path:
    kept = snapshot(Facts(demand=Demand(client_id="bank"), interaction_id="i"), (), (), NOW)
    record = DecisionRecord(
        id="d1",
        at=NOW,
        bundle_version=version,
        gate="authorize",
        interaction_id="i",
        user_id="",
        client_id="bank",
        outcome="refuse",
        required=(),
        achieved="",
        because=(),
        reasons=(),
        snapshot=kept,
        latency_us=1,
    )
    path = tmp_path / "record.json"
    path.write_bytes(msgspec.json.encode(record))
    return path


@pytest.mark.parametrize("name", ["default", "demo", "always-mfa", "step-up-only"])
def test_shipped_bundles_lint_and_pass(name: str) -> None:
    """By name, without a database."""
    assert run("lint", name).exit_code == 0
    assert run("test", name).exit_code == 0


def test_lint_names_file_line_column_and_key(tmp_path: Path) -> None:
    """Mistakes that keep a bundle from loading are told as lint tells its own."""
    path = tmp_path / "p.yaml"
    path.write_text(a_text("{id: a, if: {user.gruops: {contains_any: [x]}}, deny: no}"))
    result = run("lint", str(path))
    assert result.exit_code == 1
    assert f"error: {path}:" in result.output
    assert "did you mean 'user.groups'?" in result.output
    found = json.loads(run("lint", str(path), "--json").output)
    assert (found["errors"][0]["column"], found["warnings"]) == (18, [])


def test_diff_says_in_words_what_changes(tmp_path: Path) -> None:
    """Stricter or looser, a sentence each; the same bundle in other words changes nothing."""
    path = tmp_path / "p.yaml"
    shipped = Path("policies/demo.yaml").read_text()
    path.write_text(shipped.replace("max_age: 5m}}\n  account", "max_age: 3m}}\n  account"))
    assert run("diff", "demo", str(path)).output == "stricter  payment.approve accepts proofs for 3m instead of 5m.\n"
    found = json.loads(run("diff", str(path), "demo", "--json").output)
    assert [(each["key"], each["direction"]) for each in found] == [("actions.payment.approve", "looser")]
    assert run("diff", "demo", "demo").output == "Nothing changes: both decide alike.\n"


def test_a_bundle_is_named_by_live_or_by_the_digits_of_its_version(ready: Idp) -> None:
    """What is in the database is compared like what is in a file."""
    with opened() as here, here.database.transaction() as tx:
        live = bundles.live(tx)
        assert live is not None
    assert ready("policy", "diff", "live", live.version[:8]).output == "Nothing changes: both decide alike.\n"
    assert ready("policy", "diff", "live", "0" * 8).exit_code == 1


def test_a_failing_test_says_what_differs(tmp_path: Path) -> None:
    """And the command fails."""
    path = tmp_path / "p.yaml"
    path.write_text(a_text(rest="tests: [{name: t, given: {}, expect: {outcome: allow}}]\n"))
    result = run("test", str(path))
    assert (result.exit_code, "FAILED  t" in result.output) == (1, True)
    assert "outcome: expected allow, got challenge" in result.output
    assert json.loads(run("test", str(path), "--json").output)[0]["passed"] is False


@pytest.mark.parametrize("arguments", [("lint", "nowhere"), ("explain",), ("explain", "d1", "--record", "x")])
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    """What is asked cannot be meant."""
    assert run(*arguments).exit_code == 2


def test_a_record_in_a_file_is_explained(tmp_path: Path) -> None:
    """The trace is computed again."""
    path = a_record(tmp_path)
    result = run("explain", "--record", str(path), "--bundle", "default")
    assert "outcome: challenge, to learn who it is" in result.output
    shown = json.loads(run("explain", "--record", str(path), "--bundle", "default", "--json").output)
    assert (shown["outcome"], shown["rules"][0]["fired"]) == ("challenge", False)


@pytest.mark.parametrize("content", [None, "{}"])
def test_what_is_no_record_is_refused(idp: Idp, tmp_path: Path, content: str | None) -> None:
    """A missing file, or something else."""
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content)
    assert idp("policy", "explain", "--record", str(path)).exit_code == 1


def test_a_decision_or_a_bundle_that_is_not_there_is_refused(ready: Idp, tmp_path: Path) -> None:
    """Nothing is guessed."""
    assert ready("policy", "explain", "d1").exit_code == 1
    assert ready("policy", "explain", "--record", str(a_record(tmp_path))).exit_code == 1


def test_a_decision_in_the_database_is_explained_by_the_bundle_it_was_decided_by(ready: Idp, tmp_path: Path) -> None:
    """Not by the one that is live now."""
    with opened() as here, here.database.transaction() as tx:
        live = bundles.live(tx)
        assert live is not None
        path = a_record(tmp_path, live.version)
        decisions.add(tx, msgspec.json.decode(path.read_bytes(), type=DecisionRecord))
    for arguments in (("d1",), ("--record", str(path))):
        result = ready("policy", "explain", *arguments)
        assert result.exit_code == 0
        assert result.output.startswith(
            f"decision d1 at 2026-03-04T00:00:00+00:00, by bundle default {live.version[:12]}"
        )
