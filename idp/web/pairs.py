"""Strict reading of queries and form bodies: UTF-8 or nothing.

Owns the one parser for `application/x-www-form-urlencoded` (WHATWG URL §5.1) that protocol endpoints use. It keeps
order and duplicates, as whoever reads parameters must see that one came twice (RFC 6749 §3.1). Broken escapes, bytes
that are not UTF-8 and NUL are refused here, so that no store or library ever meets them.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from idp.web.wire import Pairs

MAX_PAIRS = 200
MAX_QUERY = 32 * 1024
"""Bytes of a query; longer ones are answered 414."""

_UNCLEAN = re.compile("[\x00\ud800-\udfff]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MalformedError(ValueError):
    """The text is not a well-formed query or form."""


def is_clean(text: str) -> bool:
    """Tell whether a text can be stored and shown: no NUL, no lone surrogate."""
    return _UNCLEAN.search(text) is None


def parse_pairs(raw: bytes) -> Pairs:
    """Return the pairs of a query or form body. Raises MalformedError."""
    if not raw:
        return ()
    try:
        text = raw.decode("utf-8")
        if "\x00" in text or "%00" in text or _BROKEN_ESCAPE.search(text):
            raise MalformedError("NUL in text, or broken percent escape")
        if text.count("&") >= MAX_PAIRS:
            raise MalformedError("too many parameters")
        return tuple(_pair(part) for part in text.split("&") if part)
    except UnicodeDecodeError as error:
        raise MalformedError(str(error)) from error


def unescaped(text: str) -> str:
    """Return a name or value as it was before it was form-encoded. Raises UnicodeDecodeError; most have no escapes."""
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text, errors="strict") if "%" in text else text


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unescaped(name), unescaped(value)


def query_of(environ: Mapping[str, Any]) -> Pairs:
    """Return the pairs of a WSGI request's query. Raises MalformedError."""
    query = environ.get("QUERY_STRING")
    return parse_pairs(str(query).encode("latin-1", "replace")) if query else ()
