"""What anybody could reach: the best proof each factor could give, and the levels these hold.

Knows no person. Used where a refusal must not tell one person from another, by enrolment and by discovery.
"""

from collections.abc import Iterable
from datetime import datetime

from idp.core.assurance import Property
from idp.policy.language import Bundle
from idp.policy.levels import worth_of
from idp.policy.model import Requirement
from idp.policy.proofs import Proof, Terms


def best_properties(bundle: Bundle, factor: str) -> frozenset[Property]:
    """Return what a fresh credential of this factor could show, as the bundle's settings have it."""
    settings = bundle.factor_settings.get(factor, {})
    shown = {
        Property.USER_VERIFIED: settings.get("user_verification", "discouraged") != "discouraged",
        Property.DEVICE_BOUND: factor == "passkey",
        Property.ATTESTED: settings.get("attestation", "none") != "none",
    }
    return frozenset(name for name, is_shown in shown.items() if is_shown)


def ideal_proof(bundle: Bundle, factor: str, now: datetime) -> Proof:
    """Return the best proof that this factor could give here and now, on a channel of its own."""
    worth = worth_of(bundle.traits[factor], best_properties(bundle, factor))
    return Proof(factor, f"ideal:{factor}", now, worth, is_here=True, is_held_back=bool(bundle.enrolment.hold))


def is_attainable(bundle: Bundle, requirement: Requirement, *, now: datetime) -> bool:
    """Tell whether somebody with every factor that is on could meet a requirement."""
    return set(requirement.acr) <= set(attainable_levels(bundle, forbid=requirement.forbid, now=now))


def attainable_levels(bundle: Bundle, *, now: datetime, forbid: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the levels that somebody with every factor that is on could reach."""
    proofs = [ideal_proof(bundle, factor, now) for factor in bundle.order]
    settled = [
        Proof(each.factor, each.channel, each.at, each.worth, is_here=True, is_held_back=False) for each in proofs
    ]
    return Terms(bundle=bundle, now=now, forbid=frozenset(forbid)).holding(settled)
