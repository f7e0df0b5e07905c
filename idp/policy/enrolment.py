"""When a person may enrol while signing in, and what must be proved first (policy.md §3.7).

Offered only up to `enrolment.in_flow`, only when nothing the person has enrolled reaches the level (forbidden or out of
order included), never while risk is high or unknown, once an interaction, never for an attested level. Otherwise
whoever stole a password would enrol a factor of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from idp.policy.attainable import ideal_proof
from idp.policy.language import MULTI_FACTOR, TWO_STEPS, EnrolOrder, Rule
from idp.policy.model import Mark, Requirement
from idp.policy.observed import risk_band
from idp.policy.options import is_reachable, options
from idp.policy.proofs import Terms
from idp.policy.putting_off import ask_of, grace_of, is_cooling
from idp.policy.situation import Situation, max_age_asked

NO_OFFER = "passed over: nothing can be enrolled here"
NO_GATE = "passed over: the person cannot prove enough to enrol"
REACHED = "passed over: what is enrolled reaches the level"
PUT_OFF = "passed over: it may still be put off, and nobody signs in who could be asked"
COOLING = "passed over: it was put off a short while ago"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Enrolment is possible: any one of `factors` would do, once `first` has been proved."""

    factors: tuple[str, ...]
    """Empty where it must be done, and other rules keep the person from proving enough to do it."""
    first: tuple[tuple[str, ...], ...] = ()
    """Options to prove enough to enrol; empty when enough is proved."""
    rule: str = ""
    reason: str = ""
    """Why that rule asks."""
    is_skippable: bool = False


def may_enrol(situation: Situation, requirement: Requirement) -> bool:
    """Tell whether the person could meet a requirement by enrolling something now."""
    return offer_for(situation, requirement) is not None


def offer_for(situation: Situation, requirement: Requirement, *, under: Requirement | None = None) -> Offer | None:
    """Return how the person could enrol to meet a requirement, or None; proofs of it count on the terms of `under`."""
    factors = _factors(situation, requirement)
    if not factors:
        return None
    gate = _gate(situation, under or requirement)
    if gate is None:
        return None
    if situation.meets(gate):
        return Offer(factors=factors)
    first = options(situation, gate)
    return Offer(factors=factors, first=first) if first else None


def ruled_offer(
    situation: Situation, rules: Iterable[Rule], requirement: Requirement
) -> tuple[Offer | None, dict[str, str]]:
    """Return the offer matching `enrol` rules ask for, pressing ones first, and why others are passed over."""
    offers: list[Offer] = []
    notes: dict[str, str] = {}
    for rule in rules:
        if rule.enrol is None:
            continue
        found = _ruled(situation, rule, rule.enrol, requirement)
        if isinstance(found, str):
            notes[rule.id] = found
        else:
            offers.append(found)
    return next(iter(sorted(offers, key=lambda offer: offer.is_skippable)), None), notes


def _ruled(situation: Situation, rule: Rule, order: EnrolOrder, requirement: Requirement) -> Offer | str:
    """Return what one rule asks, or the note that says why it is passed over."""
    if order.level in _reach(situation):
        return REACHED
    asked_before = ask_of(rule.id, situation.facts.enrol_asks)
    if is_cooling(order, asked_before, situation.now):
        return COOLING
    is_skippable = grace_of(order, asked_before, situation.now) is not None
    if is_skippable and (situation.is_silent or not situation.facts.signs_in):
        return PUT_OFF
    asked = Requirement(acr=(order.level,), max_age=max_age_asked(situation.facts))
    if not _factors(situation, asked):
        return NO_OFFER
    offer = offer_for(situation, asked, under=requirement)
    if offer is not None:
        return replace(offer, rule=rule.id, reason=rule.reason, is_skippable=is_skippable)
    if is_skippable or offer_for(situation, asked) is None:
        return NO_GATE
    # Other rules alone stand in the way: were it passed over, a `require` would have loosened something.
    return Offer(factors=(), rule=rule.id, reason=rule.reason)


def _factors(situation: Situation, requirement: Requirement) -> tuple[str, ...]:
    """Return the factors any one of which, once enrolled, would do; suggested ones first."""
    facts, bundle = situation.facts, situation.bundle
    if facts.enrolled_here or risk_band(facts) in ("high", Mark.UNKNOWN):
        return ()
    missing = [level for level in requirement.acr if level not in _reach(situation)]
    if not missing or not all(_is_in_flow(situation, level) for level in missing):
        return ()
    usable = [factor for factor in bundle.order if factor in facts.enrollable and factor not in requirement.forbid]
    suggested = bundle.enrolment.suggest
    return tuple(
        sorted(
            (factor for factor in usable if _would_do(situation, requirement, factor)),
            key=lambda factor: factor != suggested,
        )
    )


def _is_in_flow(situation: Situation, level: str) -> bool:
    bundle = situation.bundle
    is_attested = all(alternative.attested for alternative in bundle.levels[level].needs)
    return bundle.enrolment.in_flow in bundle.stronger[level] and not is_attested


def _would_do(situation: Situation, requirement: Requirement, factor: str) -> bool:
    has_one = [proof for proof in situation.candidates if proof.factor != factor]
    proofs = [*situation.proofs, *has_one, ideal_proof(situation.bundle, factor, situation.now)]
    return situation.terms(requirement).meets(requirement.acr, proofs)


def _gate(situation: Situation, requirement: Requirement) -> Requirement | None:
    """Return what must be held to enrol: `mfa` if the person can reach it, else two steps, else nothing will do."""
    gates = [name for name in (MULTI_FACTOR, TWO_STEPS) if name in situation.bundle.levels]
    for name in gates:
        gate = Requirement(acr=(name,), max_age=requirement.max_age, forbid=requirement.forbid)
        if name in _reach(situation) or is_reachable(situation, gate):
            return gate
    return None


def _reach(situation: Situation) -> tuple[str, ...]:
    """Return the levels reachable with what is enrolled, forbidden or out of order included."""
    return Terms(bundle=situation.bundle, now=situation.now).holding(situation.candidates)
