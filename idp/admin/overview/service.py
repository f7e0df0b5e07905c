"""Figures of the last days: sign-ins, challenges and how they ended, and what people have set up.

Counted from the audit trail by the database. A chart is geometry only; its figures are in the table behind it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from idp.records.audit import store as audit
from idp.records.audit.model import DayCount
from idp.records.users.credentials import store as credentials
from idp.records.users.finding import store as finding
from idp.storage.tx import Tx

DAYS = 14
_EPOCH = date(1970, 1, 1)
_PASSED, _FAILED, _LOCKED, _SENT, _LEFT = "passed", "failed", "locked", "sent", "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened on one day."""

    on: date
    sign_ins: int
    step_ups: int
    refused: int
    left: int
    """Interactions that were left half-way, by somebody who was known."""
    height: float
    """Of the bar, 0 to 100; `step_height` of it are step-ups, `left_height` what was left half-way."""
    step_height: float
    left_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one factor does: asked proofs, and how many people have set it up."""

    factor: str
    passed: int
    failed: int
    sent: int
    people: int
    left: int
    """Sign-ins that were left while this was asked."""

    @property
    def left_rate(self) -> int | None:
        """Return the share of those who were asked for it and left, in percent; None where nobody was asked."""
        asked = self.passed + self.left
        return round(100 * self.left / asked) if asked else None

    @property
    def pass_rate(self) -> int | None:
        """Return the share of answers that were right, in percent; None without any."""
        answers = self.passed + self.failed
        return round(100 * self.passed / answers) if answers else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The figures of the first page."""

    days: tuple[Day, ...]
    ways: tuple[Way, ...]
    people: int
    sign_ins: int
    step_ups: int
    refused: int
    left: int


def overview(tx: Tx, *, now: datetime) -> Overview:
    """Return the figures of the last `DAYS` days, today included."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    counts = audit.count_by_day(tx, datetime(first.year, first.month, first.day, tzinfo=UTC))
    _, people = finding.search(tx, "", sort="username", is_descending=False, limit=1)
    days = _days(counts, first)
    return Overview(
        days=days,
        ways=_ways(counts, credentials.count_people(tx)),
        people=people,
        sign_ins=sum(day.sign_ins for day in days),
        step_ups=sum(day.step_ups for day in days),
        refused=sum(day.refused for day in days),
        left=sum(day.left for day in days),
    )


def _days(counts: Sequence[DayCount], first: date) -> tuple[Day, ...]:
    found = Counter({(each.name, each.day): each.count for each in counts})
    left: Counter[int] = Counter()
    for each in counts:
        if each.name.endswith(f".{_LEFT}"):
            left[each.day] += each.count
    dates = [first + timedelta(days=number) for number in range(DAYS)]
    started, raised, refused = (
        [found[name, (on - _EPOCH).days] for on in dates]
        for name in ("session.started", "session.raised", "login.refused")
    )
    gone = [left[(on - _EPOCH).days] for on in dates]
    percent = 100 / max(1, *map(sum, zip(started, raised, gone, strict=True)))
    return tuple(
        Day(
            on=on,
            sign_ins=started[place],
            step_ups=raised[place],
            refused=refused[place],
            left=gone[place],
            height=round((started[place] + raised[place] + gone[place]) * percent, 1),
            step_height=round(raised[place] * percent, 1),
            left_height=round(gone[place] * percent, 1),
        )
        for place, on in enumerate(dates)
    )


def _ways(counts: Iterable[DayCount], people: Mapping[str, int]) -> tuple[Way, ...]:
    """Return how each factor did; names of events are `login.password.passed`, `challenge.totp.failed` and so on."""
    found: Counter[tuple[str, str]] = Counter()
    for each in counts:
        noun, *middle, outcome = each.name.split(".")
        if noun in ("login", "challenge") and len(middle) == 1:
            found[middle[0], outcome] += each.count
    factors = sorted({factor for factor, _ in found} | set(people))
    return tuple(
        Way(
            factor=factor,
            passed=found[factor, _PASSED],
            failed=found[factor, _FAILED] + found[factor, _LOCKED],
            sent=found[factor, _SENT],
            people=people.get(factor, 0),
            left=found[factor, _LEFT],
        )
        for factor in factors
    )
