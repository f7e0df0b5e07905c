"""What a stranger might send, and how it is sent."""

import string
from urllib.parse import quote_from_bytes

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.browser import Page
from tests.support.provider import Provider
from tests.support.transport import InProcess

PATHS = (
    "/authorize",
    "/par",
    "/token",
    "/userinfo",
    "/revoke",
    "/introspect",
    "/logout",
    "/jwks",
    "/.well-known/openid-configuration",
    "/login/x",
    "/login/",
    "/healthz",
    "/readyz",
    "/",
)
PARAMETERS = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "response_mode", "code_challenge"),
    *("code_challenge_method", "prompt", "max_age", "acr_values", "claims", "ui_locales", "display", "login_hint"),
    *("id_token_hint", "authorization_details", "request", "request_uri", "registration", "resource"),
)
TOKEN_FIELDS = (
    *("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "client_assertion"),
    *("client_assertion_type", "refresh_token", "scope", "device_code", "assertion", "username", "password"),
)
USUAL = {
    "response_type": "code",
    "client_id": "bank",
    "redirect_uri": "https://rp1.test/cb",
    "scope": "openid",
    "state": "s",
    "code_challenge": "x" * 43,
    "code_challenge_method": "S256",
    "grant_type": "authorization_code",
    "code": "c",
    "code_verifier": "v" * 43,
}
NASTY = st.sampled_from(
    [
        *(
            "",
            " ",
            "\x00",
            "\r\nX: y",
            "\ud800",
            "\u202e",
            "\u200b",
            "%",
            "%zz",
            "%00",
            "%c0%80",
            "..",
            "'",
            '"',
            "<script>",
        ),
        *(
            "{}",
            "[]",
            "{{7*7}}",
            "[" * 1000,
            '{"a":' * 500,
            "null",
            "NaN",
            "-1",
            "1e400",
            "9" * 40,
            "\uff11",
            "\U0001d7ce",
        ),
        *(
            "none",
            "None",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            ".",
            "..",
            "://",
            "//e.test",
            "javascript:x",
            "http://[",
            "\\",
        ),
    ]
)
TEXT = st.one_of(NASTY, st.text(max_size=40), st.text(string.printable, max_size=40))
BYTES = st.one_of(st.binary(max_size=60), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")))
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def pairs(names: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, bytes]]]:
    """Mostly a usual request with some values spoilt, doubled or missing; sometimes anything."""
    usual = [(name, USUAL[name].encode()) for name in names if name in USUAL]
    spoilt = st.lists(st.tuples(st.sampled_from(names), BYTES), max_size=4)
    some = st.lists(st.sampled_from(usual), unique=True) if usual else st.just([])
    return st.one_of(
        spoilt.map(lambda wrong: [pair for pair in usual if pair[0] not in {name for name, _ in wrong}] + wrong),
        st.tuples(some, spoilt).map(lambda both: both[0] + both[1]),
        st.lists(st.tuples(TEXT.map(lambda text: text.encode("utf-8", "replace").decode()), BYTES), max_size=6),
    )


def encoded(fields: list[tuple[str, bytes]]) -> bytes:
    return "&".join(
        f"{quote_from_bytes(name.encode('utf-8', 'surrogatepass'))}={quote_from_bytes(value)}" for name, value in fields
    ).encode()


def send(
    provider: Provider, method: str, target: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> Page:
    """Send one request and check that it was answered in good order."""
    reply = InProcess(provider.wsgi).send(method, provider.issuer + target, list((headers or {}).items()), body)
    assert reply.status < 500, f"{method} {target!r} {headers} {body!r} -> {reply.status} {reply.body[:500]!r}"
    return Page(method, provider.issuer + target, reply)
