"""What some factors can do beside what all do; the service asks each whether it can."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, Person, Rotation


@runtime_checkable
class Described(Protocol):
    """A factor whose page says something of what the person holds."""

    def describe(self, held: Sequence[Credential]) -> Mapping[str, str]:
        """Return what the page shows of these credentials; never a secret."""
        ...


@runtime_checkable
class Decoupled(Protocol):
    """A factor that is answered on another device: nothing is typed here, so nothing can be guessed here."""

    ttl: timedelta
    """How long a request waits."""
    pending: int
    """How many requests of one person may wait at once."""

    def request_of(self, challenge: Challenge) -> str:
        """Return the id of the request that was sent; empty: none was."""
        ...


@runtime_checkable
class Redirected(Protocol):
    """A factor that somebody else checks: the browser takes a signed request there, and brings the answer back."""

    url: str
    """Where it is taken."""

    def request_of(self, challenge: Challenge, person: Person) -> Mapping[str, Any]:
        """Return what is asked, as claims for whoever signs them."""
        ...


@runtime_checkable
class Rotated(Protocol):
    """A factor whose answer is replaced as it is used; the person is shown the new one before anything else."""

    def rotate(self, *, tokens: Tokens) -> Rotation:
        """Return what comes next."""
        ...
