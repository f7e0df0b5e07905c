"""What is missing, as options: the sets of enrolled factors that would satisfy a requirement (policy.md §3.6).

No set has a superfluous member; smaller sets come first, among equals the one that last succeeded on this device (never
a backup code), then by `factors.order`. Within a set, what may open a session is asked first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import combinations, islice, product

from idp.policy.model import Requirement
from idp.policy.proofs import Proof
from idp.policy.situation import Options, Situation

MAX_MEMBERS = 4
"""More proofs than this are never asked in one go: no level needs them."""
_MAX_CHOICES = 64
_ONE_TIME_LISTS = frozenset({"backup_code", "recovery_code"})
Rank = tuple[float, int, str]


def options(situation: Situation, requirement: Requirement, *, with_unavailable: bool = False) -> Options:
    """Return the options, best first; with `with_unavailable`, also those that cannot be used now."""
    key = (requirement, with_unavailable)
    if key not in situation.options:
        situation.options[key] = _options(situation, requirement, with_unavailable=with_unavailable)
    return situation.options[key]


def _options(situation: Situation, requirement: Requirement, *, with_unavailable: bool) -> Options:
    choices = _choices(situation, requirement, with_unavailable=with_unavailable)
    terms = situation.terms(requirement)
    everything = [proof for proofs in choices.values() for proof in proofs]
    if not terms.meets(requirement.acr, [*situation.proofs, *everything]):
        return ()
    found: list[frozenset[str]] = []
    for names in _sets(choices):
        if any(smaller <= names for smaller in found):
            continue
        if any(terms.meets(requirement.acr, [*situation.proofs, *chosen]) for chosen in _each_choice(choices, names)):
            found.append(names)
    return _ranked(situation, found)


def is_reachable(situation: Situation, requirement: Requirement, *, with_unavailable: bool = False) -> bool:
    """Tell whether a requirement is held, or could be with what is enrolled."""
    if situation.meets(requirement):
        return True
    return bool(options(situation, requirement, with_unavailable=with_unavailable))


def available_at(situation: Situation, sets: Iterable[tuple[str, ...]]) -> datetime | None:
    """Return the first moment at which one of these options may be used, None when nobody knows."""
    until = {each.factor: each.available_at for each in situation.enrolled if not each.available}
    moments = []
    for names in sets:
        waits = [until[name] for name in names if name in until]
        known = [moment for moment in waits if moment is not None]
        if known and len(known) == len(waits):
            moments.append(max(known))
    return min(moments, default=None)


def _choices(situation: Situation, requirement: Requirement, *, with_unavailable: bool) -> dict[str, list[Proof]]:
    """Return, by factor, the distinct proofs that could be given now.

    A factor answered in this interaction is not offered again: its proof counts already, and did not help.
    """
    answered = {proof.factor for proof in situation.proofs if proof.is_here}
    choices: dict[str, list[Proof]] = {}
    for enrolled, proof in zip(situation.enrolled, situation.candidates, strict=True):
        if proof.factor in answered or proof.factor in requirement.forbid:
            continue
        if enrolled.available or with_unavailable:
            choices.setdefault(proof.factor, []).append(proof)
    return {factor: _distinct(proofs, situation) for factor, proofs in choices.items()}


def _distinct(proofs: Sequence[Proof], situation: Situation) -> list[Proof]:
    """Return proofs that differ in what they are worth; channels differ only where something else uses them too."""
    used = {proof.channel for proof in (*situation.proofs, *situation.candidates) if proof.factor != proofs[0].factor}
    seen = {
        (proof.worth, proof.is_held_back, proof.channel if proof.channel in used else ""): proof for proof in proofs
    }
    return list(seen.values())


def _sets(choices: dict[str, list[Proof]]) -> Iterator[frozenset[str]]:
    for size in range(1, min(MAX_MEMBERS, len(choices)) + 1):
        yield from map(frozenset, combinations(choices, size))


def _each_choice(choices: dict[str, list[Proof]], names: frozenset[str]) -> Iterator[tuple[Proof, ...]]:
    return islice(product(*(choices[name] for name in names)), _MAX_CHOICES)


def _ranked(situation: Situation, found: Iterable[frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    ranks = {name: _rank(situation, name) for names in found for name in names}
    first = situation.bundle.first
    ordered = [tuple(sorted(names, key=lambda name: (name not in first, ranks[name]))) for names in found]
    return tuple(sorted(ordered, key=lambda names: (len(names), [ranks[name] for name in names])))


def _rank(situation: Situation, factor: str) -> Rank:
    """Return a factor's place among equals: the latest used here first, then `factors.order`."""
    used = [
        each.used_here_at.timestamp()
        for each in situation.enrolled
        if each.factor == factor and each.used_here_at is not None and factor not in _ONE_TIME_LISTS
    ]
    order = situation.bundle.order
    return -max(used, default=0.0), order.index(factor) if factor in order else len(order), factor
