"""The factors as the live policy sets them: built once for each version of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.factors.base import Ceremonial, Credential, Enrollable, Factor
from idp.factors.registry import Settings
from idp.policy.language import Bundle

Build = Callable[[Settings], Mapping[str, Factor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What can be asked for here, and what can be set up here."""

    factors: Mapping[str, Factor]
    enrollable: tuple[str, ...]
    """Those whose setting up is a proof: what is not can only be had beside one of these."""
    ceremonial: Mapping[str, Ceremonial]
    """Those whose page holds their challenge; found once, as asking a protocol costs more than a decision."""

    def enrollable_factor(self, name: str) -> Enrollable | None:
        """Return the factor if a person can set it up."""
        factor = self.factors.get(name)
        return factor if isinstance(factor, Enrollable) else None

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
        factors = self._build(bundle.factor_settings)
        enrollable = (name for name, factor in factors.items() if isinstance(factor, Enrollable) and factor.is_proof)
        ceremonial = {name: factor for name, factor in factors.items() if isinstance(factor, Ceremonial)}
        installed = Installed(factors=factors, enrollable=tuple(enrollable), ceremonial=ceremonial)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[bundle.version] = installed
        return installed
