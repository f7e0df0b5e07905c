"""Who is signed out, whether they must be asked, and where they go (OpenID Connect RP-Initiated Logout 1.0 §2, §3).

A valid hint about this browser's own session needs no question; anything else asks the person (OAU-40). The browser is
sent on only with a hint of ours, to an address registered for the client it names, byte by byte (OAU-39). What ends is
ended on the server: the session, and every grant made in it without `offline_access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.core.clock import Clock
from idp.core.tokens import digest
from idp.login import ending
from idp.login.policies import Policies
from idp.login.situation import is_live
from idp.oidc import hints
from idp.oidc.hints import Hint
from idp.oidc.logout.request import LogoutRequest
from idp.oidc.redirects import with_parameters
from idp.oidc.scopes import OFFLINE
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.grants import store as grants
from idp.records.keys.service import KeyRing
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users.model import subject
from idp.storage.tx import Tx
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a logout request comes to in one browser."""

    session: Session | None
    is_sure: bool
    """Whether the request shows that it is about this very session, so that nobody need be asked."""
    target: str = field(default="", repr=False)
    """Where the browser goes afterwards; empty: to a page that says so."""
    client_name: str = ""
    """Who asks, where that is proved."""


class Logout:
    """Ends sessions at a relying party's request."""

    def __init__(self, *, issuer: str, keys: KeyRing, policies: Policies, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = keys
        self._policies = policies
        self._clock = clock

    def look(self, tx: Tx, request: LogoutRequest, browser: Browser) -> Leaving:
        """Return what the request comes to; nothing changes."""
        session = self._session(tx, browser)
        hint = self._hint(request, self._keys.public_jwks(tx))
        client = clients.get(tx, hint.audience[0]) if hint else None
        if hint is None or client is None or client.disabled_at is not None:
            return Leaving(session=session, is_sure=False)
        if session is not None and hint.subject != subject(session.user_id):
            return Leaving(session=session, is_sure=False)
        target = _target(request, client)
        is_bare = not request.post_logout_redirect_uri
        return Leaving(
            session=session,
            is_sure=session is not None and hint.session_id == session.id and bool(target or is_bare),
            target=target,
            client_name=client.client_name or client.client_id,
        )

    def end(self, tx: Tx, session: Session, browser: Browser) -> None:
        """End a session and what was granted in it; whoever was offered offline access keeps it."""
        now = self._clock.now()
        if not ending.end(tx, session, now):
            return
        grants.revoke_session(tx, session.id, now, sparing=OFFLINE)
        audit.add(
            tx,
            Event(
                name="session.ended",
                at=now,
                user_id=session.user_id,
                session_id=session.id,
                address=browser.address,
                details={"by": "logout"},
            ),
        )

    def _session(self, tx: Tx, browser: Browser) -> Session | None:
        session = sessions.get_by_secret(tx, digest(browser.session)) if browser.session else None
        if session is None:
            return None
        bundle = self._policies.for_person(tx, session.user_id)
        return session if is_live(session, bundle=bundle, now=self._clock.now()) else None

    def _hint(self, request: LogoutRequest, public_jwks: Mapping[str, Any]) -> Hint | None:
        """Return the hint, unless it is not ours or names another client than the request does, or several (§2)."""
        if not request.id_token_hint:
            return None
        hint = hints.read(request.id_token_hint, issuer=self._issuer, public_jwks=public_jwks)
        is_meant = hint is not None and len(hint.audience) == 1 and request.client_id in ("", *hint.audience)
        return hint if is_meant else None


def _target(request: LogoutRequest, client: Client) -> str:
    """Return the registered address with the `state` that came (§3); empty for any other address."""
    uri = request.post_logout_redirect_uri
    if uri not in client.post_logout_redirect_uris:
        return ""
    return with_parameters(uri, {"state": request.state}) if request.state else uri
