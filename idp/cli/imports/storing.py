"""A whole file at once: read, checked, then stored in one transaction, or not at all.

What is slow (hashing backup codes) is done before, so that others who write meanwhile wait only for rows to be added.
Whatever stops the command leaves nothing behind; it can simply be run again.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from idp.cli.imports.checking import Arrival, Checks
from idp.cli.imports.row import Read, Refused
from idp.core.tokens import Tokens
from idp.factors.backup_code import BackupCode
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.model import email_key, username_key
from idp.storage.tx import Tx

BATCH = 500
"""Rows of one statement."""
_BACKUP = "backup_code"


class Progress(Protocol):
    """Is told how far it is."""

    def update(self, steps: int) -> None:
        """Move on by some steps."""
        ...


@dataclass(frozen=True, slots=True)
class Sorted:
    """A file after it was checked."""

    arrivals: tuple[Arrival, ...]
    refused: tuple[Refused, ...]


def sort(tx: Tx, read: Iterable[Read], checks: Checks) -> Sorted:
    """Tell who may come from who may not; who is in the file twice or here already may not."""
    arrivals: list[Arrival] = []
    refused: list[Refused] = []
    for line, row in read:
        found = row if isinstance(row, Refused) else checks.check(line, row)
        if isinstance(found, Arrival):
            arrivals.append(found)
        else:
            refused += found if isinstance(found, tuple) else (found,)
    doubled = {each.line: each for each in (*_twice(arrivals), *_known(tx, arrivals))}
    kept = tuple(each for each in arrivals if each.line not in doubled)
    return Sorted(kept, tuple(sorted((*refused, *doubled.values()), key=lambda each: each.line)))


def prepared(
    arrivals: Sequence[Arrival], factor: BackupCode, tokens: Tokens, progress: Progress
) -> tuple[Arrival, ...]:
    """Hash the backup codes, on all cores."""

    def hashed(arrival: Arrival) -> Arrival:
        if not arrival.codes:
            return arrival
        new = factor.adopt(arrival.codes, tokens=tokens)
        made = new.bound(_BACKUP, credential_id=tokens.new_id(), user_id=arrival.user.id, now=arrival.user.created_at)
        return replace(arrival, credentials=(*arrival.credentials, made), codes=new.code_hashes)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return tuple(_counting(pool.map(hashed, arrivals), progress))


def store(tx: Tx, arrivals: Sequence[Arrival], *, now: datetime, progress: Progress) -> None:
    """Add everybody. Raises ConflictError when somebody has taken a name since."""
    for start in range(0, len(arrivals), BATCH):
        batch = arrivals[start : start + BATCH]
        users.add_all(tx, [each.user for each in batch])
        credentials.add_all(tx, [credential for each in batch for credential in each.credentials])
        for each in batch:
            if each.codes:
                backup_codes.add_codes(tx, each.credentials[-1].id, each.codes)
        audit.add_all(
            tx, [Event(name="user.added", at=now, user_id=each.user.id, details={"by": "import"}) for each in batch]
        )
        progress.update(len(batch))


def _counting(arrivals: Iterable[Arrival], progress: Progress) -> Iterator[Arrival]:
    for arrival in arrivals:
        progress.update(1)
        yield arrival


def _twice(arrivals: Sequence[Arrival]) -> Iterator[Refused]:
    """Yield those whose name or address an earlier line has."""
    for name, key in (("username", _username), ("email", _address)):
        first: dict[str, int] = {}
        for each in arrivals:
            line = first.setdefault(key(each), each.line) if key(each) else each.line
            if line != each.line:
                yield Refused(each.line, name, f"is that of line {line} too")


def _known(tx: Tx, arrivals: Sequence[Arrival]) -> Iterator[Refused]:
    """Yield those whose name or address somebody has here."""
    for start in range(0, len(arrivals), BATCH):
        batch = arrivals[start : start + BATCH]
        names = users.taken_usernames(tx, [_username(each) for each in batch])
        addresses = users.taken_emails(tx, [_address(each) for each in batch if each.user.email])
        for each in batch:
            if _username(each) in names:
                yield Refused(each.line, "username", "is taken")
            elif _address(each) in addresses:
                yield Refused(each.line, "email", "belongs to somebody else")


def _username(arrival: Arrival) -> str:
    return username_key(arrival.user.username)


def _address(arrival: Arrival) -> str:
    return email_key(arrival.user.email)
