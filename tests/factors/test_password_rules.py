"""Which passwords may be chosen (F1, SES-27)."""

from time import process_time

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import Person
from idp.factors.password_rules import PasswordRules, Strength, words_about

ERIN = Person(id="u1", username="erin", display_name="Erin Ågren", email="e.agren@corp.example", phone="+12025550177")
WORDS = words_about(ERIN, service="id.example.com")


def judged(text: str, *, shortest: int = 8) -> Strength | Reason:
    found = PasswordRules(shortest=shortest, words=WORDS).judge(text)
    return found.reason if isinstance(found, Rejected) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234567", Reason.PASSWORD_TOO_SHORT),
        ("e\u0301" * 7, Reason.PASSWORD_TOO_SHORT),
        ("x" * 129, Reason.PASSWORD_TOO_LONG),
        ("e\u0301" * 129, Reason.PASSWORD_TOO_LONG),
        ("x" * 1025, Reason.PASSWORD_TOO_LONG),
        ("sunshine", Reason.PASSWORD_COMMON),
        ("Sunsh1ne!", Reason.PASSWORD_COMMON),
        ("password123456789", Reason.PASSWORD_COMMON),
        ("qwertyuiopasdfgh", Reason.PASSWORD_COMMON),
        ("x" * 128, Reason.PASSWORD_COMMON),
        ("12.12.2012", Reason.PASSWORD_COMMON),
        ("erin.agren.2026", Reason.PASSWORD_PERSONAL),
        ("Erin-Ågren-corp", Reason.PASSWORD_PERSONAL),
        ("+12025550177", Reason.PASSWORD_PERSONAL),
        ("e.agren@corp.example", Reason.PASSWORD_PERSONAL),
        ("stepup-idp-2026", Reason.PASSWORD_PERSONAL),
        ("id.example.com!", Reason.PASSWORD_PERSONAL),
        ("stepup42", Reason.PASSWORD_PERSONAL),
    ],
)
def test_rules_refuse(text: str, expected: Reason) -> None:
    """Short and overlong ones, those that are guessed first, and those that anybody could know; length after NFC."""
    assert judged(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kT9#xw2L", Strength.FAIR),
        ("fourteen chars", Strength.FAIR),
        ("correct horse battery staple", Strength.STRONG),
        ("   spaces   lead   on   ", Strength.STRONG),
        ("💜 lila Blumen im Regen", Strength.STRONG),
        ("静かな夜に青い傘を忘れた", Strength.GOOD),
        ("only small letters without any digit", Strength.STRONG),
        ("erin likes violet umbrellas", Strength.STRONG),
        ("correct horse battery staple " * 4 + "and more", Strength.STRONG),
    ],
)
def test_rules_accept(text: str, expected: Strength) -> None:
    """Whatever is hard to guess, in any script, of any composition, up to 128 characters."""
    assert judged(text) == expected


def test_rules_ask_more_where_a_password_is_alone() -> None:
    """The caller says the least length (15 where it is the only factor)."""
    assert judged("violet umbrell", shortest=15) is Reason.PASSWORD_TOO_SHORT
    assert judged("violet umbrella", shortest=15) in set(Strength)


def test_words_about_one_person_are_not_held_against_another() -> None:
    """What was judged before leaves no trace, however many threads judge."""
    text = "zanzibar-quux"
    about = PasswordRules(words=words_about(Person(id="u2", username="Zanzibar-Quux"), service="id.example.com"))
    assert about.judge(text) == Rejected(Reason.PASSWORD_PERSONAL)
    assert judged(text) in set(Strength)


@pytest.mark.parametrize(
    "text",
    [
        "1a2s3d4f5g6h7j8k9l0qwertyuiop@$$!!||01230123012301230123lzlzlz" * 2,
        "4@8({[<3691!|70$5+%2" * 2,
        "(581![2!6!9<{43@(+7$!2630%(8@9[0@|$(!147",
    ],
    ids=["everything", "signs twice", "signs"],
)
def test_rules_take_no_long_time(text: str) -> None:
    """What is built to be slow to judge takes no longer than others; a stranger who signs up may choose it."""
    begun = process_time()
    assert judged(text) in set(Strength)
    assert process_time() - begun < 0.5


def test_words_beside_signs_of_all_kinds_are_still_found() -> None:
    """Where signs are not read as letters, what stands there in letters counts for as little as ever."""
    signs = "!|1@4(<["
    assert judged(f"sunshine{signs}") is Strength.GOOD
    assert judged(f"xqzvkwjh{signs}") is Strength.STRONG
