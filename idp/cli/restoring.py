"""What a restored backup must not bring back to life: everything that was used up, ended or revoked since it was made.

None of that is in the backup, so all of its kind is void: sessions, grants and their tokens, links, tickets, trusted
browsers, codes on lists. What proves a person by itself stays: passwords, apps, numbers, passkeys. Done in batches,
each committed, so that a service may go on beside it, and whoever was interrupted runs it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idp.login import ending
from idp.login import store as interactions
from idp.records.devices.trusted import store as trusted
from idp.records.grants import store as grants
from idp.records.users.address_proofs import store as address_proofs
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.tickets import store as tickets
from idp.storage.engine import Database
from idp.storage.tx import Tx

AT_ONCE = 1_000
"""Rows a transaction: others who write wait no longer than that takes."""
USED_UP = ("backup_code", "recovery_code", "temporary_code", "ticket")
"""Factors whose every answer is good once. Of an app only the newest code could come back, for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is void, and how some of it from before a moment is made so; `some` returns how many those were."""

    name: str
    some: Callable[[Tx, datetime], int]


def kinds() -> Iterator[Kind]:
    """Yield all kinds, what opens most first."""
    yield Kind(name="sessions", some=partial(ending.end_some, limit=AT_ONCE))
    yield Kind(name="grants", some=partial(grants.revoke_some, limit=AT_ONCE))
    yield Kind(name="sign-ins under way", some=partial(interactions.expire_some, limit=AT_ONCE))
    yield Kind(name="trusted browsers", some=partial(trusted.forget_some, limit=AT_ONCE))
    yield Kind(name="links", some=partial(links.void_some, limit=AT_ONCE))
    yield Kind(name="set-up tickets", some=partial(tickets.void_some, limit=AT_ONCE))
    yield Kind(name="addresses being proved", some=partial(address_proofs.void_some, limit=AT_ONCE))
    for factor in USED_UP:
        name = f"credentials of the kind {factor}"
        yield Kind(name=name, some=partial(credentials.remove_some, factor=factor, limit=AT_ONCE))


def void(database: Database, kind: Kind, before: datetime) -> int:
    """Void all of a kind from before a moment, batch by batch, and return how many those were."""
    total = 0
    while True:
        with database.transaction(durable=True) as tx:
            count = kind.some(tx, before)
        total += count
        if not count:
            return total
