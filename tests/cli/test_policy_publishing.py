"""`idp policy publish`, `rollback`, `approve`, `export`, `import`, `status`, `history`; breaking the glass."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from idp.cli.installation import opened
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.risks import store as risks
from tests.admin.kit import DEFAULT, HARDWARE, SECOND, SHORTER, bundle_of
from tests.cli.conftest import Idp
from tests.policy.histories import a_history
from tests.support.builders import an_assessment


@pytest.fixture
def shorter(tmp_path: Path) -> str:
    path = tmp_path / "shorter.yaml"
    path.write_text("# why: audit\n" + SHORTER)
    return str(path)


def test_a_bundle_is_published_looked_at_and_taken_back(ready: Idp, shorter: str) -> None:
    """The afternoon of an administrator."""
    dry = ready("policy", "publish", shorter, "--dry-run")
    assert "stricter  payment.approve accepts proofs for 3m instead of 5m." in dry.output
    assert dry.output.endswith("Nothing stands against it.\n")
    assert ready("policy", "status").output.startswith("live       default ")
    assert "Live is" in ready("policy", "publish", shorter, "--note", "audit").output
    assert ready("policy", "export").output == Path(shorter).read_text()
    (row,) = json.loads(ready("policy", "history", "--json").output)
    assert (row["change"], row["by"], row["note"]) == ("published", "command line", "audit")
    assert "is live already" in ready("policy", "publish", shorter).output
    assert "Live is" in ready("policy", "rollback").output
    assert ready("policy", "export").output == DEFAULT
    assert len(ready("policy", "history").output.splitlines()) == 3


def test_a_refused_bundle_says_why_and_fails(ready: Idp, tmp_path: Path) -> None:
    """With file, line and column."""
    path = tmp_path / "bad.yaml"
    path.write_text(SHORTER.replace("max_age: 3m, options", "max_age: 5m, options"))
    result = ready("policy", "publish", str(path))
    assert result.exit_code == 1
    assert f"error: {path}:" in result.output
    assert result.output.endswith("Refused: nothing has changed.\n")
    found = json.loads(ready("policy", "publish", str(path), "--dry-run", "--json").output)
    assert (found["outcome"], found["people"]["people"]) == ("refused", 0)


@pytest.mark.parametrize(
    ("change", "reason", "concerned"),
    [
        (("rules:\n", "rules:\n  - {id: all, require: {acr: phrh}}\n"), "nothing can satisfy it", 1),
        (("max_age: 3m, options", "max_age: 5m, options"), "the test fails", 0),
    ],
    ids=["nothing can satisfy it", "its test fails"],
)
def test_what_cannot_hold_is_refused_with_whom_it_concerns(
    ready: Idp, tmp_path: Path, change: tuple[str, str], reason: str, concerned: int
) -> None:
    """Why, and of how many people; what was live stays so."""
    ready("user", "add", "ann", "--email", "ann@example.com", "--generate-password")
    path = tmp_path / "bad.yaml"
    path.write_text(SHORTER.replace(*change, 1))
    result = ready("policy", "publish", str(path))
    assert result.exit_code == 1
    assert reason in result.output
    assert f"people: 1; could not meet it with what they have: {concerned} " in result.output
    assert ready("policy", "export").output == DEFAULT


def test_a_stale_bundle_is_told_of(ready: Idp, shorter: str) -> None:
    """What it was written for is no longer live."""
    before = json.loads(ready("policy", "status", "--json").output)["live"]
    ready("policy", "publish", shorter)
    result = ready("policy", "publish", "demo", "--parent", before)
    assert (result.exit_code, "Somebody has published since" in result.output) == (1, True)


def test_what_is_exported_and_imported_again_is_the_same_file(ready: Idp, shorter: str, tmp_path: Path) -> None:
    """Comments and order included."""
    kept = json.loads(ready("policy", "import", shorter, "--json").output)
    assert f"draft:{kept['draft']}" in ready("policy", "status").output
    file = tmp_path / "out.yaml"
    assert ready("policy", "export", f"draft:{kept['draft']}", "-o", str(file)).exit_code == 0
    assert file.read_bytes() == Path(shorter).read_bytes()
    assert "Live is" in ready("policy", "publish", f"draft:{kept['draft']}").output
    assert "publish draft:" in ready("policy", "import", shorter).output
    assert ready("policy", "export", "draft:none").exit_code == 1


def test_a_schedule_is_shown(ready: Idp, shorter: str) -> None:
    """From when which version decides; a moment without an offset is in UTC."""
    result = ready("policy", "publish", shorter, "--at", "2999-01-01T06:00")
    assert "will be live from 2999-01-01T06:00:00+00:00" in result.output
    assert "scheduled  " in ready("policy", "status").output
    for moment in ("soon", "9999-12-31T23:59:59-14:00"):
        assert ready("policy", "publish", shorter, "--at", moment).exit_code == 2


def test_two_administrators_agree(ready: Idp, tmp_path: Path, shorter: str) -> None:
    """Both are named, and both must be administrators."""
    for name in ("root", "ruth", "ann"):
        role = [] if name == "ann" else ["--role", "owner"]
        ready("user", "add", name, "--email", f"{name}@example.com", "--generate-password", *role)
    path = tmp_path / "second.yaml"
    path.write_text(SECOND)
    assert "administrators who could publish again: 2 of 2" in ready("policy", "publish", str(path)).output
    assert ready("policy", "publish", shorter, "--by", "ann").exit_code == 1
    assert ready("policy", "publish", shorter, "--by", "nobody").exit_code == 1
    proposed = ready("policy", "publish", shorter, "--by", "root").output
    proposal = proposed.partition("idp policy approve ")[2].split()[0]
    assert f"proposal   {proposal}" in ready("policy", "status").output
    assert ready("policy", "approve", proposal, "--by", "root").exit_code == 1
    assert "Live is" in ready("policy", "approve", proposal, "--by", "ruth").output
    (row, _) = json.loads(ready("policy", "history", "--json").output)
    assert (row["by"], row["approved_by"]) == ("root", "ruth")


def test_a_file_that_is_the_truth_is_published_and_its_drift_shown(
    ready: Idp, shorter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status` fails while they differ, so that a check can watch it."""
    monkeypatch.setenv("IDP_POLICY_SOURCE", "file")
    monkeypatch.setenv("IDP_POLICY", shorter)
    result = ready("policy", "status")
    assert result.exit_code == 1
    assert "drift      the file would change: stricter: payment.approve" in result.output
    assert ready("policy", "publish", "demo").exit_code == 1
    assert "Live is" in ready("policy", "publish").output
    assert ready("policy", "status").exit_code == 0
    Path(shorter).write_text("bundle: [")
    assert "drift" in ready("policy", "status").output


