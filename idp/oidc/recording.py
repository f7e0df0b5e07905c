"""Decision records of the token endpoint: one for each time that policy gives no token (policy.md §4).

What simply goes on writes none, so that a refresh costs what it costs. A code that is spent, expired or another's is
refused by the protocol and not by a policy: the audit trail has it.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.core import noted
from idp.oidc.standing.model import Lapsed, Standing
from idp.oidc.standing.worth import enrolled_of, facts_of
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.model import Decision, Facts, Outcome
from idp.policy.record import snapshot
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.storage.tx import Tx

GATE = "token"


def record(tx: Tx, standing: Standing, bundle: Bundle, lapsed: Lapsed, *, record_id: str, now: datetime) -> None:
    """Keep why a grant is worth nothing any more, with all that it was judged by."""
    facts, enrolled = facts_of(standing, now=now), enrolled_of(standing)
    decision = decide(bundle, facts, standing.grant.evidence, enrolled, now=now)
    denied = _Denied(id=record_id, at=now, bundle=bundle, facts=facts, decision=decision, reason=lapsed.reason)
    _add(tx, denied, snapshot(facts, standing.grant.evidence, enrolled, now))


def record_client(tx: Tx, facts: Facts, bundle: Bundle, reason: str, *, record_id: str, now: datetime) -> None:
    """Keep why a client is given no token of its own; nobody has signed in."""
    decision = decide(bundle, facts, (), (), now=now)
    denied = _Denied(id=record_id, at=now, bundle=bundle, facts=facts, decision=decision, reason=reason)
    _add(tx, denied, snapshot(facts, (), (), now))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denied:
    id: str
    at: datetime
    bundle: Bundle
    facts: Facts
    decision: Decision
    reason: str


def _add(tx: Tx, denied: _Denied, kept: str) -> None:
    decision = denied.decision
    record = DecisionRecord(
        id=denied.id,
        at=denied.at,
        bundle_version=denied.bundle.version,
        gate=GATE,
        interaction_id="",
        user_id=denied.facts.user_id or "",
        client_id=denied.facts.demand.client_id,
        outcome=Outcome.DENY.value,
        required=decision.required.acr,
        achieved=decision.assurance.level if decision.assurance else "",
        because=decision.because,
        reasons=(denied.reason,),
        snapshot=kept,
        latency_us=0,
    )
    decisions.add(tx, record)
    noted.note("decision_id", record.id)
