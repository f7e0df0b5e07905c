"""The score of the published science, to measure ours against: Freeman et al. (NDSS 2016), equation 7.

S = Π over features of p(x) / p(x|u) · p(u|A) / p(u|L), without attack data, with the features, weights and smoothing of
Wiefling et al. (ACM TOPS 2022): the address (address, provider, country) and the user agent (text, browser, system,
device). It learns from successful sign-ins and scores from a person's second one on.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import log

ADDRESS_WEIGHTS = (0.6, 0.3, 0.1)
AGENT_WEIGHTS = (0.5387, 0.2680, 0.1882, 0.0051)
UNSEEN_RATIO = 4.0
"""A feature of which the person has shown no level at all counts as four times likelier an attacker's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The two features, finest level first."""

    address: tuple[str, str, str]
    agent: tuple[str, str, str, str]


@dataclass(slots=True)
class _Past:
    """How often each value of each level was seen: of everybody, or of one person."""

    sign_ins: int = 0
    address: tuple[Counter[str], ...] = field(default_factory=lambda: tuple(Counter() for _ in ADDRESS_WEIGHTS))
    agent: tuple[Counter[str], ...] = field(default_factory=lambda: tuple(Counter() for _ in AGENT_WEIGHTS))

    def learn(self, features: Features) -> None:
        self.sign_ins += 1
        for counters, values in ((self.address, features.address), (self.agent, features.agent)):
            for counter, value in zip(counters, values, strict=True):
                counter[value] += 1


class Freeman:
    """The published score over one history of sign-ins."""

    def __init__(self) -> None:
        self._all = _Past()
        self._people: dict[str, _Past] = {}

    def knows(self, person: str) -> bool:
        """Tell whether the person has a history to be scored against."""
        return person in self._people

    def learn(self, person: str, features: Features) -> None:
        """Take a successful sign-in into the history."""
        self._all.learn(features)
        self._people.setdefault(person, _Past()).learn(features)

    def score(self, person: str, features: Features) -> float:
        """Return S; larger is likelier an attacker. Raises KeyError for somebody without history."""
        past, everybody = self._people[person], self._all
        totals = (everybody.sign_ins, past.sign_ins)
        address = _ratio(everybody.address, past.address, features.address, ADDRESS_WEIGHTS, totals)
        agent = _ratio(everybody.agent, past.agent, features.agent, AGENT_WEIGHTS, totals)
        owner = (1 / len(self._people)) / (past.sign_ins / everybody.sign_ins)
        return address * agent * owner

    def logarithm(self, person: str, features: Features) -> float:
        """Return ln S, on the scale of our own score."""
        return log(self.score(person, features))


def _ratio(
    everybody: tuple[Counter[str], ...],
    own: tuple[Counter[str], ...],
    values: tuple[str, ...],
    weights: tuple[float, ...],
    totals: tuple[int, int],
) -> float:
    """Return p(x) / p(x|u) of one feature, each a weighted sum over its levels."""
    shares = _smoothed(everybody, values, totals[0])
    common = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    levels = zip(weights, own, values, strict=True)
    likely = sum(weight * counter[value] / totals[1] for weight, counter, value in levels)
    return common / likely if likely else UNSEEN_RATIO


def _smoothed(everybody: tuple[Counter[str], ...], values: tuple[str, ...], total: int) -> tuple[float, ...]:
    """Return each level's share among everybody; the finest is smoothed for values never seen."""
    seen = everybody[0][values[0]]
    coarser = 1 + sum(len(counter) for counter in everybody[1:])
    finest = (
        seen / total * total / (total + coarser) * seen / (seen + len(everybody)) if seen else 1 / (total + coarser)
    )
    return (finest, *(counter[value] / total for counter, value in zip(everybody[1:], values[1:], strict=True)))