def test_glass_is_broken_and_mended(ready: Idp, tmp_path: Path) -> None:
    """With a reason, for a while, and seen by whoever looks."""
    path = tmp_path / "hardware.yaml"
    path.write_text(HARDWARE)
    ready("user", "add", "root", "--generate-password", "--role", "owner", "--email", "root@example.com")
    assert ready("policy", "publish", str(path)).exit_code == 1
    assert ready("maintenance", "break-glass").exit_code == 2
    assert ready("maintenance", "break-glass", "--for", "9h", "--reason", "x").exit_code == 2
    assert ready("maintenance", "break-glass", "--mend").output == "The glass was not broken.\n"
    assert "have no guards" in ready("maintenance", "break-glass", "--reason", "locked out").output
    assert "GLASS" in ready("policy", "status").output
    assert "Live is" in ready("policy", "publish", str(path)).output
    assert ready("maintenance", "break-glass", "--mend").output == "The glass is whole again.\n"
    assert "GLASS" not in ready("policy", "status").output


def test_a_situation_is_supposed_and_explained(ready: Idp) -> None:
    """Who, at which application, from where, with which proofs; by the live bundle or by a draft."""
    ready("user", "add", "bob", "--email", "bob@example.com", "--generate-password")
    shown = ready("policy", "explain", "--who", "bob", "--with", "password", "--from", "192.0.2.1")
    assert "outcome: allow" in shown.output
    asked = ("--action", "payment.approve", "--with", "password", "--with", "email@5m", "--fact", "risk.band=high")
    assert "rule unusual-sign-in: fired" in ready("policy", "explain", "--who", "bob", *asked).output
    found = json.loads(ready("policy", "explain", "--who", "bob", "--bundle", "always-mfa", "--json").output)
    assert (found["outcome"], found["because"]) == ("challenge", ["always-mfa"])
    for wrong in (("--with", "TOTP!"), ("--from", "here"), ("--fact", "risk.band"), ("d1",)):
        assert ready("policy", "explain", "--who", "bob", *wrong).exit_code == 2
    for missing in (("--who", "nobody"), ("--who", "bob", "--client", "none")):
        assert ready("policy", "explain", *missing).exit_code == 1


