"""What text messages and calls may cost: budgets by number, person, prefix and country, and the breaker for toll fraud.

Each budget is counted by one conditional write and never given back, whether the message arrived or not (MSG-01). Toll
fraud shows as many codes to numbers next to each other of which hardly one comes back: from then until midnight (UTC)
nothing is sent to new numbers of that prefix, while those that have proven theirs are served. What stops is told to the
audit trail once a window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import digest
from idp.factors import phone_number
from idp.factors.base import Credential
from idp.policy.budgets import Budgets
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.delivery.traffic import store as traffic
from idp.storage.tx import Tx

CHANNELS = frozenset({"sms", "voice"})
"""What is paid by the message."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budget:
    """One budget of one message."""

    kind: str
    key: str
    per: timedelta
    most: int
    after: int | None = None

    def starts_at(self, now: datetime) -> datetime:
        """Return when the window began."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if self.per == _DAY else midnight.replace(hour=now.hour)


def reserve(tx: Tx, number: str, *, user_id: str, is_proven: bool, budgets: Budgets, now: datetime) -> Rejected | None:
    """Count a message to this number in every budget; a refusal says when the next one may be sent."""
    for budget in _budgets(number, user_id, budgets, is_proven=is_proven):
        starts_at = budget.starts_at(now)
        if traffic.reserve(tx, budget.key, starts_at, most=budget.most, after=budget.after, least=budgets.used):
            continue
        if traffic.stop(tx, budget.key, starts_at, now):
            audit.add(tx, _stopped(tx, budget, starts_at, user_id=user_id, now=now))
        return Rejected(Reason.SEND_LIMITED, starts_at + budget.per)
    return None


def note_used(tx: Tx, credential: Credential, now: datetime) -> None:
    """Count that a code has come back, where it was one that is paid for."""
    if credential.factor not in CHANNELS:
        return
    budget = _by_prefix(credential.material.decode(), _DAY, 0)
    traffic.note_used(tx, budget.key, budget.starts_at(now))


def _budgets(number: str, user_id: str, budgets: Budgets, *, is_proven: bool) -> Iterator[_Budget]:
    """Yield the budgets of one message, the narrowest first: a stranger exhausts their own before everybody's."""
    yield _Budget(kind="person", key=f"person:{user_id}", per=_DAY, most=budgets.person_day)
    yield _Budget(kind="number", key=f"number:{digest(number)}", per=_DAY, most=budgets.number_day)
    yield _by_prefix(number, _HOUR, budgets.prefix_hour)
    yield _by_prefix(number, _DAY, budgets.prefix_day, after=None if is_proven else budgets.after)
    country = phone_number.country_of(number)
    yield _Budget(kind="country", key=f"country:{country}:hour", per=_HOUR, most=budgets.country_hour)
    yield _Budget(kind="country", key=f"country:{country}:day", per=_DAY, most=budgets.country_day)


def _by_prefix(number: str, per: timedelta, most: int, *, after: int | None = None) -> _Budget:
    window = "day" if per == _DAY else "hour"
    return _Budget(
        kind="prefix", key=f"prefix:{phone_number.prefix_of(number)}:{window}", per=per, most=most, after=after
    )


def _stopped(tx: Tx, budget: _Budget, starts_at: datetime, *, user_id: str, now: datetime) -> Event:
    """Return what the audit trail is told: where nothing more is sent, and what was counted there."""
    counted = traffic.get(tx, budget.key, starts_at)
    details: dict[str, str | int | bool] = {"budget": budget.kind, "hours": int(budget.per / _HOUR)}
    if budget.kind in ("prefix", "country"):
        details["part"] = budget.key.split(":")[1]
    if counted is not None:
        details |= {"sent": counted.sent, "used": counted.used}
    return Event(name="delivery.budget.exhausted", at=now, user_id=user_id, details=details)
