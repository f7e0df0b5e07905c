"""Reads `WWW-Authenticate` (RFC 9110 §11.6.1): several challenges in one value, apart only by their commas.

The rules it keeps: hostile text costs time in proportion to its length, which is bounded, and raises
MalformedChallengeError and nothing else; a parameter given twice makes the whole value void (§11.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from idp.resource_server.errors import MalformedChallengeError

LONGEST_HEADER = 8 * 1024
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SCHEME = re.compile(rf"({_TOKEN})(?: +|(?=[ \t]*(?:,|$)))")
_PARAMETER = re.compile(
    rf"({_TOKEN})[ \t]*=[ \t]*"
    rf'(?:({_TOKEN})|"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e\x80-\U0010ffff])*)")(?=[ \t]*(?:,|$))'
)
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AuthChallenge:
    """One challenge: scheme and parameter names in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(value: str) -> tuple[AuthChallenge, ...]:
    """Return the challenges of a header value; several header lines are joined by ", " first (RFC 9110 §5.3)."""
    if len(value) > LONGEST_HEADER:
        raise MalformedChallengeError("the header is too long")
    found: list[AuthChallenge] = []
    position = _skip_gap(value, 0)
    while position < len(value):
        challenge, position = _read_challenge(value, position)
        found.append(challenge)
    return tuple(found)


def _read_challenge(value: str, position: int) -> tuple[AuthChallenge, int]:
    scheme = _SCHEME.match(value, position)
    if scheme is None:
        raise MalformedChallengeError("there is no scheme where one should be")
    position = scheme.end()
    parameters: dict[str, str] = {}
    if _PARAMETER.match(value, position) is None and (token68 := _TOKEN68.match(value, position)):
        # `Negotiate abc==`: credentials-like data of another scheme, nothing that we read.
        position = token68.end()
    while parameter := _PARAMETER.match(value, position):
        name, plain, quoted = parameter.groups()
        if name.lower() in parameters:
            raise MalformedChallengeError("a parameter is given twice")
        parameters[name.lower()] = plain if plain is not None else _ESCAPE.sub(r"\1", quoted)
        position = _skip_gap(value, parameter.end())
    return AuthChallenge(scheme[1].lower(), parameters), _skip_gap(value, position)


def _skip_gap(value: str, position: int) -> int:
    while value[position : position + 1] in {" ", "\t", ","}:
        position += 1
    return position
