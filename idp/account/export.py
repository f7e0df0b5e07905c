"""All that is kept about a person, for that person: one document, and nothing in it that signs in.

Hashes, seeds, codes and secrets are not in it, nor what is known about anybody else (GDPR Art. 15 and 20).
"""

from collections.abc import Mapping
from typing import Any

from idp.account.activity import Activity
from idp.account.applications import Applications
from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.factors.base import Credential
from idp.records.audit import store as audit
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx

ACTION = "account.export"
_MOST = 10_000
"""Events and decisions; more are nobody's reading."""


class Export:
    """Writes exports."""

    def __init__(self, *, applications: Applications, activity: Activity, clock: Clock) -> None:
        self._applications = applications
        self._activity = activity
        self._clock = clock

    def write(self, tx: Tx, actor: Actor) -> Mapping[str, Any]:
        """Return everything, and note that it was asked for."""
        now, user = self._clock.now(), users.get(tx, actor.user.id) or actor.user
        held = credentials.list_credentials(tx, user.id)
        document = {
            "exported_at": now,
            "profile": user,
            "methods": [_method(each) for each in held],
            "sessions": [_session(each) for each in sessions.list_sessions(tx, user.id)],
            "applications": self._applications.all_of(tx, user),
            "activity": self._activity.recent(tx, user, limit=_MOST),
            "decisions": [_decision(each) for each in decisions.list_decisions(tx, limit=_MOST, user_id=user.id)],
        }
        audit.add(tx, event_by(actor, "data.exported", now))
        return document


def _method(credential: Credential) -> Mapping[str, Any]:
    return {
        "factor": credential.factor,
        "label": credential.label,
        "created_at": credential.created_at,
        "used_at": credential.used_at,
    }


def _session(session: Session) -> Mapping[str, Any]:
    return {
        "id": session.id,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "expires_at": session.expires_at,
        "user_agent": session.user_agent,
        "address": session.address,
    }


def _decision(record: DecisionRecord) -> Mapping[str, Any]:
    return {
        "at": record.at,
        "application": record.client_id,
        "outcome": record.outcome,
        "required": record.required,
        "achieved": record.achieved,
        "because": record.because,
        "reasons": record.reasons,
    }
