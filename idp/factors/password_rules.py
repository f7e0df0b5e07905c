"""Which passwords may be chosen (F1): long enough, not easily guessed, and nothing about whoever chooses.

Owns the judgement of one password, by length and by how many guesses it would take; it knows no network and no past. No
composition rules and no rotation, spaces and every script are welcome, nothing is cut off (NIST SP 800-63B-4 §3.1.1.2;
ASVS 5.0 6.2). Common passwords, words, names, keyboard walks, dates and repeats are recognised by `zxcvbn`, whose lists
are in the package: nothing leaves the machine.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from zxcvbn import matching, scoring

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import Person
from idp.factors.password import LONGEST_TYPED, MAX_LENGTH, MIN_LENGTH

FEWEST_GUESSES = 3e7
"""Eight characters drawn at random take 10^8 guesses in this estimate, a product's name and a year 10^7."""
_GOOD, _STRONG = 1e10, 1e14
_JUDGED = 40
"""Characters that are looked at: the work grows with the square, and whoever has these has enough."""
_MOST_SPELLINGS = 32
"""In how many ways signs may stand for letters: each is looked for in every list, so that forty signs of all kinds took
two seconds of a core, a form. Whoever mixes that many kinds of signs writes no word with them."""
_WHATEVER_IT_IS = (
    matching.dictionary_match,
    matching.reverse_dictionary_match,
    matching.spatial_match,
    matching.sequence_match,
    matching.regex_match,
    matching.date_match,
)
"""What takes the same time for any text: without words in signs, and without repeats, which are looked through too."""
_FEWEST_OTHERS = 5
"""Letters and digits that must be left once the words about a person are taken away: more than a year."""
_SHORTEST_WORD = 3
_PRODUCT = ("stepup", "step-up", "stepup-idp")
_OWN = "user_inputs"
"""The name of the dictionary that holds the words about this person and this service."""


class Strength(StrEnum):
    """How hard a password is to guess, in words."""

    FAIR = "fair"
    GOOD = "good"
    STRONG = "strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """What is asked of one password."""

    shortest: int = MIN_LENGTH
    """Characters after NFC; more where the password is the only factor."""
    words: tuple[str, ...] = ()
    """What a guesser would try first: names, addresses, the service."""

    def judge(self, password: str) -> Strength | Rejected:
        """Return how strong a password is, or why it may not be chosen."""
        if len(password) > LONGEST_TYPED:
            return Rejected(Reason.PASSWORD_TOO_LONG)
        text = normal(password)
        if len(text) < self.shortest:
            return Rejected(Reason.PASSWORD_TOO_SHORT)
        if len(text) > MAX_LENGTH:
            return Rejected(Reason.PASSWORD_TOO_LONG)
        if _is_made_of(text, self.words):
            return Rejected(Reason.PASSWORD_PERSONAL)
        guesses, is_own = _guesses(text[:_JUDGED], self.words)
        if guesses < FEWEST_GUESSES:
            return Rejected(Reason.PASSWORD_PERSONAL if is_own else Reason.PASSWORD_COMMON)
        return Strength.STRONG if guesses >= _STRONG else Strength.GOOD if guesses >= _GOOD else Strength.FAIR


def normal(password: str) -> str:
    """Return the one spelling under which a password is counted, judged and hashed."""
    return unicodedata.normalize("NFC", password)


def words_about(person: Person, *, service: str) -> tuple[str, ...]:
    """Return the words that somebody who knows the person and the service would try."""
    texts = (person.username, person.display_name, person.email, person.phone, service)
    return tuple(dict.fromkeys((*_PRODUCT, *(word for text in texts for word in _words(text)))))


def _words(text: str) -> Iterable[str]:
    whole = text.strip().casefold()
    parts = re.split(r"[\W_]+", whole)
    return (word for word in (whole, *parts) if len(word) >= _SHORTEST_WORD)


def _is_made_of(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether hardly anything is left of a password but what is known about the person."""
    left = text.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != text.casefold() and sum(character.isalnum() for character in left) < _FEWEST_OTHERS


def _guesses(text: str, words: tuple[str, ...]) -> tuple[float, bool]:
    """Return how many guesses it would take, and whether words about the person helped.

    Not by `zxcvbn.zxcvbn`, which keeps the words of whoever was judged last in a dictionary that all threads share.
    """
    known = {**matching.RANKED_DICTIONARIES, _OWN: matching.build_ranked_dict(words)}
    matchers = _WHATEVER_IT_IS if _spellings(text) > _MOST_SPELLINGS else (matching.omnimatch,)
    matches = [match for matcher in matchers for match in matcher(text, _ranked_dictionaries=known)]
    found = scoring.most_guessable_match_sequence(text, matches)
    is_own = any(match.get("dictionary_name") == _OWN for match in found["sequence"])
    return float(found["guesses"]), is_own


def _spellings(text: str) -> int:
    """Return in how many ways digits and signs of a text may stand for letters."""
    return prod(len(signs) for signs in matching.relevant_l33t_subtable(text, matching.L33T_TABLE).values())
