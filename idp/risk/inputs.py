"""The inputs of risk: how each is, and what follows where one is not as it should be (risk.md §5.2).

Whatever is missing, nobody passes more easily for it. One that was never installed is neutral and says so. One that is
older than it should be still speaks: a list counts as it stands, while a file of places or providers speaks against
somebody and no longer for them, as what it calls home may have been sold. One that should be there and cannot be read
makes risk unknown, which a rule takes for a match (policy.md §2).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Health(StrEnum):
    """How an input is."""

    FRESH = "fresh"
    STALE = "stale"
    ABSENT = "absent"
    FAILED = "failed"


class Mode(StrEnum):
    """What follows from an input that is not fresh."""

    NEUTRAL = "neutral"
    """It is told, and changes nothing."""
    DEGRADE = "degrade"
    """What it would say for somebody is left out."""
    RAISE = "raise"
    """Risk is unknown."""


_FILE = {Health.ABSENT: Mode.NEUTRAL, Health.STALE: Mode.DEGRADE, Health.FAILED: Mode.RAISE}
_LIST = {Health.ABSENT: Mode.NEUTRAL, Health.STALE: Mode.NEUTRAL, Health.FAILED: Mode.RAISE}
_OFFERED = {Health.ABSENT: Mode.NEUTRAL, Health.STALE: Mode.NEUTRAL, Health.FAILED: Mode.NEUTRAL}
MODES: Mapping[str, Mapping[Health, Mode]] = {
    "city": _FILE,
    "asn": _FILE,
    "lists": _LIST,
    "mail_domains": _LIST,
    "address": _LIST,
    "hints": _OFFERED,
    "phone": _OFFERED,
}
"""Files and lists an operator installs, the address a connection comes from, and what a person or browser may offer."""
_SPOKEN_FOR = {"city": "country", "asn": "provider"}
"""Of which level of the network each file tells."""

Healths = Mapping[str, Health]
FAILURES = frozenset(f"{name}_{Health.FAILED}" for name, modes in MODES.items() if modes[Health.FAILED] is Mode.RAISE)
"""The reasons for which nobody's risk is known."""


def mode_of(name: str, health: Health) -> Mode:
    """Return what follows from an input's health."""
    return Mode.NEUTRAL if health is Health.FRESH else MODES[name][health]


def doubted(healths: Healths) -> frozenset[str]:
    """Return the levels that may speak against a sign-in and not for it."""
    levels = (
        level for name, level in _SPOKEN_FOR.items() if mode_of(name, healths.get(name, Health.FRESH)) is Mode.DEGRADE
    )
    return frozenset(levels)


def reasons(healths: Healths) -> Iterable[str]:
    """Yield a reason of its own for each input that is not as it should be."""
    return (f"{name}_{health}" for name, health in healths.items() if health is not Health.FRESH)
