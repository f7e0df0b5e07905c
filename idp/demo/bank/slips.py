"""Transfer slips: what people type, read and judged."""

import re
from collections.abc import Mapping

from idp.demo.bank import words
from idp.web.texts import Texts

_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,6})(?:[.,](?P<cents>[0-9]{2}))?", re.ASCII)
_LONGEST_NAME = 40


def cents_of(text: str) -> int | None:
    """Return an amount in cents, or None for what is no amount."""
    match = _AMOUNT.fullmatch(text.replace("€", "").strip())
    return int(match["whole"]) * 100 + int(match["cents"] or 0) if match else None


def mistakes(typed: Mapping[str, str], balance: int, texts: Texts) -> dict[str, str]:
    """Say what was wrong and what to do, for each field."""
    _, wrong = texts.gettext, {}
    if not 1 <= len(typed["to"]) <= _LONGEST_NAME or not typed["to"].isprintable():
        wrong["to"] = _("Enter who receives the money, in at most %(count)s letters.", count=_LONGEST_NAME)
    cents = cents_of(typed["amount"])
    if cents is None or cents == 0:
        wrong["amount"] = _("Enter an amount in euros, such as 25 or 25.00.")
    elif cents > balance:
        wrong["amount"] = _("Enter at most %(amount)s, which is what the account holds.", amount=words.money(balance))
    return wrong