def test_a_draft_is_replayed(ready: Idp, tmp_path: Path) -> None:
    """By effect, with rules, applications, groups and examples."""
    assert ready("policy", "replay", "demo").output == "0 decisions of the last 14 days\nNothing would differ.\n"
    with opened() as here, here.database.transaction() as tx:
        now = here.clock.now()
        for number, (_, row) in enumerate(a_history(bundle_of(DEFAULT), 40)):
            record = DecisionRecord(
                id=row.id, at=now, bundle_version="v", gate="authorize", interaction_id="i", user_id="",
                client_id=row.client_id, outcome="finish", required=(), achieved="", because=(), reasons=(),
                snapshot=row.snapshot if number else "{}", latency_us=1,
            )  # fmt: skip
            decisions.add(tx, record)
    result = ready("policy", "replay", "always-mfa", "--days", "7")
    assert result.output.startswith("39 decisions of the last 7 days, 1 could not be read\n")
    assert "rule always-mfa" in result.output
    assert "challenges a day" in result.output
    assert re.search(rf"such as  {now:%Y-%m-%d %H:%M}  somebody at \S.*  \S+\n", result.output)
    found = json.loads(ready("policy", "replay", "always-mfa", "--json").output)
    assert (found["records"], found["unreadable"]) == (39, 1)
    assert found["effects"]["challenged"] + found["effects"]["blocked"] > 0


def test_a_shadow_and_a_canary_are_started_shown_and_ended(ready: Idp, shorter: str) -> None:
    """And a publication ends them."""
    assert ready("policy", "shadow", "show").output.startswith("There is no shadow")
    assert json.loads(ready("policy", "shadow", "show", "--json").output) is None
    assert "is compared with every decision" in ready("policy", "shadow", "start", shorter).output
    assert ready("policy", "shadow", "show").output.endswith("0 decisions compared, 0 differ\n")
    assert json.loads(ready("policy", "shadow", "show", "--json").output)["compared"] == 0
    assert ready("policy", "canary", "start", shorter).exit_code == 2
    assert "decides for 5% of all people" in ready("policy", "canary", "start", shorter, "--share", "5").output
    assert "canary     " in ready("policy", "status").output
    assert "decides for the group staff" in ready("policy", "canary", "start", shorter, "--group", "staff").output
    assert ready("policy", "canary", "end").output == "The canary has ended.\n"
    assert ready("policy", "canary", "end").output == "There was no canary.\n"
    ready("policy", "publish", shorter)
    assert ready("policy", "shadow", "end").output == "There was no shadow.\n"
    assert ready("policy", "shadow", "start", "live").output.endswith("is live already.\n")


def purged(ready: Idp) -> dict[str, int]:
    """Purge, and return how many rows went from which table."""
    rows = json.loads(ready("purge", "--json").stdout)
    return {row["table"]: row["removed"] for row in rows if row["removed"]}


def test_decision_records_are_kept_as_long_as_the_policy_says(ready: Idp) -> None:
    """And no longer: `idp purge`."""
    with opened() as here, here.database.transaction() as tx:
        for days in (1, 89, 91, 400):
            record = DecisionRecord(
                id=str(days), at=here.clock.now() - timedelta(days=days), bundle_version="v", gate="authorize",
                interaction_id="i", user_id="", client_id="bank", outcome="finish", required=(), achieved="",
                because=(), reasons=(), snapshot="{}", latency_us=1,
            )  # fmt: skip
            decisions.add(tx, record)
            risks.add(tx, an_assessment(record.id, at=record.at))
    assert [purged(ready), purged(ready)] == [{"decisions": 2, "risk_assessments": 2}, {}]
    with opened() as here, here.database.transaction() as tx:
        assert [risks.get(tx, kept) is not None for kept in ("1", "89", "91", "400")] == [True, True, False, False]


def test_what_the_readme_says_of_policies_is_so(ready: Idp, tmp_path: Path) -> None:
    """A rule and its test, from the readme into the demo's bundle, through lint and tests to what decides."""
    rule, its_test = re.findall(r"```yaml\n(.*?)```", section("Policies"), re.DOTALL)
    demo = Path("policies/demo.yaml").read_text()
    path = tmp_path / "draft.yaml"
    path.write_text(demo.replace("\ntests:", f"{rule}\ntests:") + its_test)
    assert ready("policy", "lint", str(path)).exit_code == 1
    failed = [line for line in ready("policy", "test", str(path)).output.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 4
    for name in (line.removeprefix("FAILED  ") for line in failed):
        path.write_text(re.sub(rf"  - name: {name}\n.*\n.*\n", "", path.read_text()))
    assert ready("policy", "lint", str(path)).exit_code == 0
    assert "The rule bank-second-step is new" in ready("policy", "diff", "demo", str(path)).output
    assert "Live is" in ready("policy", "publish", str(path)).output


def section(title: str) -> str:
    """Return one section of the readme."""
    return Path("README.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
