"""Refresh (RFC 6749 §6): each token once, a repeat within seconds the same answer, anything else the end of the family.

All checks come first, then one conditional write (RFC 9700 §4.14.2). The answer is made before it is known who wins,
and is kept sealed under a key derived from the token it was given for: for ten seconds the same client can have it
again, byte for byte, so that a lost reply costs nothing. A token used before is a stolen one, and ends the grant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from idp.core.clock import Clock
from idp.core.secrets import SecretKeys, UnsealError
from idp.core.tokens import Tokens, digest
from idp.login.policies import Policies
from idp.oidc import recording, refresh_token
from idp.oidc.scopes import OFFLINE
from idp.oidc.standing import store as standings
from idp.oidc.standing.model import Behind, Lapsed, Standing
from idp.oidc.standing.worth import decayed, standing_of
from idp.oidc.token import TokenIssuer
from idp.policy.language import Bundle
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients.model import Client
from idp.records.consents import store as consents
from idp.records.grants import store as grants
from idp.records.grants.families import store as families
from idp.records.grants.families.model import Family
from idp.records.grants.model import Grant
from idp.storage.tx import Tx

IDLE_TTL = timedelta(days=30)
ABSOLUTE_TTL = timedelta(days=90)
REPLAY_TTL = timedelta(seconds=10)
GRANT_TYPE = "refresh_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a client presents at the token endpoint."""

    token: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """No tokens: the error of RFC 6749 §5.2."""

    error: str


INVALID = Refused("invalid_grant")


class Refresher:
    """Issues first refresh tokens and turns each into its successor."""

    def __init__(self, *, clock: Clock, issuer: TokenIssuer, policies: Policies, tokens: Tokens) -> None:
        self._clock = clock
        self._issuer = issuer
        self._policies = policies
        self._tokens = tokens

    def begin(self, tx: Tx, grant: Grant, client: Client, *, now: datetime) -> str | None:
        """Return the first refresh token of a grant; None where none was granted (OIDC Core 1.0 §11)."""
        if OFFLINE not in grant.scopes or GRANT_TYPE not in client.grant_types:
            return None
        family_id = self._tokens.new_id()
        token = refresh_token.make(family_id, tokens=self._tokens, keys=tx.keys)
        family = Family(
            id=family_id,
            grant_id=grant.id,
            client_id=client.client_id,
            created_at=now,
            expires_at=now + ABSOLUTE_TTL,
            idle_until=now + IDLE_TTL,
            current_hash=digest(token),
        )
        families.add(tx, family)
        return token

    def refresh(self, tx: Tx, presented: Presented, client: Client) -> Mapping[str, Any] | Refused:
        """Return the token response, or why there is none."""
        family_id, now = refresh_token.family_of(presented.token), self._clock.now()
        read = standings.of_family(tx, family_id) if family_id else None
        if read is None or read[0].revoked_at is not None:
            return INVALID
        family, behind = read
        if digest(presented.token) != family.current_hash:
            return self._again(tx, family, presented, client=client, now=now)
        # Whoever else holds a good token can do nothing with it, and ends nothing either (authlib.md §3.2).
        if family.client_id != client.client_id or expiry_of(family) <= now:
            return INVALID
        standing = self._spoken(tx, family, behind, presented, now=now)
        if isinstance(standing, Refused):
            return standing
        return self._rotate(tx, family, presented, standing=standing, now=now)

    def _spoken(
        self, tx: Tx, family: Family, behind: Behind, presented: Presented, *, now: datetime
    ) -> Standing | Refused:
        """Return what stands, with the grant as the new tokens will tell it."""
        standing = standing_of(tx, behind)
        if standing is None:
            return INVALID
        bundle = self._policies.for_person(tx, standing.user.id)
        grant = decayed(tx, standing, bundle, now=now)
        if isinstance(grant, Lapsed):
            self._deny(tx, family, standing, bundle, grant, now=now)
            return INVALID
        scopes = _scopes(tx, grant, standing.client, asked=presented.scope)
        if isinstance(scopes, Refused):
            return scopes
        # OIDC Core 1.0 §12.2: a refreshed ID Token should have no nonce.
        return msgspec.structs.replace(standing, grant=replace(grant, scopes=scopes, nonce=None))

    def _deny(
        self, tx: Tx, family: Family, standing: Standing, bundle: Bundle, lapsed: Lapsed, *, now: datetime
    ) -> None:
        """Remember why: as a decision that can be explained, and in the trail."""
        record_id = self._tokens.new_id()
        recording.record(tx, standing, bundle, lapsed, record_id=record_id, now=now)
        event = _event("refresh_token.denied", family, standing.user.id, at=now, reason=lapsed.reason)
        audit.add(tx, replace(event, decision_id=record_id))

    def _rotate(
        self, tx: Tx, family: Family, presented: Presented, *, standing: Standing, now: datetime
    ) -> Mapping[str, Any] | Refused:
        client = standing.client
        issued = self._issuer.issue(tx, standing.grant, user=standing.user, client=client, now=now)
        if issued is None:
            return INVALID
        successor = refresh_token.make(family.id, tokens=self._tokens, keys=tx.keys)
        response = {**issued.response, "refresh_token": successor}
        if not families.rotate(
            tx,
            family.id,
            presented=family.current_hash,
            successor=digest(successor),
            replay=_own_key(presented.token).seal(msgspec.json.encode(response), context=family.id),
            idle_until=min(now + IDLE_TTL, family.expires_at),
            now=now,
        ):
            return self._overtaken(tx, family, presented, client=client, now=now)
        if issued.record is not None:
            grants.add_access_token(tx, issued.record)
        return response

    def _overtaken(
        self, tx: Tx, family: Family, presented: Presented, *, client: Client, now: datetime
    ) -> Mapping[str, Any] | Refused:
        """Another request has spent this token a moment ago: look again."""
        current = families.get(tx, family.id)
        if current is None or current.revoked_at is not None:
            return INVALID
        return self._again(tx, current, presented, client=client, now=now)

    def _again(
        self, tx: Tx, family: Family, presented: Presented, *, client: Client, now: datetime
    ) -> Mapping[str, Any] | Refused:
        """Answer a token that is not, or no longer, the current one of its family."""
        is_previous = digest(presented.token) == family.previous_hash
        if not is_previous and not refresh_token.is_ours(presented.token, keys=tx.keys):
            return INVALID
        is_own = family.client_id == client.client_id
        if is_previous and is_own and family.rotated_at is not None and now - family.rotated_at <= REPLAY_TTL:
            answer = _replayed(family, presented.token)
            return answer if answer is not None and _stands(tx, family) else INVALID
        _end_reused(tx, family, presenter=client.client_id, now=now)
        return INVALID


