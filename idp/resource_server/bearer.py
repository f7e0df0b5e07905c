"""Finds the token in a request: in one `Authorization` header, and nowhere else (RFC 6750 §2.1).

The rule it keeps: two ways at once are refused, even if one of them is not accepted anyway, as whoever reads the
request after us might read the other (§2). A token in the query alone counts as none: it stands in logs and histories
already (RFC 9700 §4.3.2).
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from idp.resource_server.model import Challenge

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]+=*) *")
_MOST_FIELDS = 1000

_TWO_WAYS = Challenge(status=400, error="invalid_request", error_description="The token was given in more than one way")
_MALFORMED = Challenge(status=400, error="invalid_request", error_description="The Authorization header is malformed")


def find_token(authorization: Sequence[str], *, query: str = "", form: str = "") -> str | Challenge | None:
    """Return the token, None where there is none, or the refusal of a request that gives it badly."""
    elsewhere = _count(query) + _count(form)
    if len(authorization) > 1 or elsewhere > 1 or (authorization and elsewhere):
        return _TWO_WAYS
    if not authorization or authorization[0].strip(" \t").partition(" ")[0].lower() != "bearer":
        return None
    found = _BEARER.fullmatch(authorization[0].strip(" \t"))
    return found[1] if found else _MALFORMED


def _count(encoded: str) -> int:
    """Return how often `access_token` is among the fields; of an endless list, as if it were there twice."""
    try:
        fields = parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return 2
    return sum(1 for name, _ in fields if name == "access_token")
