"""The installation's own factors (F10): those that Python packages offer, and external verifiers.

Read once, when a process starts.
"""

import os
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from idp.core.assurance import TraitsTable, traits_table
from idp.core.errors import ConfigError, Problem
from idp.factors.external import Verifier
from idp.factors.own import ENTRY_POINTS, OwnFactor, mistakes
from idp.resources import shipped
from idp.settings import Settings, declared_verifiers


def own_factors() -> tuple[OwnFactor, ...]:
    """Return the own factors that are installed. Raises ConfigError, naming every mistake of every one."""
    found: list[OwnFactor] = []
    problems: list[Problem] = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        own = _loaded(point)
        wrong = [own] if isinstance(own, str) else list(mistakes(own))
        problems += [Problem(text, key=f"{ENTRY_POINTS}: {point.name}") for text in wrong]
        if isinstance(own, OwnFactor):
            found.append(own)
    try:
        traits_of(tuple(found))
    except ValueError as error:
        problems.append(Problem(str(error), key=ENTRY_POINTS))
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def traits_of(own: tuple[OwnFactor, ...]) -> TraitsTable:
    """Return the table of traits with these factors in it. Raises ValueError naming the offending one."""
    return traits_table(tuple(each.traits for each in own))


def installed_traits() -> TraitsTable:
    """Return the table of traits of everything that is installed. Raises ConfigError."""
    verifiers = declared_verifiers(os.environ)
    return traits_of((*own_factors(), *_factors_of(verifiers, issuer="", templates=Path())))


def with_verifiers(own: tuple[OwnFactor, ...], settings: Settings) -> tuple[OwnFactor, ...]:
    """Return these factors and the external verifiers that the settings declare. Raises ConfigError."""
    templates = shipped("templates", override=settings.templates_dir)
    found = (*own, *_factors_of(settings.verifiers, issuer=settings.issuer, templates=templates))
    try:
        traits_of(found)
    except ValueError as error:
        raise ConfigError([Problem(str(error), key="IDP_VERIFIERS")]) from error
    return found


def _factors_of(verifiers: Iterable[Verifier], *, issuer: str, templates: Path) -> tuple[OwnFactor, ...]:
    return tuple(each.factor(issuer=issuer, templates=templates) for each in verifiers)


def _loaded(point: EntryPoint) -> OwnFactor | str:
    """Return what an entry point names, or what is wrong with it."""
    try:
        own = point.load()
    except Exception as error:  # noqa: BLE001 -- whatever a foreign package raises is one mistake among others
        return f"does not load: {type(error).__name__}"
    return own if isinstance(own, OwnFactor) else "is not an OwnFactor"
