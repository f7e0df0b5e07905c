"""`/metrics` in the format of Prometheus: requests, events, and how the parts are.

Requests are counted by each worker and added up over all of them by the library (`PROMETHEUS_MULTIPROC_DIR`, which
`idp serve` sets); events are counted by whichever process seals them, so that each is counted once in an installation.
What one look at the database tells is looked up when it is asked for. No label names a person, an address, a client or
an id, and each takes its values from a fixed list. Whoever asks shows `IDP_METRICS_TOKEN`; without it there are none.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from idp import __version__
from idp.core.clock import Clock
from idp.records.audit.seals import store as seals
from idp.records.delivery import store as outbox
from idp.records.keys import store as keys
from idp.records.keys.model import KeyState
from idp.storage.tx import Tx
from idp.web.health import Health
from idp.web.observing import Seen
from idp.web.router import json_response
from idp.web.wire import Request, Response, Route
from idp.web.wsgi import NO_STORE

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds: from a token that takes one of the first to a password that waits in the lane."""


class Metrics:
    """Counts in this process, and answers for all."""

    def __init__(self, *, token: str, folder: str, clock: Clock, health: Health) -> None:
        """`folder` is where workers put what they count; empty: there is no other."""
        self._token = token
        self._folder = folder
        self._clock = clock
        self._health = health
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "idp_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "idp_http_request_duration_seconds",
            "Time to an answer.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._events = Counter(
            "idp_events", "Events of the audit trail, as they were sealed.", ("event",), registry=self._registry
        )

    def note(self, seen: Seen) -> None:
        """Count a request."""
        self._requests.labels(seen.method, seen.route, str(seen.status)).inc()
        self._seconds.labels(seen.route).observe(seen.seconds)

    def count_events(self, names: Mapping[str, int]) -> None:
        """Count events that this process has sealed."""
        for name, count in names.items():
            self._events.labels(name).inc(count)

    def routes(self) -> tuple[Route, ...]:
        """Return the table of the endpoint."""
        return (Route(methods=("GET",), path="/metrics", handler=self.handle),)

    def handle(self, request: Request, tx: Tx) -> Response:
        """Answer whoever shows the token (RFC 6750 §2.1)."""
        given = request.headers.get("authorization", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            return json_response(401, {"error": "invalid_token"}, (("WWW-Authenticate", "Bearer"),))
        text = generate_latest(self._counted()) + generate_latest(_Looked(self._look(tx)))
        return Response(status=200, body=text, headers=(("Content-Type", CONTENT_TYPE_LATEST), *NO_STORE))

    def _counted(self) -> CollectorRegistry:
        """Return what was counted by all workers, or by this process where there is no other."""
        if not self._folder:
            return self._registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call] # the library leaves it untyped
        return registry

    def _look(self, tx: Tx) -> Iterator[Metric]:
        now = self._clock.now()
        yield _gauge("idp_build", "The version that runs.", "version", {__version__: 1})
        states = self._health.states(tx)
        yield _gauge(
            "idp_ready", "Parts that are well.", "part", {name: state == "ok" for name, state in states.items()}
        )
        yield _gauge("idp_outbox_waiting", "Messages that wait to be sent.", "", {"": outbox.count_waiting(tx)})
        oldest = outbox.oldest_waiting(tx)
        age = (now - oldest).total_seconds() if oldest else 0
        yield _gauge("idp_outbox_oldest_seconds", "Age of the oldest that waits.", "", {"": age})
        yield _gauge("idp_audit_unsealed", "Events without a seal yet.", "", {"": seals.count_behind(tx)})
        ages = {
            key.alg: (now - key.created_at).total_seconds()
            for key in keys.list_keys(tx)
            if key.state is KeyState.CURRENT
        }
        yield _gauge("idp_signing_key_age_seconds", "Age of the keys that sign.", "alg", ages)


class _Looked(CollectorRegistry):
    """What was looked up for one answer."""

    def __init__(self, found: Iterable[Metric]) -> None:
        super().__init__()
        self._found = tuple(found)

    def collect(self) -> Iterable[Metric]:
        """Return it."""
        return self._found


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label] if label else [])
    for of, value in values.items():
        family.add_metric([of] if label else [], float(value))
    return family
