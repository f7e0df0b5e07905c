"""Asking for a replay, and looking at it. It is a row: whoever asks and whoever runs it may be different processes."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.core.tokens import Tokens
from idp.policy.replay import Tally
from idp.records.bundles import store as bundles
from idp.records.bundles.model import Draft
from idp.records.bundles.replays import store as replays
from idp.records.bundles.replays.model import Count, Job, Report, Sample
from idp.storage.tx import Tx

DAYS = (1, 7, 14, 30, 90)
"""How far one may look back."""
USUAL = 14
KEPT = timedelta(days=30)
"""How long a replay can be looked at."""
_MOST_COUNTS = 40


class Replays:
    """Keeps replays."""

    def __init__(self, *, clock: Clock, tokens: Tokens, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._tokens = tokens
        self._wake = wake

    def start(self, tx: Tx, draft: Draft, *, days: int, by: str) -> Job:
        """Ask for a replay of a draft, as it is now, over the last days. Raises NotFoundError where no policy is."""
        live, now = bundles.live(tx), self._clock.now()
        if live is None:
            raise NotFoundError("there is no policy yet")
        job = Job(
            id=self._tokens.new_id(),
            draft_id=draft.id,
            by=by,
            created_at=now,
            since=now - timedelta(days=days),
            until=now,
            before_text=live.text,
            after_text=draft.text,
        )
        replays.remove_before(tx, now - KEPT)
        replays.add(tx, job)
        tx.after_commit(self._wake)
        return job


def report_of(tally: Tally) -> Report:
    """Return what is kept of a tally: the greatest counts of each effect, and a few decisions to look at."""
    return Report(
        records=tally.records,
        unreadable=tally.unreadable,
        extra=tally.extra,
        abandoned=tally.abandoned,
        given_up=tuple(Count(effect, "", count) for effect, count in tally.given_up.most_common()),
        effects=tuple(Count(effect, "", count) for effect, count in tally.effects.most_common()),
        clients=_greatest(tally.clients),
        groups=_greatest(tally.groups),
        rules=_greatest(tally.rules),
        samples=tuple(Sample(effect, each) for effect, ids in tally.examples.items() for each in ids),
    )


def _greatest(counter: Counter[tuple[str, str]]) -> tuple[Count, ...]:
    return tuple(Count(effect, name, count) for (effect, name), count in counter.most_common(_MOST_COUNTS))
