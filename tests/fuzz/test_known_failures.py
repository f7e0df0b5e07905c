"""The inputs that are known to make the library below us fail (authlib.md §3.3): each is a plain refusal here."""

import base64

import pytest

from tests.fuzz.inputs import PARAMETERS, USUAL, encoded, send
from tests.support.browser import FORM
from tests.support.provider import Provider


@pytest.fixture(scope="module")
def provider(shared_provider: Provider) -> Provider:
    """One for the whole file: nothing here changes what others look at."""
    return shared_provider


BASIC_BYTES = [b"\x80:\x80", b"\xff\xfe:x", b"bank:\xc3\xa9", b"bank", b"", b":", b"bank:\x00", b"\xed\xa0\x80:x"]


@pytest.mark.parametrize("raw", BASIC_BYTES, ids=repr)
def test_basic_header_of_odd_bytes(provider: Provider, raw: bytes) -> None:
    """authlib.md §3.3: a Basic header that is not UTF-8, or with a non-ASCII secret, is refused as any wrong one."""
    headers = {"Content-Type": FORM, "Authorization": "Basic " + base64.b64encode(raw).decode()}
    page = send(provider, "POST", "/token", headers=headers, body=b"grant_type=authorization_code&code=c")
    assert page.status in {400, 401}
    assert page.json()["error"] in {"invalid_client", "invalid_request"}


@pytest.mark.parametrize(
    "value", ["\x80", "Basic \xff\xfe", "Basic ====", "Basic", "Basic !!!", "Bearer \x80"], ids=repr
)
def test_authorization_header_that_is_no_base64(provider: Provider, value: str) -> None:
    """authlib.md §3.3: a byte from 0x80 up in the header is refused, not tripped over."""
    headers = {"Content-Type": FORM, "Authorization": value}
    assert send(provider, "POST", "/token", headers=headers, body=b"grant_type=authorization_code").status in {400, 401}
    assert send(provider, "GET", "/userinfo", headers={"Authorization": value}).status in {400, 401}


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"code=\xff", b"%ff=%fe", b"grant_type=%zz", b"grant_type=a;b=c", b"=", b"&&&"], ids=repr
)
@pytest.mark.parametrize("path", ["/token", "/authorize", "/userinfo", "/login/x"])
def test_body_that_is_not_utf8(provider: Provider, path: str, body: bytes) -> None:
    """authlib.md §3.3: a body that is not UTF-8 is a 4xx."""
    status = send(provider, "POST", path, headers={"Content-Type": FORM}, body=body).status
    assert status >= 400 or (path, status) == ("/authorize", 303), "a form at /authorize is sent on to its own GET"


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": 'co"de'},
        {"response_type": "c\u00f6de"},
        {"response_type": "code id_token"},
        {"response_type": "code id_token", "response_mode": "bogus"},
        {"response_type": "id_token", "response_mode": "bogus"},
        {"response_mode": "bogus"},
        {"response_mode": "fragment"},
        {"response_mode": "query.jwt"},
        {"redirect_uri": 'https://rp1.test/c"b'},
        {"redirect_uri": "https://rp1.test/c\u00e9"},
        {"redirect_uri": "https://rp1.test:99999/cb"},
        {"redirect_uri": "https://[::1/cb"},
        {"request": "eyJhbGciOiJub25lIn0.eyJwcm9tcHQiOlsibm9uZSJdfQ."},
        {"request": "a.b.c"},
        {"request_uri": "https://rp1.test/request"},
        {"max_age": "9" * 400},
        {"claims": "[" * 4000},
        {"claims": '{"id_token":' * 600},
        {"claims": '{"id_token":{"acr":{"essential":true,"values":[{"a":1}]}}}'},
        {"claims": '{"id_token":[]}'},
        {"claims": '{"userinfo":5}'},
        {"claims": '"x"'},
        {"claims": '{"id_token":{"acr":1e999}}'},
        {"authorization_details": "[[]]"},
        {"id_token_hint": "e30.e30.e30"},
        {"id_token_hint": "." * 100},
        {"ui_locales": "\x00"},
        {"scope": "\u00e9"},
        {"scope": ""},
        {"code_challenge": "\u00e9" * 43},
        {"acr_values": " ".join(str(number) for number in range(500))},
    ],
    ids=lambda changes: ",".join(f"{name}={value[:24]!r}" for name, value in changes.items()),
)
def test_authorize_by_the_list_of_known_failures(provider: Provider, changes: dict[str, str]) -> None:
    """authlib.md §3.3, first half: what made the library fail is a refusal here."""
    fields = {name: value for name, value in USUAL.items() if name in PARAMETERS} | changes
    page = send(
        provider, "GET", "/authorize?" + encoded([(name, value.encode()) for name, value in fields.items()]).decode()
    )
    assert "code=" not in page.location.partition("?")[2]


@pytest.mark.parametrize(
    "host", ["idp.test", "idp.test:8000", "", "evil.test@localhost", "localhost:x", "[::1", "\x80"], ids=repr
)
@pytest.mark.parametrize("path", ["/token", "/authorize", "/userinfo", "/.well-known/openid-configuration", "/login/x"])
def test_plain_http_under_another_host(provider: Provider, host: str, path: str) -> None:
    """authlib.md §3.3: another Host over plain http is no reason to fail."""
    headers = {"Content-Type": FORM, "Host": host}
    send(provider, "POST", path, headers=headers, body=b"grant_type=authorization_code&code=c&client_id=bank")
    send(provider, "GET", path, headers=headers)
