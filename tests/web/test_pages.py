"""Pages: headers, errors, static files, forms."""

import re
from typing import Any

import pytest
from flask import Flask, Response, request
from jinja2 import DictLoader, Environment

from idp.core.errors import BusyError, ConfigError, ForbiddenError, NotFoundError, PageError, StrangeFormError
from idp.core.tokens import SystemTokens
from idp.web.cookies import Cookies
from idp.web.forms import read_form
from idp.web.headers import PageClass
from idp.web.languages import read_catalogues
from idp.web.pages import Pages
from idp.web.static_files import StaticFiles
from idp.web.wire import Request
from tests.web.kit import ISSUER, call, flask_app


def app_raising(error: Exception) -> Flask:
    app = flask_app()

    @app.get("/it")
    def it() -> Response:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (PageError("invalid_request", "unknown client"), 400, "unknown client"),
        (NotFoundError(), 404, "There’s nothing here"),
        (ForbiddenError(), 403, "You may not do that"),
        (StrangeFormError(), 403, "That didn’t come from this page"),
        (BusyError(3), 503, "very busy"),
    ],
    ids=["page error", "not found", "forbidden", "strange form", "busy"],
)
def test_error_pages_say_what_happened(error: Exception, status: int, words: str) -> None:
    """Each shape of refusal has its status and its words."""
    reply = call(app_raising(error), "GET", "/it")
    assert reply.status == status
    assert words in reply.body.decode()
    assert reply.headers.get("Retry-After") == ("3" if status == 503 else None)
    assert "form-action 'self'" in reply.headers["Content-Security-Policy"]


def own_pages(sources: dict[str, str]) -> Pages:
    """Return pages of these templates."""
    pages = Pages(tokens=SystemTokens(), cookies=Cookies(ISSUER), catalogues=read_catalogues())
    pages.adopt(Environment(loader=DictLoader(sources), auto_reload=False))
    return pages


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_of_a_sign_in_are_compiled_before_anybody_asks_for_one(language: str) -> None:
    """In every language; what is compiled is not looked for again, and other pages are when they are first shown."""
    sources = dict.fromkeys(("base.html", "login/x.html", "account/x.html"), "before") | {"login/notes.txt": "{%"}
    pages = own_pages(sources)
    pages.compile()
    sources |= dict.fromkeys(("base.html", "login/x.html", "account/x.html"), "after")
    asked = Request(method="GET", path="/", headers={"accept-language": language})
    shown = {
        name: pages.draw(asked, name, page=PageClass.OWN, values={}).body
        for name in ("base.html", "login/x.html", "account/x.html")
    }
    assert shown == {"base.html": b"before", "login/x.html": b"before", "account/x.html": b"after"}


def test_mistake_in_a_page_of_a_sign_in_is_found_at_the_start() -> None:
    """An operator's own page names its place, instead of failing whoever signs in first."""
    with pytest.raises(ConfigError) as caught:
        own_pages({"login/x.html": "<p>\n{% if %}"}).compile()
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("login/x.html", 2)


def test_error_page_shows_an_incident_and_nothing_else_of_a_defect(caplog: pytest.LogCaptureFixture) -> None:
    """A defect is 500 with an incident id that the log knows."""
    reply = call(app_raising(RuntimeError("very private")), "GET", "/it")
    incident = re.search(r"<code>([0-9a-f]{32})</code>", reply.body.decode())
    assert reply.status == 500
    assert b"private" not in reply.body
    assert incident is not None
    assert incident[1] in caplog.text


def test_error_page_names_the_allowed_methods() -> None:
    """RFC 9110 §15.5.6: 405 carries Allow."""
    reply = call(app_raising(NotFoundError()), "POST", "/it")
    assert reply.status == 405
    assert "GET" in reply.headers["Allow"]


def test_pages_escape_what_they_show() -> None:
    """Autoescape is on."""
    reply = call(app_raising(PageError("invalid_request", "<script>")), "GET", "/it")
    assert b"&lt;script&gt;" in reply.body
    assert b"<script" not in reply.body


def test_every_page_has_the_security_headers() -> None:
    """Strict policy, no store, no sniffing, no frames; HSTS only on https."""
    plain = call(flask_app(), "GET", "/none").headers
    assert plain["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    assert (plain["Cache-Control"], plain["Referrer-Policy"], plain["X-Content-Type-Options"], plain["Vary"]) == (
        "no-store",
        "same-origin",
        "nosniff",
        "Cookie, Accept-Language",
    )
    assert "Strict-Transport-Security" not in plain
    assert "Strict-Transport-Security" in call(flask_app(is_https=True), "GET", "/none").headers


def test_interaction_pages_have_no_form_action_and_a_fresh_nonce() -> None:
    """`form-action` would stop the relying party's own redirects; a nonce is used once."""
    app = flask_app()
    pages = Pages(tokens=SystemTokens(), cookies=Cookies(ISSUER), catalogues=read_catalogues())
    pages.adopt(app.jinja_env)

    @app.get("/it")
    def it() -> Response:
        values = {"status": 404, "detail": "", "is_strange": False, "incident": ""}
        return pages.render("error.html", page=PageClass.INTERACTION, values=values)

    first, second = (call(app, "GET", "/it").headers["Content-Security-Policy"] for _ in range(2))
    assert "form-action" not in first
    assert "'nonce-" in first
    assert first != second


def test_static_files_are_cached_under_their_hash() -> None:
    """A year, immutable; a wrong hash is nothing."""
    app = flask_app()
    url = StaticFiles().url("pages.css")
    reply = call(app, "GET", url)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert call(app, "GET", "/static/0000000000000000/pages.css").status == 404
    assert call(app, "GET", "/static/0000000000000000/none.css").status == 404


def form_app() -> Flask:
    app = flask_app()

    @app.post("/it")
    def it() -> Response:
        return Response(repr(sorted(read_form(request).items())))

    return app


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=1&b=%C3%A9", 200),
        (b"a=1&a=2", 400),
        (b"a=1&a=1", 400),
        (b"a=%00", 400),
        (b"%00=a", 400),
        (b"a=%FF", 200),
        (b"a=" + b"x" * 70_000, 413),
    ],
    ids=["clean", "twice", "same twice", "nul", "nul name", "not utf-8 is replaced", "huge"],
)
def test_forms_hold_clean_single_values(body: bytes, status: int) -> None:
    """A field sent twice and text with NUL are refused, never 500."""
    assert call(form_app(), "POST", "/it", body=body).status == status


def test_forms_bound_the_parts_of_a_multipart_body() -> None:
    """Many small parts cost more than their bytes."""
    part = b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n'
    body = b"".join(part % number for number in range(60)) + b"--x--\r\n"
    environ: dict[str, Any] = {"CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert call(form_app(), "POST", "/it", body=body, **environ).status == 413
