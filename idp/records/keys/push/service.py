"""Makes, keeps and uses the key by which push services know us (VAPID, RFC 8292).

It is drawn once and sealed as signing keys are. It is not rotated: every browser that has subscribed is bound to its
public half, and would have to be visited again by its owner. One that no present secret key opens is of no use to
anybody, so another is made in its place.
"""

import base64
import json
from collections.abc import Mapping

from joserfc import jwt
from joserfc.jwk import ECKey

from idp.core.clock import Clock
from idp.core.secrets import UnsealError
from idp.records.keys.push import store
from idp.records.keys.push.model import PushKey
from idp.storage.tx import Tx

_CONTEXT = store.sealing_context(store.THE_ONE)


class PushKeys:
    """The one push key of an installation."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def ensure(self, tx: Tx) -> None:
        """Make the key where there is none that opens."""
        kept = store.get(tx)
        if kept is not None and _opened(tx, kept) is not None:
            return
        if kept is not None:
            store.remove(tx, kept)
        key = ECKey.generate_key("P-256", private=True)
        private = json.dumps(key.as_dict(private=True)).encode()
        new = PushKey(
            public_key=_point(key),
            private_sealed=tx.keys.seal(private, context=_CONTEXT),
            created_at=self._clock.now(),
        )
        store.add(tx, new)

    def public_key(self, tx: Tx) -> str:
        """Return the public half, as browsers take it; empty where there is none."""
        kept = store.get(tx)
        return kept.public_key if kept is not None else ""

    def authorization(self, tx: Tx, claims: Mapping[str, str | int]) -> str:
        """Return the `Authorization` that vouches for these claims (RFC 8292 §2, §3); empty where nothing can."""
        kept = store.get(tx)
        key = _opened(tx, kept) if kept is not None else None
        if kept is None or key is None:
            return ""
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, dict(claims), key, algorithms=["ES256"])
        return f"vapid t={token}, k={kept.public_key}"


def _opened(tx: Tx, kept: PushKey) -> ECKey | None:
    """Return the private half; None when no present secret key opens it."""
    try:
        return ECKey.import_key(json.loads(tx.keys.open(kept.private_sealed, context=_CONTEXT)))
    except UnsealError:
        return None


def _point(key: ECKey) -> str:
    public = key.as_dict(private=False)
    point = b"\x04" + _bytes(str(public["x"])) + _bytes(str(public["y"]))
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _bytes(member: str) -> bytes:
    return base64.urlsafe_b64decode(member + "=" * (-len(member) % 4))
