"""What a page of the interaction shows, as plain values: no rule, no markup, no words.

Reason codes and factor names become text only in the templates (architecture.md §7).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp.core.reasons import Reason
from idp.factors.password import MAX_LENGTH
from idp.login.challenges import kept_of
from idp.login.model import Challenge, Consent, Enroll, Identify, Lengthen, Refuse
from idp.login.replies import Shown
from idp.login.standing import Standing
from idp.policy.putting_off import ask_of, grace_of
from idp.policy.trusting import is_offered

LOST = "/recover/lost"
"""Where somebody goes on who has lost what is asked for (`idp.login.losing`)."""
_LIMITS = frozenset({Reason.TOO_MANY_ATTEMPTS, Reason.SEND_LIMITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the interaction."""

    template: str
    status: int
    retry_after: int | None
    locales: tuple[str, ...]
    """Languages that the application asked for, the most wanted first."""
    values: Mapping[str, object] = field(repr=False)


def page_of(shown: Shown) -> Page:
    """Return the page of where an interaction stands."""
    standing = shown.standing
    wait = _seconds_left(shown)
    values: dict[str, object] = {
        "client_name": _client_name(shown),
        "account": _account(shown),
        "actions": tuple(
            standing.situation.bundle.actions[name].title
            for name in standing.situation.demand.actions
            if name in standing.situation.bundle.actions
        ),
        "reasons": standing.decision.reasons,
        "said": _said(standing),
        "error": str(shown.rejected.reason) if shown.rejected else "",
        "tried": shown.tried,
        "down": tuple(
            dict.fromkeys(
                item.factor for item in standing.situation.enrolled if item.factor in standing.situation.outages
            )
        ),
        "wait": wait,
        "state": standing.situation.interaction.version,
        "elsewhere": standing.elsewhere,
        "may_lengthen": standing.situation.may_lengthen,
        "recovering_until": _recovering_until(shown),
        "lost_path": f"{LOST}/{standing.situation.interaction.id}" if _may_have_lost(shown) else "",
    }
    status = _status(shown)
    return Page(
        template=f"login/{standing.step.template or 'ready'}.html",
        status=status,
        retry_after=wait if status == 429 else None,
        locales=standing.situation.interaction.demand.ui_locales,
        values=values | _values_of_step(shown),
    )


def _said(standing: Standing) -> Mapping[str, str]:
    """Return the first of the reasons that the policy says in its own words, by language; a refusal's own before all.

    Of several rules the first in the text speaks, as the page has one sentence.
    """
    sentences = standing.situation.bundle.reasons
    codes = (standing.decision.reason, *standing.decision.reasons)
    return next((sentences[code] for code in codes if code in sentences), {})


def _recovering_until(shown: Shown) -> datetime | None:
    """Return when a recovery of this person will have cooled off."""
    user, now = shown.standing.situation.user, shown.standing.situation.now
    until = user.recovering_until if user else None
    return until if until is not None and until > now else None


def _may_have_lost(shown: Shown) -> bool:
    """Tell whether the page asks for, or lacks, something that the person may have lost."""
    match shown.standing.step:
        case Challenge(factor=factor):
            return factor != "password"
        case Refuse(reason=reason):
            return reason == Reason.FACTOR_UNAVAILABLE and shown.standing.decision.available_at is None
    return False


def _values_of_step(shown: Shown) -> dict[str, object]:
    demand = shown.standing.situation.interaction.demand
    match shown.standing.step:
        case Identify(first=first):
            username = shown.typed.get("username", "") or demand.login_hint
            return {"is_new": "create" in demand.prompt, "username": username, "first": first} | _ceremony(shown)
        case Challenge(factor=factor, others=others, skippable=skippable):
            username = user.username if (user := shown.standing.situation.user) else ""
            asked = {
                "others": others,
                "labels": _labels(shown),
                "account_username": username,
                "trust_for": _trust_for(shown),
                "skippable": skippable,
            }
            return asked | _grace(shown) | _put(shown, factor)
        case Enroll(factors=factors, factor=factor, skippable=skippable, is_quiet=is_quiet):
            set_up = {"factors": factors, "skippable": skippable, "is_quiet": is_quiet, "typed": shown.typed}
            return set_up | _grace(shown) | _put(shown, factor)
        case Lengthen(shortest=shortest, may_enrol=may_enrol):
            user = shown.standing.situation.user
            username = user.username if user else ""
            return {
                "shortest": shortest,
                "longest": MAX_LENGTH,
                "may_enrol": may_enrol,
                "account_username": username,
            }
        case Consent(scopes=scopes):
            return {"scopes": scopes}
        case Refuse(reason=reason):
            return {"reason": reason}
    return {}


