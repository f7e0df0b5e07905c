"""`idp policy publish`, `rollback`, `approve`, `export`, `import`, `status`, `history`; breaking the glass."""

import json
from pathlib import Path

import pytest

from tests.admin.kit import DEFAULT, HARDWARE, SECOND, SHORTER
from tests.cli.conftest import Idp


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
    assert ready("policy", "publish", shorter, "--at", "soon").exit_code == 2


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
