"""What discovery says of levels: the values a client may ask for, and which of them satisfy which.

A level that nobody can reach with the bundle's factors and settings is left out: `phrh` where `attestation` is `none`
(policy.md §2).
"""

from datetime import UTC, datetime

from idp.policy.attainable import attainable_levels
from idp.policy.language import Bundle

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Ideal proofs are fresh at whatever time."""


def acr_values_supported(bundle: Bundle) -> tuple[str, ...]:
    """Return all names and aliases of reachable levels, weakest first (OpenID Connect Discovery 1.0 §3)."""
    return tuple(name for level in _weakest_first(bundle) for name in _spellings(bundle, level))


def acr_satisfied_by(bundle: Bundle) -> dict[str, list[str]]:
    """Return, by reachable level, every name and alias that is as strong, itself first."""
    reachable = _weakest_first(bundle)
    return {
        level: [
            name
            for other in sorted(reachable, key=lambda other: other != level)
            if other in bundle.stronger[level]
            for name in _spellings(bundle, other)
        ]
        for level in reachable
    }


def _weakest_first(bundle: Bundle) -> list[str]:
    """Return the reachable levels so that none stands before one it is as strong as."""
    levels = attainable_levels(bundle, now=_ANY_TIME)
    weaker = {level: sum(level in stronger for stronger in bundle.stronger.values()) for level in levels}
    return sorted(levels, key=lambda level: weaker[level])


def _spellings(bundle: Bundle, level: str) -> tuple[str, ...]:
    return (level, *bundle.levels[level].aliases)
