"""What binds an interaction to one browser: each has a secret of its own in the login cookie.

The id in the URL opens nothing (SES-03, ACR-10). The cookie holds the secrets of the last few interactions, so that two
tabs do not throw each other out; a fresh interaction never takes over a secret that was there before (SES-01).
"""

from hmac import compare_digest

from idp.core.tokens import digest

MOST_OPEN = 4
"""Interactions of one browser at a time; the oldest is forgotten first."""


def joined(secret: str, cookie: str) -> str:
    """Return the cookie's new value: this secret before the ones that are there."""
    return ".".join([secret, *cookie.split(".")[: MOST_OPEN - 1]]) if cookie else secret


def secret_of(cookie: str, browser_hash: str) -> str:
    """Return the secret in the cookie that belongs to an interaction; empty when there is none."""
    return next((part for part in cookie.split(".") if part and compare_digest(digest(part), browser_hash)), "")
