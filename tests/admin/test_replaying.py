"""A draft over what is in the database: in this process and by several, on both databases."""

from datetime import timedelta

import pytest

from idp.admin.policies.replaying import replayed
from idp.policy.replay import Tally
from idp.policy.trial import NOW
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from tests.admin.kit import DEFAULT, Office, bundle_of
from tests.policy.histories import a_history

COUNT = 250
DRAFT = DEFAULT.replace("    unless: {device.trusted: {eq: true}}\n", "")


@pytest.fixture
def filled(office: Office) -> Office:
    with office.database.transaction() as tx:
        for at, row in a_history(bundle_of(DEFAULT), COUNT):
            record = DecisionRecord(
                id=row.id, at=at, bundle_version="v", gate="authorize", interaction_id="i", user_id="",
                outcome="finish", client_id=row.client_id, required=(), achieved="", because=(), reasons=(),
                snapshot=row.snapshot, latency_us=1,
            )  # fmt: skip
            decisions.add(tx, record)
    return office


def run(office: Office, *, processes: int = 0, seconds: float = COUNT) -> tuple[Tally, int]:
    seen: list[int] = []
    with office.database.transaction() as tx:
        tally = replayed(
            tx,
            bundle_of(DEFAULT),
            bundle_of(DRAFT),
            since=NOW,
            until=NOW + timedelta(seconds=seconds),
            processes=processes,
            progress=seen.append,
        )
    return tally, sum(seen)


def test_a_draft_is_replayed_over_the_records_of_a_time(filled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them once, portion by portion; nothing outside of it."""
    whole, seen = run(filled)
    assert (whole.records, seen) == (COUNT, COUNT)
    assert whole.effects["challenged"] > 0
    monkeypatch.setattr("idp.admin.policies.replaying._PORTION", 40)
    assert run(filled) == (whole, COUNT)
    assert run(filled, seconds=10)[0].records == 10


def test_several_processes_count_the_same(filled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the portions fall."""
    whole, _ = run(filled)
    monkeypatch.setattr("idp.admin.policies.replaying._PORTION", 30)
    shared, seen = run(filled, processes=2)
    assert (shared, seen) == (whole, COUNT)
