"""Signals from failures: how fast, and against how many."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.login.assessing.pace import failing_providers, pace_of
from idp.records.risks.failures import store as failures
from idp.records.risks.failures.store import KEPT, Failure, ProviderFailures
from idp.risk.population import Population
from idp.storage.engine import Database

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DORA, HERE, NEAR = 1, 100, 1000


def some(amount: int, *, minutes: float = 1, account: int = DORA, address: int = HERE, each: int = 0) -> list[Failure]:
    """Return failures; `each` gives every one another account."""
    at = NOW - timedelta(minutes=minutes)
    return [
        Failure(at=at, account=account + number * each, address=address + number * (each > 1), network=NEAR)
        for number in range(amount)
    ]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], ()),
        (some(4), ()),
        (some(5), ("velocity", "after_failures")),
        (some(5, minutes=6), ("after_failures",)),
        (some(5, account=2), ()),
        (some(19, account=50, each=1), ()),
        (some(20, account=50, each=1), ("spray",)),
        (some(20, account=50, each=1, minutes=6), ()),
        (some(59, account=50, each=2), ()),
        (some(60, account=50, each=2), ("spray",)),
        (some(20, account=50, each=1) * 6, ()),
    ],
    ids=[
        *("none", "few", "many", "slow", "of another", "few accounts", "many accounts", "long ago"),
        *("few in the neighbourhood", "many in the neighbourhood", "many tries each"),
    ],
)
def test_pace(seen: list[Failure], expected: tuple[str, ...]) -> None:
    """Counted within minutes, on the account, from the address and from its neighbourhood."""
    assert pace_of(seen, account=DORA, address=HERE, network=NEAR, now=NOW) == expected


def test_failures_are_found_by_account_address_and_neighbourhood_and_forgotten(database: Database) -> None:
    """Each for a quarter of an hour; a success forgets those of its account."""
    with database.transaction() as tx:
        for account, address, network in ((1, 2, 3), (1, 9, 9), (8, 2, 9), (8, 9, 3), (8, 9, 9)):
            failures.add(tx, Failure(at=NOW, account=account, address=address, network=network))
        near = {"account": 1, "address": 2, "network": 3}
        assert len(failures.list_near(tx, **near, now=NOW)) == 4
        assert failures.list_near(tx, **near, now=NOW + KEPT + timedelta(seconds=1)) == ()
        failures.forget(tx, 1)
        assert len(failures.list_near(tx, **near, now=NOW)) == 2
        failures.add(tx, Failure(at=NOW + KEPT * 2, account=1, address=2, network=3))
        assert len(failures.list_near(tx, account=8, address=9, network=9, now=NOW)) == 0


@pytest.mark.parametrize(
    ("failures", "accounts", "others", "usual", "known", "expected"),
    [
        (20, 20, 0, 0, 100, {7}),
        (20, 19, 0, 0, 100, set()),
        (20, 20, 0, 0, 99, set()),
        (20, 20, 0, 30, 100, set()),
        (20, 20, 20, 10, 100, {7}),
        (20, 20, 21, 10, 100, set()),
    ],
    ids=["rare", "few accounts", "nobody knows what is usual", "half of everybody", "five times", "not five times"],
)
def test_a_provider_stands_out_by_its_share(
    failures: int, accounts: int, others: int, usual: int, known: int, expected: set[int]
) -> None:
    """Of all failures, against its share of all sign-ins."""
    counted = [
        ProviderFailures(provider=7, failures=failures, accounts=accounts),
        ProviderFailures(provider=8, failures=others, accounts=1),
    ]
    assert failing_providers(counted, Population(counts={7: usual}, sign_ins=known)) == expected


def test_failures_are_counted_by_provider(database: Database) -> None:
    """Those that are known, within minutes, and how many accounts they were at."""
    with database.transaction() as tx:
        for account, provider in ((1, 7), (1, 7), (2, 7), (3, 0), (4, 9)):
            failures.add(tx, Failure(at=NOW, account=account, address=1, network=1, provider=provider))
        counted = {each.provider: (each.failures, each.accounts) for each in failures.count_by_provider(tx, NOW)}
        assert counted == {7: (3, 2), 9: (1, 1)}
        assert failures.count_by_provider(tx, NOW + KEPT + timedelta(seconds=1)) == ()
