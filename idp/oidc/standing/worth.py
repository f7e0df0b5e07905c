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
from idp.oidc.standing.model import Behind, Lapsed, Standing
from idp.policy.language import Bundle
from idp.policy.later import Worth, recompute
from idp.policy.model import Demand, Enrolled, Facts, FactValue
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.grants.model import Grant
from idp.records.users.model import User
from idp.storage.tx import Tx

_SHORTEST = timedelta(seconds=1)
"""What a level must have left to be said; times in tokens are whole seconds."""
_SHELF = "worth"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found of a grant: the same again, while all it followed from is the same and its time is not over."""

    standing: Standing
    bundle: Bundle
    since: datetime
    until: datetime
    grant: Grant

    def holds(self, standing: Standing, bundle: Bundle, now: datetime) -> bool:
        return self.since <= now < self.until and self.bundle is bundle and self.standing == standing


def standing_of(tx: Tx, behind: Behind | None) -> Standing | None:
    """Return the grant with its person and client while all of it stands (SES-14).

    What was granted to a client that is gone is not its successor's, though that has the same id (ENR-25).
    """
    if behind is None or behind.grant.revoked_at is not None:
        return None
    grant, user = behind.grant, behind.user
    client = clients.get(tx, grant.client_id)
    if user is None or user.disabled_at is not None or client is None or client.disabled_at is not None:
        return None
    if not client.may_own(grant.created_at) or (OFFLINE not in grant.scopes and behind.session_ends_at is None):
        return None
    return Standing(grant=grant, user=user, client=client, held=behind.held)


def decayed(tx: Tx, standing: Standing, bundle: Bundle, *, now: datetime) -> Grant | Lapsed:
    """Return the grant as it may be spoken of now; computed anew unless nothing has changed that it follows from."""
    shelf: dict[str, _Kept] = tx.snapshots.shelf(_SHELF)
    kept = shelf.get(standing.grant.id)
    if kept is not None and kept.holds(standing, bundle, now):
        return kept.grant
    found = _worth(standing, bundle, now=now)
    if found.lapses_at is not None and found.lapses_at - now < _SHORTEST:
        found = _worth(standing, bundle, now=found.lapses_at)
    if found.denied or not found.acr:
        return Lapsed(found.denied or Reason.REQUIREMENTS_UNMET)
    grant = replace(standing.grant, acr=found.acr, lapses_at=found.lapses_at)
    until = _until(standing, found, now)
    if now < until:
        shelf[grant.id] = _Kept(standing, bundle, now, until, grant)
    return grant


def _until(standing: Standing, worth: Worth, now: datetime) -> datetime:
    """Return up to which moment the same would be found again: policy says it of what it knows, and we of the rest."""
    ends = [worth.same_until]
    if worth.lapses_at is not None:
        ends.append(worth.lapses_at - _SHORTEST)
    recovering_until = standing.user.recovering_until
    if recovering_until is not None and recovering_until > now:
        ends.append(recovering_until)
    return min(ends)


def _worth(standing: Standing, bundle: Bundle, *, now: datetime) -> Worth:
    grant = standing.grant
    return recompute(
        bundle,
        facts_of(standing, now=now),
        grant.evidence,
        enrolled_of(standing),
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


def enrolled_of(standing: Standing) -> list[Enrolled]:
    """Return what a person has set up, as policy sees it."""
    return [
        Enrolled(
            factor=held.factor,
            credential_id=held.id,
            channel=held.channel,
            since=held.created_at,
            properties=held.properties,
        )
        for held in standing.held
    ]
