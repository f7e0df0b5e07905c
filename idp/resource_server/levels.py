"""Which `acr` is as strong as which: what discovery's `acr_satisfied_by` says, and nothing that is guessed.

Levels are not numbers and names do not order themselves. Without the provider's word, a value satisfies itself alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_MOST = 200


class Levels:
    """The provider's ladder."""

    def __init__(self, satisfied_by: Any = None) -> None:
        self._satisfied_by = _parse(satisfied_by)

    def satisfies(self, acr: str, asked: Iterable[str]) -> bool:
        """Tell whether a token with `acr` meets any one of the values `asked` for (RFC 9470 §3); none asked is met."""
        wanted = tuple(asked)
        return not wanted or (acr != "" and any(acr in self._strong_enough(value) for value in wanted))

    def _strong_enough(self, asked: str) -> frozenset[str]:
        """Return every value that meets `asked`.

        An alias is not a key of its own. It is in the list of its level and of all weaker ones; each of these holds the
        list of its level, so what they share is exactly that list.
        """
        own = frozenset({asked})
        if asked in self._satisfied_by:
            return own | self._satisfied_by[asked]
        holding = [values for values in self._satisfied_by.values() if asked in values]
        return own | frozenset.intersection(*holding) if holding else own


def _parse(told: Any) -> Mapping[str, frozenset[str]]:
    """Return the ladder; whatever is not a list of texts is left out, so that it satisfies nothing."""
    if not isinstance(told, Mapping) or len(told) > _MOST:
        return {}
    return {
        level: frozenset(values)
        for level, values in told.items()
        if isinstance(values, list) and len(values) <= _MOST and all(isinstance(value, str) for value in values)
    }
