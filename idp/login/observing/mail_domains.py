"""Domains whose mailboxes are thrown away (`IDP_DISPOSABLE_MAIL`): one a line, `#` begins a comment. Optional.

A domain stands for everything below it. That an address is of such a domain is a signal a rule may read; it weighs
nothing by itself, as people who value their privacy use such addresses too.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from idp.risk.inputs import Health

STALE_AFTER = timedelta(days=365)
_SIGNAL = "mail_disposable"


class MailDomains:
    """The list, read once."""

    def __init__(self, path: Path | None) -> None:
        self._is_wanted = path is not None
        self._domains: frozenset[str] = frozenset()
        self.changed_at: datetime | None = None
        if path is not None:
            try:
                self._domains = frozenset(filter(None, map(_domain, path.read_text(encoding="utf-8").splitlines())))
                self.changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except (OSError, ValueError):
                self._domains = frozenset()

    @property
    def size(self) -> int:
        """How many domains it names."""
        return len(self._domains)

    def signals(self, mail: str) -> tuple[str, ...]:
        """Return what is to be said of an address; of none, nothing."""
        if not mail or not self._domains:
            return ()
        labels = mail.rpartition("@")[2].lower().rstrip(".").split(".")
        names = (".".join(labels[at:]) for at in range(len(labels)))
        return (_SIGNAL,) if any(name in self._domains for name in names) else ()

    def health(self, now: datetime) -> Health:
        """Return how the list is; an empty one was not what was meant."""
        if not self._is_wanted:
            return Health.ABSENT
        if self.changed_at is None or not self._domains:
            return Health.FAILED
        return Health.STALE if now - self.changed_at > STALE_AFTER else Health.FRESH


def _domain(line: str) -> str:
    return line.partition("#")[0].strip().lower().lstrip(".")
