"""Transfer slips: what people type, read and judged."""

import re
from collections.abc import Mapping

from idp.demo.bank import words

_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,6})(?:[.,](?P<cents>[0-9]{2}))?", re.ASCII)
_LONGEST_NAME = 40


def cents_of(text: str) -> int | None:
    """Return an amount in cents, or None for what is no amount."""
    match = _AMOUNT.fullmatch(text.replace("€", "").strip())
    return int(match["whole"]) * 100 + int(match["cents"] or 0) if match else None


def mistakes(typed: Mapping[str, str], balance: int) -> dict[str, str]:
    """Say what was wrong and what to do, for each field."""
    wrong = {}
    if not 1 <= len(typed["to"]) <= _LONGEST_NAME or not typed["to"].isprintable():
        wrong["to"] = f"Enter who receives the money, in at most {_LONGEST_NAME} letters."
    cents = cents_of(typed["amount"])
    if cents is None or cents == 0:
        wrong["amount"] = "Enter an amount in euros, such as 25 or 25.00."
    elif cents > balance:
        wrong["amount"] = f"Enter at most {words.money(balance)}, which is what the account holds."
    return wrong
