"""Which sessions are looked for."""

from dataclasses import dataclass
from datetime import UTC, datetime

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Those that may still be used, the newest first; empty: whoever's, wherever."""

    user_id: str = ""
    client_id: str = ""
    """An application in which the session was used."""
    address: str = ""
    is_oldest_first: bool = False
    behind: tuple[datetime, str] | None = None
    """Beginning and id of the one behind which it goes on; None: from the start."""

    @property
    def place(self) -> tuple[datetime, str]:
        """Return behind what they come, in their order."""
        return self.behind or (EARLIEST if self.is_oldest_first else LATEST, "")