def expiry_of(family: Family) -> datetime:
    """Return when the current token of a family ends, unless it is used before."""
    return min(family.expires_at, family.idle_until)


def end(tx: Tx, family: Family, *, now: datetime) -> None:
    """End a family, its grant, and with it every access token that was issued on it."""
    families.revoke(tx, family.id, now)
    grants.revoke_grant(tx, family.grant_id, now)


def _end_reused(tx: Tx, family: Family, *, presenter: str, now: datetime) -> None:
    end(tx, family, now=now)
    grant = grants.get_grant(tx, family.grant_id)
    user_id = grant.user_id if grant is not None else ""
    audit.add(tx, _event("refresh_token.reused", family, user_id, at=now, presenter=presenter))


def _event(name: str, family: Family, user_id: str, *, at: datetime, **details: str) -> Event:
    told = {"grant": family.grant_id, **details}
    return Event(name=name, at=at, user_id=user_id, client_id=family.client_id, details=told)


def _stands(tx: Tx, family: Family) -> bool:
    return standing_of(tx, standings.of_grant(tx, family.grant_id)) is not None


def _scopes(tx: Tx, grant: Grant, client: Client, *, asked: str) -> tuple[str, ...] | Refused:
    """Return the scopes of this answer: never more than was granted, is registered and is still consented (OAU-31).

    What is asked for narrows this answer alone, never the family (RFC 6749 §6).
    """
    allowed = [scope for scope in grant.scopes if scope in client.scope]
    if not client.first_party:
        consent = consents.get(tx, grant.user_id, client.client_id)
        allowed = [scope for scope in allowed if consent is not None and scope in consent.scopes]
    if OFFLINE not in allowed:
        return INVALID
    wanted = asked.split() or allowed
    if not set(wanted) <= set(grant.scopes):
        return Refused("invalid_scope")
    return tuple(scope for scope in allowed if scope in wanted) or Refused("invalid_scope")


def _replayed(family: Family, token: str) -> Mapping[str, Any] | None:
    """Return the answer that this token was exchanged for; None when it is no longer kept."""
    try:
        text = _own_key(token).open(family.replay_sealed or b"", context=family.id)
    except UnsealError:
        return None
    answer: Mapping[str, Any] = msgspec.json.decode(text)
    return answer


def _own_key(token: str) -> SecretKeys:
    """Return the key that only a holder of this token has (HKDF of the token, RFC 5869)."""
    return SecretKeys([token])
