"""Publishing: through the gate, by one conditional write, audited with what it changes in plain words (policy.md §5).

Whoever publishes names the version they started from; if another is live by then, they are told and nothing happens.
Rolling back is the same write the other way. Either ends whatever ran beside the version that was live.
"""

from collections.abc import Sequence
from datetime import datetime

from idp.admin.policies.census import is_publisher
from idp.admin.policies.gate import Gate
from idp.admin.policies.model import (
    Checked,
    NotYours,
    Outcome,
    Proposed,
    Published,
    Refused,
    Scheduled,
    Stale,
    Unchanged,
    Wish,
)
from idp.admin.policies.told import told
from idp.admin.staff import COMMAND_LINE
from idp.core.assurance import TraitsTable
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.core.tokens import Tokens
from idp.policy.differences.compare import differences
from idp.policy.differences.model import Difference
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.glass import store as glass
from idp.records.bundles.model import BundleVersion, Change, Proposal, Publication, Rollout, Trial
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.bundles.rollouts import store as rollouts
from idp.records.users import store as users
from idp.storage.tx import Tx


class Publisher:
    """Publishes, and takes back."""

    def __init__(self, *, gate: Gate, traits: TraitsTable, clock: Clock, tokens: Tokens) -> None:
        self._gate = gate
        self._traits = traits
        self._clock = clock
        self._tokens = tokens

    def live(self, tx: Tx) -> Bundle:
        """Return what is published, after a scheduled version has taken its place. Raises NotFoundError."""
        self._settle(tx)
        stored = bundles.live(tx)
        if stored is None:
            raise NotFoundError("there is no policy yet")
        return self._loaded(stored)

    def drift(self, tx: Tx) -> Checked | None:
        """Return what a file that is the truth would change of what is live; None where no file is."""
        return self._gate.drift(self.live(tx))

    def check(self, tx: Tx, bundle: Bundle) -> Checked:
        """Return what stands against a bundle, changing nothing."""
        return self._gate.check(tx, bundle, live=self.live(tx), now=self._clock.now())

    def publish(self, tx: Tx, wish: Wish) -> Outcome:
        """Publish, or schedule, or ask a second administrator; or say why not."""
        live, now = self.live(tx), self._clock.now()
        if wish.bundle.version == live.version:
            return Unchanged(live.version)
        if wish.parent != live.version:
            return self.stale(tx)
        checked = self._gate.check(tx, wish.bundle, live=live, now=now)
        needs_second = live.publishing.second_approver and not wish.approved_by
        if (checked.problems or needs_second) and not self._uses_broken_glass(tx, wish):
            return Refused(checked) if checked.problems else self._propose(tx, wish, checked, now)
        self.keep(tx, wish, now)
        if wish.starts_at is not None and wish.starts_at > now:
            return self._schedule(tx, wish, checked, now)
        return self._published(tx, wish, checked, change=Change.PUBLISHED)

    def approve(self, tx: Tx, proposal_id: str, *, by: str) -> Outcome:
        """Agree with what another has proposed, and so publish it. Raises NotFoundError."""
        proposal = proposals.get(tx, proposal_id)
        if proposal is None or proposal.closed_at is not None:
            raise NotFoundError("there is no such proposal, or it is closed")
        if by == proposal.by or not is_administrator(tx, by):
            return NotYours()
        stored = bundles.get(tx, proposal.version)
        if stored is None:  # pragma: no cover - a foreign key keeps it
            raise NotFoundError
        wish = Wish(
            bundle=self._loaded(stored),
            parent=proposal.parent,
            by=proposal.by,
            note=proposal.note,
            starts_at=proposal.starts_at,
            approved_by=by,
        )
        outcome = self.publish(tx, wish)
        if not isinstance(outcome, Refused) and not proposals.consume_proposal(tx, proposal_id, self._clock.now()):
            # Somebody agreed at the same moment: theirs is the one that counts, and nothing of this one may stay.
            raise NotFoundError("there is no such proposal, or it is closed")
        return outcome

    def rollback(self, tx: Tx, version: str = "", *, by: str, note: str = "") -> Outcome:
        """Go back to a version, or to the one before: at once, and past all tests but the lock-out guard.

        Where a second administrator must agree, only the last publication is taken back by one alone.
        """
        live = self.live(tx)
        last = next(iter(publications.list_publications(tx, limit=1)), None)
        before = last.replaced if last is not None else ""
        stored = bundles.get(tx, version or before)
        if stored is None or stored.published_at is None:
            raise NotFoundError("there is no version to go back to" if not version else "it was never live")
        wish = Wish(bundle=self._loaded(stored), parent=live.version, by=by, note=note)
        if stored.version == live.version:
            return Unchanged(live.version)
        if live.publishing.second_approver and stored.version != before:
            return self.publish(tx, wish)
        checked = self._gate.check_return(tx, wish.bundle, live=live, now=self._clock.now())
        if checked.problems and not self._uses_broken_glass(tx, wish):
            return Refused(checked)
        return self._published(tx, wish, checked, change=Change.ROLLED_BACK)

    def _put(self, tx: Tx, wish: Wish, changes: Sequence[Difference], *, change: Change, at: datetime) -> bool:
        """Make it the live one; false when another is by now: the affected-row count decides."""
        if not bundles.replace_live(tx, wish.bundle.version, replaced=wish.parent, at=at):
            return False
        rollouts.end_all(tx)
        publication = Publication(
            id=self._tokens.new_id(),
            version=wish.bundle.version,
            replaced=wish.parent,
            change=change,
            at=at,
            by=wish.by,
            approved_by=wish.approved_by,
            note=wish.note,
        )
        publications.add(tx, publication)
        told(tx, f"policy.{change.value}", wish, changes=changes, now=at)
        return True

    def _published(self, tx: Tx, wish: Wish, checked: Checked, *, change: Change) -> Outcome:
        if not self._put(tx, wish, checked.changes, change=change, at=self._clock.now()):
            return self.stale(tx)
        return Published(version=wish.bundle.version, replaced=wish.parent, checked=checked)

    def _schedule(self, tx: Tx, wish: Wish, checked: Checked, now: datetime) -> Scheduled:
        starts_at = wish.starts_at or now
        trial = Trial(kind=Rollout.SCHEDULED, version=wish.bundle.version, parent=wish.parent, by=wish.by, at=starts_at)
        rollouts.put(tx, trial)
        told(tx, "policy.scheduled", wish, changes=checked.changes, now=now)
        return Scheduled(version=wish.bundle.version, at=starts_at, checked=checked)

    def _propose(self, tx: Tx, wish: Wish, checked: Checked, now: datetime) -> Proposed:
        self.keep(tx, wish, now)
        proposal = Proposal(
            id=self._tokens.new_id(),
            version=wish.bundle.version,
            parent=wish.parent,
            by=wish.by,
            at=now,
            note=wish.note,
            starts_at=wish.starts_at,
        )
        proposals.add(tx, proposal)
        told(tx, "policy.proposed", wish, changes=checked.changes, now=now)
        return Proposed(proposal=proposal.id, checked=checked)

    def _settle(self, tx: Tx) -> None:
        """Write down that a scheduled version has become the live one; it has decided since its moment came."""
        now = self._clock.now()
        for trial in rollouts.list_rollouts(tx):
            stored = bundles.get(tx, trial.version)
            if trial.kind is not Rollout.SCHEDULED or trial.at > now or stored is None:
                continue
            live = bundles.live(tx)
            wish = Wish(bundle=self._loaded(stored), parent=trial.parent, by=trial.by)
            if live is None or live.version != trial.parent:
                rollouts.end(tx, Rollout.SCHEDULED)
                continue
            changes = differences(self._loaded(live), wish.bundle)
            self._put(tx, wish, changes, change=Change.SCHEDULED, at=trial.at)

    def keep(self, tx: Tx, wish: Wish, now: datetime) -> None:
        """Keep a version, named by its content."""
        stored = BundleVersion(
            version=wish.bundle.version,
            name=wish.bundle.name,
            text=wish.bundle.text,
            parent=wish.parent,
            created_at=now,
        )
        bundles.add(tx, stored)

    def stale(self, tx: Tx) -> Stale:
        """Return what whoever started from another version is told."""
        last = next(iter(publications.list_publications(tx, limit=1)), None)
        live = bundles.live(tx)
        return Stale(
            live=live.version if live is not None else "",
            by=last.by if last is not None else "",
            at=last.at if last is not None else None,
        )

    def _uses_broken_glass(self, tx: Tx, wish: Wish) -> bool:
        """Tell whether the guards are off, which only the command line of this machine may make use of (ADM-04)."""
        broken = glass.get_broken(tx, self._clock.now()) if wish.by == COMMAND_LINE else None
        if broken is not None:
            told(tx, "maintenance.break_glass.used", wish, changes=(), now=self._clock.now())
        return broken is not None

    def _loaded(self, stored: BundleVersion) -> Bundle:
        return load_text(stored.text, file=stored.name, traits=self._traits)


def is_administrator(tx: Tx, user_id: str) -> bool:
    """Tell whether this person may publish."""
    user = users.get(tx, user_id)
    return user is not None and is_publisher(user)
