"""The gate before publication: lint, the tests a bundle carries, and the lock-out guard (policy.md §5)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from idp.admin.policies.census import Guard
from idp.admin.policies.model import Census, Checked
from idp.core.assurance import TraitsTable
from idp.core.errors import ConfigError, Problem
from idp.policy.differences.compare import differences
from idp.policy.language import Bundle
from idp.policy.lint import lint
from idp.policy.loader import load_path
from idp.storage.tx import Tx


class Gate:
    """Says what stands against a bundle."""

    def __init__(self, *, guard: Guard, traits: TraitsTable, source: Path | None = None) -> None:
        """`source` is the file that is the truth about policy here, where one is."""
        self._guard = guard
        self._traits = traits
        self._source = source

    def check(self, tx: Tx, bundle: Bundle, *, live: Bundle, now: datetime) -> Checked:
        """Return everything that stands against a bundle, what it changes, and how many people it would stop."""
        findings = lint(bundle)
        census = self._guard.count(tx, bundle, live=live, now=now)
        return Checked(
            problems=(*self._other_than_file(bundle), *findings.errors, *_locked_out(bundle, census)),
            warnings=findings.warnings,
            changes=differences(live, bundle),
            census=census,
        )

    def check_return(self, tx: Tx, bundle: Bundle, *, live: Bundle, now: datetime) -> Checked:
        """Return what stands against going back to a version that was live before: being locked out, nothing else."""
        census = self._guard.count(tx, bundle, live=live, now=now)
        problems = (*self._other_than_file(bundle), *_locked_out(bundle, census))
        return Checked(problems=problems, warnings=(), changes=differences(live, bundle), census=census)

    def drift(self, live: Bundle) -> Checked | None:
        """Return how the live bundle differs from the file that is the truth; None where no file is."""
        if self._source is None:
            return None
        try:
            found = differences(live, load_path(self._source, traits=self._traits))
        except ConfigError as error:
            return Checked(problems=tuple(error.problems), warnings=(), changes=(), census=Census())
        return Checked(problems=(), warnings=(), changes=found, census=Census())

    def _other_than_file(self, bundle: Bundle) -> Iterator[Problem]:
        if self._source is None:
            return
        try:
            is_same = load_path(self._source, traits=self._traits).version == bundle.version
        except ConfigError as error:
            yield from error.problems
            return
        if not is_same:
            text = "is the truth about policy here (IDP_POLICY_SOURCE=file): change it there, then publish it"
            yield Problem(text, file=str(self._source))


def _locked_out(bundle: Bundle, census: Census) -> Iterator[Problem]:
    """Tell of a bundle after which nobody could publish another (once there is an administrator)."""
    if not census.administrators:
        return
    if not census.able:
        text = "no administrator could publish again: none can meet admin.console and admin.policy"
        yield Problem(text, key="actions.admin.policy")
    elif bundle.publishing.second_approver and census.able < 2:
        text = "a second approver must exist: only one administrator could publish"
        yield Problem(text, key="publishing.second_approver")
