"""The code by text message (F3): something one has, the number.

A number is enrolled by giving back a code that was sent to it. Numbers are kept in E.164 and served by country and kind
of line (`phone_number`).
"""

from datetime import datetime, timedelta

from idp.core.errors import Rejected
from idp.core.tokens import Tokens
from idp.factors import phone_number
from idp.factors.base import Challenge, NewCredential, Person
from idp.factors.sent_code import SentCode, proven


class Sms(SentCode):
    """A number that is the person's."""

    name = "sms"
    typed_name = "phone"
    is_proof = True
    serves_fixed_lines = False

    def __init__(
        self,
        *,
        digits: int = 6,
        ttl: timedelta = timedelta(minutes=5),
        attempts: int = 5,
        countries: tuple[str, ...] = (),
    ) -> None:
        super().__init__(digits=digits, ttl=ttl, attempts=attempts)
        self._countries = countries

    def channel_of(self, destination: str) -> str:
        """Return the number."""
        return f"number:{destination}"

    def masked(self, destination: str) -> str:
        """Return the number's last digits."""
        return phone_number.masked(destination)

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Send a code to the number that was typed, if it is one that is served."""
        number = phone_number.normalised(typed, countries=self._countries, is_called=self.serves_fixed_lines)
        if isinstance(number, Rejected):
            return number
        return self._sent(about=number, to=number, tokens=tokens, now=now)

    def enroll_finish(
        self,
        person: Person,  # noqa: ARG002 -- the interface of all factors
        challenge: Challenge,
        answer: str,
        *,
        now: datetime,
    ) -> NewCredential | Rejected:
        """Keep the number once its code has come back."""
        number = proven(challenge, answer, now)
        return number if isinstance(number, Rejected) else self.bind(number)
