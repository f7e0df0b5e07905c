"""The ring of signing keys: made, sealed, chosen, published, replaced.

Keys are made in the module that the installation names; those that were made elsewhere before sign on until they are
replaced, so that an installation moves into a module, and out of it, by rotating. To import a private RSA key costs
33 ms (performance.md §1), so each is imported once a process and kept; the version in the database says when the ring
has changed. The rule it keeps: every key is published before it signs its first token.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from joserfc.jwk import JWKRegistry

from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.records.keys import store
from idp.records.keys.model import KeyState, SigningKey
from idp.records.keys.modules.base import KeyModule, Signer
from idp.records.keys.modules.software import Software
from idp.storage import versions
from idp.storage.tx import Tx

KNOWN_AFTER = timedelta(minutes=1)
"""How long a key is published before it may sign: who meets one they do not know asks `/jwks` again, some every half
minute at most (`idp.resource_server`), and what a node answers may be a second old. Rotating each minute fails nobody
who asks (FLT-26).
"""
_PUBLISHED = frozenset({KeyState.NEXT, KeyState.CURRENT, KeyState.PREVIOUS})
_UNIQUE = frozenset({KeyState.NEXT, KeyState.CURRENT})


@dataclass(frozen=True, slots=True)
class _Snapshot:
    version: int
    current: Mapping[str, SigningKey]
    jwks: Mapping[str, Any]


class KeyRing:
    """The keys of one installation, as this process sees them."""

    def __init__(self, *, clock: Clock, module: KeyModule | None = None) -> None:
        software = Software()
        self._clock = clock
        self._lock = Lock()
        self._module = module or software
        self._modules: Mapping[str, KeyModule] = {each.name: each for each in (software, self._module)}
        self._imported: dict[str, Signer] = {}
        self._snapshot = _Snapshot(-1, {}, {"keys": []})

    def ensure(self, tx: Tx, algs: Sequence[str]) -> None:
        """Make what is missing: for each algorithm one key that signs and one that is published to sign next."""
        have = {(key.alg, key.state) for key in store.list_keys(tx)}
        missing = [
            (alg, state) for alg in algs for state in (KeyState.CURRENT, KeyState.NEXT) if (alg, state) not in have
        ]
        # All are made before the first is written: making takes long, and must not hold the write phase.
        for key in [self._made(tx, alg, state) for alg, state in missing]:
            store.add(tx, key)

    def signing_key(self, tx: Tx, alg: str) -> Signer:
        """Return what signs with the one current key of this algorithm.

        Raises LookupError when there is none, or it is in a module that is not here; BusyError while that is away.
        """
        key = self._fresh(tx).current.get(alg)
        if key is None:
            raise LookupError(f"there is no current {alg} key")
        return self._imported.get(key.kid) or self._import(tx, key)

    def public_jwks(self, tx: Tx) -> Mapping[str, Any]:
        """Return the JWK Set (RFC 7517 §5): public halves with `kid`, `alg` and `use`, never a private member."""
        return self._fresh(tx).jwks

    def rotate(self, tx: Tx, alg: str) -> datetime | None:
        """Let the next key sign from now on, and publish another to follow it. Whoever loses a race changes nothing.

        Return None once it is done; else from when on it may be: a key that has only just been published, by the
        rotation before, would sign what those who have just asked for keys cannot check. What is moved is the key whose
        age was looked at, as in `rotate_when_due`.
        """
        self.ensure(tx, (alg,))
        keys = _of(tx, alg)
        at = _seen_from(keys)
        if at is not None and at > self._clock.now():
            return at
        self._move_on(tx, alg, _in_use(keys))
        return None

    def rotate_when_due(self, tx: Tx, alg: str, *, every: timedelta) -> bool:
        """Rotate once the next key has been published so long; true for the one caller who did it.

        What is moved is the key that was read before it was found due: whoever comes second would otherwise let the
        key sign that the first has only just published.
        """
        keys = _in_use(_of(tx, alg))
        following = keys.get(KeyState.NEXT)
        if following is None or KeyState.CURRENT not in keys or self._clock.now() - following.created_at < every:
            return False
        return self._move_on(tx, alg, keys)

    def retire_previous(self, tx: Tx, alg: str, *, after: timedelta) -> tuple[str, ...]:
        """Publish keys no longer that have not signed for so long; return those that this call has retired.

        Each rotation makes a key, so none has happened since the newest was made.
        """
        keys, now = _of(tx, alg), self._clock.now()
        if not keys or now - max(key.created_at for key in keys) < after:
            return ()
        previous = [key for key in keys if key.state is KeyState.PREVIOUS]
        return tuple(key.kid for key in previous if store.move(tx, key, KeyState.RETIRED, retired_at=now))

    def retire(self, tx: Tx, kid: str) -> None:
        """Publish a key no longer; one that signs is replaced first. Raises NotFoundError when there is no such key."""
        key = self._find(tx, kid)
        if key.state is KeyState.CURRENT:
            # At once, however young the next one is: nothing that this one signs is to be believed.
            self.ensure(tx, (key.alg,))
            self._move_on(tx, key.alg, _in_use(_of(tx, key.alg)))
            key = self._find(tx, kid)
        store.move(tx, key, KeyState.RETIRED, retired_at=self._clock.now())
        self.ensure(tx, (key.alg,))

    def _move_on(self, tx: Tx, alg: str, keys: Mapping[KeyState, SigningKey]) -> bool:
        following = self._made(tx, alg, KeyState.NEXT)
        if not store.move(tx, keys[KeyState.CURRENT], KeyState.PREVIOUS):
            return False
        store.move(tx, keys[KeyState.NEXT], KeyState.CURRENT)
        store.add(tx, following)
        return True

    def _find(self, tx: Tx, kid: str) -> SigningKey:
        for key in store.list_keys(tx):
            if key.kid == kid and key.state is not KeyState.RETIRED:
                return key
        raise NotFoundError(f"no key {kid}")

    def _made(self, tx: Tx, alg: str, state: KeyState) -> SigningKey:
        pair = self._module.make(alg)
        # RFC 7638: the name follows from the key, so it is never used for another.
        kid = JWKRegistry.import_key(dict(pair.public)).thumbprint()
        return SigningKey(
            kid=kid,
            alg=alg,
            state=state,
            public_jwk=json.dumps({**pair.public, "kid": kid, "alg": alg, "use": "sig"}),
            private_sealed=tx.keys.seal(json.dumps(pair.private).encode(), context=store.sealing_context(kid)),
            created_at=self._clock.now(),
        )

    def _import(self, tx: Tx, key: SigningKey) -> Signer:
        with self._lock:
            if key.kid not in self._imported:
                private = json.loads(tx.keys.open(key.private_sealed, context=store.sealing_context(key.kid)))
                module = self._modules.get(private.get("module", ""))
                if module is None:
                    raise LookupError(f"the {key.alg} key is in {private['module']}, which is not named here")
                self._imported[key.kid] = module.signer(private, kid=key.kid, alg=key.alg)
            return self._imported[key.kid]

    def _fresh(self, tx: Tx) -> _Snapshot:
        version = versions.read(tx, store.CACHE)
        if version != self._snapshot.version:
            keys = store.list_keys(tx)
            self._snapshot = _Snapshot(
                version=version,
                current={key.alg: key for key in keys if key.state is KeyState.CURRENT},
                jwks={"keys": [json.loads(key.public_jwk) for key in keys if key.state in _PUBLISHED]},
            )
        return self._snapshot


def _of(tx: Tx, alg: str) -> Sequence[SigningKey]:
    """Return the keys of an algorithm, oldest first."""
    return [key for key in store.list_keys(tx) if key.alg == alg]


def _in_use(keys: Sequence[SigningKey]) -> Mapping[KeyState, SigningKey]:
    """Return the key that signs and the one that follows it."""
    return {key.state: key for key in keys if key.state in _UNIQUE}


def _seen_from(keys: Sequence[SigningKey]) -> datetime | None:
    """Return when everybody can know the next key; None where it was published with the first."""
    if all(key.state in _UNIQUE for key in keys):
        return None
    return next(key.created_at for key in keys if key.state is KeyState.NEXT) + KNOWN_AFTER
