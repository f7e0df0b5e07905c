"""A decision computed again from its record, by the very bundle it was made with (policy.md §4)."""

from dataclasses import dataclass

from idp.core.assurance import TraitsTable
from idp.policy.engine import decide
from idp.policy.loader import load_text
from idp.policy.model import Decision
from idp.policy.record import restore
from idp.records.bundles import store as bundles
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.risks import store as risks
from idp.records.risks.model import KeptAssessment
from idp.records.users import store as users
from idp.records.users.model import User
from idp.risk.model import Term
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One decision, whom it was about, and how it came about; without its bundle, the record is all there is."""

    record: DecisionRecord
    user: User | None
    bundle_name: str
    decision: Decision | None
    risk: KeptAssessment | None = None
    """What was unusual about it; None where nothing was assessed."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return what the score is the sum of, what speaks against the sign-in first."""
        return tuple(sorted(self.risk.assessment.terms, key=lambda term: -term.value)) if self.risk else ()


def explained(tx: Tx, decision_id: str, *, traits: TraitsTable) -> Explained | None:
    """Return the decision, explained; None where there is no such record."""
    record = decisions.get(tx, decision_id)
    if record is None:
        return None
    stored = bundles.get(tx, record.bundle_version)
    decision = None
    if stored is not None:
        facts, evidence, enrolled, now = restore(record.snapshot)
        bundle = load_text(stored.text, file=stored.name, traits=traits)
        decision = decide(bundle, facts, evidence, enrolled, now=now)
    return Explained(
        record=record,
        user=users.get(tx, record.user_id) if record.user_id else None,
        bundle_name=stored.name if stored else "",
        decision=decision,
        risk=risks.get(tx, decision_id),
    )
