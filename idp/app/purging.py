"""What is let go, when, and what stays: every table is in one of the two lists below, with its reason.

What has ended is kept for a day more, so that a clock that was set back, or a node whose clock is behind, revives
nothing (FLT-24, FLT-25): a code that was spent, a token that was revoked. Rows go in small batches, each in a
transaction of its own, those first on which others hang.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from idp.core.clock import Clock
from idp.login import store as interactions
from idp.policy.language import Bundle
from idp.records.bundles.drafts import store as drafts
from idp.records.clients.repeats import store as repeats
from idp.records.decisions import store as decisions
from idp.records.delivery import store as outbox
from idp.records.delivery.hooks.messages import store as webhook_messages
from idp.records.delivery.traffic import store as traffic
from idp.records.devices import store as known
from idp.records.devices.trusted import store as trusted
from idp.records.grants import store as grants
from idp.records.grants.client_tokens import store as client_tokens
from idp.records.grants.families import store as families
from idp.records.grants.pushed import store as pushed
from idp.records.grants.revocations import store as revocations
from idp.records.risks import store as risks
from idp.records.sessions import store as sessions
from idp.records.throttle import store as throttle
from idp.records.users.address_proofs import store as address_proofs
from idp.records.users.approvals import store as approvals
from idp.records.users.links import store as links
from idp.records.users.recoveries import store as recoveries
from idp.records.users.tickets import store as tickets
from idp.storage.tx import Tx

BATCH = 1_000
"""Rows a transaction: others who write wait no longer than that takes."""
_ENDED = timedelta(days=1)
_PUSHED = timedelta(hours=1)
"""What has been used is gone already, so a clock that was set back revives nothing."""
_MONTH = timedelta(days=30)
_GRANT = timedelta(days=92)
"""Longer than a refresh token lives at all (features.md P7), so that nothing hangs on a grant any more."""
_DEVICE = timedelta(days=180)
"""As long as the history of risk remembers; whoever comes back later is told of a new browser."""


class _Purge(Protocol):
    def __call__(self, tx: Tx, before: datetime, /, *, limit: int) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Purger:
    """How one table is purged, and how long what is in it is kept after it has ended, or after it was made."""

    table: str
    keep: timedelta
    purge: _Purge


def purgers(bundle: Bundle) -> tuple[Purger, ...]:
    """Return what is purged under this policy, in the order in which rows go."""
    kept: tuple[tuple[str, timedelta, _Purge], ...] = (
        ("interactions", _ENDED, interactions.purge),
        ("pushed_requests", _PUSHED, pushed.purge),
        ("authorization_codes", _ENDED, grants.purge_codes),
        ("access_tokens", _ENDED, grants.purge_access_tokens),
        ("client_access_tokens", _ENDED, client_tokens.purge),
        ("revoked_access_tokens", _ENDED, revocations.purge),
        ("refresh_families", _ENDED, families.purge),
        ("grants", _GRANT, grants.purge_grants),
        ("sessions", _ENDED, sessions.purge),
        ("mailed_links", _ENDED, links.purge),
        ("tickets", _ENDED, tickets.purge),
        ("address_proofs", _ENDED, address_proofs.purge),
        ("approval_requests", _ENDED, approvals.purge),
        ("recoveries", _MONTH, recoveries.purge),
        ("attempt_budgets", _MONTH, throttle.purge),
        ("delivery_traffic", _MONTH, traffic.purge),
        ("outbox", _MONTH, outbox.purge),
        ("webhook_messages", _MONTH, webhook_messages.purge),
        ("trusted_devices", bundle.trusted_devices.idle + _ENDED, trusted.purge),
        ("known_devices", _DEVICE, known.purge),
        ("bundle_drafts", bundle.publishing.drafts, drafts.purge),
        ("decisions", bundle.records.keep, decisions.purge),
        ("risk_assessments", bundle.records.keep, risks.remove_before),
        ("api_repeats", _ENDED, repeats.purge),
    )
    return tuple(Purger(table=table, keep=keep, purge=purge) for table, keep, purge in kept)


STAYS: Mapping[str, str] = MappingProxyType(
    {
        "audit_events": "the trail is only ever added to (features.md A6)",
        "audit_followers": "one row a syslog server",
        "audit_seals": "as the events that they seal",
        "backup_codes": "a person's own, few, and gone with them",
        "bundle_proposals": "what waits for a second administrator; there is one at most",
        "bundle_publications": "who has put what in force",
        "bundle_replays": "whoever asks for the next one removes those of a month ago",
        "bundle_rollouts": "one of each kind",
        "bundles": "what a decision was made by, for as long as there are any",
        "clients": "registered until they are removed",
        "consents": "until a person takes them back",
        "credentials": "a person's own, until they are removed",
        "delivery_outages": "one a channel, gone when it works again",
        "enrol_asks": "how often a person has put something off: a few, gone with the person",
        "glass": "one row",
        "leases": "one a task",
        "live_bundle": "one row",
        "push_keys": "one row",
        "push_subscriptions": "one a credential, gone with it",
        "risk_failures": "each new one drops those of a quarter of an hour ago",
        "risk_histories": "one a person, of bounded size",
        "risk_lessons": "gone once they are learned",
        "risk_peppers": "one a year",
        "risk_population": "one row",
        "session_clients": "gone with their session",
        "signing_keys": "a few a year; a retired one says what was once believed",
        "users": "people; of whoever has left a row without a name, so that a `sub` never comes again",
        "versions": "one a cache",
        "webhooks": "at most fifty, until they are removed",
    }
)
"""Tables that nothing is purged from, and why they do not grow without end."""


class Purging:
    """Purges one installation."""

    def __init__(self, *, live: Callable[[Tx], Bundle], clock: Clock) -> None:
        self._live = live
        self._clock = clock

    def once(self, tx: Tx) -> int:
        """Remove one batch from the first table that has something to go; return how many rows went."""
        now = self._clock.now()
        counts = (each.purge(tx, now - each.keep, limit=BATCH) for each in purgers(self._live(tx)))
        return next((count for count in counts if count), 0)
