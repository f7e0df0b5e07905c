"""Following the trail as it is sealed: whoever remembers the last seal they read misses nothing, reads nothing twice.

Events are told in the order of their seals, which have no gap; an event that is not sealed yet comes a second later.
"""

from collections.abc import Iterator

import msgspec

from idp.records.audit.model import Entry
from idp.records.audit.seals import store as seals
from idp.records.audit.seals.model import Seal
from idp.storage.tx import Tx


def lines(tx: Tx, *, after: int, limit: int) -> Iterator[bytes]:
    """Yield sealed events as JSON, one a line; `seal` is what the next look says as `after`."""
    for seal, entry in seals.list_seals(tx, after=after, limit=limit):
        yield msgspec.json.encode(told(seal, entry)) + b"\n"


def told(seal: Seal, entry: Entry | None) -> dict[str, object]:
    """Return one event as it is told to those who follow; of one that is gone, that it was there."""
    place: dict[str, object] = {"seal": seal.number, "link": seal.link}
    if entry is None:
        return {**place, "gone": True}
    event = entry.event
    return {
        **place,
        "id": entry.id,
        "at": event.at,
        "name": event.name,
        "person": event.user_id,
        "client": event.client_id,
        "session": event.session_id,
        "interaction": event.interaction_id,
        "decision": event.decision_id,
        "address": event.address,
        "details": dict(event.details),
    }
