"""Decision records of the token endpoint: one for each grant of which nothing more may be said (policy.md §4).

What simply goes on writes none, so that a refresh costs what it costs.
"""

from datetime import datetime

from idp.core import noted
from idp.oidc.standing import Lapsed, Standing, enrolled_of, facts_of
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.model import Outcome
from idp.policy.record import snapshot
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.storage.tx import Tx

GATE = "token"


def record(tx: Tx, standing: Standing, bundle: Bundle, lapsed: Lapsed, *, record_id: str, now: datetime) -> None:
    """Keep why a grant is worth nothing any more, with all that it was judged by."""
    facts, enrolled = facts_of(standing, now=now), enrolled_of(tx, standing.user)
    decision = decide(bundle, facts, standing.grant.evidence, enrolled, now=now)
    kept = DecisionRecord(
        id=record_id,
        at=now,
        bundle_version=bundle.version,
        gate=GATE,
        interaction_id="",
        user_id=standing.user.id,
        client_id=standing.client.client_id,
        outcome=Outcome.DENY.value,
        required=decision.required.acr,
        achieved=decision.assurance.level if decision.assurance else "",
        because=decision.because,
        reasons=(lapsed.reason,),
        snapshot=snapshot(facts, standing.grant.evidence, enrolled, now),
        latency_us=0,
    )
    decisions.add(tx, kept)
    noted.note("decision_id", kept.id)
