"""Figures, traces and lines of the log: what they say, and what they never do."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from idp.app import watching
from idp.app.chores import sealing
from idp.core.errors import ConfigError
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from tests.support.afterwards import introspect
from tests.support.browser import Page
from tests.support.cluster import cluster
from tests.support.fixtures import filled, make_provider
from tests.support.provider import MakeProvider, Provider
from tests.support.transport import OverHttp
from tests.support.written import written

__all__ = ["filled", "make_provider"]

TOKEN = "a token of thirty-two characters"
MFA = "urn:idp:acr:mfa"


def asked(transport: Any, issuer: str, *, token: str = TOKEN) -> Page:
    url = f"{issuer}/metrics"
    return Page("GET", url, transport.send("GET", url, [("Authorization", f"Bearer {token}")], b""))


def figures(page: Page) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


@pytest.fixture
def counted(make_provider: MakeProvider) -> Provider:
    """A provider that counts."""
    return make_provider(IDP_METRICS_TOKEN=TOKEN)


def test_figures_tell_of_requests_events_and_parts(counted: Provider) -> None:
    """O3: requests by route, events once they are sealed, and how the parts are."""
    bob = counted.people["bob"]
    counted.sign_in(counted.browser(), counted.bank, bob, acr_values=MFA)
    app = counted._app
    while app.chores.do(app.chores._chores[0]):
        pass
    found = figures(asked(counted.transport, counted.issuer))
    assert found["idp_http_requests_total", "POST", "/token", "200"] == 1
    assert found["idp_http_requests_total", "POST", "/login/<interaction_id>", "303"] == 2
    assert found["idp_http_request_duration_seconds_count", "/token"] == 1
    assert found["idp_events_total", "challenge.totp.passed"] == 1
    assert [found["idp_ready", part] for part in ("database", "keys", "policy")] == [1, 1, 1]
    assert found["idp_outbox_waiting",] >= 0
    assert found["idp_audit_unsealed",] == 0
    assert found["idp_signing_key_age_seconds", "RS256"] == 0


def test_figures_name_nobody_and_stay_few(counted: Provider) -> None:
    """No label names a person, an address or an id; whatever strangers ask for is one more of the same."""
    counted.sign_in(counted.browser(), counted.bank, counted.people["bob"], acr_values=MFA)
    before = len(figures(asked(counted.transport, counted.issuer)))
    for number in range(50):
        counted.bank.get(f"/nowhere/{number}")
        counted.transport.send(f"MADEUP{number}", f"{counted.issuer}/token", [], b"")
        counted.transport.send("GET", f"{counted.issuer}/login/{number:032x}", [], b"")
    page = asked(counted.transport, counted.issuer)
    assert len(figures(page)) <= before + 60
    assert figures(page)["idp_http_requests_total", "GET", "", "404"] == 50
    assert figures(page)["idp_http_requests_total", "other", "/token", "405"] == 50
    for name in ("bob", counted.people["bob"].id, "127.0.0.1", "bank"):
        assert name not in page.text


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_figures_are_for_whoever_has_the_token(counted: Provider, token: str) -> None:
    """Without the token nothing is told but that one is needed."""
    page = asked(counted.transport, counted.issuer, token=token)
    assert (page.status, page.header("www-authenticate")) == (401, "Bearer")
    assert "idp_" not in page.text


def test_without_a_token_there_are_no_figures(make_provider: MakeProvider) -> None:
    """Nothing is counted that nobody can ask for."""
    provider = make_provider()
    assert asked(provider.transport, provider.issuer).status == 404


@pytest.mark.workers
def test_any_worker_answers_for_all(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What several workers have counted is one figure, whichever is asked; the folder ends with the server."""
    with cluster(request, "sqlite", folder=tmp_path, workers=3, IDP_METRICS_TOKEN=TOKEN) as three:
        for _ in range(30):
            assert three.bank.get("/jwks").status == 200
        for _ in range(5):
            found = figures(asked(OverHttp(), three.issuer))
            assert found["idp_http_requests_total", "GET", "/jwks", "200"] == 30
        three.assert_calm()


