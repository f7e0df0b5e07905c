"""How often one address may make us work in a minute: forms it sends, sign-ins it begins, requests it pushes."""

from idp.app.parts import Parts
from idp.web.pacing import Pace


def forms(parts: Parts) -> Pace:
    """Return what counts forms, with all nodes where they share a Redis."""
    return Pace(most=parts.settings.pace, shared=parts.database.shared, keys=parts.database.keys, clock=parts.clock)


def beginnings(parts: Parts) -> Pace:
    """Return what counts what begins: each process by itself, as it is asked in the midst of a transaction."""
    return Pace(most=parts.settings.pace, shared=None, keys=parts.database.keys, clock=parts.clock)
