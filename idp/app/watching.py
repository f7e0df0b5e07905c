"""Who watches the service: what is counted, traced and logged of it, each only where somebody has asked for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from idp.app.parts import Parts
from idp.cli import readiness
from idp.core.errors import ConfigError, Problem
from idp.settings import Settings
from idp.storage.engine import Database
from idp.web import observing
from idp.web.health import Health
from idp.web.observing import Observed
from idp.web.transaction import OpensTransactions
from idp.web.wire import Route
from idp.web.wsgi import WSGIApp

if TYPE_CHECKING:
    from idp.app.metrics import Metrics
    from idp.app.tracing import Tracing


def tracing_of(settings: Settings) -> "Tracing | None":
    """Return what makes traces, where `OTEL_…` says where they go. Raises ConfigError without the extra."""
    if not settings.traces:
        return None
    try:
        from idp.app.tracing import Tracing  # an extra, which only those install who want traces
    except ImportError as error:
        text = f"asks for traces, and {error.name or 'a package'} is not installed: pip install 'stepup-idp[otel]'"
        raise ConfigError([Problem(text, key="OTEL_EXPORTER_OTLP_ENDPOINT")]) from error
    return Tracing()


def opening(database: Database, tracing: "Tracing | None") -> OpensTransactions:
    """Return the database as requests open it."""
    return tracing.opening(database) if tracing else database


def health_of(parts: Parts) -> Health:
    """Return what says how the service is."""
    needed = readiness.checks(parts.policies, parts.keys)
    return Health(checks=needed, optional=readiness.optional(parts.policies, parts.database))


def metrics_of(parts: Parts, health: Health) -> "Metrics | None":
    """Return what counts, where there is a token to ask for it with."""
    token = parts.settings.metrics_token
    if token is None:
        return None
    # Imported by the worker that counts: the library decides at its import whether it shares what it counts, and
    # `idp serve` has said so by then.
    from idp.app.metrics import Metrics

    return Metrics(token=token.value, folder=parts.settings.metrics_folder, clock=parts.clock, health=health)


def observed(
    inner: WSGIApp, routes: Sequence[Route], parts: Parts, *, metrics: "Metrics | None", tracing: "Tracing | None"
) -> WSGIApp:
    """Return the application as it is served."""
    paths = frozenset(route.path for route in routes)
    told = (observing.log, metrics.note) if metrics else (observing.log,)
    proxies = parts.settings.trusted_proxies
    outer: WSGIApp = Observed(inner, paths=paths, told=told, proxies=proxies, tokens=parts.tokens)
    return tracing.around(outer, paths=paths) if tracing else outer
