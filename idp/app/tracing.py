"""Traces through OpenTelemetry: a span a request, and one in it for each transaction.

What they say is a method, a route, a status and whether a transaction was durable: never a path, a query, a header, an
address, a statement or the text of an exception. Where spans go, and how many, is said by the standard's own settings,
`OTEL_…`; the packages are an extra.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from idp import __version__
from idp.storage.tx import Tx
from idp.web.observing import method_of, route_of
from idp.web.transaction import OpensTransactions
from idp.web.wsgi import WSGIApp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


class Tracing:
    """Makes spans in this process and sends them, in batches, from a thread of its own."""

    def __init__(self) -> None:
        resource = Resource.create()
        if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "stepup-idp"}))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=True)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("idp", __version__)

    def around(self, inner: WSGIApp, *, paths: frozenset[str]) -> WSGIApp:
        """Return the application with a span around each request, below the caller's own (W3C Trace Context)."""
        propagator = TraceContextTextMapPropagator()

        def traced(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
            caller = propagator.extract({"traceparent": str(environ.get("HTTP_TRACEPARENT", ""))})
            method = method_of(environ)
            with self._span(method, context=caller, kind=SpanKind.SERVER) as span:
                span.set_attribute("http.request.method", method)

                def start(status: str, *rest: Any) -> Any:
                    span.set_attribute("http.response.status_code", int(status[:3]))
                    if status.startswith("5"):
                        span.set_status(Status(StatusCode.ERROR))
                    return start_response(status, *rest)

                answer = inner(environ, start)
                route = route_of(environ, paths)
                span.set_attribute("http.route", route)
                span.update_name(f"{method} {route}".strip())
                return answer

        return traced

    def opening(self, database: OpensTransactions) -> OpensTransactions:
        """Return the database with a span around each transaction."""
        return _Traced(database, self)

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[None]:
        """Make the span of a transaction."""
        with self._span("transaction") as span:
            span.set_attribute("idp.durable", durable)
            yield

    def _span(
        self, name: str, *, context: Context | None = None, kind: SpanKind = SpanKind.INTERNAL
    ) -> AbstractContextManager[Span]:
        """Return a new span that becomes the present one; an exception may quote what nobody is to read."""
        return self._tracer.start_as_current_span(
            name, context=context, kind=kind, record_exception=False, set_status_on_exception=False
        )

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class _Traced:
    def __init__(self, database: OpensTransactions, tracing: Tracing) -> None:
        self._database = database
        self._tracing = tracing

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Tx]:
        with self._tracing.transaction(durable=durable), self._database.transaction(durable=durable) as tx:
            yield tx
