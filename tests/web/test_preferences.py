"""Theme and language: the footer's form keeps a choice, and every page follows it."""

from urllib.parse import urlencode

import pytest
from flask import Flask, Response, request

from idp.web.current import asked
from idp.web.own_path import is_own_path, path_of
from tests.web.kit import ISSUER, Reply, call, flask_app

HOSTILE = [
    "",
    "//e",
    "/\\e",
    "///e",
    "\\\\e",
    "https:e",
    "\t//e",
    "/\t/e",
    "%09//e",
    "javascript:x",
    "//e%00",
    "//idp.test@e",
    "https://e.test/",
    "/a b",
    "/é",
    "e",
]


def post(app: Flask, *, origin: str = ISSUER, **fields: str) -> Reply:
    """Send the footer's form."""
    environ = {"HTTP_ORIGIN": origin} if origin else {}
    return call(app, "POST", "/preferences", body=urlencode({"back": "/it?page=2", **fields}).encode(), **environ)


def page(app: Flask, *, path: str = "/none", **environ: str) -> str:
    """Return the page that says there is nothing here."""
    return call(app, "GET", path, **environ).body.decode()


@pytest.mark.parametrize(
    ("fields", "cookie"),
    [
        ({"theme": "dark"}, "idp_theme_8000=dark; Expires="),
        ({"theme": "light"}, "idp_theme_8000=light; Expires="),
        ({"theme": "device"}, "idp_theme_8000=; "),
        ({"language": "ja"}, "idp_language_8000=ja."),
    ],
    ids=["dark", "light", "device", "language"],
)
def test_preferences_are_kept_in_a_cookie_and_lead_back(fields: dict[str, str], cookie: str) -> None:
    """The choice is a cookie for a year, and GET shows the page again."""
    reply = post(flask_app(), **fields)
    assert (reply.status, reply.headers["Location"]) == (303, "/it?page=2")
    assert reply.headers["Set-Cookie"].startswith(cookie)
    assert "HttpOnly; Path=/; SameSite=Lax" in reply.headers["Set-Cookie"]


@pytest.mark.parametrize("back", HOSTILE)
def test_preferences_lead_nowhere_but_to_a_path_of_ours(back: str) -> None:
    """SES-19: a local path or nothing, and no cookie either."""
    reply = post(flask_app(), theme="dark", back=back)
    assert (reply.status, reply.headers.get("Location"), reply.headers.get("Set-Cookie")) == (400, None, None)


