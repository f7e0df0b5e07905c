"""From one pepper to the next: what is seen again moves to its new key (risk.md §5.4).

What is not seen again within the reach of a history is forgotten anyway, so that nothing is left under the old pepper
by the time it goes.
"""

from collections.abc import Iterable

from idp.risk.history import History
from idp.risk.observation import Keys
from idp.risk.population import Population

Moves = tuple[tuple[int, int], ...]
"""Old keys and their new ones."""


def moves(old: Keys, new: Keys) -> Moves:
    """Return what moves where: the same observation under two peppers."""
    pairs = {
        before: after
        for chain, again in zip(old.chains, new.chains, strict=True)
        for before, after in zip(chain, again, strict=True)
    }
    if old.cookie:
        pairs[old.cookie] = new.cookie
    return tuple(pairs.items())


def move(pairs: Moves, history: History, population: Population) -> None:
    """Move what is known under old keys; a second time changes nothing."""
    for old, new in pairs:
        history.move(old, new)
        population.move(old, new)


def moved(keys: Keys, pairs: Iterable[tuple[int, int]]) -> Keys:
    """Return keys as they are called by now."""
    names = dict(pairs)
    return Keys(
        network=tuple(names.get(key, key) for key in keys.network),
        client=tuple(names.get(key, key) for key in keys.client),
        cookie=names.get(keys.cookie, keys.cookie),
        hints=tuple(names.get(key, key) for key in keys.hints),
    )
