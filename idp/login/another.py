"""What somebody may set up beside what they have, by the engine that guards the account's page of sign-in methods (E2).

There is no second rule for it: whatever is offered in an interaction would be allowed there with the same proofs.
"""

from msgspec.structs import replace

from idp.login.situation import SETTING_UP, Situation
from idp.policy.engine import decide
from idp.policy.model import Decision, Demand, Outcome


def decision_of(situation: Situation) -> Decision:
    """Return what the page of sign-in methods would say to these proofs."""
    demand = Demand(client_id="", actions=(SETTING_UP,))
    there = replace(situation, interaction=replace(situation.interaction, demand=demand))
    return decide(there.bundle, there.facts(), there.evidence, there.enrolled, now=there.now)


def offered(situation: Situation) -> tuple[str, ...]:
    """Return the factors of which somebody without any may set one up here and now, suggested ones first (E1)."""
    decision = decision_of(situation)
    return tuple(option[0] for option in decision.options) if decision.outcome is Outcome.ENROL else ()
