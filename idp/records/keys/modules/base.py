"""What a place for private keys must do (features.md O4): make a pair, and sign with it later, in any process.

The rule it keeps: whoever signs needs no private half. What the database holds of a key in a module is a reference, so
that a stolen database, with the keys that seal it, signs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

ENTRY_POINTS = "idp.key_modules"
"""Where packages offer modules of their own, by the scheme of `IDP_KEY_MODULE`: a callable that takes its text and
returns a `KeyModule`, and raises ValueError saying what the text must be."""
RSA_BITS = 2048
"""NIST SP 800-57 Part 1: 112 bits of strength; what every relying party accepts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A new pair of keys."""

    public: Mapping[str, Any]
    """The public half as a JWK (RFC 7517 §4) of nothing but what it is mathematically: no `kid`, no `use`."""
    private: Mapping[str, Any] = field(repr=False)
    """What the module finds the private half by; JSON, and sealed before it is kept."""


class Signer(Protocol):
    """One key that signs."""

    @property
    def kid(self) -> str:
        """Return the key's name, as it is published."""
        ...

    @property
    def alg(self) -> str:
        """Return the one algorithm that it signs with."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a JWS (RFC 7515 §5.1), as RFC 7518 §3.3 and §3.4 write it.

        Raises BusyError while the key cannot be reached.
        """
        ...


class KeyModule(Protocol):
    """Makes keys and signs with them. One object serves all threads of a process."""

    @property
    def name(self) -> str:
        """Return the name by which keys say where they are; it never changes."""
        ...

    def make(self, alg: str) -> Pair:
        """Make a pair for `RS256` or `ES256`. Raises ValueError for others, BusyError while it cannot be reached."""
        ...

    def signer(self, private: Mapping[str, Any], *, kid: str, alg: str) -> Signer:
        """Return what signs with the key that was made so.

        Raises LookupError when there is no such key any more, BusyError while it cannot be reached.
        """
        ...
