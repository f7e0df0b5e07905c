"""Decision records."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """Enough to compute one decision again, and to list it without doing so (policy.md §4). No secret is ever in it."""

    id: str
    at: datetime
    bundle_version: str
    gate: str
    """Which door asked: `authorize`, `return`, `token`."""
    interaction_id: str
    user_id: str
    client_id: str
    outcome: str
    """`finish`, `refuse` or `abandoned` for an interaction; the decision's own outcome for other gates."""
    required: tuple[str, ...]
    achieved: str
    because: tuple[str, ...]
    reasons: tuple[str, ...]
    snapshot: str
    """JSON of facts, evidence, enrolment and `now`, as `policy.record` writes and reads it."""
    latency_us: int
    shadow_version: str = ""
    """The version that was compared with the one that decided; empty where none was."""
    shadow_effect: str = ""
    """What it would have changed: an `Effect` of `policy.replay`, empty where it would have decided alike."""
