"""Names whose meaning others have fixed: a level that answers to one should ask for what it says (MSG-13).

`mfa` (as `amr`, RFC 8176 §2) and the PAPE policy multi-factor (OpenID PAPE 1.0 §4) ask for more than one kind of proof;
`phr` and `phrh` for one that cannot be relayed (OpenID Connect EAP ACR Values 1.0).
"""

from collections.abc import Iterator

from idp.policy.language import Level

_PAPE = "http://schemas.openid.net/pape/policies/2007/06/"
_MULTI_FACTOR = ("mfa", _PAPE + "multi-factor")
_RESISTANT = ("phr", "phrh", _PAPE + "phishing-resistant")


def overstatements(level: Level) -> Iterator[str]:
    """Yield, for each name of a level that promises more than it asks for, what is wrong with it."""
    names = (level.name, *level.aliases)
    if any(way.kinds < 2 for way in level.needs):
        yield from (_sentence(name, "two kinds of proof") for name in _MULTI_FACTOR if name in names)
    if not all(way.phishing_resistant for way in level.needs):
        yield from (_sentence(name, "a phishing-resistant proof") for name in _RESISTANT if name in names)


def _sentence(name: str, proof: str) -> str:
    return f"it answers to {name}, by which applications understand {proof}: say `needs` so, or take the name away"
