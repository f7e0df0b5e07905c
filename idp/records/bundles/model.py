"""Policy bundles."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVersion:
    """One version, named by the SHA-256 of its canonical form; `text` is the YAML as it was written."""

    version: str
    name: str
    text: str
    parent: str
    created_at: datetime
    published_at: datetime | None = None
