"""No anonymous input gives a 5xx (hypothesis): /authorize, /token, /login, /userinfo and the rest of the front door."""

import base64
import string
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.inputs import BYTES, FUZZ, HEADER, PARAMETERS, PATHS, TEXT, TOKEN_FIELDS, encoded, pairs, send
from tests.support.browser import FORM
from tests.support.provider import Provider
from tests.support.relying_party import basic


@pytest.fixture(scope="module")
def provider(shared_provider: Provider) -> Provider:
    """One for the whole file: nothing here changes what others look at."""
    return shared_provider


@FUZZ
@given(fields=pairs(PARAMETERS))
def test_authorize_by_get(provider: Provider, fields: list[tuple[str, bytes]]) -> None:
    """No query makes /authorize fail, and none leads to a code."""
    page = send(provider, "GET", "/authorize?" + encoded(fields).decode())
    assert "code=" not in page.location.partition("?")[2].replace("error_code=", "")


@FUZZ
@given(fields=pairs(PARAMETERS))
def test_authorize_by_post(provider: Provider, fields: list[tuple[str, bytes]]) -> None:
    """No form makes /authorize fail."""
    send(provider, "POST", "/authorize", headers={"Content-Type": FORM}, body=encoded(fields))


@FUZZ
@given(
    fields=pairs(TOKEN_FIELDS),
    authorization=st.one_of(st.none(), HEADER, st.tuples(TEXT, TEXT), st.binary(max_size=40)),
)
def test_token(provider: Provider, fields: list[tuple[str, bytes]], authorization: object) -> None:
    """No form and no Authorization header makes /token fail, and none gives a token."""
    headers = {"Content-Type": FORM}
    match authorization:
        case str():
            headers["Authorization"] = authorization
        case bytes():
            headers["Authorization"] = "Basic " + base64.b64encode(authorization).decode()
        case (str(name), str(secret)):
            raw = f"{name}:{secret}".encode("utf-8", "surrogatepass")
            headers["Authorization"] = "Basic " + base64.b64encode(raw).decode()
    assert send(provider, "POST", "/token", headers=headers, body=encoded(fields)).status in {400, 401}


@FUZZ
@given(fields=pairs(PARAMETERS), is_known=st.booleans())
def test_par(provider: Provider, fields: list[tuple[str, bytes]], is_known: bool) -> None:
    """No form makes /par fail, and whoever proves no client leaves nothing there."""
    credentials = {"Authorization": basic("bank", provider.bank.secret)} if is_known else {}
    answer = send(provider, "POST", "/par", headers={"Content-Type": FORM, **credentials}, body=encoded(fields))
    assert answer.status in ({201, 400, 401} if is_known else {400, 401})


@FUZZ
@given(
    scheme=st.sampled_from(["Bearer ", "bearer ", "DPoP ", "Basic ", ""]), token=HEADER, fields=pairs(("access_token",))
)
def test_userinfo(provider: Provider, scheme: str, token: str, fields: list[tuple[str, bytes]]) -> None:
    """No token that was not issued opens UserInfo or makes it fail."""
    headers = {"Authorization": scheme + token}
    assert send(provider, "GET", "/userinfo", headers=headers).status in {400, 401}
    assert send(provider, "POST", "/userinfo", headers={"Content-Type": FORM}, body=encoded(fields)).status in {
        400,
        401,
    }
    assert send(provider, "GET", "/userinfo?" + encoded(fields).decode()).status in {400, 401}


@FUZZ
@given(
    fields=pairs(("username", "password", "code", "csrf_token", "factor", "allow")),
    cookie=HEADER,
    method=st.sampled_from(["GET", "POST"]),
    name=BYTES,
)
def test_login(provider: Provider, fields: list[tuple[str, bytes]], cookie: str, method: str, name: bytes) -> None:
    """No address, form or cookie makes the pages of an interaction fail, or shows one to a stranger."""
    headers = {"Cookie": f"idp_login_8000={cookie}", "Content-Type": FORM}
    page = send(provider, method, "/login/" + quote_from_bytes(name, safe=""), headers=headers, body=encoded(fields))
    assert page.status >= 400


@FUZZ
@given(
    fields=st.lists(
        st.tuples(st.sampled_from(["username", "password", "code", "csrf_token", "factor", "allow", "x"]), BYTES),
        max_size=5,
    ),
    has_token=st.booleans(),
)
def test_login_with_an_interaction(provider: Provider, fields: list[tuple[str, bytes]], has_token: bool) -> None:
    """Whoever has begun to sign in may send any form: it is refused and never fails."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    if has_token:
        _, _, entries = browser.fill(page, {}, button="login-submit")
        hidden = [(name, value.encode()) for name, value in entries if name not in {"username", "password"}]
        fields = hidden + [field for field in fields if field[0] not in dict(hidden)]
    answer = browser.post(page.url, [], body=encoded(fields))
    assert answer.status < 500, answer
    assert not answer.location.startswith("https://rp1.test")


@FUZZ
@given(
    path=st.one_of(st.sampled_from(PATHS), BYTES.map(lambda raw: "/" + quote_from_bytes(raw, safe="/"))),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]),
    query=st.binary(max_size=60),
    kind=st.sampled_from(
        [FORM, "application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "", "x/y;z="]
    ),
    body=st.binary(max_size=200),
    names=st.dictionaries(
        st.sampled_from(
            [
                "Cookie",
                "Accept-Language",
                "Origin",
                "Referer",
                "X-Forwarded-For",
                "X-Forwarded-Proto",
                "Forwarded",
                "User-Agent",
                "Range",
            ]
        ),
        HEADER,
        max_size=4,
    ),
)
def test_anything_anywhere(
    provider: Provider, path: str, method: str, query: bytes, kind: str, body: bytes, names: dict[str, str]
) -> None:
    """Any method, path, query, header and body is answered in good order."""
    target = path + "?" + quote_from_bytes(query, safe=string.punctuation.replace("#", "") + string.ascii_letters)
    send(provider, method, target, headers={"Content-Type": kind, **names}, body=body)
