"""The budgets of a bundle: what concerns people, and whoever pays for what is sent to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How many text messages and calls are sent at most, and how many of their codes must come back.

    A prefix is all of a number but its last four digits.
    """

    number_day: int = 30
    person_day: int = 40
    prefix_hour: int = 100
    prefix_day: int = 400
    country_hour: int = 2_000
    country_day: int = 10_000
    used: float = 0.1
    """Share of the codes sent to a prefix in a day that must come back, lest nothing is sent to new numbers there."""
    after: int = 20
    """From which message of the day on that share is looked at."""
