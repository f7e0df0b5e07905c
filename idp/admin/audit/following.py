"""Following the trail as it is sealed: whoever remembers the last seal they read misses nothing, reads nothing twice.

Events are told in the order of their seals, which have no gap; an event that is not sealed yet comes a second later.
"""

from collections.abc import Iterator

import msgspec

from idp.records.audit.seals import store as seals
from idp.records.audit.telling import told
from idp.storage.tx import Tx


def lines(tx: Tx, *, after: int, limit: int) -> Iterator[bytes]:
    """Yield sealed events as JSON, one a line; `seal` is what the next look says as `after`."""
    for seal, entry in seals.list_seals(tx, after=after, limit=limit):
        yield msgspec.json.encode(told(seal, entry)) + b"\n"
