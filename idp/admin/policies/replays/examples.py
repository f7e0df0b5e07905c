"""The decisions that a replay would have changed, as somebody reads them: whose, where and when, not by their ids."""

from dataclasses import dataclass
from datetime import datetime

from idp.records.bundles.replays.model import Report
from idp.records.decisions import store as decisions
from idp.records.users.finding import store as finding
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One decision that would have come out otherwise; of one that has been let go meanwhile, only its id is left."""

    effect: str
    decision_id: str
    at: datetime | None = None
    user_id: str = ""
    username: str = ""
    """Empty where nobody was known yet, or they have been deleted since."""
    client_id: str = ""
    outcome: str = ""


def examples_of(tx: Tx, report: Report) -> tuple[Example, ...]:
    """Return the samples of a report with what is known of them, in its order."""
    found = decisions.by_id(tx, [each.decision_id for each in report.samples])
    people = finding.by_id(tx, {each.user_id for each in found.values()} - {""})
    return tuple(
        Example(
            effect=each.effect,
            decision_id=each.decision_id,
            at=record.at,
            user_id=record.user_id,
            username=people[record.user_id].username if record.user_id in people else "",
            client_id=record.client_id,
            outcome=record.outcome,
        )
        if (record := found.get(each.decision_id))
        else Example(effect=each.effect, decision_id=each.decision_id)
        for each in report.samples
    )
