"""Huge and odd inputs: bounded, refused or stored safely, never a 5xx."""

import tracemalloc
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest

from tests.support.browser import FORM, Browser
from tests.support.person import Person
from tests.support.provider import Provider

ODD = {
    "nul": "a\x00b",
    "surrogate": "\ud83d",
    "right to left": "\u202e\u0627",
    "zero width": "a\u200b\ufeffb",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "combining": "e" + "\u0301" * 200,
    "line separators": "a\u2028b\u0085c",
    "crlf": "a\r\nb",
    "tab": "a\tb",
    "del": "\x7f",
    "noncharacter": "\ufffe",
    "quotes": "'\"`\\;--",
    "format": "%s%n{0}${x}",
}


@pytest.fixture(scope="module")
def provider(shared_provider: Provider) -> Provider:
    """One for the whole file: nothing here changes what others look at."""
    return shared_provider


@pytest.fixture(autouse=True)
def forgotten(provider: Provider) -> Iterator[None]:
    """Wrong answers of one test do not lock the next one out."""
    yield
    provider.forget_attempts()


def send(provider: Provider, path: str, body: bytes, kind: str = FORM, **headers: str) -> int:
    reply = provider.transport.send("POST", provider.issuer + path, [("Content-Type", kind), *headers.items()], body)
    assert reply.status < 500, reply
    return reply.status


@pytest.mark.parametrize("path", ["/token", "/authorize", "/userinfo", "/login/x", "/nowhere"])
def test_flt_40_ten_megabytes_are_refused(provider: Provider, path: str) -> None:
    """FLT-40: a form of 10 MB is refused without being kept in memory."""
    body = b"a=" + b"x" * 10_000_000
    tracemalloc.start()
    try:
        assert send(provider, path, body) in {400, 404, 413}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("path", ["/token", "/authorize", "/login/x"])
def test_flt_40_hundred_thousand_parameters_are_refused(provider: Provider, path: str) -> None:
    """FLT-40: many small parameters cost no more than one big one."""
    assert send(provider, path, b"&".join(b"a%d=1" % number for number in range(100_000))) in {400, 404, 413}
    assert send(provider, path, b"&" * 60_000) in {400, 401, 403, 404, 413}


def test_flt_40_long_query_is_refused(provider: Provider) -> None:
    """FLT-40: an address of a megabyte is refused."""
    assert provider.browser().get("/authorize?state=" + "x" * 1_000_000).status in {400, 414, 431}


@pytest.mark.parametrize("path", ["/token", "/authorize", "/userinfo", "/login/x", "/.well-known/openid-configuration"])
def test_flt_40_huge_header_is_refused(provider: Provider, path: str) -> None:
    """FLT-40: a header of 64 KB is 431 or 400 everywhere."""
    page = provider.browser().get(path, headers={"X-Big": "x" * 65_536})
    assert page.status in {400, 431}
    assert provider.browser().get(path, headers={"Cookie": "a=" + "x" * 65_536}).status in {400, 431}


@pytest.mark.parametrize("path", ["/token", "/authorize", "/login/x"])
def test_flt_40_multipart_bomb_is_refused(provider: Provider, path: str) -> None:
    """FLT-40: ten thousand parts, a boundary without end and parts without headers are refused."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    for body in (part * 10_000, b"--" + b"x" * 50_000, b"--x\r\n" * 10_000, b"--x\r\n\r\n" + b"\r" * 60_000):
        assert send(provider, path, body, "multipart/form-data; boundary=x") in {303, 400, 401, 403, 404, 413, 415}


def test_flt_40_deep_json_is_refused(provider: Provider) -> None:
    """FLT-40: nesting costs nothing: `claims` ten thousand deep is a plain refusal."""
    for claims in ("[" * 8000, '{"a":' * 1600, '{"id_token":{"acr":' + "[" * 4000 + "]" * 4000 + "}}"):
        attempt = provider.bank.attempt(claims=claims)
        page = provider.browser().get(attempt.url)
        assert provider.bank.error(attempt, page) == "invalid_request"


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999", "", "1, 2"])
def test_flt_40_wrong_content_length_is_no_reason_to_fail(provider: Provider, length: str) -> None:
    """FLT-40: a length that is none is refused or read as nothing."""
    assert send(provider, "/token", b"grant_type=x", **{"Content-Length": length}) in {400, 401, 411, 413}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("field", ["username", "password"])
def test_flt_41_odd_text_at_sign_in(provider: Provider, browser: Browser, alice: Person, field: str, text: str) -> None:
    """FLT-41: any text in a field is refused as a wrong one."""
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(
        page, {"username": alice.username, "password": "x", field: "PLACE"}, button="login-submit"
    )
    with provider.nothing_issued():
        answer = browser.post(url, [], body=form(entries, text))
    assert answer.status in {400, 422}


def form(entries: list[tuple[str, str]], text: str) -> bytes:
    """Encode a form in which PLACE stands for an odd text, lone surrogates included."""
    raw = [(name, text if value == "PLACE" else value) for name, value in entries]
    return "&".join(
        f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogatepass'))}" for name, value in raw
    ).encode()


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_flt_41_odd_text_as_a_code(provider: Provider, browser: Browser, bob: Person, text: str) -> None:
    """FLT-41: any text in the field for the code is a malformed code."""
    page = browser.open(provider.bank.attempt(acr_values="urn:idp:acr:mfa").url)
    page = browser.follow(bob.identify(browser, page))
    _, url, entries = browser.fill(page, {"code": "PLACE"}, button="challenge-submit")
    with provider.nothing_issued():
        assert browser.post(url, [], body=form(entries, text)).status in {400, 422}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "ui_locales", "scope", "acr_values", "claims", "x"])
def test_flt_41_odd_text_in_a_request(
    provider: Provider, browser: Browser, alice: Person, name: str, text: str
) -> None:
    """FLT-41: any text in any parameter is refused, or carried through the whole sign-in."""
    attempt = provider.bank.attempt(without=(name,))
    page = browser.open(f"{attempt.url}&{name}={quote_from_bytes(text.encode('utf-8', 'surrogatepass'))}")
    assert page.status in {200, 303, 400}
    if page.status == 200:
        done = alice.answer(
            browser,
            browser.submit(page, {"username": alice.username, "password": alice.password}, button="login-submit"),
            provider.clock.now(),
        )
        assert "code" in done.answer or done.status == 200, done


@pytest.mark.parametrize(
    "text",
    [text for text in ODD.values() if text.isprintable()],
    ids=[name for name, text in ODD.items() if text.isprintable()],
)
def test_flt_41_odd_names_are_shown_as_they_are(provider: Provider, browser: Browser, text: str) -> None:
    """FLT-41: a person and a client with odd names sign in, and the page shows them as text."""
    person = provider.add_person(f"odd{len(provider.people)}", display_name=text)
    client = provider.add_client(f"odd{len(provider.people)}", client_name=text)
    attempt = client.attempt()
    page = browser.open(attempt.url)
    assert page.status == 200
    assert client.tokens(attempt, person.identify(browser, page)).claims["sub"]