@pytest.mark.parametrize(
    "fields",
    [{}, {"theme": "pink"}, {"language": "xx"}, {"language": "ja", "theme": "dark"}, {"language": "../ja"}],
    ids=["nothing", "no such theme", "no such language", "both", "a path"],
)
def test_preferences_refuse_what_cannot_be_chosen(fields: dict[str, str]) -> None:
    """Only what the form offers can be kept, one thing at a time."""
    reply = post(flask_app(), **fields)
    assert (reply.status, reply.headers.get("Set-Cookie")) == (400, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_ORIGIN": ISSUER}, 303),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, 303),
        ({}, 403),
        ({"HTTP_ORIGIN": "null"}, 403),
        ({"HTTP_ORIGIN": "https://e.test"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, 403),
        ({"HTTP_ORIGIN": ISSUER, "HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
    ],
)
def test_preferences_are_taken_from_pages_of_ours_alone(headers: dict[str, str], status: int) -> None:
    """Without a token the browser itself must say where the form was (SES-04, SES-05)."""
    reply = call(flask_app(), "POST", "/preferences", body=b"theme=dark&back=/it", **headers)
    assert reply.status == status
    assert ("Set-Cookie" in reply.headers) == (status == 303)


@pytest.mark.parametrize(
    ("cookie", "scheme", "night"),
    [
        ("", "light dark", ' media="(prefers-color-scheme: dark)">'),
        ("idp_theme_8000=pink", "light dark", ' media="(prefers-color-scheme: dark)">'),
        ("idp_theme_8000=dark", "dark", ">"),
        ("idp_theme_8000=light", "light", None),
    ],
    ids=["as the device", "unknown", "dark", "light"],
)
def test_pages_follow_the_theme(cookie: str, scheme: str, night: str | None) -> None:
    """The style of the night is linked always, never, or for devices that ask for it."""
    shown = page(flask_app(), HTTP_COOKIE=cookie)
    assert f'<meta name="color-scheme" content="{scheme}">' in shown
    links = [line.strip() for line in shown.splitlines() if "dark.css" in line]
    assert [link.partition('dark.css"')[2] for link in links] == ([] if night is None else [night])


@pytest.mark.parametrize(
    ("cookie", "accepted", "asked", "language"),
    [
        ("", "", (), "en"),
        ("", "ja", (), "ja"),
        ("", "fr-CA, ja-JP;q=0.5, en;q=0.4", (), "ja"),
        ("", "en-GB, ja;q=0.9", (), "en"),
        ("", "ja;q=0, de", (), "en"),
        ("", "*, ja;q=0.1", (), "ja"),
        ("", "en", ("se", "ja-Jpan-JP", "en"), "ja"),
        ("", "en", ("../ja", "", "j" * 500), "en"),
        ("idp_language_8000=ja.0000000000000000", "en", (), "ja"),
        ("idp_language_8000=ja", "en", (), "ja"),
        ("idp_language_8000=xx.0000000000000000", "ja", (), "ja"),
        ("idp_language_8000=ja.0000000000000000", "ja", ("en",), "en"),
        ("chosen here", "en", ("en",), "ja"),
    ],
)
def test_pages_speak_the_language_that_is_wanted(
    cookie: str, accepted: str, asked: tuple[str, ...], language: str
) -> None:
    """Chosen here, asked for by the application, chosen before, accepted by the browser, English: in this order."""
    app, pages = speaking(asked)
    if cookie == "chosen here":
        cookie = post(app, language="ja").headers["Set-Cookie"].partition(";")[0]
    reply = call(app, "GET", "/it", query="page=3", HTTP_COOKIE=cookie, HTTP_ACCEPT_LANGUAGE=accepted)
    assert reply.headers["Content-Language"] == language
    assert f'<html lang="{language}" dir="ltr">' in reply.body.decode()
    assert pages == [language]


def speaking(asked: tuple[str, ...]) -> tuple[Flask, list[str]]:
    """Return an app whose page an application asks for in some languages, and the languages that it spoke."""
    app, spoken = flask_app(), list[str]()
    pages = app.extensions["pages"]

    @app.get("/it")
    def it() -> Response:
        response: Response = pages.render(
            "error.html", values={"status": 404, "detail": "", "is_strange": False, "incident": ""}, locales=asked
        )
        spoken.append(response.headers["Content-Language"])
        return response

    return app, spoken


def test_pages_offer_every_language_by_its_own_name() -> None:
    """The footer names each language as itself, and marks the one that is spoken."""
    shown = page(flask_app(), HTTP_ACCEPT_LANGUAGE="ja")
    assert '<button id="language-en" type="submit" name="language" value="en" lang="en">English</button>' in shown
    assert 'value="ja" lang="ja" aria-current="true">日本語</button>' in shown


@pytest.mark.parametrize(
    ("path", "query", "method", "back"),
    [
        ("/login/x", "", "GET", "/login/x"),
        ("/it", "a=1&b=%C3%A9", "GET", "/it?a=1&b=%C3%A9"),
        ("/it", "a=1", "POST", "/it"),
        ("/it", "a=" + "x" * 3000, "GET", "/it"),
        ("/it", "a=\\", "GET", "/it"),
        ("//e", "", "GET", "/e"),
        ("/\\e", "", "GET", "/%5Ce"),
        ("/" + "x" * 3000, "", "GET", "/"),
        ("/é", "", "GET", "/%C3%A9"),
    ],
)
def test_path_of_leads_back_to_the_page(path: str, query: str, method: str, back: str) -> None:
    """With its query where GET shows it; never to anywhere else, whatever was asked for."""
    app = Flask("tests.web")
    raw = path.encode().decode("latin-1")
    with app.test_request_context(environ_overrides={"PATH_INFO": raw, "QUERY_STRING": query}, method=method):
        assert path_of(asked(request)) == back
        assert is_own_path(back)


def test_pages_hold_the_way_back_as_text() -> None:
    """What was in the URL is escaped in the form."""
    shown = page(flask_app(), path="/none", QUERY_STRING='a="><script>')
    assert 'name="back" value="/none?a=&#34;&gt;&lt;script&gt;"' in shown
