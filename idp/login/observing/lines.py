"""Of which kind a telephone number is: what nobody carries in a pocket is easier to come by than a person's own.

Codes are sent to mobile numbers alone (`factors/phone_number`); a number that was imported may be of any kind. In some
countries, the United States among them, the plan of numbers does not tell internet telephony from mobile.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

_REMEMBERED = 4096
_SIGNAL = "phone_line_unusual"
_UNUSUAL = frozenset(
    {
        PhoneNumberType.VOIP,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


@lru_cache(maxsize=_REMEMBERED)
def signals_of(number: str) -> tuple[str, ...]:
    """Return what is to be said of a number in E.164; of one that cannot be read, nothing."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    return (_SIGNAL,) if kind in _UNUSUAL else ()
