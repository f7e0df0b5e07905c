"""Whether a demand asks for more than there are proofs of, told before anything is decided.

It decides nothing and knows no rule: whoever gathers facts learns by it that a challenge is to be expected, and looks
at what only matters to one first, so that it is decided once instead of twice. What it says is never too much: where it
says so, `decide` cannot allow.
"""

from collections.abc import Iterator, Sequence

from idp.core.assurance import Evidence
from idp.policy.language import Bundle
from idp.policy.levels import suffices, worth_of
from idp.policy.model import Demand
from idp.policy.wishes import wishes_of


def falls_short(bundle: Bundle, demand: Demand, evidence: Sequence[Evidence]) -> bool:
    """Tell whether all proofs together, whatever their age and whosever they are, hold none of what is asked for."""
    asked = tuple(_asked(bundle, demand))
    if not asked:
        return False
    traits = bundle.traits
    worths = [
        (proof.channel, worth_of(traits[proof.factor], proof.properties))
        for proof in evidence
        if proof.factor in traits
    ]
    return any(not any(suffices(way, worths) for level in levels for way in bundle.ways[level]) for levels in asked)


def _asked(bundle: Bundle, demand: Demand) -> Iterator[tuple[str, ...]]:
    """Yield lists of levels, of each of which one is asked for: by the relying party, or by an action that it names."""
    yield from wishes_of(bundle, demand).required
    for name in demand.actions:
        if name in bundle.actions:
            yield from ((level,) for level in bundle.actions[name].require.acr)
