"""The actions of our own pages, and the least each must cost (policy.md §5): a bundle may ask more, never less."""

from dataclasses import dataclass
from datetime import timedelta

from idp.policy.language import Action, Alternative, Bundle, Level
from idp.policy.levels import is_as_strong


@dataclass(frozen=True, slots=True)
class Least:
    """The least an action must require: so many kinds of proof, no older than `max_age`."""

    max_age: timedelta | None
    kinds: int = 2


_TEN_MINUTES = timedelta(minutes=10)
SHIPPED: dict[str, Least] = {
    "account.factors": Least(_TEN_MINUTES),
    # Whoever has nothing but a password must be able to change it; shipped bundles ask more of whoever can prove more.
    "account.password": Least(_TEN_MINUTES, kinds=1),
    "account.contact": Least(_TEN_MINUTES, kinds=1),
    "account.export": Least(_TEN_MINUTES, kinds=1),
    "account.delete": Least(_TEN_MINUTES, kinds=1),
    # It only takes away, but from others who may be the right ones: any proof will do, if it is recent (ASVS 7.5.2).
    "account.sessions": Least(_TEN_MINUTES, kinds=1),
    "admin.console": Least(None),
    "admin.policy": Least(_TEN_MINUTES),
    "admin.people": Least(_TEN_MINUTES),
    "admin.clients": Least(_TEN_MINUTES),
    "admin.keys": Least(_TEN_MINUTES),
}
_MULTI_FACTOR = Level(
    name="least", title="Two kinds", needs=(Alternative(kinds=2),), valid_for=timedelta(hours=24)
)  # The level that shipped bundles call `urn:idp:acr:mfa`.


def is_loosened(bundle: Bundle, name: str, action: Action) -> bool:
    """Tell whether a bundle asks less for a shipped action than it must."""
    least = SHIPPED.get(name)
    if least is None:
        return False
    is_strong = least.kinds == 1 or any(
        is_as_strong(bundle.levels[level], _MULTI_FACTOR) for level in action.require.acr
    )
    max_age = action.require.max_age
    is_fresh = least.max_age is None or (max_age is not None and max_age <= least.max_age)
    return not (is_strong and is_fresh)
