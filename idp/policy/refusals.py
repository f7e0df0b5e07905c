"""Refusals and their errors (policy.md §3.8).

`unmet_authentication_requirements` when a wish of the relying party is unmet (OpenID Connect Core Unmet Authentication
Requirements 1.0 §2), else `access_denied`. With `prompt=none` a client must learn nothing about a person:
`login_required` when no proof counts, else `interaction_required`, and `unmet…` only when nobody could meet it.
"""

from msgspec.structs import replace

from idp.core.reasons import Reason
from idp.policy.attainable import attainable_levels
from idp.policy.drafts import Draft, settle
from idp.policy.enrolment import may_enrol
from idp.policy.model import Decision, Outcome, Requirement
from idp.policy.options import available_at, is_reachable, options
from idp.policy.rulings import required_by
from idp.policy.situation import Situation
from idp.policy.wishes import Wishes, wish_for

ACCESS_DENIED = "access_denied"
UNMET = "unmet_authentication_requirements"
INVALID_DETAILS = "invalid_authorization_details"
UNKNOWN_ACTION = "unknown_action"


def refusal_at_once(draft: Draft, wishes: Wishes) -> Decision | None:
    """Return the refusal that needs no further look: an unknown action, a wish nobody can meet, a `deny` rule."""
    situation = draft.situation
    if any(name not in situation.bundle.actions for name in situation.facts.demand.actions):
        # RFC 9396 §5: unknown types or values of authorization details are refused, never ignored.
        return settle(draft, Outcome.DENY, reason=UNKNOWN_ACTION, error=INVALID_DETAILS)
    if wishes.is_void:
        return settle(draft, Outcome.DENY, reason=Reason.REQUIREMENTS_UNMET, error=UNMET)
    denying = [rule for rule in draft.rulings.fired if rule.deny]
    if denying:
        denied = draft.naming(*(rule.id for rule in denying))
        error = None if situation.is_silent else ACCESS_DENIED
        return settle(denied, Outcome.DENY, reason=denying[0].deny, error=error)
    return None


def refuse_wish(draft: Draft, wishes: Wishes) -> Decision:
    """Refuse because no alternative the relying party would accept is within this person's reach."""
    wished = draft.wishing(wish_for(levels[0]) for levels in wishes.required)
    return settle(
        wished, Outcome.DENY, reason=Reason.REQUIREMENTS_UNMET, error=_error(wished, wishes, is_wish_unmet=True)
    )


def refuse_unmet(draft: Draft, wishes: Wishes) -> Decision:
    """Refuse because what is required cannot be met, now or at all."""
    situation = draft.situation
    error = _error(draft, wishes, is_wish_unmet=_is_wish_unmet(draft))
    waiting = options(situation, draft.required, with_unavailable=True)
    if waiting:
        until = available_at(situation, waiting)
        return settle(draft, Outcome.DENY, reason=Reason.FACTOR_UNAVAILABLE, error=error, available_at=until)
    return settle(draft, Outcome.DENY, reason=Reason.REQUIREMENTS_UNMET, error=error)


def refuse_enrolment(draft: Draft) -> Decision:
    """Refuse because an enrolment is pressing, and other rules keep the person from proving enough for it."""
    error = None if draft.situation.is_silent else ACCESS_DENIED
    return settle(draft, Outcome.DENY, reason=Reason.REQUIREMENTS_UNMET, error=error)


def is_hopeless(situation: Situation, wishes: Wishes) -> bool:
    """Tell whether nobody, with every factor that is on, could meet the relying party's wish."""
    if not wishes.required:
        return wishes.is_void
    attainable = set(attainable_levels(situation.bundle, now=situation.now))
    return any(attainable.isdisjoint(levels) for levels in wishes.required)


def _error(draft: Draft, wishes: Wishes, *, is_wish_unmet: bool) -> str | None:
    """Return the error a client is told; None leaves the one of `prompt=none`."""
    if draft.situation.is_silent:
        return UNMET if is_hopeless(draft.situation, wishes) else None
    return UNMET if is_wish_unmet else ACCESS_DENIED


def _is_wish_unmet(draft: Draft) -> bool:
    """Tell whether it is the relying party's wish that cannot be met, not policy's own requirement."""
    if not draft.wished:
        return False
    base = required_by(draft.situation, draft.parts)
    if _is_within_reach(draft.situation, base):
        return True
    wish = required_by(draft.situation, (draft.parts[0], *draft.wished))
    return not _is_within_reach(draft.situation, replace(wish, forbid=draft.required.forbid))


def _is_within_reach(situation: Situation, requirement: Requirement) -> bool:
    return is_reachable(situation, requirement) or may_enrol(situation, requirement)
