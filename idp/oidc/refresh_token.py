"""What a refresh token looks like: the family it belongs to, randomness, and our own mark.

The mark tells a token that we once issued from one that somebody made up, without a row for each: a token that is ours,
and neither the current nor the last one of its family, was used before (RFC 9700 §4.14.2). Whoever garbles a token, or
guesses one, ends nothing.
"""

import re

from idp.core.secrets import SecretKeys
from idp.core.tokens import Tokens

_FORM = re.compile(r"(?P<family>[0-9a-f]{32})\.(?P<random>[A-Za-z0-9_-]{43})(?P<mark>[0-9a-f]{64})", re.ASCII)
_CONTEXT = "refresh-token"


def make(family_id: str, *, tokens: Tokens, keys: SecretKeys) -> str:
    """Return a new token of this family."""
    unmarked = f"{family_id}.{tokens.token()}"
    return unmarked + keys.sign(unmarked, context=_CONTEXT)


def family_of(token: str) -> str | None:
    """Return the family that a token names; None for what has not the form of one of ours."""
    match = _FORM.fullmatch(token)
    return match["family"] if match else None


def is_ours(token: str, *, keys: SecretKeys) -> bool:
    """Tell whether we have issued this token, at whatever time, under a key that is still present."""
    match = _FORM.fullmatch(token)
    return match is not None and keys.verifies(match["mark"], token.removesuffix(match["mark"]), context=_CONTEXT)
