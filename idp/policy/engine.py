"""The one question of policy, answered: given these facts, what must this person have proved.

`decide` is pure and total: on any facts it answers, and where something impossible is met it refuses (policy.md §3).
Every rule is evaluated; `deny` wins; requirements are joined, so order never matters and a rule only ever makes things
stricter. What is missing becomes options, or an enrolment, or a refusal.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from idp.core.assurance import Evidence
from idp.policy.drafts import LOGIN_REQUIRED, Draft, draft_of, settle
from idp.policy.enrolment import Offer, may_enrol, offer_for, ruled_offer
from idp.policy.language import FIRST_LEVEL, Bundle
from idp.policy.model import Decision, Enrolled, Facts, Outcome, Requirement
from idp.policy.options import is_reachable, options
from idp.policy.refusals import ACCESS_DENIED, is_hopeless, refusal_at_once, refuse_enrolment, refuse_unmet, refuse_wish
from idp.policy.rulings import contributions, rule_all
from idp.policy.situation import Situation, situation_of
from idp.policy.wishes import Wishes, chosen_wishes, voluntary_wish, wishes_of

IMPOSSIBLE = "policy_failed"
"""The reason of a refusal that stands for something that cannot happen."""


def decide(
    bundle: Bundle, facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], *, now: datetime
) -> Decision:
    """Decide what must happen next."""
    try:
        return _decide(situation_of(bundle, facts, evidence, enrolled, now=now))
    except Exception as error:  # noqa: BLE001 - total by contract: what cannot be judged is refused, never allowed
        return _impossible(error)


def _decide(situation: Situation) -> Decision:
    rulings = rule_all(situation)
    draft = draft_of(situation, rulings, contributions(situation, rulings))
    wishes = wishes_of(situation.bundle, situation.facts.demand)
    refusal = refusal_at_once(draft, wishes)
    if refusal is not None:
        return refusal
    if not situation.is_known:
        return _ask_who(draft, wishes)
    return _decide_about(draft, wishes)


def _ask_who(draft: Draft, wishes: Wishes) -> Decision:
    """Ask for a first proof, unless nobody could ever meet what is asked."""
    if is_hopeless(draft.situation, wishes):
        return refuse_wish(draft, wishes)
    return settle(draft, Outcome.CHALLENGE, error=LOGIN_REQUIRED)


def _decide_about(draft: Draft, wishes: Wishes) -> Decision:
    """Decide about a known person."""
    situation = draft.situation
    chosen = chosen_wishes(situation, wishes, lambda requirement: may_enrol(situation, requirement))
    if chosen is None:
        return refuse_wish(draft, wishes)
    wished = _with_voluntary(draft.wishing(chosen), wishes)
    if wished.is_met:
        return _satisfied(wished)
    missing = options(situation, wished.required)
    if missing:
        return settle(wished, Outcome.CHALLENGE, options=missing)
    offer = offer_for(situation, wished.required)
    return refuse_unmet(wished, wishes) if offer is None else _enrol(wished, offer)


def _with_voluntary(draft: Draft, wishes: Wishes) -> Draft:
    """Add a voluntary wish only where it can be met beside everything else: it never enrols and never fails."""
    wish = voluntary_wish(draft.situation, wishes)
    if wish is None:
        return draft
    wider = draft.wishing((wish,))
    return wider if is_reachable(draft.situation, wider.required) else draft


def _satisfied(draft: Draft) -> Decision:
    """Allow, unless an `enrol` rule still asks for something; it never skips a `require`."""
    offer, notes = ruled_offer(draft.situation, draft.rulings.fired, draft.required)
    noted = draft.naming(notes=notes)
    return settle(noted, Outcome.ALLOW) if offer is None else _enrol(noted, offer)


def _enrol(draft: Draft, offer: Offer) -> Decision:
    """Ask to enrol, or first for what must be proved before one may."""
    named = replace(draft.naming(*((offer.rule,) if offer.rule else ())), enrols=offer.reason)
    if not offer.factors:
        return refuse_enrolment(named)
    if offer.first:
        # Everything required is proved by now where a rule asks: so what is put off is this proof, too.
        return settle(
            named,
            Outcome.CHALLENGE,
            options=offer.first,
            is_skippable=offer.is_skippable,
            enrol_rule=offer.rule,
        )
    factors = tuple((factor,) for factor in offer.factors)
    return settle(named, Outcome.ENROL, options=factors, is_skippable=offer.is_skippable, enrol_rule=offer.rule)


def _impossible(error: Exception) -> Decision:
    """Refuse what could not be judged; the kind of failure is named for the log, nothing of its content."""
    return Decision(
        outcome=Outcome.DENY,
        required=Requirement(acr=(FIRST_LEVEL,)),
        assurance=None,
        reason=IMPOSSIBLE,
        error=ACCESS_DENIED,
        because=(type(error).__name__,),
    )
