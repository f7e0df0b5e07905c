"""A draft replayed over the records of the last days, by as many processes as there are cores, in bounded memory."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from idp.core.assurance import TraitsTable
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.policy.replay import Replay, Row, Tally
from idp.records.decisions import store as decisions
from idp.storage.tx import Tx

_PORTION = 2_000
"""Records that are read, and judged, in one go."""
_ALONE = 20_000
"""So few are judged here: starting processes would take longer."""
_WAITING = 3
"""Portions that lie ready for each process; more would only fill memory."""

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portable:
    """A bundle as it goes to another process: conditions are closures and cannot travel, their text can."""

    text: str = field(repr=False)
    file: str
    first: tuple[str, ...]
    order: tuple[str, ...]
    factor_settings: Mapping[str, Mapping[str, Any]]

    def bundle(self, traits: TraitsTable) -> Bundle:
        """Return the bundle."""
        loaded = load_text(self.text, file=self.file, traits=traits)
        return replace(loaded, first=self.first, order=self.order, factor_settings=self.factor_settings)


def portable(bundle: Bundle) -> Portable:
    """Return a bundle ready to travel."""
    return Portable(
        text=bundle.text,
        file=bundle.name,
        first=bundle.first,
        order=bundle.order,
        factor_settings=bundle.factor_settings,
    )


def replayed(
    tx: Tx,
    live: Bundle,
    draft: Bundle,
    *,
    since: datetime,
    until: datetime,
    processes: int = 0,
    progress: Progress | None = None,
) -> Tally:
    """Return what a draft would have changed; `processes`: 0 for as many as the work is worth."""
    total = decisions.count_past(tx, since=since, until=until)
    count = processes or (1 if total <= _ALONE else os.cpu_count() or 1)
    portions = _portions(tx, since=since, until=until)
    done = _here(live, draft, portions) if count == 1 else _shared(live, draft, portions, count)
    tally = Tally()
    for each in done:
        tally.add(each)
        if progress is not None:
            progress(each.records + each.unreadable)
    return tally


def _here(live: Bundle, draft: Bundle, portions: Iterator[list[Row]]) -> Iterator[Tally]:
    replay = Replay(live, draft)
    return (replay.run(rows) for rows in portions)


def _shared(live: Bundle, draft: Bundle, portions: Iterator[list[Row]], count: int) -> Iterator[Tally]:
    """Hand portions to a pool, a few ahead of what has been judged."""
    arguments = (portable(live), portable(draft), live.traits)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_prepare, initargs=arguments) as pool:
        waiting: deque[Future[Tally]] = deque()
        for rows in portions:
            waiting.append(pool.submit(_judge, rows))
            if len(waiting) >= count * _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _portions(tx: Tx, *, since: datetime, until: datetime) -> Iterator[list[Row]]:
    after = (since, "")
    while found := decisions.list_past(tx, after=after, until=until, limit=_PORTION):
        yield [Row(*each[1:]) for each in found]
        after = found[-1][:2]


_prepared: list[Replay] = []
"""In a process of the pool: what it was started with."""


def _prepare(live: Portable, draft: Portable, traits: TraitsTable) -> None:
    _prepared.append(Replay(live.bundle(traits), draft.bundle(traits)))


def _judge(rows: list[Row]) -> Tally:
    return _prepared[0].run(rows)
