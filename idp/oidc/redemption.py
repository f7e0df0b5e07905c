"""The redemption of an authorization code (RFC 6749 §4.1.3): all checks first, then one conditional write.

A code is spent only by its own client with the right redirection URI and verifier: whoever fails one of these burns
nothing and revokes nothing. Whoever presents all of them a second time shows that the code leaked, and the grant ends
with all that was issued on it (RFC 6749 §4.1.2, RFC 9700 §4.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from idp.core.clock import Clock
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.login.policies import Policies
from idp.oidc import pkce, recording
from idp.oidc.refresh import Refresher
from idp.oidc.standing import store as standings
from idp.oidc.standing.model import Behind, Lapsed
from idp.oidc.standing.worth import standing_of
from idp.oidc.token import TokenIssuer
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients.model import Client
from idp.records.grants import store as grants
from idp.records.grants.model import AuthorizationCode
from idp.records.users.model import User
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """What a client presents at the token endpoint."""

    code: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(repr=False)


class CodeRedeemer:
    """Turns codes into tokens, each once."""

    def __init__(
        self, *, clock: Clock, issuer: TokenIssuer, refresher: Refresher, policies: Policies, tokens: Tokens
    ) -> None:
        self._clock = clock
        self._issuer = issuer
        self._refresher = refresher
        self._policies = policies
        self._tokens = tokens

    def redeem(self, tx: Tx, redemption: Redemption, client: Client) -> Mapping[str, Any] | None:
        """Return the token response, or None: `invalid_grant`, whatever the reason."""
        found = standings.of_code(tx, digest(redemption.code))
        if found is None or not _is_answered(found[0], redemption, client):
            return None
        code, behind = found
        if not client.may_own(behind.grant.created_at):
            return None
        now = self._clock.now()
        if code.spent_at is not None:
            _end_replayed(tx, code, now)
            return None
        if code.expires_at <= now:
            return None
        return self._exchange(tx, code, behind, client=client, now=now)

    def _exchange(
        self, tx: Tx, code: AuthorizationCode, behind: Behind, *, client: Client, now: datetime
    ) -> Mapping[str, Any] | None:
        grant, user = behind.grant, _standing(behind, now)
        if user is None:
            return None
        # Signed before anything is written: the write phase stays short, and a failure here leaves the code as it was.
        issued = self._issuer.issue(tx, grant, user=user, client=client, now=now)
        if issued is None:
            self._deny(tx, behind, now=now)
            return None
        if not grants.consume_code(tx, code.code_hash, now):
            _end_replayed(tx, code, now)
            return None
        if issued.record is not None:
            grants.add_access_token(tx, issued.record)
        refresh_token = self._refresher.begin(tx, grant, client, now=now)
        return issued.response if refresh_token is None else {**issued.response, "refresh_token": refresh_token}

    def _deny(self, tx: Tx, behind: Behind, *, now: datetime) -> None:
        """Remember that the level which was reached has lapsed before anybody came with the code."""
        standing, grant = standing_of(tx, behind), behind.grant
        if standing is not None:
            bundle, record_id = self._policies.for_person(tx, grant.user_id), self._tokens.new_id()
            lapsed = Lapsed(Reason.REQUIREMENTS_UNMET)
            recording.record(tx, standing, bundle, lapsed, record_id=record_id, now=now)
            event = Event(name="code.denied", at=now, user_id=grant.user_id, client_id=grant.client_id)
            audit.add(tx, replace(event, decision_id=record_id, details={"reason": lapsed.reason}))


def _is_answered(code: AuthorizationCode, redemption: Redemption, client: Client) -> bool:
    """Tell whether this is the code's own client with the values of its request (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
    if code.client_id != client.client_id or code.redirect_uri != redemption.redirect_uri:
        return False
    return pkce.is_answered(code.code_challenge, redemption.verifier)


def _standing(behind: Behind, now: datetime) -> User | None:
    """Return the person of a grant while both, and the session behind them, still stand (OAU-11, SES-14)."""
    if behind.grant.revoked_at is not None or behind.session_ends_at is None or behind.session_ends_at <= now:
        return None
    return behind.user if behind.user is not None and behind.user.disabled_at is None else None


def _end_replayed(tx: Tx, code: AuthorizationCode, now: datetime) -> None:
    """End the grant of a code that was presented twice."""
    grants.revoke_grant(tx, code.grant_id, now)
    audit.add(tx, Event(name="code.replayed", at=now, client_id=code.client_id, details={"grant": code.grant_id}))
