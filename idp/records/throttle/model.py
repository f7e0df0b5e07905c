"""Attempt budgets."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Failures counted under one typed key (`second:<user>`, `password:<user>`, `address:<prefix>`).

    `failures` counts since the last full success, `streak` since the last lock ended.
    """

    key: str
    failures: int
    streak: int
    failed_at: datetime
    locked_until: datetime | None = None
