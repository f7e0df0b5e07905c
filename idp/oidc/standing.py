"""Whether what was granted still stands, and what it is worth now (policy.md §3, Later).

Person, client, grant and session must stand; a session may be gone where `offline_access` was granted. The level is
computed again from the grant's evidence by the live bundle: it may fall, never rise, while `amr` and `auth_time` stay
what they were (OIDC Core 1.0 §12.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.core.reasons import Reason
from idp.oidc.scopes import OFFLINE
from idp.policy.language import Bundle
from idp.policy.later import Worth, recompute
from idp.policy.model import Demand, Enrolled, Facts, FactValue
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.grants.model import Grant
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

_SHORTEST = timedelta(seconds=1)
"""What a level must have left to be said; times in tokens are whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A grant that stands, with whom it is about and whom it was given to."""

    grant: Grant
    user: User
    client: Client


def standing_of(tx: Tx, grant: Grant) -> Standing | None:
    """Return the grant with its person and client while all of it stands (SES-14)."""
    if grant.revoked_at is not None:
        return None
    user, client = users.get(tx, grant.user_id), clients.get(tx, grant.client_id)
    if user is None or user.disabled_at is not None or client is None or client.disabled_at is not None:
        return None
    if OFFLINE not in grant.scopes and _has_ended(tx, grant.session_id):
        return None
    return Standing(grant=grant, user=user, client=client)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Nothing may be said of a grant any more: a rule denies it, or no level holds."""

    reason: str


def decayed(tx: Tx, standing: Standing, bundle: Bundle, *, now: datetime) -> Grant | Lapsed:
    """Return the grant as it may be spoken of now."""
    worth = _worth(tx, standing, bundle, now=now)
    if worth.lapses_at is not None and worth.lapses_at - now < _SHORTEST:
        worth = _worth(tx, standing, bundle, now=worth.lapses_at)
    if worth.denied or not worth.acr:
        return Lapsed(worth.denied or Reason.REQUIREMENTS_UNMET)
    return replace(standing.grant, acr=worth.acr, lapses_at=worth.lapses_at)


def _has_ended(tx: Tx, session_id: str) -> bool:
    session = sessions.get(tx, session_id)
    return session is None or session.ended_at is not None


def _worth(tx: Tx, standing: Standing, bundle: Bundle, *, now: datetime) -> Worth:
    grant = standing.grant
    return recompute(
        bundle,
        facts_of(standing, now=now),
        grant.evidence,
        enrolled_of(tx, standing.user),
        asked=grant.asked_acr,
        granted=bundle.names.get(grant.acr, grant.acr),
        now=now,
    )


def facts_of(standing: Standing, *, now: datetime) -> Facts:
    """Return what policy may know of a grant when nobody is there."""
    grant, user = standing.grant, standing.user
    demand = Demand(client_id=grant.client_id, scopes=grant.scopes)
    return Facts(demand=demand, interaction_id="", values=_values(user, standing.client, now=now), user_id=user.id)


def _values(user: User, client: Client, *, now: datetime) -> Mapping[str, FactValue]:
    """Return the facts that are known without anybody being there."""
    values: dict[str, FactValue] = {
        "client.tags": client.tags,
        "client.first_party": client.first_party,
        "user.groups": user.groups,
        "user.roles": user.roles,
        "user.recovering": user.recovering_until is not None and user.recovering_until > now,
        "user.reported": user.reported_at is not None,
        "user.age": max(0.0, (now - user.created_at).total_seconds()),
    }
    if user.signed_in_at is not None:
        values["user.last_sign_in"] = max(0.0, (now - user.signed_in_at).total_seconds())
    return values


def enrolled_of(tx: Tx, user: User) -> list[Enrolled]:
    """Return what a person has set up, as policy sees it."""
    return [
        Enrolled(
            factor=held.factor,
            credential_id=held.id,
            channel=held.channel,
            since=held.created_at,
            properties=held.properties,
        )
        for held in credentials.list_held_by(tx, user.id)
    ]
