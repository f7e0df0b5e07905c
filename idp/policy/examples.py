"""The tests a bundle carries: what is given, what is expected (policy.md §1). What is not named is not compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp.core.assurance import Property
from idp.policy.model import FactValue


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCredential:
    """Something enrolled: `age` since it was, None for long ago."""

    factor: str
    properties: frozenset[Property] | None = None
    age: timedelta | None = None
    is_available: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenProof:
    """A proof given `age` ago, in this interaction if `is_here`."""

    factor: str
    age: timedelta = timedelta(0)
    properties: frozenset[Property] | None = None
    is_here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The situation. Somebody is known as soon as a person, something enrolled or a proof is given."""

    client: str = "client"
    actions: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    max_age: timedelta | None = None
    prompt: tuple[str, ...] = ()
    user: str = ""
    enrolled: tuple[GivenCredential, ...] | None = None
    evidence: tuple[GivenProof, ...] = ()
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the decision must say; None is not compared."""

    outcome: str | None = None
    acr: tuple[str, ...] | None = None
    max_age: timedelta | None = None
    options: tuple[tuple[str, ...], ...] | None = None
    because: tuple[str, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One test of a bundle."""

    name: str
    given: Given
    expect: Expected