def _grace(shown: Shown) -> dict[str, object]:
    """Return how far the person may still put off what a rule asks of them, and how soon it is asked again."""
    situation, rule = shown.standing.situation, shown.standing.decision.enrol_rule
    order = next((each.enrol for each in situation.bundle.rules if each.id == rule), None)
    grace = grace_of(order, ask_of(rule, situation.enrol_asks), situation.now) if order is not None else None
    return {
        "puts_off_left": grace.left if grace else None,
        "puts_off_until": grace.until if grace else None,
        "asked_again_after": order.cool_down.total_seconds() if order and order.cool_down else None,
    }


def _ceremony(shown: Shown) -> dict[str, object]:
    """Return what the page needs for a passkey to say who somebody is; nothing where there are none."""
    factor = shown.standing.ceremonial
    kept = kept_of(shown.standing.situation.interaction, factor.name) if factor else None
    return {"has_passkeys": factor is not None, "page": kept.page if kept else {}}


def _put(shown: Shown, factor: str) -> dict[str, object]:
    """Return what is shown of the factor that is asked for or set up, and of the challenge that has been put."""
    standing = shown.standing
    kept = kept_of(standing.situation.interaction, factor)
    asked = standing.factor
    enrollable = standing.installed.enrollable_factor(factor)
    return {
        "factor": factor,
        "is_sent": asked is not None and asked.sending is not None,
        "is_ready": kept is not None,
        "is_external": asked is not None and asked.name in standing.installed.redirected,
        "is_unseen": kept is not None and kept.is_unseen,
        "is_typed": enrollable is not None and bool(enrollable.typed_name),
        "page": kept.page if kept else _described(shown),
        "resend_wait": _until(shown, standing.resend_at),
    }


def _described(shown: Shown) -> Mapping[str, str]:
    """Return what the factor says of what the person holds."""
    standing = shown.standing
    asked = standing.factor
    factor = standing.installed.described.get(asked.name) if asked is not None else None
    if asked is None or factor is None or not isinstance(standing.step, Challenge):
        return {}
    return factor.describe([each for each in standing.situation.credentials if each.factor == asked.name])


def _trust_for(shown: Shown) -> float | None:
    """Return for how many seconds this browser could be trusted; None where that would be of no use."""
    standing, situation = shown.standing, shown.standing.situation
    if not is_offered(situation.bundle, standing.decision, situation.facts()):
        return None
    return situation.bundle.trusted_devices.ttl.total_seconds()


def _until(shown: Shown, moment: datetime | None) -> int | None:
    """Return how many seconds are left until then."""
    return None if moment is None else max(1, round((moment - shown.standing.situation.now).total_seconds()))


def _status(shown: Shown) -> int:
    if shown.rejected is None:
        return 200
    step = shown.standing.step
    is_locked = isinstance(step, Refuse) and step.reason == Reason.FACTOR_UNAVAILABLE
    return 429 if is_locked or shown.rejected.reason in _LIMITS else 422


def _seconds_left(shown: Shown) -> int | None:
    """Return how long waiting helps, if it does."""
    until = shown.rejected.until if shown.rejected else None
    moments = [moment for moment in (until, shown.standing.decision.available_at) if moment is not None]
    return _until(shown, min(moments, default=None))


def _client_name(shown: Shown) -> str:
    client = shown.standing.situation.client
    return (client.client_name or client.client_id) if client else ""


def _account(shown: Shown) -> str:
    user = shown.standing.situation.user
    return (user.display_name or user.username) if user else ""


def _labels(shown: Shown) -> Mapping[str, str]:
    """Return what the person calls each enrolled factor."""
    return {item.factor: item.label for item in shown.standing.situation.credentials if item.label}
