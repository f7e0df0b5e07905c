"""Whose password stands alone because somebody else took away what stood beside it (NIST SP 800-63B-4 §3.1.1.2).

What is kept is only when that was; whether it matters follows from what the person holds now. Until a password is given
that may stand alone, nobody knows that this one may.
"""

from collections.abc import Iterable

from idp.core.assurance import Evidence
from idp.factors.base import Credential
from idp.login.budget import PASSWORD
from idp.login.choosing import shortest_for
from idp.policy.language import Bundle
from idp.records.users.model import User


def longer_for(user: User, bundle: Bundle, held: Iterable[Credential]) -> int:
    """Return how many characters the password must have that the person signs in with next; 0: as it is."""
    return 0 if user.methods_taken_at is None else alone_with(bundle, held)


def alone_with(bundle: Bundle, held: Iterable[Credential]) -> int:
    """Return how many characters a password must have beside this alone; 0: no more than any, or there is none."""
    credentials = tuple(held)
    if all(each.factor != PASSWORD for each in credentials):
        return 0
    shortest = shortest_for(bundle.password, credentials, bundle.traits)
    return shortest if shortest > bundle.password.min else 0


def is_given(evidence: Iterable[Evidence], interaction_id: str) -> bool:
    """Tell whether the password is a proof of this interaction: of a session alone, nothing is asked."""
    return any(proof.factor == PASSWORD and proof.interaction_id == interaction_id for proof in evidence)
