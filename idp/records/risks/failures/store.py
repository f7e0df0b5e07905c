"""The table of recent failures. It forgets by itself: each new one drops those that are too old to matter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

KEPT = timedelta(minutes=15)
"""As long as an account's own failures matter."""
_MOST_READ = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt: on which account, from which address, neighbourhood and provider; all as keyed hashes."""

    at: datetime
    account: int
    address: int
    network: int
    provider: int = 0
    """0: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailures:
    """What failed of late through one provider."""

    provider: int
    failures: int
    accounts: int


_failures = Table(
    "risk_failures",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("address", BigInteger, nullable=False),
    Column("network", BigInteger, nullable=False),
    Column("provider", BigInteger, nullable=False),
    Index(None, "at"),
    Index(None, "account", "at"),
    Index(None, "address", "at"),
    Index(None, "network", "at"),
)
_FIELDS = tuple(column for column in _failures.c if column.name != "id")
_SINCE = _failures.c.at >= bindparam("since")
_ADD = insert(_failures).values({column.name: bindparam(column.name) for column in _FIELDS}).inline()
_DROP_OLD = delete(_failures).where(_failures.c.at < bindparam("before"))
_DROP_OF = delete(_failures).where(_failures.c.account == bindparam("of_account"))
_NEAR = (
    select(*_FIELDS)
    .where(
        or_(
            and_(_failures.c.account == bindparam("of_account"), _SINCE),
            and_(_failures.c.address == bindparam("of_address"), _SINCE),
            and_(_failures.c.network == bindparam("of_network"), _SINCE),
        )
    )
    .limit(_MOST_READ)
)
_BY_PROVIDER = (
    select(
        _failures.c.provider,
        func.count().label("failures"),
        func.count(_failures.c.account.distinct()).label("accounts"),
    )
    .where(_SINCE, _failures.c.provider != 0)
    .group_by(_failures.c.provider)
)


def add(tx: Tx, failure: Failure) -> None:
    """Remember a failure for a quarter of an hour."""
    tx.change(_DROP_OLD, {"before": failure.at - KEPT})
    tx.change(_ADD, values_of(failure))


def forget(tx: Tx, account: int) -> None:
    """Forget an account's failures: it has fully succeeded."""
    tx.change(_DROP_OF, {"of_account": account})


def list_near(tx: Tx, *, account: int, address: int, network: int, now: datetime) -> tuple[Failure, ...]:
    """Return what failed on this account, from this address or from its neighbourhood."""
    near = {"of_account": account, "of_address": address, "of_network": network, "since": now - KEPT}
    return tuple(Failure(**row) for row in tx.all(_NEAR, near))


def count_by_provider(tx: Tx, now: datetime) -> tuple[ProviderFailures, ...]:
    """Return what failed through each provider that is known."""
    return tuple(ProviderFailures(**row) for row in tx.all(_BY_PROVIDER, {"since": now - KEPT}))
