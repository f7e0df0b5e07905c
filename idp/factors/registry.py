"""The one list of the factors this installation has: a new factor is one line here."""

from collections.abc import Mapping
from typing import Any

from idp.factors.base import Factor
from idp.factors.password import Password
from idp.factors.totp import Totp

Settings = Mapping[str, Mapping[str, Any]]


def build(settings: Settings, *, password: Password) -> Mapping[str, Factor]:
    """Return the factors by name. `settings` are those of the live bundle; a bundle may come to change at any time.

    `password` is given, as its cost is the machine's matter, not the policy's, and building it hashes once.
    """
    factors: tuple[Factor, ...] = (
        password,
        Totp(window=settings.get("totp", {}).get("window", 1)),
    )
    return {factor.name: factor for factor in factors}
