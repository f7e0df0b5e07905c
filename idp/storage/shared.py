"""Redis, where there is one: counters that several processes share, and messages between them.

Nothing is kept there that must not be lost (architecture.md §4). The rule it keeps: nobody waits for Redis longer than
a moment, and nobody sees its failure. What it cannot do now, the caller does without; after a failure it is left alone
for a while, so that a slow one costs one short wait a second and not one a request.
"""

import logging
from collections.abc import Callable
from time import monotonic

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT = 0.1
"""Seconds that one trip may take, connecting included."""
REST = 1.0
"""Seconds in which Redis is not asked again after it has failed."""

_log = logging.getLogger(__name__)


class Shared:
    """One Redis as this process sees it; `namespace` tells installations apart that use the same one.

    Connections are a process's own: the client's pool starts afresh in a forked child.
    """

    def __init__(self, url: str, *, namespace: str, time: Callable[[], float] = monotonic) -> None:
        """Raise ValueError or TypeError for a URL that the client does not understand; nothing is connected yet."""
        self._time = time
        self._namespace = namespace
        self._rests_until = 0.0
        self._client = Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),  # a retry would double the wait, and count twice
            protocol=2,
            driver_info=None,
        )
        self._client.connection_pool.make_connection()  # not connected: an option that there is not is told here

    def count(self, name: str, *, ttl: int) -> int | None:
        """Count one under this name and return how many those are, or None where Redis does not say.

        What is counted is forgotten `ttl` seconds after the last one.
        """
        key = self._name(name)

        def trip() -> int:
            with self._client.pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, ttl)
                return int(pipeline.execute()[0])

        return self._try(trip)

    def tell(self, topic: str) -> bool:
        """Send an empty message to whoever listens to this topic; false where Redis does not take it."""
        return self._try(lambda: self._client.publish(self._name(topic), b"")) is not None

    def is_well(self) -> bool:
        """Tell whether Redis answers now, and takes what is written."""
        return self.count("health", ttl=10) is not None

    def subscription(self, topic: str) -> PubSub:
        """Return a subscription to a topic, over a connection of its own. Raises RedisError or OSError."""
        subscription: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call] # the library leaves it untyped
        subscription.subscribe(self._name(topic))
        return subscription

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._client.close()

    def _name(self, name: str) -> str:
        return f"{self._namespace}:{name}"

    def _try(self, trip: Callable[[], int]) -> int | None:
        """Return what came of a trip, or None; the client has thrown away a connection on which one broke off.

        So no reply is ever read by somebody who has not asked for it (FLT-12).
        """
        if self._time() < self._rests_until:
            return None
        try:
            return trip()
        except (RedisError, OSError, ValueError) as error:
            self._rests_until = self._time() + REST
            _log.warning("Redis does not answer: %s", type(error).__name__)
            return None
