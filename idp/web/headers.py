"""The security headers of every page.

Pages of the interaction send no `form-action`: browsers apply it to the whole redirect chain, a relying party's own
onward redirects included, and the page would stand still. Account and error pages send `form-action 'self'`.
Referrer-Policy is `same-origin`: `no-referrer` makes browsers send `Origin: null` on our own forms (architecture.md
§3).
"""

from enum import Enum

from flask import Flask, Response

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


def install(app: Flask, *, is_https: bool) -> None:
    """Give every answer of `app` its headers; what a view has set stays."""

    def secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _BARE_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Vary", "Cookie")
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response

    app.after_request(secure)
