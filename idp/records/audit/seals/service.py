"""The sealer, and whoever checks its work (features.md A6).

It links committed events in batches, never inside the transaction that writes an event: inline it would put all writers
in one queue. Events of transactions that were slow to commit are sealed by a later batch, so the order of seals is that
of commits, nearly, and that of ids not quite.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from idp.records.audit.model import Entry
from idp.records.audit.seals import store
from idp.records.audit.seals.model import Broken, Seal, Verdict
from idp.storage.tx import Tx

Told = Callable[[Mapping[str, int]], None]
BATCH = 500
_LOOK_BACK = 2_000
"""Ids behind the newest sealed one that are looked at again for events whose transactions were slow to commit."""
_START = "0" * 64
_CONTEXT = "audit seal"


def seal(tx: Tx, told: Told | None = None) -> int:
    """Seal up to `BATCH` events in one transaction; return how many.

    `told` is given how many of each name, once they are sealed: every event is told once, by whoever has sealed it.

    Raises ConflictError when another process has sealed the same ones: they are sealed then, and nothing is lost.
    """
    newest = store.last(tx)
    after = max(0, newest.event_id - _LOOK_BACK) if newest else 0
    found = store.list_unsealed(tx, after=after, limit=BATCH)
    if found:
        store.add_seals(tx, tuple(_seals(tx, found, newest)))
        if told is not None:
            tx.after_commit(partial(told, Counter(entry.event.name for entry in found)))
    return len(found)


def verify(tx: Tx, *, number: int = 0, link: str = "") -> Verdict:
    """Check the whole chain, in bounded memory; `number` and `link` are those of a seal written down before."""
    expected, previous, newest = 1, _START, None
    anchored = number == 0
    for found, entry in _all(tx):
        why = _why_broken(tx, found, entry, expected=expected, previous=previous)
        if not why and found.number == number:
            anchored = found.link == link
            why = "" if anchored else "is another one than was written down"
        if why:
            return _verdict(tx, expected - 1, newest, Broken(number=expected, why=why))
        expected, previous, newest = found.number + 1, found.link, found
    broken = None if anchored else Broken(number=number, why="was written down and is gone, with all behind it")
    return _verdict(tx, expected - 1, newest, broken)


def count_macs(tx: Tx) -> tuple[int, int, int]:
    """Return how many seals the newest key signed, how many another of the ring, and how many none. It reads all."""
    newest = older = neither = 0
    for each in _macs(tx):
        if tx.keys.is_newest(each.mac, each.link, context=_CONTEXT):
            newest += 1
        elif tx.keys.verifies(each.mac, each.link, context=_CONTEXT):
            older += 1
        else:
            neither += 1
    return newest, older, neither


def resign(tx: Tx, *, after: int, limit: int = BATCH) -> tuple[int | None, int]:
    """Sign seals behind the number `after` anew under the newest key; return the last looked at, and how many.

    Only what an older key of the ring did sign: a seal that was tampered with stays as it is, for `verify` to find.
    The links stay, and with them what was written down elsewhere.
    """
    found = store.list_macs(tx, after=after, limit=limit)
    changed = 0
    for each in found:
        is_newest = tx.keys.is_newest(each.mac, each.link, context=_CONTEXT)
        if not is_newest and tx.keys.verifies(each.mac, each.link, context=_CONTEXT):
            changed += store.renew_mac(tx, each, tx.keys.sign(each.link, context=_CONTEXT))
    return (found[-1].number if found else None), changed


def _macs(tx: Tx) -> Iterator[Seal]:
    after = 0
    while page := store.list_macs(tx, after=after, limit=BATCH):
        yield from page
        after = page[-1].number


def _verdict(tx: Tx, sealed: int, newest: Seal | None, broken: Broken | None) -> Verdict:
    return Verdict(sealed=sealed, unsealed=store.count_unsealed(tx), last=newest, broken=broken)


def _why_broken(tx: Tx, seal: Seal, entry: Entry | None, *, expected: int, previous: str) -> str:
    """Return what is wrong with a seal, in words; empty: nothing."""
    if seal.number != expected:
        return "is missing"
    if entry is None:
        return f"covers the event {seal.event_id}, which is gone"
    if _link(previous, entry) != seal.link:
        return f"does not fit the event {seal.event_id}, which was changed, or the seal before it"
    if not tx.keys.verifies(seal.mac, seal.link, context=_CONTEXT):
        return "was not made with a key of IDP_SECRET_KEYS"
    return ""


def _all(tx: Tx) -> Iterator[tuple[Seal, Entry | None]]:
    after = 0
    while page := store.list_seals(tx, after=after, limit=BATCH):
        yield from page
        after = page[-1][0].number


def _seals(tx: Tx, entries: Iterable[Entry], newest: Seal | None) -> Iterator[Seal]:
    number, link = (newest.number, newest.link) if newest else (0, _START)
    for entry in entries:
        number, link = number + 1, _link(link, entry)
        yield Seal(number=number, event_id=entry.id, link=link, mac=tx.keys.sign(link, context=_CONTEXT))


def _link(previous: str, entry: Entry) -> str:
    """Return the hash that binds an event to all before it; every member is in it, in one fixed spelling."""
    told = msgspec.json.encode(entry, order="deterministic")
    return hashlib.sha256(previous.encode() + told).hexdigest()
