"""Factors of an installation's own (F10): what a Python package offers under the entry point `idp.factors`.

A package names one `OwnFactor`:

    [project.entry-points."idp.factors"]
    badge = "acme_badge:BADGE"

    BADGE = OwnFactor(
        traits=FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ()),
        build=Badge,
        names={"en": "Badge", "ja": "社員証"},
        templates=Path(__file__).parent / "templates",
    )

`build` is called with what the bundle writes under `factors.badge`, by keyword; the folder holds
`login/challenge/badge.html`, and `login/enroll/badge.html` where people set it up themselves. The factor keeps the
rules of all factors: no network, no file, no clock (`idp.factors.base`). A bundle turns it on by naming it in
`factors.order`. It proves at most one kind, and earns an `amr` value only where RFC 8176 registers one for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from idp.core.assurance import FactorTraits
from idp.factors.base import Enrollable, Factor

ENTRY_POINTS = "idp.factors"
REGISTERED = frozenset(
    "face fpt geo hwk iris kba otp pin pop pwd retina sc sms swk tel user vbm wia".split()  # noqa: SIM905 -- as the RFC lists them
)
"""What a single factor may claim (RFC 8176 §2): `mfa`, `mca` and `rba` are concluded, never declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFactor:
    """One factor that is not shipped."""

    traits: FactorTraits
    build: Callable[..., Factor]
    names: Mapping[str, str]
    """What people call it, by language; English at least."""
    templates: Path = field(default_factory=Path)
    """The folder with its pages."""


def mistakes(own: OwnFactor) -> Iterator[str]:
    """Yield what is wrong with a factor, in words for whoever installed it."""
    name = own.traits.name
    claimed = {*own.traits.amr, *(value for _, value in own.traits.property_amr)} - REGISTERED
    if claimed:
        yield f"claims amr values that no single factor may claim: {', '.join(sorted(claimed))} (RFC 8176 §2)"
    if not own.names.get("en"):
        yield "has no English name"
    try:
        factor = own.build()
    except Exception as error:  # noqa: BLE001 -- whatever a foreign package raises is one mistake among others
        yield f"cannot be built: {type(error).__name__}"
        return
    if getattr(factor, "name", None) != name:
        yield f"builds a factor that is not called {name!r}"
    pages = ["challenge", *(["enroll"] if isinstance(factor, Enrollable) else [])]
    for page in pages:
        if not (own.templates / "login" / page / f"{name}.html").is_file():
            yield f"has no page login/{page}/{name}.html in its templates"
