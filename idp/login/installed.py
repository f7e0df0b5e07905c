"""The factors as the live policy sets them: built once for each version of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from idp.factors.abilities import Decoupled, Described, Redirected, Rotated
from idp.factors.base import Ceremonial, Credential, Enrollable, Factor
from idp.factors.registry import Settings
from idp.policy.language import Bundle

Build = Callable[[Settings], Mapping[str, Factor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What can be asked for here, and what can be set up here, by name.

    What each factor can do beside what all do is found once: asking a protocol costs as much as a statement.
    """

    factors: Mapping[str, Factor]
    enrollable: tuple[str, ...]
    """Those whose setting up is a proof: what is not can only be had beside one of these."""
    settable: Mapping[str, Enrollable]
    """Those that a person can set up."""
    ceremonial: Mapping[str, Ceremonial]
    """Those whose page holds their challenge."""
    decoupled: Mapping[str, Decoupled]
    """Those that are answered on another device."""
    described: Mapping[str, Described]
    """Those whose page says something of what the person holds."""
    redirected: Mapping[str, Redirected]
    """Those that somebody else checks."""
    rotated: Mapping[str, Rotated]
    """Those whose answer is replaced as it is used."""

    @classmethod
    def of(cls, factors: Mapping[str, Factor]) -> Self:
        """Return these factors with what each of them can do."""
        settable = {name: factor for name, factor in factors.items() if isinstance(factor, Enrollable)}
        return cls(
            factors=factors,
            enrollable=tuple(name for name, factor in settable.items() if factor.is_proof),
            settable=settable,
            ceremonial={name: factor for name, factor in factors.items() if isinstance(factor, Ceremonial)},
            decoupled={name: factor for name, factor in factors.items() if isinstance(factor, Decoupled)},
            described={name: factor for name, factor in factors.items() if isinstance(factor, Described)},
            redirected={name: factor for name, factor in factors.items() if isinstance(factor, Redirected)},
            rotated={name: factor for name, factor in factors.items() if isinstance(factor, Rotated)},
        )

    def enrollable_factor(self, name: str) -> Enrollable | None:
        """Return the factor if a person can set it up."""
        return self.settable.get(name)

    def accepts(self, credential: Credential) -> bool:
        """Tell whether a credential can be used here, as the policy sets its factor."""
        if credential.factor not in self.factors:
            return False
        ceremonial = self.ceremonial.get(credential.factor)
        return ceremonial is None or ceremonial.accepts(credential)


_MOST_KEPT = 4
"""Versions at work at the same time: the live one, one that is tried out on some people, and what came before."""


class Factors:
    """Gives the factors of a policy."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._kept: dict[str, Installed] = {}

    def under(self, bundle: Bundle) -> Installed:
        """Return the factors as this policy sets them."""
        kept = self._kept.get(bundle.version)
        if kept is not None:
            return kept
        installed = Installed.of(self._build(bundle.factor_settings))
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[bundle.version] = installed
        return installed
