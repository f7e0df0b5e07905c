"""Decision records: what was decided, from what, and what a shadow would have made of it (policy.md §4).

Facts, evidence and enrolment are kept as they were seen, so that the trace can be computed again; addresses only where
the policy keeps them. A shadow is evaluated beside what decided, from the same facts: it enforces nothing.
"""

from idp.core import noted
from idp.core.tokens import Tokens
from idp.login.standing import Judge, Standing
from idp.policy.language import Bundle
from idp.policy.record import redacted, snapshot
from idp.policy.replay import Replay
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.storage.tx import Tx


class Recorder:
    """Keeps decisions."""

    def __init__(self, *, judge: Judge, tokens: Tokens) -> None:
        self._judge = judge
        self._tokens = tokens
        self._beside: tuple[str, str, Replay] | None = None

    def record(self, tx: Tx, standing: Standing, *, outcome: str) -> str:
        """Keep one decision, and return the record's id."""
        situation, decision = standing.situation, standing.decision
        kept = snapshot(situation.facts(), situation.evidence, situation.enrolled, situation.now)
        shadow = self._judge.shadow(tx)
        record = DecisionRecord(
            id=self._tokens.new_id(),
            at=situation.now,
            bundle_version=situation.bundle.version,
            gate=situation.interaction.purpose,
            interaction_id=situation.interaction.id,
            user_id=situation.user.id if situation.user else "",
            client_id=situation.interaction.demand.client_id,
            outcome=outcome,
            required=decision.required.acr,
            achieved=decision.assurance.level if decision.assurance else "",
            because=decision.because,
            reasons=decision.reasons,
            snapshot=kept if situation.bundle.records.addresses else redacted(kept),
            latency_us=standing.latency_us,
            shadow_version=shadow.version if shadow is not None else "",
            shadow_effect=self._effect(standing, shadow) if shadow is not None else "",
        )
        decisions.add(tx, record)
        noted.note("decision_id", record.id)
        return record.id

    def _effect(self, standing: Standing, shadow: Bundle) -> str:
        """Return what the shadow would have changed, or nothing."""
        situation = standing.situation
        kept, own = self._beside, situation.bundle
        if kept is None or kept[:2] != (own.version, shadow.version):
            kept = self._beside = (own.version, shadow.version, Replay(own, shadow))
        verdict = kept[2].verdict(situation.facts(), situation.evidence, situation.enrolled, situation.now)
        return verdict.effect.value if verdict.effect is not None else ""