class Collector:
    """What takes traces (OTLP over HTTP)."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()

    def take(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                each.value.string_value for each in group.resource.attributes if each.key == "service.name"
            }
            self.spans += [span for scope in group.scope_spans for span in scope.spans]


@contextmanager
def collector() -> Iterator[tuple[Collector, str]]:
    told = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_traces_tell_routes_and_no_secret(make_provider: MakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: a span a request below the caller's own, one in it for each transaction, and nothing that anybody typed."""
    with collector() as (told, url):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        provider = make_provider(OTEL_EXPORTER_OTLP_ENDPOINT=url)
        browser, bob = provider.browser(), provider.people["bob"]
        tokens = provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        provider.bank.get("/jwks", headers={"traceparent": parent})
        provider.close()
    by_name = {span.name: span for span in told.spans}
    assert {"POST /token", "GET /authorize", "POST /login/<interaction_id>", "transaction"} <= set(by_name)
    assert told.services == {"stepup-idp"}
    ids = {span.span_id: span.name for span in told.spans}
    assert ids[by_name["transaction"].parent_span_id].partition(" ")[0] in ("GET", "POST")
    assert by_name["GET /jwks"].parent_span_id.hex() == "b7ad6b7169203331"
    everything = repr(told.spans)
    for secret in (bob.password, bob.username, provider.bank.secret, tokens.access_token, "127.0.0.1", "code="):
        assert secret not in everything


def test_traces_without_their_packages_are_a_mistake_of_the_settings(
    make_provider: MakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for traces and cannot have them is told before the start."""
    settings = make_provider().settings
    assert watching.tracing_of(settings) is None
    monkeypatch.setitem(__import__("sys").modules, "idp.app.tracing", None)
    with pytest.raises(ConfigError, match=r"stepup-idp\[otel\]"):
        make_provider(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")


def test_each_answer_has_an_id_by_which_its_line_is_found(make_provider: MakeProvider) -> None:
    """O3: the id is in the answer and in the line; a proxy's own stays where proxies are believed."""
    provider, behind = make_provider(), make_provider(proxies=1)
    with written() as log:
        given = provider.bank.get("/jwks", headers={"X-Request-Id": "mine"}).header("x-request-id")
        kept = behind.bank.get("/jwks", headers={"X-Request-Id": "the-proxy's"}).header("x-request-id")
        assert behind.bank.get("/jwks", headers={"X-Request-Id": "proxy-1"}).header("x-request-id") == "proxy-1"
    lines = log("idp.access")
    assert [line["request_id"] for line in lines] == [given, kept, "proxy-1"]
    assert "mine" not in given
    assert "proxy" not in kept
    assert {json.dumps([line["method"], line["route"], line["status"]]) for line in lines} == {'["GET", "/jwks", 200]'}


def test_a_line_has_the_decision_that_was_made(counted: Provider) -> None:
    """O3: by which `idp policy explain` says why; no other request's line has it."""
    provider = counted
    bob, browser = provider.people["bob"], provider.browser()
    with written() as log:
        page = browser.open(provider.bank.attempt().url)
        answer = bob.answer(browser, page, provider.clock.now())
        browser.get("/healthz")
    (line,) = [each for each in log("idp") if "decision_id" in each]
    assert line["request_id"] == answer.header("x-request-id")
    assert {line["decision_id"]} == provider.stored("decisions", "id")


def test_failures_are_in_the_log_whatever_the_level(make_provider: MakeProvider) -> None:
    """A 5xx leaves a line with its id, as all that was written about it has; a good answer leaves none."""
    provider = make_provider()
    with written(logging.INFO) as log:
        provider.bank.get("/jwks")
        assert not log("idp")
        with provider.database.engine().connect() as connection:
            connection.exec_driver_sql("DROP TABLE versions")
        page = introspect(provider.bank, "whatever")
    (line,) = log("idp.access")
    assert (page.status, line["status"]) == (500, 500)
    assert {each["request_id"] for each in log("idp")} == {page.header("x-request-id")}
    assert len(log("idp")) > 1


def test_events_are_told_once_they_are_committed(counted: Provider) -> None:
    """A batch that is rolled back was not sealed, and is not counted."""
    told: list[Any] = []
    with counted.database.transaction() as tx:
        audit.add(tx, Event(name="test.event", at=counted.clock.now()))
    with counted.database.transaction() as tx:
        assert sealing(told.append).do(tx) > 0
        tx.rollback()
    assert told == []
    with counted.database.transaction() as tx:
        sealing(told.append).do(tx)
    assert told == [{"test.event": 1}]
