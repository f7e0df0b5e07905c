"""How fast, and against how many: signals from the failures of the last minutes (risk.md §5.2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from idp.records.risks.failures.store import Failure, ProviderFailures
from idp.risk.population import Population

_AT_ONCE = timedelta(minutes=5)
_MANY_FAILURES = 5
_MANY_ACCOUNTS = 20
_MANY_ACCOUNTS_NEAR = 60
"""From one neighbourhood, which other people share."""
_FEW_TRIES = 5
"""A spray tries each account a few times: more is somebody who has forgotten a password."""


_ENOUGH_SIGN_INS = 100
"""Before so many nobody knows what is usual."""
_TIMES_AS_MANY = 5
"""How much larger a provider's share of failures is than its share of sign-ins, before it stands out."""


def pace_of(failures: Iterable[Failure], *, account: int, address: int, network: int, now: datetime) -> tuple[str, ...]:
    """Return `velocity`, `after_failures` and `spray`, where they hold of a sign-in that succeeds now."""
    known = tuple(failures)
    recent = [each for each in known if now - each.at <= _AT_ONCE]
    signals = []
    if sum(each.account == account for each in recent) >= _MANY_FAILURES:
        signals.append("velocity")
    if sum(each.account == account for each in known) >= _MANY_FAILURES:
        signals.append("after_failures")
    near = [each for each in recent if each.network == network]
    here = [each for each in near if each.address == address]
    if _is_spray(here, _MANY_ACCOUNTS) or _is_spray(near, _MANY_ACCOUNTS_NEAR):
        signals.append("spray")
    return tuple(signals)


def failing_providers(counted: Sequence[ProviderFailures], population: Population) -> frozenset[int]:
    """Return the providers through which far more accounts are failed at than people come.

    A share, not a number: where half of everybody comes from, half of what fails does too.
    """
    total, known = sum(each.failures for each in counted), population.sign_ins
    if known < _ENOUGH_SIGN_INS:
        return frozenset()
    return frozenset(
        each.provider
        for each in counted
        if each.accounts >= _MANY_ACCOUNTS
        and each.failures / total >= _TIMES_AS_MANY * population.counts.get(each.provider, 0) / known
    )


def _is_spray(failures: list[Failure], many: int) -> bool:
    accounts = {each.account for each in failures}
    return len(accounts) >= many and len(failures) <= _FEW_TRIES * len(accounts)
