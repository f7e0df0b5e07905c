"""The relying party's demand for a level (policy.md §3.3; OIDC Core 1.0 §3.1.2.1, §5.5.1.1; RFC 9470 §5).

Lists are alternatives in order of preference. The choice among them looks at what this person holds, can reach or may
enrol, and never at rules: so no rule can move it to something easier. Defaults and a non-essential `acr` claim are
voluntary: they never enrol and never fail.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from idp.core.reasons import Reason
from idp.policy.language import FIRST_LEVEL, Bundle
from idp.policy.levels import join
from idp.policy.model import Demand, Requirement
from idp.policy.options import is_reachable
from idp.policy.rulings import Contribution
from idp.policy.situation import Situation, max_age_asked

MayEnrol = Callable[[Requirement], bool]


class Wishes(Struct, frozen=True, kw_only=True):
    """The known values asked for, as levels, in order of preference."""

    required: tuple[tuple[str, ...], ...]
    """Lists of which one level each must hold: the essential `acr` claim, `acr_values`."""
    voluntary: tuple[str, ...]
    is_void: bool
    """An essential list none of whose values is known: nobody can meet it."""


def wishes_of(bundle: Bundle, demand: Demand) -> Wishes:
    """Return what a demand asks for; unknown values are ignored, and a list of unknown `acr_values` is void."""
    essential = _known(bundle, demand.essential_acr)
    required = tuple(levels for levels in (essential, _known(bundle, demand.acr_values)) if levels)
    named = _known(bundle, demand.requested_acr)
    defaults = () if required or named else _known(bundle, demand.default_acr_values)
    return Wishes(
        required=required,
        voluntary=() if required else named or defaults,
        is_void=bool(demand.essential_acr) and not essential,
    )


def asked_spellings(bundle: Bundle, demand: Demand) -> tuple[str, ...]:
    """Return the known values in the order in which `acr` answers them, as they were spelled (policy.md, Tokens)."""
    is_named = _known(bundle, (*demand.essential_acr, *demand.acr_values, *demand.requested_acr))
    defaults = () if is_named else demand.default_acr_values
    asked = (*demand.essential_acr, *demand.acr_values, *defaults, *demand.requested_acr)
    return tuple(value for value in asked if value in bundle.names)


def chosen_wishes(situation: Situation, wishes: Wishes, may_enrol: MayEnrol) -> tuple[Contribution, ...] | None:
    """Return the chosen level of each required list; None when one of them cannot be met at all."""
    chosen: list[Contribution] = []
    for levels in wishes.required:
        level = _choice(situation, levels, may_enrol)
        if level is None:
            return None
        chosen.append(wish_for(level))
    return tuple(chosen)


def voluntary_wish(situation: Situation, wishes: Wishes) -> Contribution | None:
    """Return the first voluntary level that is held or can be reached now."""
    for level in wishes.voluntary:
        if is_reachable(situation, _alone(situation, level)):
            return wish_for(level)
    return None


def wish_for(level: str) -> Contribution:
    """Return the contribution of one wished level."""
    return Contribution(name="", reason=Reason.CLIENT_REQUEST, requirement=Requirement(acr=(level,)))


def _choice(situation: Situation, levels: Iterable[str], may_enrol: MayEnrol) -> str | None:
    """Return the first level held or reachable now, else once what is enrolled works again, else by enrolling."""
    ways: tuple[MayEnrol, ...] = (
        lambda requirement: is_reachable(situation, requirement),
        lambda requirement: is_reachable(situation, requirement, with_unavailable=True),
        may_enrol,
    )
    for way in ways:
        for level in levels:
            if way(_alone(situation, level)):
                return level
    return None


def _alone(situation: Situation, level: str) -> Requirement:
    """Return what the relying party alone asks: this level, as fresh as it says."""
    alone = Requirement(acr=(FIRST_LEVEL, level), max_age=max_age_asked(situation.facts))
    return join(situation.bundle, (alone,))


def _known(bundle: Bundle, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bundle.names[value] for value in values if value in bundle.names))
