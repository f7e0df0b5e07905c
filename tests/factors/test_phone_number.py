"""Telephone numbers: one spelling, and which are served."""

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.phone_number import masked, normalised


@pytest.mark.parametrize(
    "typed",
    [
        "+12025550101",
        " +1 202 555 0101 ",
        "+1 (202) 555-0101",
        "+1.202.555.0101",
        "0012025550101",
        "00 1 202/555 0101",
        "\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff11",
    ],
)
def test_phone_number_has_one_spelling(typed: str) -> None:
    """However it is typed, a number becomes its E.164 form (MSG-06)."""
    assert normalised(typed) == "+12025550101"


def test_phone_number_without_a_country_is_of_the_only_one_served() -> None:
    """A leading zero is the country's own, where there is one country."""
    assert normalised("090-1234-5678", countries=("JP",)) == "+819012345678"
    assert normalised("+81 (0)90-1234-5678") == "+819012345678"
    assert normalised("090-1234-5678", countries=("JP", "US")) == Rejected(Reason.PHONE_MALFORMED)
    assert normalised("090-1234-5678") == Rejected(Reason.PHONE_MALFORMED)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "hello",
        "+1 202 555 0101 ext. 5",
        "+1 202 555 0101;ext=5",
        "tel:+12025550101",
        "+1 202 55",
        "+1-800-FLOWERS",
        "+12025550101\n+12025550102",
        "+1" + " " * 60 + "2025550101",
        "\u0661\u0662\u0660\u0662\u0665\u0665\u0665",
    ],
)
def test_phone_number_is_refused_when_it_is_none(typed: str) -> None:
    """Extensions, letters, two at once and what is too short are no numbers to send to."""
    assert normalised(typed) == Rejected(Reason.PHONE_MALFORMED)


@pytest.mark.parametrize(
    "typed", ["+979123456789", "+8823451234567", "+19005551234", "+442079460000"], ids=["+979", "+882", "900", "fixed"]
)
def test_phone_number_of_another_kind_of_line_is_refused(typed: str) -> None:
    """Premium, satellite, internet and fixed numbers get no codes (MSG-02)."""
    assert normalised(typed) == Rejected(Reason.PHONE_NOT_SERVED)


def test_phone_number_of_a_country_that_is_not_served_is_refused() -> None:
    """Only the countries that are listed; one country code may be that of several."""
    assert normalised("+447400123456", countries=("JP", "US")) == Rejected(Reason.PHONE_NOT_SERVED)
    assert normalised("+12025550101", countries=("JP", "US")) == "+12025550101"
    assert normalised("+14165550101", countries=("US",)) == Rejected(Reason.PHONE_NOT_SERVED)


def test_phone_number_is_shown_by_its_end() -> None:
    """Its owner recognises the last digits."""
    assert masked("+12025550101") == "•••• 01"
