"""When a browser may come to be trusted: only where that excuses from something, and only once that was proved.

A trusted device is a fact and never evidence (policy.md §3.5): it excuses where a rule's `unless` names it. So it is
offered where such a rule has just asked for more, and earned by a full success at every level from which it would
excuse here; elsewhere too, as the fact is the same everywhere.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from idp.core.assurance import Evidence
from idp.policy.language import FIRST_LEVEL, Bundle, Rule
from idp.policy.model import Decision, Enrolled, Facts, Mark, Outcome, Requirement
from idp.policy.observed import risk_band
from idp.policy.situation import is_recovering, situation_of

TRUSTED = "device.trusted"
"""The fact."""


def is_offered(bundle: Bundle, decision: Decision, facts: Facts) -> bool:
    """Tell whether it would help a person to trust this browser: a rule that asked for more would have excused it."""
    if risk_band(facts) in ("high", Mark.UNKNOWN) or is_recovering(facts):
        return False
    return any(name in decision.because for name, _ in _excusing(bundle))


def is_earned(
    bundle: Bundle,
    decision: Decision,
    facts: Facts,
    evidence: Sequence[Evidence],
    enrolled: Sequence[Enrolled],
    *,
    now: datetime,
) -> bool:
    """Tell whether enough has been proved for this browser to be trusted."""
    if decision.outcome is not Outcome.ALLOW or not is_offered(bundle, decision, facts):
        return False
    elsewhere = {trace.rule for trace in decision.trace if not trace.in_scope}
    levels = {level for name, asked in _excusing(bundle) if name in elsewhere for level in asked.acr}
    situation = situation_of(bundle, facts, evidence, enrolled, now=now)
    return situation.terms(Requirement(acr=(FIRST_LEVEL,))).meets(levels, situation.proofs)


def _excusing(bundle: Bundle) -> Iterator[tuple[str, Requirement]]:
    """Yield the rules that ask for more, unless the browser is trusted: by name, with what they ask."""
    return ((rule.id, rule.require) for rule in bundle.rules if rule.require is not None and _names_it(rule))


def _names_it(rule: Rule) -> bool:
    return rule.unless is not None and any(check.fact == TRUSTED for check in rule.unless.checks)
