"""Everybody together, as this process knows them: the sum of all lessons, read anew every half minute.

Lessons are rows that workers add; the sum is folded now and then and kept packed, so that a start reads little. What is
missed for half a minute, or lost between two workers that fold at once, is one sign-in among thousands.
"""

from datetime import datetime, timedelta

import msgspec

from idp.login.assessing.pace import failing_providers
from idp.records.risks import store as risks
from idp.records.risks.failures import store as failures
from idp.risk.observation import PROVIDER, Keys
from idp.risk.population import Lesson, Population
from idp.storage.tx import Tx

_READ_EVERY = timedelta(seconds=30)
_FOLDED_AT = 500
"""Lessons; more are not kept one by one."""
_AT_ONCE = 2000
_MOST_KEYS = 200_000


class Crowd:
    """Keeps the population up to date."""

    def __init__(self) -> None:
        self._population = Population()
        self._upto = 0
        self._folded = 0
        self._read_at: datetime | None = None
        self._failing: frozenset[int] = frozenset()

    def current(self, tx: Tx, now: datetime) -> Population:
        """Return the population, at most half a minute old."""
        if self._read_at is None or abs(now - self._read_at) >= _READ_EVERY:
            self._read(tx)
            self._failing = failing_providers(failures.count_by_provider(tx, now), self._population)
            self._read_at = now
        return self._population

    def signals(self, keys: Keys) -> tuple[str, ...]:
        """Return what is to be said of where somebody comes from, as of the last reading."""
        return ("provider_failing",) if keys.network[PROVIDER] in self._failing else ()

    def teach(self, tx: Tx, lesson: Lesson) -> None:
        """Keep a lesson, and fold what has gathered."""
        risks.add_lesson(tx, lesson)
        if self._upto - self._folded >= _FOLDED_AT:
            self._fold(tx)

    def _read(self, tx: Tx) -> None:
        upto, packed = risks.get_sum(tx)
        if upto > self._upto:
            self._population, self._upto = _unpacked(packed), upto
        self._folded = upto
        for number, lesson in risks.list_lessons(tx, after=self._upto, limit=_AT_ONCE):
            self._population.take(lesson)
            self._upto = number

    def _fold(self, tx: Tx) -> None:
        """Keep the sum of what this process has read. Whoever is slower keeps nothing, and reads the other's."""
        if risks.save_sum(tx, _packed(self._population), read=self._folded, upto=self._upto):
            self._folded = self._upto


def _packed(population: Population) -> bytes:
    if len(population.counts) > _MOST_KEYS:
        population.counts = {key: times for key, times in population.counts.items() if times > 1}
        population.firsts = {key: times for key, times in population.firsts.items() if key in population.counts}
    return msgspec.msgpack.encode(population)


def _unpacked(packed: bytes) -> Population:
    return msgspec.msgpack.decode(packed, type=Population)
