"""The installation, through the API: figures, signing keys, settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import AdminOperation, Body, Call, Moment, RefusedError
from idp.admin.keys.service import KeysDesk
from idp.admin.overview.service import Overview, overview
from idp.core.clock import Clock
from idp.records.clients import own_api
from idp.records.keys.model import KeyState, SigningKey


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One signing key; its private half never leaves."""

    kid: str
    alg: str
    state: KeyState
    created_at: Moment
    retired_at: Moment | None


class Rotated(Body, frozen=True, kw_only=True):
    """The algorithm whose next key is to sign."""

    alg: Annotated[str, msgspec.Meta(max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOperations:
    """The use cases behind the operations."""

    keys: KeysDesk
    settings: Mapping[str, str]
    """None of them a secret."""
    clock: Clock

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        owns = partial(
            AdminOperation, verb="POST", action=access.KEYS, scopes=(own_api.KEYS,), permission=Permission.OWN
        )
        ring = tuple[Key, ...]
        return (
            looks(path="/overview", name="readOverview", summary="Figures of the last days", handle=self.figures,
                  gives=Overview),
            looks(path="/settings", name="readSettings", handle=self.shown, gives=dict[str, str],
                  summary="What the machine is set to; of what is secret, only whether it is set"),
            looks(path="/keys", name="listKeys", summary="Signing keys", handle=self.ring, gives=ring),
            owns(path="/keys/rotate", name="rotateKey", summary="Let the next key sign", handle=self.rotate,
                 takes=Rotated, gives=ring,
                 refusals={"404": "no key has this algorithm", "409": "the next key has only just been published"}),
            owns(path="/keys/{kid}/retire", name="retireKey", handle=self.retire, gives=ring,
                 summary="Believe nothing more that a key has signed"),
        )  # fmt: skip

    def figures(self, call: Call) -> Overview:
        """Return figures."""
        return overview(call.tx, now=self.clock.now())

    def shown(self, _call: Call) -> Mapping[str, str]:
        """Return settings."""
        return self.settings

    def ring(self, call: Call) -> tuple[Key, ...]:
        """Return keys."""
        return tuple(map(_key, self.keys.all(call.tx)))

    def rotate(self, call: Call) -> tuple[Key, ...]:
        """Let the next key of an algorithm sign."""
        early = self.keys.rotate(call.tx, call.staff, call.body.alg)
        if early is not None:
            raise RefusedError(409, "too_early", "The next key is not known yet", detail=f"from {early.isoformat()} on")
        return self.ring(call)

    def retire(self, call: Call, *, kid: str) -> tuple[Key, ...]:
        """Retire a key."""
        self.keys.retire(call.tx, call.staff, kid)
        return self.ring(call)


def _key(key: SigningKey) -> Key:
    return Key(kid=key.kid, alg=key.alg, state=key.state, created_at=key.created_at, retired_at=key.retired_at)
