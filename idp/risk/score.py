"""The score: a sum of terms, each the logarithm of a likelihood ratio with a name of its own (risk.md §5.1).

Each level of a chain compares how common a value is among everybody with how likely this person is to show it; below
the first value they never showed, nothing is added, so that novelty counts once. What a thief may copy (country,
provider, client) can excuse only so much: `network_copied` and `client_copied` are what is taken back of it. The
device's cookie cannot be copied by looking, and counts in full; that it is missing says little where the client is new.
Nor do attackers come from where customers come: a part of them is thought to come from any country and any provider of
it alike, so that what is rare among everybody and new to the person weighs more.
Somebody of whom little is known shows new things more often, whoever they are: `short_past` and `long_past` even out a
part of it, so that newcomers are not asked several times as often as others.
"""

from collections.abc import Iterable
from datetime import datetime
from math import exp, log
from typing import NamedTuple

from idp.risk.history import History
from idp.risk.model import Term
from idp.risk.observation import CLIENT, HINTS, NETWORK, Keys
from idp.risk.population import CLIENT_CHAIN, HINTS_CHAIN, NETWORK_CHAIN, Population

MODEL = 2
"""Rises with every change after which the same sign-in has other points."""
COPIED_NETWORK = 0.002
"""Of those who know the password, how many come through the owner's own country, provider and neighbourhood."""
COPIED_CLIENT = 0.002
"""How many show the owner's own client."""
COPIED_BOTH = 0.004
"""How many do both: whoever copies one has a reason to copy the other, so it is no matter of chance."""
FROM_ANYWHERE = 0.4
"""How many come from a country, or from a provider of it, however few people do."""
FORGED_COOKIE = 1e-4
"""How many bring the owner's device cookie: malware and phishing proxies, which no score sees."""
_LEAST_KINDS = 8
"""So many countries, and providers of each, are thought to exist beside those that are known."""
_ANYWHERE = tuple(map(NETWORK.index, ("country", "provider")))
_LEAST_MISSED = 0.02
_OTHERS_MISSED = 2.0
"""How many sign-ins of their own what others' cookies do counts for."""
_EVENING = 0.65
"""How much of the difference that the length of a past makes is evened out, on the scale of its logarithm."""
_EVEN_AT, _EVEN_UNTIL = 4, 20
"""The length at which nothing is evened out, and the one from which on no more is; both one more than sign-ins."""
_NAMES = {NETWORK_CHAIN: NETWORK, CLIENT_CHAIN: CLIENT, HINTS_CHAIN: HINTS}
_NOTHING: frozenset[str] = frozenset()


class Score(NamedTuple):
    """The sum, and what it is the sum of."""

    value: float
    terms: tuple[Term, ...]
    is_first: bool = False
    """Whether the person has no past to compare with: rarity alone speaks."""


def score(
    history: History, population: Population, keys: Keys, now: datetime, *, doubted: frozenset[str] = _NOTHING
) -> Score:
    """Return how much likelier the sign-in is somebody else's than this person's.

    Levels that are `doubted` may speak against it and not for it.
    """
    if not len(history):
        terms = _rarity(population, keys)
        return Score(sum(term.value for term in terms), terms, is_first=True)
    network, address = _network(history, population, keys, now, doubted=doubted)
    client = _client(history, population, keys, now)
    terms = (
        *network,
        *client,
        _taken_back("both_copied", (*network, *client), COPIED_BOTH),
        *address,
        _cookie(history, population, keys),
        _length(history.times(keys.network[0])),
    )
    return Score(sum(term.value for term in terms), terms)


def _network(
    history: History, population: Population, keys: Keys, now: datetime, *, doubted: frozenset[str]
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return what can be copied of the network, and the address, which answers to whoever it belongs to."""
    terms = _chain(history, population, NETWORK_CHAIN, keys.network, now)
    if doubted:
        terms = [term for term in terms if term.value > 0 or term.code.rpartition("_")[0] not in doubted]
    copyable = tuple(term for term in terms if not term.code.startswith(NETWORK[-1]))
    address = tuple(term for term in terms if term.code.startswith(NETWORK[-1]))
    return (*copyable, _taken_back("network_copied", copyable, COPIED_NETWORK)), address


def _client(history: History, population: Population, keys: Keys, now: datetime) -> tuple[Term, ...]:
    terms = _chain(history, population, CLIENT_CHAIN, keys.client, now)
    terms += _chain(history, population, HINTS_CHAIN, keys.hints, now)
    return (*terms, _taken_back("client_copied", terms, COPIED_CLIENT))


def _chain(history: History, population: Population, chain: int, path: tuple[int, ...], now: datetime) -> list[Term]:
    names, terms = _NAMES[chain], []
    anywhere = _ANYWHERE if chain == NETWORK_CHAIN else ()
    for step in history.steps(path, now):
        common = population.share(step.parent, step.key)
        new = population.newness(chain, step)
        unusual = population.unusual_share(step.parent, step.key, common)
        likely = (1 - new) * step.times / step.seen + new * unusual
        attackers = common
        if step.level in anywhere:
            attackers += FROM_ANYWHERE * (_anywhere(population, step.parent) - common)
        terms.append(Term(f"{names[step.level]}_{'usual' if step.times else 'new'}", log(attackers / likely)))
    return terms


def _taken_back(code: str, terms: Iterable[Term], copied: float) -> Term:
    """Return what is added when this share of attackers shows exactly what the owner would."""
    value = sum(term.value for term in terms)
    return Term(code, log((1 - copied) * exp(value) + copied) - value)


def _cookie(history: History, population: Population, keys: Keys) -> Term:
    is_known = history.has_client(keys)
    missed = population.missing(has_known_client=is_known)
    if is_known:
        missed = (history.misses + _OTHERS_MISSED * missed) / (history.chances + _OTHERS_MISSED)
    missed = min(1 - _LEAST_MISSED, max(_LEAST_MISSED, missed))
    if history.has_cookie(keys):
        return Term("device_cookie_known", log(FORGED_COOKIE / (1 - missed)))
    return Term("device_cookie_missing", -log(missed))


def _length(sign_ins: int) -> Term:
    """Return what evens out how much is known of the person."""
    value = _EVENING * (log(min(1 + sign_ins, _EVEN_UNTIL)) - log(_EVEN_AT))
    return Term("short_past" if value < 0 else "long_past", value)


def _anywhere(population: Population, parent: int) -> float:
    """Return the share of one value among those who come from all of them alike."""
    return 1 / (_LEAST_KINDS + population.kinds.get(parent, 0))


def _rarity(population: Population, keys: Keys) -> tuple[Term, ...]:
    """Return how rare country and provider are among everybody, for somebody without a past.

    There is nobody to copy, so whoever attacks is thought to come from any country and any provider of it alike.
    """
    root, country, provider, *_ = keys.network
    return tuple(
        Term(f"{NETWORK[level]}_rare", log(_anywhere(population, parent) / population.commonness(parent, key)))
        for level, (parent, key) in enumerate(((root, country), (country, provider)))
        if parent != key
    )
