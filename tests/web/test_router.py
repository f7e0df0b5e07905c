"""The router: bounds, parsing, the table, transactions, defects."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.core.errors import BusyError, ForbiddenError, NotFoundError, PageError, TooManyError
from idp.storage.errors import OvertakenError, UnstorableValueError
from idp.storage.tx import Tx
from idp.web.router import CAME_OF_IT, Router, json_response
from idp.web.transaction import TRIES, Transactions
from idp.web.wire import Alone, Drawn, Request, Response, Route
from tests.web.kit import RecordedDatabase, Reply, call, flask_app


def echo(request: Request, tx: Tx) -> Response:
    return json_response(200, {"query": request.query, "form": request.form, "address": request.address})


def pages(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page for " + environ["idp.address"].encode()]


def router(
    handler: Any = echo, *, methods: tuple[str, ...] = ("POST",), database: Any = None, **options: Any
) -> Router:
    transactions = Transactions(database or RecordedDatabase())
    route = Route(methods=methods, path="/token", handler=handler, durable=options.pop("durable", False))
    return Router(routes=[route], pages=pages, transactions=transactions, **options)


def test_router_gives_the_form_to_the_handler_when_the_path_is_in_the_table() -> None:
    """Order and duplicates survive; the query of a POST never reaches the form (OAU-07)."""
    reply = call(router(), "POST", "/token", query="a=1", body=b"b=2&b=3&c=%C3%A9+x")
    assert json.loads(reply.body) == {
        "query": [["a", "1"]],
        "form": [["b", "2"], ["b", "3"], ["c", "é x"]],
        "address": "192.0.2.7",
    }
    assert reply.headers["Cache-Control"] == "no-store"


def test_router_hands_other_paths_to_the_pages() -> None:
    """Whatever is not in the table is a page."""
    assert call(router(), "GET", "/login/x").body == b"a page for 192.0.2.7"


def test_router_answers_405_with_allow_for_another_method() -> None:
    """RFC 9110 §15.5.6: 405 names what is allowed."""
    reply = call(router(), "GET", "/token")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


def test_router_answers_head_without_body_where_get_is_served() -> None:
    """RFC 9110 §9.3.2: HEAD has the headers of GET and no body."""
    reply = call(router(methods=("GET",)), "HEAD", "/token")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 0


def test_router_ignores_a_body_that_is_no_form() -> None:
    """Only application/x-www-form-urlencoded is a form."""
    reply = call(router(), "POST", "/token", body=b'{"a":1}', CONTENT_TYPE="application/json")
    assert json.loads(reply.body)["form"] == []


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b"a=\xff"),
        ("", b"a=%FF"),
        ("", b"a=%ED%A0%80"),
        ("", b"a=%00"),
        ("", b"a\x00=1"),
        ("", b"a=%zz"),
        ("", b"&".join(b"a=1" for _ in range(201))),
        ("a=%ff", b""),
        ("a=\xff", b""),
    ],
    ids=["raw", "escaped", "surrogate", "nul", "raw nul", "escape", "many", "query", "raw query"],
)
def test_router_answers_400_for_text_that_is_not_well_formed(query: str, body: bytes) -> None:
    """Bytes that are no UTF-8, NUL and broken escapes never reach a handler."""
    reply = call(router(), "POST", "/token", query=query, body=body)
    assert (reply.status, json.loads(reply.body)) == (400, {"error": "invalid_request"})


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": "65537"}, 413),
        ({"CONTENT_LENGTH": "9" * 30}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "x"}, 400),
        ({"CONTENT_LENGTH": "5"}, 400),
        ({"HTTP_COOKIE": "a" * 40_000}, 431),
        ({"QUERY_STRING": "a" * 40_000}, 414),
        ({"CONTENT_LENGTH": "", "wsgi.input_terminated": True, "wsgi.input": BytesIO(b"a" * 70_000)}, 413),
    ],
    ids=["length", "absurd length", "negative", "no number", "short body", "headers", "query", "chunked"],
)
def test_router_refuses_what_breaks_a_bound(environ: dict[str, Any], status: int) -> None:
    """Sizes are bounded before anything is parsed."""
    assert call(router(), "POST", "/token", **environ).status == status


def test_router_bounds_pages_too() -> None:
    """The header block is bounded for Flask as well."""
    assert call(router(), "GET", "/login/x", HTTP_COOKIE="a" * 40_000).status == 431


def test_router_reads_a_body_without_length_when_the_server_ends_it() -> None:
    """A chunked body arrives without a length."""
    body = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True, "wsgi.input": BytesIO(b"a=1")}
    reply = call(router(), "POST", "/token", CONTENT_TYPE="application/x-www-form-urlencoded", **body)
    assert json.loads(reply.body)["form"] == [["a", "1"]]


def test_router_asks_for_no_body_where_a_get_announces_none() -> None:
    """RFC 9112 §6.3: without a length and a transfer coding there is none, and to wait for it would cost time."""
    assert call(router(methods=("GET",)), "GET", "/token", **{"wsgi.input_terminated": True, "wsgi.input": None}).body


@pytest.mark.parametrize("announced", [{"HTTP_TRANSFER_ENCODING": "chunked"}, {"SERVER_PROTOCOL": "HTTP/2"}])
def test_router_reads_the_body_of_a_get_that_may_have_one(announced: dict[str, str]) -> None:
    """A chunked one is announced; in HTTP/2 none need be (RFC 9113 §8.1.1)."""
    body = {"wsgi.input_terminated": True, "wsgi.input": BytesIO(b"a=1"), **announced}
    reply = call(router(methods=("GET",)), "GET", "/token", CONTENT_TYPE="application/x-www-form-urlencoded", **body)
    assert json.loads(reply.body)["form"] == [["a", "1"]]


def test_router_reads_nothing_without_length_when_the_stream_has_no_end() -> None:
    """Reading a stream without an end would hang."""
    environ = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO(b"a=1")}
    reply = call(router(), "POST", "/token", CONTENT_TYPE="application/x-www-form-urlencoded", **environ)
    assert json.loads(reply.body)["form"] == []


@pytest.mark.parametrize("status", [200, 400, 401])
def test_router_commits_below_500(status: int) -> None:
    """A refusal keeps what it wrote (a replayed code still revokes)."""
    database = RecordedDatabase()
    call(router(lambda request, tx: Response(status=status), database=database, durable=True), "POST", "/token")
    assert database.ends == [("committed", True)]


def test_router_rolls_back_from_500_up() -> None:
    """An answer of 5xx keeps nothing."""
    database = RecordedDatabase()
    assert call(router(lambda request, tx: Response(status=503), database=database), "POST", "/token").status == 503
    assert database.ends == [("rolled back", False)]


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (BusyError(2), 503, {"error": "temporarily_unavailable"}),
        (TooManyError(2), 429, {"error": "temporarily_unavailable"}),
        (PageError("invalid_request", "why"), 400, {"error": "invalid_request", "error_description": "why"}),
        (NotFoundError(), 404, {"error": "not_found"}),
        (ForbiddenError(), 403, {"error": "access_denied"}),
        (UnstorableValueError("DataError"), 400, {"error": "invalid_request"}),
    ],
    ids=["busy", "too many", "page error", "not found", "forbidden", "unstorable"],
)
def test_router_answers_expected_exceptions(error: Exception, status: int, shown: dict[str, str]) -> None:
    """Each shape of refusal has its status."""

    def handler(request: Request, tx: Tx) -> Response:
        raise error

    reply = call(router(handler), "POST", "/token")
    assert (reply.status, json.loads(reply.body)) == (status, shown)
    assert reply.headers.get("Retry-After") == ("2" if status in (429, 503) else None)


def test_router_shows_an_incident_and_nothing_else_of_a_defect(caplog: pytest.LogCaptureFixture) -> None:
    """A defect is 500 with an incident id; the log has the rest; the transaction is rolled back."""
    database = RecordedDatabase()

    def handler(request: Request, tx: Tx) -> Response:
        raise RuntimeError("very private")

    reply = call(router(handler, database=database), "POST", "/token")
    incident = json.loads(reply.body)["incident"]
    assert reply.status == 500
    assert b"private" not in reply.body
    assert incident in caplog.text
    assert database.ends == [("rolled back", False)]


def test_router_refuses_two_routes_for_one_place() -> None:
    """The table is unambiguous."""
    route = Route(methods=("GET",), path="/jwks", handler=echo)
    other = Route(methods=("GET",), path="/jwks", handler=lambda request, tx: Response(status=200))
    with pytest.raises(ValueError, match="routed twice"):
        Router(routes=[route, other], pages=pages, transactions=Transactions(RecordedDatabase()))


_FLASK = flask_app()
_WHOLE = Router(
    routes=[Route(methods=("GET", "POST"), path="/token", handler=echo)],
    pages=_FLASK.wsgi_app,
    transactions=Transactions(RecordedDatabase()),
)
_LATIN = st.text(st.characters(max_codepoint=255), max_size=60)


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "TRACE", "OPTIONS", "X"]),
    path=st.one_of(st.just("/token"), st.just("/login/x"), _LATIN.map(lambda text: "/" + text)),
    query=_LATIN,
    body=st.binary(max_size=80),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "\xff"]
    ),
    cookie=_LATIN,
)
def test_no_anonymous_input_gives_a_5xx(
    method: str, path: str, query: str, body: bytes, kind: str, cookie: str
) -> None:
    """Whatever strangers send is answered below 500."""
    reply = call(_WHOLE, method, path, query=query, body=body, CONTENT_TYPE=kind, HTTP_COOKIE=cookie)
    assert isinstance(reply, Reply)
    assert reply.status < 500


@pytest.mark.parametrize(("overtaken", "status"), [(0, 200), (TRIES - 1, 200), (TRIES, 503)])
def test_request_that_others_have_overtaken_is_begun_anew(overtaken: int, status: int) -> None:
    """Each time in a transaction of its own, a few times; then it is busy, and says when to come back."""
    database, left = RecordedDatabase(), [OvertakenError(1)] * overtaken

    def handler(_request: Request, _tx: Tx) -> Response:
        if left:
            raise left.pop()
        return Response(status=200)

    reply = call(router(handler, database=database), "POST", "/token")
    assert reply.status == status
    assert database.ends == [("rolled back", False)] * overtaken + [("committed", False)] * (status == 200)
    assert ("Retry-After" in reply.headers) is (status == 503)


def drawn(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Pages that say what they were told."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(environ.get(CAME_OF_IT)).encode()]


def beside_pages(handler: Any, *, database: Any = None) -> Router:
    route = Route(methods=("GET",), path="/authorize", handler=handler, has_pages=True)
    return Router(routes=[route], pages=drawn, transactions=Transactions(database or RecordedDatabase()))


def test_router_answers_by_itself_where_nothing_is_to_be_drawn() -> None:
    """A path that is shared with pages costs none where its answer is whole."""
    away = Response(status=303, headers=(("Location", "/login/x"),))
    reply = call(beside_pages(lambda request, tx: away), "GET", "/authorize")
    assert (reply.status, reply.headers["Location"]) == (303, "/login/x")


def test_router_hands_what_is_to_be_drawn_to_the_pages() -> None:
    """The transaction has ended well by then."""
    database = RecordedDatabase()
    reply = call(beside_pages(lambda request, tx: Drawn(shows="this"), database=database), "GET", "/authorize")
    assert (reply.body, database.ends) == (b"'this'", [("committed", False)])


@pytest.mark.parametrize("error", [PageError("x", "y"), BusyError(1), RuntimeError("a defect")])
def test_router_lets_pages_say_what_went_wrong_where_they_live_too(error: Exception) -> None:
    """Nothing is kept of it, and the same page is shown as anywhere else."""

    def fails(request: Request, tx: Tx) -> Response:
        raise error

    database = RecordedDatabase()
    reply = call(beside_pages(fails, database=database), "GET", "/authorize")
    assert (reply.body.decode(), database.ends) == (repr(error), [("rolled back", False)])


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_router_leaves_other_methods_of_a_shared_path_to_the_pages(method: str) -> None:
    """HEAD too: it would begin something that nobody looks at (SES-25)."""

    def never(request: Request, tx: Tx) -> Response:
        raise AssertionError("not for this method")

    assert call(beside_pages(never), method, "/authorize").body == b"None"


def test_router_has_nobody_to_draw_for_a_machine() -> None:
    """A defect of ours, and told as one."""
    assert call(router(lambda request, tx: Drawn(shows="this")), "POST", "/token").status == 500


@pytest.mark.parametrize("overtaken", [1, TRIES - 1])
def test_router_begins_a_shared_path_anew_when_it_was_overtaken(overtaken: int) -> None:
    """At SERIALIZABLE `/authorize` is tried again as machine endpoints are (SQLSTATE 40001)."""
    tries = []

    def overtakes(request: Request, tx: Tx) -> Response:
        tries.append(1)
        if len(tries) <= overtaken:
            raise OvertakenError(1)
        return Response(status=303)

    assert call(beside_pages(overtakes), "GET", "/authorize").status == 303
    assert len(tries) == overtaken + 1


def at_each(answer: Any, *, database: Any = None, **options: Any) -> Router:
    """A router with pages that each have a path of their own."""
    route = Route(methods=("GET", "HEAD", "POST"), path="/it/<id>", handler=Alone(answer), has_pages=True)
    transactions = Transactions(database or RecordedDatabase())
    return Router(routes=[route], pages=drawn, transactions=transactions, **options)


def tell(request: Request) -> Response:
    return Response(status=200, body=request.path.encode())


@pytest.mark.parametrize(
    ("path", "told"),
    [("/it/7", b"/it/7"), ("/it/", b"/it/"), ("/it", b"None"), ("/it/7/8", b"None"), ("/other/7", b"None")],
)
def test_router_knows_a_path_whatever_its_last_part_is(path: str, told: bytes) -> None:
    """What that part may be is the handler's to say; nothing beneath it, and nothing beside it, is the route's."""
    assert call(at_each(tell), "GET", path).body == told


def test_router_opens_no_transaction_for_whoever_opens_their_own() -> None:
    """A slow answer between two of them holds none."""
    database = RecordedDatabase()
    assert call(at_each(tell, database=database), "POST", "/it/7").status == 200
    assert database.ends == []


def test_router_answers_head_without_body_where_pages_live_too() -> None:
    """RFC 9110 §9.3.2, where the route serves it itself."""
    reply = call(at_each(tell), "HEAD", "/it/7")
    assert (reply.body, reply.headers["Content-Length"]) == (b"", "5")


def test_router_counts_a_form_before_it_is_read_and_pages_say_that_there_are_too_many() -> None:
    """What only looks is not counted."""
    counted: list[str] = []

    def refuse(address: str) -> None:
        counted.append(address)
        raise TooManyError(7)

    app = at_each(tell, counts=refuse)
    assert call(app, "GET", "/it/7").body == b"/it/7"
    assert call(app, "HEAD", "/it/7").status == 200
    assert call(app, "POST", "/it/7", body=b"%ZZ").body == repr(TooManyError(7)).encode()
    assert counted == ["192.0.2.7"]
