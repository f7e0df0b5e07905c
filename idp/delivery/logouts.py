"""Telling an application that somebody was signed out (OpenID Connect Back-Channel Logout 1.0 §2.4–§2.8).

A logout token is made afresh at each try, as it lasts two minutes and names a key of ours that signs now; its `jti` is
the message's, so that an application takes a logout once. It goes where the client says at that moment, and no further:
the same rules as for webhooks keep it from what lies behind us.
"""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from idp.core.clock import Clock
from idp.delivery import outside
from idp.delivery.http import wait_of
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.delivery.model import LOGOUT, OutboxMessage, SignedOut
from idp.records.keys.service import KeyRing
from idp.records.keys.signing import signed
from idp.records.users.model import subject
from idp.storage.engine import Database

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = timedelta(minutes=2)
"""How long a logout token is good (§4)."""
TIMEOUTS = (3.0, 5.0)
"""Seconds to connect, and between two bytes of an answer: others wait behind it."""
_DONE = frozenset({200, 204})
_NEVER = 400
"""§2.8: the application does not take it, and will not a minute later."""
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "stepup-idp"}


class Logouts:
    """Every application that wishes to know."""

    name = "back-channel"
    channels = frozenset({LOGOUT})
    drops_duplicates = True
    """By the `jti`."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: KeyRing,
        database: Database,
        clock: Clock,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._database = database
        self._clock = clock
        self._timeouts = timeouts

    def carry(self, message: OutboxMessage) -> Outcome:
        """Tell one application of one session, if it still wishes to be told."""
        with self._database.transaction() as tx:
            client = clients.get(tx, message.to)
            if client is None or not client.backchannel_logout_uri or not client.may_own(message.created_at):
                return Refused("unregistered")
            key = self._keys.signing_key(tx, client.id_token_signed_response_alg)
        token = signed(key, self._claims(message, client), typ=TYPE)
        answer = outside.post(
            client.backchannel_logout_uri,
            urlencode({"logout_token": token}).encode(),
            _HEADERS,
            timeouts=self._timeouts,
            may_be_here=outside.is_here(self._issuer),
        )
        return answer if isinstance(answer, Later | Refused) else self._outcome(*answer)

    def check(self) -> str:
        """There is no one way to check: each application has its own."""
        return ""

    def _claims(self, message: OutboxMessage, client: Client) -> dict[str, object]:
        """Return the claims of a logout token (§2.4): whose session and which, and nothing of a sign-in."""
        ended, now = msgspec.json.decode(message.text, type=SignedOut), self._clock.now()
        return {
            "iss": self._issuer,
            "sub": subject(ended.user_id),
            "aud": client.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + LASTS).timestamp()),
            "jti": message.id,
            "sid": ended.session_id,
            "events": {EVENT: {}},
        }

    def _outcome(self, status: int, retry_after: str) -> Outcome:
        """Return what a status means; a redirect is no address that the client has named."""
        if status in _DONE:
            return Sent()
        reason = f"http_{status}"
        return (
            Refused(reason) if status == _NEVER else Later(reason=reason, wait=wait_of(retry_after, self._clock.now()))
        )
