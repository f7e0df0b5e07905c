"""The one question of this product: given a decision, what must happen next.

`next_step` is the only place that answers it, for every path: sign-in, single sign-on, step-up, `prompt=none`, our own
pages.
Pure: facts come in as values, whoever carries out the answer knows no rule.
"""

from idp.login.model import Challenge, Consent, Enroll, Finish, Identify, Lengthen, Refuse, Step
from idp.policy.model import Decision, Outcome


def next_step(  # noqa: PLR0913 -- each is one fact that the answer follows from
    decision: Decision,
    *,
    is_known: bool,
    first: tuple[str, ...],
    chosen: str,
    consent: tuple[str, ...],
    further: tuple[str, ...] = (),
    unseen: str = "",
    quietly: str = "",
    lengthen: Lengthen | None = None,
) -> Step:
    """Return the step that follows from a decision.

    `is_known`: whether the interaction is about somebody. `first`: factors that may open a session. `chosen`: the
    factor picked by "try another way" or to be set up. `consent`: scopes the person must still be asked about.
    `further`: factors of which one may be set up when nothing else is asked. `unseen`: a factor whose answer was used
    up and replaced; whoever did not say that they have the new one would be left without, so that comes before all.
    `quietly`: a factor that the browser may set up by itself when everything is proved; it holds up nobody.
    `lengthen`: the longer password without which nothing is finished; something else may be set up instead.
    """
    if unseen and is_known:
        return Enroll(factors=(unseen,), skippable=False, factor=unseen)
    match decision.outcome:
        case Outcome.DENY:
            return Refuse(reason=decision.reason, error=decision.error)
        case Outcome.CHALLENGE if not is_known or not decision.options:
            # No options although somebody is known: the demand names somebody else (`id_token_hint`).
            return Identify(first=first)
        case Outcome.CHALLENGE:
            return _challenge(decision, chosen)
        case Outcome.ENROL:
            factors = tuple(option[0] for option in decision.options)
            return _enrolment(factors, chosen, skippable=decision.skippable)
        case Outcome.ALLOW:  # pragma: no branch - every outcome has its case
            return _allowed(consent, chosen=chosen, further=further, quietly=quietly, lengthen=lengthen)


def _allowed(
    consent: tuple[str, ...], *, chosen: str, further: tuple[str, ...], quietly: str, lengthen: Lengthen | None
) -> Step:
    """Finish, once what is still to be set up and asked has been."""
    if further:
        return _enrolment(further, chosen, skippable=True)
    if quietly:
        return Enroll(factors=(quietly,), skippable=True, factor=quietly, is_quiet=True)
    if lengthen is not None:
        return lengthen
    return Consent(scopes=consent) if consent else Finish()


def _challenge(decision: Decision, chosen: str) -> Challenge:
    """Ask the first member of the best option; a factor the person chose comes first where an option begins with it."""
    offered = tuple(dict.fromkeys(option[0] for option in decision.options))
    factor = chosen if chosen in offered else offered[0]
    others = tuple(other for other in offered if other != factor)
    return Challenge(factor=factor, others=others, skippable=decision.skippable, error=decision.error)


def _enrolment(factors: tuple[str, ...], chosen: str, *, skippable: bool) -> Enroll:
    """Ask to set up one of these; where there is only one, it is the one."""
    only = factors[0] if len(factors) == 1 else ""
    return Enroll(factors=factors, skippable=skippable, factor=chosen if chosen in factors else only)
