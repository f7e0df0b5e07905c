"""What a person says of themselves: names and language. Addresses are proved, and so have a page of their own.

What policy and applications rely on (groups, roles, what is verified, whether somebody is in) is never taken from here
(ENR-06).
"""

from dataclasses import dataclass, field, replace

import msgspec

from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.model import User, is_name
from idp.storage.tx import Tx

NAMES = ("display_name", "given_name", "family_name")
_CLAIMS = ("given_name", "family_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What can be changed without a proof."""

    display_name: str = ""
    given_name: str = ""
    family_name: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The fields that cannot be kept as they are."""

    fields: tuple[str, ...] = field()


class Profiles:
    """Shows and changes profiles."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def of(self, user: User) -> Profile:
        """Return the profile."""
        claims = dict(user.claims)
        given, family = (str(msgspec.json.decode(claims.get(name, '""'))) for name in _CLAIMS)
        return Profile(display_name=user.display_name, given_name=given, family_name=family)

    def read(self, tx: Tx, user: User) -> User:
        """Return the person as they are stored now."""
        return users.get(tx, user.id) or user

    def change(self, tx: Tx, actor: Actor, wished: Profile) -> Wrong | None:
        """Keep what is said; None: it is kept."""
        wrong = tuple(name for name in NAMES if not is_name(getattr(wished, name)))
        if wrong:
            return Wrong(wrong)
        users.hold(tx, actor.user.id)
        # Read again: whoever administers may have changed a group meanwhile, and that stays.
        present = users.get(tx, actor.user.id)
        if present is None or self.of(present) == wished:
            return None
        now = self._clock.now()
        kept = {name: value for name, value in present.claims if name not in _CLAIMS}
        said = {name: msgspec.json.encode(getattr(wished, name)).decode() for name in _CLAIMS if getattr(wished, name)}
        claims = tuple((kept | said).items())
        users.save(tx, replace(present, display_name=wished.display_name, claims=claims, updated_at=now))
        audit.add(tx, event_by(actor, "profile.changed", now))
        return None
