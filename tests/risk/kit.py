"""Observations and pasts for tests of the risk model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from idp.risk.history import History
from idp.risk.observation import Hasher, Observation
from idp.risk.population import Population, lesson_of
from idp.risk.score import Score, score

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HASHER = Hasher(b"a pepper")
HOME = Observation(
    at=NOW,
    country="NO",
    provider="29695",
    address="81.167.144.58",
    device="desktop",
    system="Windows",
    system_version="Windows 10",
    browser="Firefox",
    browser_version="140",
    agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0",
    cookie="home cookie",
)
ELSEWHERE = replace(
    HOME,
    country="RO",
    provider="8708",
    address="188.26.0.9",
    device="mobile",
    system="Android",
    system_version="Android 15",
    browser="Chrome Mobile",
    browser_version="139",
    agent="Mozilla/5.0 (Linux; Android 15) Chrome/139.0",
    cookie="",
)


def learned(
    *seen: Observation, times: int = 1, history: History | None = None, population: Population | None = None
) -> tuple[History, Population]:
    """Return a past and a population that have learned these sign-ins, a day apart, the last one yesterday."""
    history, population = history or History(), population or Population()
    everything = seen * times
    for number, each in enumerate(everything):
        at, keys = NOW - DAY * (len(everything) - number), HASHER.keys(each)
        population.take(lesson_of(history, keys, at, score=None))
        history.learn(keys, at)
    return history, population


def scored(seen: Observation, history: History, population: Population) -> Score:
    return score(history, population, HASHER.keys(seen), NOW)


def codes(found: Score) -> list[str]:
    return [term.code for term in found.terms]
