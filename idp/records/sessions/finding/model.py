"""Which sessions are looked for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Sort(StrEnum):
    """By which of its moments a session has its place."""

    CREATED = "created_at"
    SEEN = "seen_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Those that may still be used, the newest or the last used first; empty: whoever's, wherever."""

    user_id: str = ""
    client_id: str = ""
    """An application in which the session was used."""
    address: str = ""
    sort: Sort = Sort.CREATED
    is_oldest_first: bool = False
    behind: tuple[datetime, str] | None = None
    """That moment and id of the one behind which it goes on; None: from the start."""

    @property
    def place(self) -> tuple[datetime, str]:
        """Return behind what they come, in their order."""
        return self.behind or (EARLIEST if self.is_oldest_first else LATEST, "")
