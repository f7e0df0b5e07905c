"""The security headers of every page.

Pages of the interaction send no `form-action`: browsers apply it to the whole redirect chain, a relying party's own
onward redirects included, and the page would stand still. Account and error pages send `form-action 'self'`.
Referrer-Policy is `same-origin`: `no-referrer` makes browsers send `Origin: null` on our own forms (architecture.md
§3).
"""

from enum import Enum

from flask import Flask, Response

from idp.web.wire import Pairs

_POLICY = (
    "default-src 'none'; style-src 'self'{nonce}; img-src 'self'; script-src {script}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_BARE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


class PageClass(Enum):
    """What a page may do beside showing itself; only ours for somebody signed in may have a worker."""

    INTERACTION = ""
    OWN = "; form-action 'self'; worker-src 'self'"
    EDITOR = "; form-action 'self'; connect-src 'self'"
    """A page that asks us about what is typed."""


def content_security_policy(page: PageClass, *, nonce: str) -> str:
    """Return the policy of one page; scripts and styles inside it need the nonce."""
    quoted = f"'nonce-{nonce}'" if nonce else ""
    return _POLICY.format(nonce=f" {quoted}" if quoted else "", script=quoted or "'none'") + page.value


_USUAL: Pairs = (("Content-Security-Policy", _BARE_POLICY), ("Cache-Control", "no-store"), ("Vary", "Cookie"))
"""What an answer has that says nothing else of its own."""
_ALWAYS: Pairs = (
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_ON_HTTPS: Pairs = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)


def headers_of(own: Pairs = (), *, is_https: bool) -> Pairs:
    """Return the headers of an answer that has these of its own; without any it shows nothing, and sends elsewhere."""
    named = {name for name, _ in own}
    usual = tuple(pair for pair in _USUAL if pair[0] not in named)
    return (*own, *usual, *_ALWAYS, *(_ON_HTTPS if is_https else ()))


def install(app: Flask, *, is_https: bool) -> None:
    """Give every answer of `app` its headers; of the usual ones what a view has set stays."""
    always = (*_ALWAYS, *(_ON_HTTPS if is_https else ()))

    def secure(response: Response) -> Response:
        for name, value in _USUAL:
            response.headers.setdefault(name, value)
        for name, value in always:
            response.headers[name] = value
        return response

    app.after_request(secure)
