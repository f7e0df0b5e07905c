"""Telephone numbers: one spelling for each, and which of them codes are sent to.

However a number is typed it becomes its E.164 form, so that limits and uniqueness cannot be walked around by spelling
(MSG-06). Codes go to mobile numbers of the countries that are served: premium, satellite and internet numbers are what
pumping is paid by (MSG-02). The plan of the world's numbers is the `phonenumbers` library's.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from idp.core.errors import Rejected
from idp.core.reasons import Reason

MAX_TYPED = 40
"""Characters; the longest number has 15 digits (E.164 §6.2.1)."""
_TYPED = re.compile(r"[0-9+() ./-]+", re.ASCII)
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_CALLED = _MOBILE | {PhoneNumberType.FIXED_LINE}


def normalised(typed: str, *, countries: tuple[str, ...] = (), is_called: bool = False) -> str | Rejected:
    """Return the number in E.164, or why no code is sent to it. Without `countries` all are served.

    Who is called may have a fixed line.
    """
    number = _parsed(typed, countries)
    if number is None or not phonenumbers.is_valid_number(number):
        return Rejected(Reason.PHONE_MALFORMED)
    if phonenumbers.number_type(number) not in (_CALLED if is_called else _MOBILE):
        return Rejected(Reason.PHONE_NOT_SERVED)
    if countries and phonenumbers.region_code_for_number(number) not in countries:
        return Rejected(Reason.PHONE_NOT_SERVED)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def prefix_of(number: str) -> str:
    """Return what a block of ten thousand numbers shares: pumping runs through numbers next to each other."""
    return number[:-4]


def country_of(number: str) -> str:
    """Return the country of a number in E.164, or of its calling code where that is of none alone."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.region_code_for_number(parsed) or f"+{parsed.country_code}"


def masked(number: str) -> str:
    """Return the last digits: the owner recognises them, nobody else can call them."""
    return f"••••\u00a0{number[-2:]}"


def _parsed(typed: str, countries: tuple[str, ...]) -> PhoneNumber | None:
    """Return what was typed as a number; without a country code it is read as of the only country served."""
    text = unicodedata.normalize("NFKC", typed[: MAX_TYPED + 1]).strip()
    if len(text) > MAX_TYPED or not _TYPED.fullmatch(text):
        return None
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        return phonenumbers.parse(text, countries[0] if len(countries) == 1 else None)
    except phonenumbers.NumberParseException:
        return None
