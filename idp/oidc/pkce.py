"""Proof Key for Code Exchange: S256 and nothing else (RFC 7636, RFC 9700 §2.1.1)."""

import base64
import hashlib
import hmac
import re

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""The base64url of a SHA-256 (RFC 7636 §4.2)."""
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
"""RFC 7636 §4.1."""


def is_challenge(text: str) -> bool:
    """Tell whether a text can be an S256 challenge."""
    return _CHALLENGE.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def is_answered(challenge: str, verifier: str) -> bool:
    """Tell whether the verifier is the challenge's (RFC 7636 §4.6); without a challenge there must be none."""
    if not challenge:
        # A verifier that nobody asked for is a downgrade in progress (RFC 9700 §4.8.2).
        return not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)
