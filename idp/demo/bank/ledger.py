"""The bank's books: one account for each person, in memory. A transfer is booked once, however often it is sent."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPENING_BALANCE = 250_000
"""Cents."""
SHOWN = 5
"""Transfers that are shown."""


@dataclass(slots=True, kw_only=True)
class Account:
    """What one person has, and what they sent, newest first."""

    balance: int = OPENING_BALANCE
    transfers: list[Mapping[str, Any]] = field(default_factory=list)


class Ledger:
    """Keeps everybody's account."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._lock = threading.Lock()

    def look(self, owner: str) -> Mapping[str, Any]:
        """Return the account as it is shown."""
        with self._lock:
            account = self._accounts.get(owner, Account())
            return {"balance": account.balance, "transfers": account.transfers[:SHOWN]}

    def book(self, owner: str, transfer: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Book the transfer and return it, or what its id was booked as; None when the account does not hold it."""
        with self._lock:
            account = self._accounts.setdefault(owner, Account())
            known = next((each for each in account.transfers if each["id"] == transfer["id"]), None)
            if known is not None:
                return known
            if transfer["cents"] > account.balance:
                return None
            account.balance -= transfer["cents"]
            account.transfers.insert(0, transfer)
            return transfer
